"""Recurrent layers in torch: own modules, with one bias a gate, explicit masks and states."""

from __future__ import annotations

from nndsl.backends.torch.batches import together
from nndsl.backends.torch.piece import Result, Row
from nndsl.backends.torch.starts import filler, regularized
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr
from nndsl.ops.initializers import FORGET_ONE

FLAGS = (("sequences", False), ("state", False), ("reverse", False), ("bidirectional", False),
         ("reset_after", True))  # fmt: skip


def _layer(view: OpView) -> Expr:
    s = view.settings
    args: dict[str, Expr] = {}
    for name, default in FLAGS:
        if name in s.items and s.flag(name) != default:
            args[name] = Const(not default)
    if s.items.get("bidirectional") and s.word("merge") != "concat":
        args["merge"] = Const(s.word("merge"))
    if s.get("bias") is not True:
        args["bias"] = view.get("bias")
    args |= _starts(view)
    view.helper("Recurrent")
    given = [name for name in ("mask", "initial") if name in view.step.names]
    asked = (*args, *given, *(() if "mask" in given else ("maskless",)))
    layer = view.helper(view.step.op.word, *asked)
    made = b.call(layer, view.dim(-1), view.get("units"), **args)
    keys = (("kernel", "rnn.weight_ih_l0"), ("backward_kernel", "rnn.weight_ih_l0_reverse"))
    return regularized(view, made, keys)


def _starts(view: OpView) -> dict[str, Expr]:
    """Initialisers that are not the layer's defaults."""
    weights = {w.name: w for w in view.step.weights}
    found: dict[str, Expr] = {}
    kernel, recurrent = weights["kernel"], weights["recurrent_kernel"]
    if kernel.init.name != "glorot_uniform":
        found["kernel_init"] = filler(view.low, view, kernel.init, kernel.fans, plain=True)
    if recurrent.init.name != "orthogonal" or tuple(recurrent.init.args) not in ((), (1.0,)):
        found["recurrent_init"] = filler(view.low, view, recurrent.init, recurrent.fans, plain=True)
    bias = weights.get("bias")
    usual = FORGET_ONE if view.step.op.word == "LSTM" else "zeros"
    if bias is not None and bias.init.name != usual:
        found["bias_init"] = filler(view.low, view, bias.init, bias.fans)
    return found


def _recurrent(view: OpView, ins: tuple[Expr, ...]) -> Result:
    mask, initial = view.operand("mask"), view.operand("initial")
    args: dict[str, Expr] = {}
    if initial is not None:
        args["initial"] = initial
    if mask is not None:
        args["mask"] = mask
    (x,), single = together(view, ("",), ins)
    code = b.call(view.module("", _layer(view)), x, **args)
    if len(view.step.outs) > 1:
        if not view.out.batched:
            view.low.unsayable(view.step.site, "the state of a sequence without a batch")
        return Result((), (), code)
    return Result((single(code),))


def _pack(view: OpView, ins: tuple[Expr, ...]) -> Result:
    return Result((b.tup(*ins),))


def _open(view: OpView, ins: tuple[Expr, ...]) -> Result:
    if len(view.step.outs) == 1:
        return Result((b.index(ins[0], 0),))
    return Result((), (), ins[0])


ROWS = {
    **{word: Row("file", apply=_recurrent) for word in ("LSTM", "GRU", "SimpleRNN")},
    "pack_state": Row("file", apply=_pack),
    "open_state": Row("file", apply=_open),
}
