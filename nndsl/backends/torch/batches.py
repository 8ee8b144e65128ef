"""Values without a batch (weights, constants) in front of modules that insist on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ir.steps import OpStep, Value

if TYPE_CHECKING:
    from nndsl.backends.torch.view import OpView


def widened(code: Expr) -> Expr:
    """A value without a batch as a batch of one."""
    return b.call(b.attr(code, "unsqueeze"), 0)


def alone(code: Expr) -> Expr:
    """The only example of a batch."""
    return b.call(b.attr(code, "squeeze"), 0)


def in_batch(step: OpStep) -> OpStep:
    """The layer as it is on a batch."""
    ins, outs = (tuple(map(_batched, values)) for values in (step.ins, step.outs))
    return step._replace(ins=ins, outs=outs)


def _batched(value: Value) -> Value:
    return value._replace(type=value.type._replace(batched=True))


def together(
    view: OpView, names: tuple[str, ...], codes: tuple[Expr, ...]
) -> tuple[tuple[Expr, ...], Callable[[Expr], Expr]]:
    """Operands that meet in one batch, and what takes the result to the batch that it has.

    names: the operands' names. One without a batch is repeated for each example of the others or,
    where none has one, is a batch of one.
    """
    step = view.step
    given = dict(zip(step.names, step.ins, strict=True))
    batched = [given[name].type.batched for name in names]
    if all(batched):
        return codes, lambda code: code
    if not view.out.batched:
        return tuple(map(widened, codes)), alone
    shown = [view.variable(c) if some else c for c, some in zip(codes, batched, strict=True)]
    size = _size(view, shown, batched)
    made = [c if some else repeated(c, given[n].type.rank, size)
            for c, some, n in zip(shown, batched, names, strict=True)]  # fmt: skip
    return tuple(made), lambda code: code


def _size(view: OpView, codes: list[Expr], batched: list[bool]) -> Expr:
    """How many examples there are, from an operand that has them."""
    pairs = zip(codes, batched, strict=True)
    found = next((code for code, some in pairs if some), None)
    if found is None:
        mask = view.operand("mask")
        assert mask is not None, view.step.op.word
        found = mask
    return b.index(b.attr(found, "shape"), 0)


def repeated(code: Expr, rank: int, size: Expr) -> Expr:
    """A value without a batch as one of that many examples."""
    return b.call(b.attr(code, "expand"), size, *(-1,) * rank)
