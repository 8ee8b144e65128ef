"""Layers of other packages in torch: a module whose `forward` is what the package says."""

from __future__ import annotations

from collections.abc import Iterable

from nndsl.backends.foreign import INPUT, Foreign
from nndsl.backends.torch import starts
from nndsl.backends.torch.naming import ATTRIBUTES
from nndsl.backends.torch.piece import Piece, Row
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.names import safe
from nndsl.emit.tree import ClassDef, Docstring, Param, Stmt
from nndsl.ir.steps import OpStep


def row(step: OpStep) -> Row:
    """The line of the table: one operand with its channels last, unless its order is of no matter;
    always with a batch."""
    want = "any" if step.op.elementwise else "last"
    return Row(want, pieces=_pieces, batch=True)


def _pieces(view: OpView) -> tuple[Piece, ...]:
    foreign = view.low.shared.foreign.of(view.step)
    assert foreign is not None
    made = b.call(
        foreign.name,
        *(starts.started_tensor(view, weight) for weight in view.step.weights),
        *(view.get(name) for name in foreign.numbers),
    )
    tensors = [(name, _attribute(name)) for name, _ in foreign.weights]
    return (Piece(starts.regularized(view, made, tensors)), *view.act())


def _attribute(name: str) -> str:
    return safe(name, ATTRIBUTES)


def definitions(made: Iterable[Foreign]) -> tuple[ClassDef, ...]:
    """The classes as code."""
    return tuple(map(_class, made))


def _class(foreign: Foreign) -> ClassDef:
    body: list[Stmt] = [Docstring(foreign.doc)]
    weights = [b.param(name, "Tensor") for name, _ in foreign.weights]
    kinds = zip(foreign.numbers, foreign.kinds, strict=True)
    numbers = [b.param(name, kind) for name, kind in kinds]
    if weights or numbers:
        body.append(_constructor(foreign, [Param("self"), *weights, *numbers]))
    code = foreign.body(_attribute)
    params = [Param("self"), b.param(INPUT, "Tensor")]
    body.append(b.func("forward", params, [b.ret(code)], b.name("Tensor")))
    return b.cls(foreign.name, ["nn.Module"], body)


def _constructor(foreign: Foreign, params: list[Param]) -> Stmt:
    body: list[Stmt] = [b.do(b.call(b.attr(b.call(b.name("super")), "__init__")))]
    for name, trained in foreign.weights:
        own, value = _attribute(name), b.name(name)
        if trained:
            body.append(b.assign(f"self.{own}", b.call("nn.Parameter", value)))
        else:
            body.append(b.do(b.call("self.register_buffer", own, value)))
    body += [b.assign(f"self.{_attribute(name)}", b.name(name)) for name in foreign.numbers]
    return b.func("__init__", params, body)
