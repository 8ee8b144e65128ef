"""Names in emitted Keras code: functions, settings, layer names."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator, Sequence

from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, FString, Interp, Name
from nndsl.ir.sites import snake_case
from nndsl.ir.steps import Plan
from nndsl.ops.symbols import Term

IMPORTS = frozenset(("keras", "layers", "ops", "math"))
HELPERS = frozenset(("round_to", "euclidean_norm", "gelu", "gelu_tanh"))
RESERVED = IMPORTS | HELPERS | {"x", "name", "inputs", "branches"}
# What emitted functions may not call anything of theirs.
OWN = IMPORTS | HELPERS | {"name", "logits_model"}

# What Keras calls an operation that was given no name: the snake-cased class in keras.ops, with a
# number from the second on. A layer of a model must not have one of these names as well.
OPERATOR_NAMES = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "true_divide", "//": "floor_divide",
    "%": "mod", "@": "matmul", "**": "power", "==": "equal", "!=": "not_equal", "<": "less",
    "<=": "less_equal", ">": "greater", ">=": "greater_equal",
}  # fmt: skip


def stem(name: str) -> str:
    """A name without its number: Keras numbers the nameless operations of one kind, from 1."""
    front, _, number = name.rpartition("_")
    return front if front and number.isdigit() else name


def safe(name: str, taken: frozenset[str] | set[str] = frozenset()) -> str:
    """A setting's name that hides nothing which emitted code uses."""
    while name in RESERVED or name in taken or keyword.iskeyword(name) or name in _BUILTINS:
        name += "_"
    return name


_BUILTINS = frozenset(dir(builtins))


def sound(name: str) -> str:
    """A variable's name that is no word of Python and hides nothing of it."""
    return f"{name}_" if keyword.iskeyword(name) or name in _BUILTINS else name


def function_names(plans: Sequence[Plan]) -> dict[str, str]:
    """For each plan's name the function's, all different."""
    taken = {"logits_model"}
    names: dict[str, str] = {}
    for plan in plans:
        name = safe(snake_case(plan.name), taken)
        taken.add(name)
        names[plan.name] = name
    return names


def size_hint(plan: Plan, term: Term) -> str:
    """`channels`, `height`, …: a readable name for the size of an input's axis."""
    port, axis = term.args
    type_ = next(p.value.type for p in plan.body.inputs if p.name == port)
    if axis == type_.channel_axis:
        return "channels"
    spatial = [n for n in range(type_.rank) if n != type_.channel_axis]
    names = {1: ("length",), 2: ("height", "width")}.get(len(spatial), ("size",) * len(spatial))
    return names[spatial.index(int(str(axis)))]


def target_names(target: object) -> Iterator[str]:
    """The variables of a loop's target."""
    parts = getattr(target, "parts", ())
    if parts:
        for part in parts:
            yield from target_names(part)
    else:
        yield str(getattr(target, "name", ""))


def chained(parts: Sequence[str | Expr], prefix: bool) -> Expr:
    """A layer's name from its site and loop indices, after the block's where there is one.

    `f"{name}_conv_{i}"` in a block, `"conv"` in a model.
    """
    pieces: list[str | Expr | Interp] = [Name("name")] if prefix else []
    for part in parts:
        pieces += ["_", part] if pieces else [part]
    return joined(pieces)


def joined(pieces: Sequence[str | Expr | Interp]) -> Expr:
    """Texts and expressions as one string: a constant, or an f-string."""
    merged: list[str | Expr | Interp] = []
    for piece in pieces:
        if isinstance(piece, Const):
            piece = str(piece.value)
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    if all(isinstance(piece, str) for piece in merged):
        return Const("".join(str(piece) for piece in merged))
    if len(merged) == 1 and isinstance(merged[0], Name):
        return merged[0]
    return FString(tuple(merged))


def indexed(name: Expr, suffix: str) -> Expr:
    """A name with something behind it."""
    if isinstance(name, Const):
        return Const(f"{name.value}{suffix}")
    if isinstance(name, FString):
        return joined([*name.parts, suffix])
    return b.fstr(name, suffix)
