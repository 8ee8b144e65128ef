"""The exact emission's activations: functions of the file where Keras' own round their constants.

An activation is a text wherever it stands: in a layer, as an argument of a function, as a default.
All of them become names of the functions at once, when the code is complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl.backends.keras.differences import ACTIVATIONS
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Cond, Const, Expr, Name, Param, Stmt
from nndsl.emit.walk import names, rebuilt

OWN: Mapping[str, str] = {each.words[0]: each.exact for each in ACTIVATIONS}
GELU_CALL = b.dotted("ops.gelu")
TANH = "gelu_tanh"


def with_own(code: Sequence[Stmt]) -> tuple[tuple[Stmt, ...], frozenset[str]]:
    """The code with the file's own functions for activations, and the names of those."""
    made: tuple[Stmt, ...] = rebuilt(tuple(code), _own)  # type: ignore[assignment]
    return made, names(made) & {*OWN.values(), TANH}


def _own(node: object) -> object | None:
    """`name="gelu"` stays what a layer is called."""
    if isinstance(node, Const) and isinstance(node.value, str):
        return Name(OWN[node.value]) if node.value in OWN else None
    if isinstance(node, Param) and node.name == "name":
        return node
    if not isinstance(node, Call):
        return None
    kwargs = tuple((key, e if key == "name" else _changed(e)) for key, e in node.kwargs)
    args = tuple(map(_changed, node.args))
    if node.func != GELU_CALL:
        return Call(_changed(node.func), args, kwargs)
    how = dict(kwargs).get("approximate", Const(True))
    own: Expr = Cond(Name(TANH), how, Name(OWN["gelu"]))
    if isinstance(how, Const):
        own = Name(TANH if how.value else OWN["gelu"])
    return Call(b.call("layers.Activation", own), args)


def _changed(node: Expr) -> Expr:
    made: Expr = rebuilt(node, _own)  # type: ignore[assignment]
    return made
