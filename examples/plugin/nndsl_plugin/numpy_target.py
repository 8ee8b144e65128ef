"""The target: a function in numpy that computes a straight line of layers."""

from collections.abc import Callable, Mapping

from nndsl.backends.base import Emitted, Header
from nndsl.diagnostics import Diagnostics
from nndsl.emit import build as b
from nndsl.emit.imports import import_table
from nndsl.emit.module import import_block, needed
from nndsl.emit.printer import render
from nndsl.emit.tree import Blank, Docstring, Expr, Name, Stmt
from nndsl.ir.flatten import FlatOp, FlatPort, flatten, show_path
from nndsl.ir.steps import OpStep, Program
from nndsl.ops.base import Recipe

IMPORTS = import_table("import numpy as np")
Read = Callable[[str], Expr]


def _dense(step: OpStep, weight: Read, x: Expr) -> Expr:
    made: Expr = b.binop(x, "@", weight("kernel"))
    if any(each.name == "bias" for each in step.weights):
        made = b.binop(made, "+", weight("bias"))
    act = step.settings.get("act")
    return SPELLINGS[act.act](step, weight, made) if isinstance(act, Recipe) else made


SPELLINGS: Mapping[str, Callable[[OpStep, Read, Expr], Expr]] = {
    "Dense": _dense,
    "LayerScale": lambda step, weight, x: b.binop(x, "*", weight("scale")),
    "relu": lambda step, weight, x: b.call("np.maximum", x, 0),
    "tanh": lambda step, weight, x: b.call("np.tanh", x),
}


class NumpyTarget:
    """`Target` of `nndsl.backends.base`; nothing needs to be inherited."""

    name = "numpy"

    def lower(self, program: Program, diagnostics: Diagnostics) -> Emitted | None:
        """A line a layer; NN601 for what has no spelling here."""
        lines: list[Stmt] = []
        last = -1
        for flat in flatten(program.root):
            if isinstance(flat, FlatPort) and flat.kind == "input":
                last = flat.value
            elif isinstance(flat, FlatOp):
                if not _sayable(flat, last):
                    what = f"`{flat.step.op.word}` has no spelling in numpy"
                    diagnostics.error("NN601", flat.step.site.span, what)
                    return None
                lines.append(_line(flat))
                last = flat.outs[0]
        body = [*lines, b.ret(Name("x"))]
        entry = b.func("forward", ["x", "weights"], body)
        return Emitted((entry,), (), "forward")

    def render(self, emitted: Emitted, header: Header) -> str:
        doc = f"{header.model} in numpy: {header.trainable:,} weights, by their paths."
        top = [*import_block(needed(IMPORTS, emitted.code))]
        return render([Docstring(doc), Blank(), *top, Blank(), *emitted.code])


def _sayable(flat: FlatOp, last: int) -> bool:
    """True for a known word on the value before it, with activations that are known too."""
    act = flat.step.settings.items.get("act")
    known = not isinstance(act, Recipe) or act.act in SPELLINGS
    return known and flat.step.op.word in SPELLINGS and tuple(flat.ins) == (last,)


def _line(flat: FlatOp) -> Stmt:
    step = flat.step
    assert isinstance(step, OpStep)

    def weight(name: str) -> Expr:
        return b.index("weights", f"{show_path(flat.home)}.{name}")

    return b.assign("x", SPELLINGS[step.op.word](step, weight, Name("x")))


TARGET = NumpyTarget()
