"""Recurrent layers and their states in Keras. A state is a Python list of its tensors."""

from __future__ import annotations

from collections.abc import Mapping

from nndsl.backends.keras import layout
from nndsl.backends.keras.aligned import alone, in_one_batch
from nndsl.backends.keras.at import At, Option, list_of
from nndsl.backends.keras.initial import init_option, regularizer
from nndsl.backends.keras.spellings import Spelling, function
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Const, Expr
from nndsl.ops.base import Init
from nndsl.ops.initializers import FORGET_ONE

MERGES: Mapping[str, str] = {
    "concat": "concat", "sum": "sum", "average": "ave", "multiply": "mul",
}  # fmt: skip


def recurrent(at: At) -> Expr:
    """`layers.LSTM(…)`, in `layers.Bidirectional` where it reads both ways."""
    if not at.s.flag("bidirectional"):
        return at.layer(at.step.op.word, at.get("units"), options=_options(at))
    pairs: list[Option] = [*_options(at), *([("trainable", False)] if at.frozen else [])]
    inner = Call(
        b.attr("layers", at.step.op.word),
        (at.get("units"),),
        tuple((key, b.value(item)) for key, item in pairs),
    )
    merge = MERGES[at.s.word("merge")]
    options: list[Option] = [] if merge == "concat" else [("merge_mode", merge)]
    return at.composite("Bidirectional", inner, options=options)


def _options(at: At) -> list[Option]:
    options: list[Option] = []
    flags = (("return_sequences", "sequences"), ("return_state", "state"),
             ("go_backwards", "reverse"))  # fmt: skip
    options += [(key, True) for key, name in flags if at.s.flag(name)]
    if at.s.flag("sequences") and "mask" in at.step.names:
        options.append(("zero_output_for_mask", True))
    if at.step.op.word == "GRU" and not at.s.flag("reset_after"):
        options.append(("reset_after", False))
    options += at.option("use_bias", "bias", True)
    options += init_option(at, "kernel_initializer", "init", "glorot_uniform")
    options += init_option(
        at, "recurrent_initializer", "recurrent_init", Init("orthogonal", (1.0,))
    )
    options += init_option(at, "bias_initializer", "bias_init", "zeros")
    return [*options, *_forget(at), *regularizer(at)]


def _forget(at: At) -> list[Option]:
    bias = at.weight("bias")
    starts_at_one = bias is None or bias.init.name == FORGET_ONE
    if at.step.op.word != "LSTM" or starts_at_one:
        return []
    return [("unit_forget_bias", False)]


def write(at: At, shared: Expr | None) -> Expr:
    """The call with its first state and mask; a sequence read from its end is turned back.

    The mask goes by position: by keyword Keras would hand it on to the layers that follow.
    """
    (x,), back = in_one_batch(at, ("",))
    mask, initial = at.named("mask"), at.named("initial")
    if not at.out.batched and at.s.flag("state"):
        raise at.refuse("the state of a sequence without a batch", "leave out `state`")
    if mask is not None and not at.type_named("mask").batched:
        mask = alone(mask)
    given: list[Expr] = [] if mask is None else [initial or Const(None), mask]
    options: list[Option] = []
    if initial is not None and mask is None:
        options.append(("initial_state", initial))
    result = at.apply(shared or recurrent(at), x, *given, options=options)
    if not at.s.flag("sequences"):
        return back(result)
    if at.s.flag("state"):
        if layout.turned(at.out):
            raise at.refuse("the state beside a sequence whose channels come first",
                            "permute it before")  # fmt: skip
        flips = at.s.flag("reverse")
        return at.apply(at.own_layer("FlipFirst", suffix="_flip"), result) if flips else result
    if at.s.flag("reverse"):
        result = b.call("ops.flip", result, axis=1)
    return at.result(back(result))


def pack(at: At) -> Expr:
    return list_of(at.operand(number) for number in range(len(at.step.ins)))


def opened(at: At) -> Expr:
    """`h, c = last`; a state of one tensor is the list's first."""
    return at.operand() if len(at.step.outs) > 1 else b.index(at.operand(), 0)


SPELLINGS: dict[str, Spelling] = {
    "LSTM": Spelling(write, recurrent),
    "GRU": Spelling(write, recurrent),
    "SimpleRNN": Spelling(write, recurrent),
    "pack_state": function(pack),
    "open_state": function(opened, inline=False),
}
