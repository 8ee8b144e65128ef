"""Random small models: lines are proposed at random, and the compiler's own check keeps what fits.

So a model has loops, merges, blocks with settings, shared instances, lists and branches in places
that nobody thought of, and always a meaning. The same seed gives the same model.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from nndsl.compiler import check

LINES = 6  # at most, in a body
TRIES = 40  # proposals for a body


class Model(NamedTuple):
    """A file with one model `M`, and what each input is fed: one example's shape, and the number
    that whole numbers stay below."""

    text: str
    feeds: dict[str, tuple[tuple[int, ...], int]]


INPUTS = (
    ("x: [8]", (8,), 0), ("x: [5, 6]", (5, 6), 0), ("x: [8, 8, 3]", (8, 8, 3), 0),
    ("x: [C=4, H=6, W=8]", (4, 6, 8), 0), ("x: [?T, 6]", (29, 6), 0), ("x: [9, 2]", (9, 2), 0),
)  # fmt: skip

ACTS = ("relu", "tanh", "gelu", "silu", "sigmoid", "elu", "softplus", "hard_silu", "relu6")


def _pick(*options: str) -> Callable[[Random], str]:
    return lambda r: r.choice(options)


def _size(r: Random) -> str:
    return str(r.choice((2, 3, 4, 6, 8)))


def _dense(r: Random) -> str:
    act = f", {r.choice(ACTS)}" if r.random() < 0.4 else ""
    bias = ", bias=false" if r.random() < 0.2 else ""
    return f"Dense({_size(r)}{act}{bias})"


def _conv(r: Random) -> str:
    word = r.choice(("Conv", "Conv", "SeparableConv", "DepthwiseConv", "ConvTranspose"))
    size = "" if word == "DepthwiseConv" else f"{_size(r)}, "
    options = ["", ", same", ", stride=2", ", dilation=2", ", half", ", valid", ", stride=2, same"]
    if word == "Conv":
        options += [", causal", ", groups=2", ", padding=[[1, 0], [0, 2]]", ", dilation=2, same"]
    return f"{word}({size}{r.choice((1, 2, 3))}{r.choice(options)})"


def _recurrent(r: Random) -> str:
    word = r.choice(("LSTM", "GRU", "SimpleRNN"))
    options = ["", ", sequences=true", ", bidirectional=true", ", sequences=true, reverse=true"]
    return f"{word}({_size(r)}{r.choice(options)})"


STAGES: tuple[tuple[Callable[[Random], str], int], ...] = (
    (_dense, 4),
    (_conv, 5),
    (_recurrent, 2),
    (lambda r: r.choice(ACTS), 3),
    (_pick("BatchNorm", "LayerNorm", "RMSNorm", "GroupNorm(2)", "InstanceNorm"), 3),
    (_pick("MaxPool(2)", "AvgPool(2, same)", "AvgPool(3, stride=1, padding=same)",
           "MaxPool(3, 2, half)"), 2),
    (_pick("GlobalAvgPool", "GlobalMaxPool(keepdims=true)", "Flatten", "Upsample(2)", "Pad(1)",
           "Crop(1)", "Reshape(-1, 4)", "Reshape(2, -1)", "Permute(1, 0)", "Permute(2, 0, 1)"), 3),
    (_pick("Dropout(0.3)", "SpatialDropout(0.2)", "DropPath(0.1)", "GaussianNoise(0.1)"), 1),
    (_pick("SelfAttention(2)", "SelfAttention(1, causal=true)", "SelfAttention(2, kv_heads=1)"), 2),
    (_pick("_ * 2 + 1", "_ - mean(_, axis=-1, keepdims=true)", "softmax(axis=0)",
           "_ / (1 + abs(_))", "transpose(_)", "_[0]", "_[:, 1:3]", "_[..., ::2]", "flip(axis=0)",
           "expand(axis=0)",
           "sum(axis=0)", "max(axis=-1)", "cumsum(axis=0)", "concat(_, _)", "stack(_, 2 * _)",
           "where(_ > 0, _, 0.1 * _)", "_ @ transpose(_)", "sqrt(square(_) + 1)", "clip(-1, 1)",
           "roll(1, axis=0)", "tile([2, 1])", "maximum(_, 0.5)", "logsumexp(axis=-1)"), 4),
)  # fmt: skip


def _stage(r: Random) -> str:
    makers, weights = zip(*STAGES, strict=True)
    made: str = r.choices(makers, weights)[0](r)
    return made


def _chain(r: Random) -> str:
    return " -> ".join(_stage(r) for _ in range(r.choice((1, 1, 2, 3))))


class _Writer:
    """One body that grows; `names` are what it may read."""

    def __init__(self, r: Random, blocks: list[str], settings: list[str]) -> None:
        self.r = r
        self.blocks = blocks
        self.settings = settings
        self.values: list[str] = []
        self.lists: list[str] = []
        self.shared: list[str] = []
        self.count = 0

    def line(self) -> str:
        """A proposal: a stage, a merge, a loop, a use of what there is."""
        kinds: list[tuple[Callable[[], str], int]] = [
            (lambda: _chain(self.r), 6), (self._merge, 3), (self._residual, 2), (self._repeat, 2),
            (self._for, 2), (self._if, 2), (self._value, 2), (self._shared, 1), (self._push, 1),
            (self._weight, 1), (self._frozen, 1),
        ]  # fmt: skip
        kinds += [(self._use, 4)] * bool(self.blocks)
        kinds += [(self._read, 4)] * bool(self.values)
        kinds += [(self._again, 4)] * bool(self.shared)
        kinds += [(self._pop, 4)] * bool(self.lists)
        makers, weights = zip(*kinds, strict=True)
        made: str = self.r.choices(makers, weights)[0]()
        return made

    def _name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}{self.count}"

    def _number(self) -> str:
        if self.settings and self.r.random() < 0.6:
            return self.r.choice((*self.settings, f"2 * {self.settings[0]}"))
        return _size(self.r)

    def _merge(self) -> str:
        word = self.r.choice(("add", "concat", "multiply", "maximum", "average", "stack"))
        lines = [_chain(self.r) for _ in range(self.r.choice((1, 2, 2)))]
        lines.append(self.r.choice(("identity", f"Dense({self._number()})", _chain(self.r))))
        return f"{word} {{ {'; '.join(lines)} }}"

    def _residual(self) -> str:
        back = self.r.choice(("Dense(channels(input))", "tanh", "BatchNorm", "Conv(4, 1)"))
        return f"residual {{ {_chain(self.r)} -> {back} }}"

    def _repeat(self) -> str:
        return f"repeat {self.r.choice(('2', '3', '1'))} {{ {self._inside()} }}"

    def _for(self) -> str:
        items = self.r.choice(("[4, 4]", "[4, 6]", "[2, 4, 6]", "range(2)"))
        word = self.r.choice(("Dense({0})", "Conv({0}, 1)", "Dense(4 + {0}, relu)"))
        return f"for w in {items} {{ {word.format('w')}; {self._inside()} }}"

    def _if(self) -> str:
        test = self.r.choice(("channels(_) > 4", "len(shape(_)) == 2", f"{self._number()} > 3"))
        other = f" else {{ {self._inside()} }}" if self.r.random() < 0.5 else ""
        return f"if {test} {{ {self._inside()} }}{other}"

    def _inside(self) -> str:
        lines = [_chain(self.r)]
        if self.blocks and self.r.random() < 0.4:
            lines.append(self._use())
        if self.r.random() < 0.2:
            lines.append(self._merge())
        return "; ".join(lines)

    def _value(self) -> str:
        name = self._name("v")
        self.values.append(name)
        return f"{name} = _ -> {_chain(self.r)}" if self.r.random() < 0.5 else f"{name} = _"

    def _read(self) -> str:
        name = self.r.choice(self.values)
        forms = ("concat({0}, _)", "_ + {0}", "_ * {0}", "_ - {0}", "concat({0}, _, axis=0)",
                 "Attention(2, context={0})", "_ @ transpose({0})")  # fmt: skip
        return self.r.choice(forms).format(name)

    def _shared(self) -> str:
        name = self._name("s")
        self.shared.append(name)
        inner = self._use() if self.blocks and self.r.random() < 0.5 else _dense(self.r)
        return f"shared {name} = {inner}\n  {name}"

    def _again(self) -> str:
        name = self.r.choice(self.shared)
        return self.r.choice((f"{name}", f"{name} -> relu -> {name}", f"repeat 2 {{ {name} }}"))

    def _push(self) -> str:
        name = self._name("p")
        self.lists.append(name)
        step = _stage(self.r)
        if self.r.random() < 0.5:
            return f"repeat 2 {{ push {name}; {step} }}\n  push {name}"
        return f"push {name}"

    def _pop(self) -> str:
        name = self.r.choice(self.lists)
        forms = ("concat({0})", "add({0})", "_ + pop({0})", "concat(_, pop({0}))", "_ * {0}[0]")
        return self.r.choice(forms).format(name)

    def _weight(self) -> str:
        name = self._name("w")
        return f"weight {name}: [channels(_)] = normal(0.5)\n  _ * {name}"

    def _frozen(self) -> str:
        return f"frozen {{ {_chain(self.r)} }}"

    def _use(self) -> str:
        block = self.r.choice(self.blocks)
        return f"{block}({self._number()})"


def _valid(text: str) -> bool:
    return not any(found.severity == "error" for found in check(text).diagnostics)


def _grow(writer: _Writer, head: str, tail: str) -> list[str]:
    """Lines that fit, one after the other."""
    lines: list[str] = []
    wanted = writer.r.randint(2, LINES)
    for _ in range(TRIES):
        before = (list(writer.values), list(writer.lists), list(writer.shared))
        line = f"  {writer.line()}"
        new = [*lines, line]
        reads = [f"  _ = _ * 1 + 0 * mean({name})" for name in writer.values]
        reads += [f"  _ = _ * 1 + 0 * mean({name}[0])" for name in writer.lists]
        if _valid(f"{head}\n" + "\n".join([*new, *reads]).replace("_ = ", "") + f"\n{tail}"):
            lines = new
        else:
            writer.values, writer.lists, writer.shared = before
        if len(lines) == wanted:
            break
    finish = [f"  _ + 0.1 * mean({name})" for name in writer.values]
    finish += [f"  _ + 0.1 * mean({name}[0])" for name in writer.lists]
    return [*lines, *finish]


def random_model(seed: int) -> Model:
    """The model of a seed, with up to two blocks."""
    r = Random(seed)
    port, shape, high = r.choice(INPUTS)
    text, names = "", []
    for number in range(r.choice((0, 1, 1, 2))):
        name = f"Part{number + 1}"
        head = f"{text}block {name}(n=4) {{"
        use = f"}}\nmodel M {{\n  input {port}\n  {name}(4)\n}}\n"
        lines = _grow(_Writer(r, names, ["n"]), head, use)
        body = "\n".join(["  Dense(n)", *lines])
        if _valid(f"{head}\n{body}\n{use}"):
            text, names = f"{head}\n{body}\n}}\n", [*names, name]
    head = f"{text}model M {{\n  input {port}"
    lines = _grow(_Writer(r, names, []), head, "}\n")
    whole = f"{head}\n" + "\n".join([*lines, "  Dense(3)"]) + "\n}\n"
    whole = whole if _valid(whole) else f"{head}\n  Dense(3)\n}}\n"
    return Model(whole, {"x": (shape, high)})
