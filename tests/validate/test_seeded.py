"""Seeded miscompilations: each is put into emitted code by hand; the validator must tell it.

The first ones are those that a prototype of the generaliser really made (design/ir.md's table); the
others are what goes wrong when a backend forgets that frameworks differ.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest

from nndsl.backends.base import Emitted
from nndsl.emit import build as b
from nndsl.emit import tree
from nndsl.emit.tree import Attr, Const, Name
from nndsl.validate import validate
from validate.mutate import Splice, called, is_name, keyword, rewrite, without
from validate.programs import of_text

RESNET = """
block ConvBN(filters, kernel, stride=1, act=relu) {
  Conv(filters, kernel, stride, half, bias=false) -> BatchNorm -> act
}
block Basic(filters, stride=1) {
  add {
    ConvBN(filters, 3, stride) -> ConvBN(filters, 3, act=none)
    if stride != 1 or channels(input) != filters { ConvBN(filters, 1, stride, act=none) }
    else { identity }
  }
  relu
}
model ResNet(stages=[2, 3], classes=10) {
  input image: [32, 32, 3]
  ConvBN(8, 3)
  for (i, depth) in enumerate(stages) {
    Basic(8 * 2**i, stride=1 if i == 0 else 2)
    repeat depth - 1 { Basic(8 * 2**i) }
  }
  GlobalAvgPool -> Dense(classes)
}
"""
UNET = """
block Double(filters) { repeat 2 { Conv(filters, 3, same, relu) } }
model UNet(widths=[4, 8, 16]) {
  input image: [16, 16, 1]
  for w in widths { Double(w); push skips; MaxPool(2) }
  Double(32)
  for w in reversed(widths) { ConvTranspose(w, 2, stride=2) -> concat(pop(skips)) -> Double(w) }
  Conv(1, 1, sigmoid)
}
"""
GPT = """
block Layer(heads, drop) {
  let c = channels(input)
  residual { LayerNorm -> SelfAttention(heads, causal=true) -> Dropout(drop) }
  residual { LayerNorm -> Dense(4 * c, gelu) -> Dense(c) -> Dropout(drop) }
}
model GPT(vocab=50, context=16, dim=8, depth=3, heads=2, drop=0.1) {
  input tokens: int[?T <= context]
  shared wte = Embedding(vocab, dim)
  (tokens -> wte) + (positions(tokens) -> Embedding(context, dim)) -> Dropout(drop)
  repeat depth { Layer(heads, drop) }
  LayerNorm
  output logits = wte.transposed
}
"""
ALBERT = """
block Layer(heads) {
  residual { LayerNorm -> SelfAttention(heads) }
  residual { LayerNorm -> Dense(32, gelu) -> Dense(8) }
}
model Albert(depth=4) {
  input tokens: int[?T]
  Embedding(30, 8)
  shared layer = Layer(2)
  repeat depth { layer }
  take(0) -> Dense(3)
}
"""
MIXED = """
model Mixed(width=6) {
  input image: [8, 8, 3]
  input steps: [12, 4]
  wide = image -> Conv(width, 3, half, stride=2) -> BatchNorm(momentum=0.9)
  pooled = wide -> AvgPool(3, stride=1, padding=half)
  a = concat(wide, pooled) -> Flatten -> Dense(5, l2=0.01)
  long = steps -> Conv(width, 3, causal, dilation=2) -> softmax
  read = steps -> LSTM(5, mask=mean(steps, axis=1) > 0)
  both = a - read
  loss size = 0.5 * sum(both ** 2)
  output left = both
  output right = long -> GRU(3, reverse=true) -> sigmoid
}
"""
FROZEN = """
block Body(width) { Conv(width, 3, half) -> BatchNorm -> relu -> Dropout(0.3) }
model Frozen(classes=4) {
  input image: [8, 8, 3]
  frozen Body(6)
  Body(6) -> GlobalAvgPool -> Dense(classes)
}
"""

NOTHING_DROPS = FROZEN.replace(" -> Dropout(0.3)", "")

Change = Callable[[object], object]


class Bug(NamedTuple):
    name: str
    text: str
    target: str
    change: Callable[[Emitted], Emitted]


def everywhere(change: Change) -> Callable[[Emitted], Emitted]:
    return lambda emitted: rewrite(emitted, change)


def call_of(name: str, change: Callable[[tree.Call], object]) -> Callable[[Emitted], Emitted]:
    """A change of every call of a function."""
    return everywhere(lambda node: change(node) if called(node, name) else node)


def drop(name: str, argument: str) -> Callable[[Emitted], Emitted]:
    def change(node: tree.Call) -> object:
        return without(node, argument) if argument in dict(node.kwargs) else node

    return call_of(name, change)


def anywhere(argument: str) -> Callable[[Emitted], Emitted]:
    """Every call without this keyword argument."""

    def change(node: object) -> object:
        given = isinstance(node, tree.Call) and argument in dict(node.kwargs)
        return without(node, argument) if given else node

    return everywhere(change)


def as_model(node: tree.Call) -> tree.Call:
    """`keras.Model(…)` for the helper of a frozen one."""
    return replace(node, func=Attr(Name("keras"), "Model"))


def only_told(node: object) -> object:
    """The same, called in inference: the call of the model around it overrules that."""
    if called(node, "Frozen"):
        return as_model(node)
    told = (("training", Const(False)),)
    return replace(node, kwargs=told) if called(node, "body1") else node


def first_argument(name: str) -> Callable[[Emitted], Emitted]:
    """Every call of a function is replaced by its argument."""
    return call_of(name, lambda node: node.args[0])


def renamed(old: str, new: str) -> Callable[[Emitted], Emitted]:
    def change(node: object) -> object:
        return replace(node, name=new) if isinstance(node, Attr) and node.name == old else node

    return everywhere(change)


def text(old: str, new: str) -> Callable[[Emitted], Emitted]:
    return everywhere(lambda node: Const(new) if node == Const(old) else node)


# ---- the generaliser's ---


def update_before_use(node: object) -> object:
    """The carried number is set before the statement that reads its old value."""
    if not isinstance(node, tree.For) or not _assigns(node.body[-1], "channels"):
        return node
    return replace(node, body=(node.body[-1], *node.body[:-1]))


def _assigns(node: object, name: str) -> bool:
    return isinstance(node, tree.Assign) and is_name(node.targets[0], name)


def never_updated(node: object) -> object:
    if isinstance(node, tree.For) and _assigns(node.body[-1], "channels"):
        return replace(node, body=node.body[:-1])
    return node


def double_twice(node: object) -> object:
    """The width of a concat of two equal branches, doubled once more."""
    if isinstance(node, tree.Bin) and node.left == Const(2) and node.op == "*":
        return replace(node, left=Const(4))
    return node


def written_twice(emitted: Emitted) -> Emitted:
    """The call in front of `skips.append(x)` written into it, and left where it was."""

    def change(node: object) -> object:
        if not isinstance(node, tree.For):
            return node
        first, *rest = node.body
        pushes = rest and isinstance(rest[0], tree.ExprStmt) and called(rest[0].value, "append")
        if not isinstance(first, tree.Assign) or not pushes:
            return node
        push = b.do(b.call("skips.append", first.value))
        return replace(node, body=(push, first, *rest[1:]))

    return rewrite(emitted, change)


def copied_per_turn(emitted: Emitted) -> Emitted:
    """`self.layer` as a list with a copy for each turn."""

    def change(node: object) -> object:
        if isinstance(node, tree.Assign) and node.targets[0] == b.dotted("self.layer"):
            copies = b.comp(node.value, "_", b.call("range", Const(4)))
            return replace(node, value=b.call("nn.ModuleList", copies))
        if isinstance(node, tree.For) and "name='layer'" in f"{node}":
            call = b.assign("x", b.call("layer", Name("x")))
            return tree.For(Name("layer"), b.dotted("self.layer"), (call,))
        return node

    return rewrite(emitted, change)


def rebuilt_per_turn(emitted: Emitted) -> Emitted:
    """Keras: the block's function called in each turn, in place of one model of it."""

    def change(node: object) -> object:
        if isinstance(node, tree.For):
            name = b.fstr("layer_", Name("i"))
            made = b.call("layer", Name("x"), Const(2), name=name)
            return tree.For(Name("i"), node.iter, (b.assign("x", made),))
        return node

    return rewrite(emitted, change)


def one_turn_more(node: object) -> object:
    """`range(depth - 1)` as `range(depth)`."""
    if called(node, "range") and isinstance(node.args[0], tree.Bin):
        return replace(node, args=(node.args[0].left,))
    return node


def other_default(node: object) -> object:
    if isinstance(node, tree.Param) and isinstance(node.default, Const):
        value = node.default.value
        if isinstance(value, int) and not isinstance(value, bool):
            return replace(node, default=Const(value + 1))
    return node


def sides_of_condition(node: object) -> object:
    if isinstance(node, tree.Cond) and isinstance(node.body, Const):
        return replace(node, body=node.orelse, orelse=node.body)
    return node


def condition_forgotten(node: object) -> object:
    """A kept `if` always takes its first side."""
    return node.body if isinstance(node, tree.Cond) and isinstance(node.body, tree.Call) else node


# ---- the backends' ---


def reversed_items(name: str) -> Callable[[Emitted], Emitted]:
    """The operands of a joining call in the other order."""

    def change(node: tree.Call) -> object:
        first = node.args[0]
        if not isinstance(first, tree.TupleE | tree.ListE):
            return node
        return replace(node, args=(replace(first, items=first.items[::-1]), *node.args[1:]))

    return call_of(name, change)


def without_permute(node: object) -> object:
    if called(node, "permute") and isinstance(node.func, Attr):
        return node.func.value
    return node


def padding_side(node: object) -> object:
    """Padding in front as padding behind."""
    if called(node, "pad"):
        sides = node.args[1]
        swapped = replace(sides, items=sides.items[::-1])
        return replace(node, args=(node.args[0], swapped, *node.args[2:]))
    return node


def untied(emitted: Emitted) -> Emitted:
    """The logits from a matrix of their own."""

    def change(node: object) -> object:
        if called(node, "linear") and len(node.args) == 2:
            return b.call("self.head", node.args[0])
        if isinstance(node, tree.Assign) and node.targets[0] == b.dotted("self.wte"):
            head = b.assign("self.head", b.call("nn.Linear", Const(8), Const(50), bias=False))
            return Splice((node, head))
        return node

    return rewrite(emitted, change)


def statement_without(part: str) -> Callable[[Emitted], Emitted]:
    """Every simple statement that mentions a name is left out."""

    def change(node: object) -> object:
        simple = isinstance(node, tree.ExprStmt | tree.Assign)
        return Splice() if simple and part in f"{node}" else node

    return everywhere(change)


def numbers(old: float, new: float) -> Callable[[Emitted], Emitted]:
    return everywhere(lambda node: Const(new) if node == Const(old) else node)


BUGS = [
    # what the prototype did
    Bug("update before use", RESNET, "torch", everywhere(update_before_use)),
    Bug("carried number never updated", RESNET, "torch", everywhere(never_updated)),
    Bug("value written twice", UNET, "torch", written_twice),
    Bug("value written twice", UNET, "keras", written_twice),
    Bug("shared layer copied per turn", ALBERT, "torch", copied_per_turn),
    Bug("shared layer copied per turn", ALBERT, "keras", rebuilt_per_turn),
    Bug("concat of equal widths doubled twice", UNET, "torch", everywhere(double_twice)),
    Bug("wrong loop bound", RESNET, "torch", everywhere(one_turn_more)),
    Bug("wrong loop bound", RESNET, "keras", everywhere(one_turn_more)),
    Bug("sides of a condition exchanged", RESNET, "torch", everywhere(sides_of_condition)),
    Bug("sides of a condition exchanged", RESNET, "keras", everywhere(sides_of_condition)),
    Bug("condition forgotten", RESNET, "torch", everywhere(condition_forgotten)),
    Bug("default of a setting changed", GPT, "torch", everywhere(other_default)),
    Bug("default of a setting changed", GPT, "keras", everywhere(other_default)),
    Bug("layout left as it is before Flatten", MIXED, "torch", everywhere(without_permute)),
    # convolutions, windows
    Bug("stride dropped", RESNET, "torch", drop("Conv2d", "stride")),
    Bug("stride dropped", RESNET, "keras", drop("Conv2D", "strides")),
    Bug("padding dropped", RESNET, "torch", drop("Conv2d", "padding")),
    Bug("half padding as same", RESNET, "keras", call_of(
        "Conv2D", lambda node: keyword(node, "padding", "same"))),
    Bug("padding on the wrong side", MIXED, "torch", everywhere(padding_side)),
    Bug("causal as same", MIXED, "keras", text("causal", "same")),
    Bug("dilation dropped", MIXED, "torch", drop("Conv1d", "dilation")),
    Bug("dilation dropped", MIXED, "keras", drop("Conv1D", "dilation_rate")),
    Bug("bias that is not asked for", RESNET, "torch", drop("Conv2d", "bias")),
    Bug("padding counted in a mean", MIXED, "torch", drop("avg_pool2d", "count_include_pad")),
    Bug("maximum for mean", UNET, "torch", renamed("max_pool2d", "avg_pool2d")),
    Bug("transposed convolution for a plain one", UNET, "keras",
        renamed("Conv2DTranspose", "Conv2D")),
    # orders
    Bug("operands of concat exchanged", UNET, "torch", reversed_items("cat")),
    Bug("operands of concat exchanged", UNET, "keras", reversed_items("concatenate")),
    Bug("first in, first out", UNET, "torch", call_of(
        "pop", lambda node: replace(node, args=(Const(0),)))),
    Bug("first in, first out", UNET, "keras", call_of(
        "pop", lambda node: replace(node, args=(Const(0),)))),
    Bug("softmax along another axis", MIXED, "torch", call_of(
        "softmax", lambda node: keyword(node, "dim", 2))),
    # activations, norms, noise
    Bug("relu for gelu", GPT, "torch", renamed("GELU", "ReLU")),
    Bug("relu for gelu", GPT, "keras", text("gelu", "relu")),
    Bug("approximate gelu", GPT, "torch", call_of(
        "GELU", lambda node: keyword(node, "approximate", "tanh"))),
    Bug("activation missing", RESNET, "torch", first_argument("relu")),
    Bug("dropout missing", GPT, "torch", call_of("Dropout", lambda node: b.call("nn.Identity"))),
    Bug("torch's own eps", GPT, "torch", drop("LayerNorm", "eps")),
    Bug("momentum the other way round", RESNET, "torch", numbers(0.01, 0.99)),
    Bug("momentum the other way round", MIXED, "keras", numbers(0.9, 0.1)),
    # attention, recurrence
    Bug("causality dropped", GPT, "torch", drop("SelfAttention", "causal")),
    Bug("causality dropped", GPT, "keras", anywhere("use_causal_mask")),
    Bug("mask dropped", MIXED, "torch", anywhere("mask")),
    Bug("read from the wrong end", MIXED, "torch", drop("GRU", "reverse")),
    Bug("read from the wrong end", MIXED, "keras", drop("GRU", "go_backwards")),
    Bug("tied matrix untied", GPT, "torch", untied),
    # weights, losses, frozen parts
    Bug("weights left to torch's start", RESNET, "torch", statement_without("apply")),
    Bug("penalty dropped", MIXED, "torch", first_argument("regularize")),
    Bug("penalty dropped", MIXED, "keras", drop("Dense", "kernel_regularizer")),
    Bug("loss term scaled", MIXED, "torch", numbers(0.5, 1.0)),
    Bug("loss term scaled", MIXED, "keras", numbers(0.5, 1.0)),
    Bug("frozen weights trained", FROZEN, "torch", call_of(
        "requires_grad_", lambda node: replace(node, args=(Const(True),)))),
    Bug("frozen weights trained", FROZEN, "keras", call_of("Frozen", as_model)),
    Bug("frozen weights trained", NOTHING_DROPS, "keras", statement_without("trainable")),
    Bug("frozen statistics move", FROZEN, "torch", statement_without("'eval'")),
    Bug("frozen part keeps dropping", FROZEN, "keras", call_of("Frozen", as_model)),
    Bug("frozen part keeps dropping", FROZEN, "keras", everywhere(only_told)),
]  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.name}-{bug.target}")
def test_a_seeded_bug_is_told(bug: Bug) -> None:
    case = of_text(bug.text, bug.target)
    sound = validate(case.program, case.emitted, bug.target)
    assert sound.ok, [str(each) for each in sound.mismatches]
    broken = bug.change(case.emitted)
    assert broken.code != case.emitted.code
    report = validate(case.program, broken, bug.target)
    assert not report.ok
    assert str(report.mismatches[0])
