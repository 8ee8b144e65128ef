"""What a model's inputs say of each other's sizes: layers that look, and pass a value on."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.backends.keras import layout
from nndsl.backends.keras.sizes import of_size, ratio_of, told
from nndsl.backends.keras.writer import Writer
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Const, Expr, Unary
from nndsl.ir.input_sizes import Held, InputSizes
from nndsl.ir.sites import snake_case
from nndsl.ir.steps import Port
from nndsl.ops.base import Type
from nndsl.ops.symbols import Term


class Check(NamedTuple):
    """A layer to make, without its name, and what it takes beside the input."""

    layer: Call
    others: tuple[Expr, ...] = ()


def hold(writer: Writer) -> None:
    """The equal sizes and multiples that a run must have, where a model begins."""
    sizes = InputSizes(writer.plan.body.inputs)
    for number, held in enumerate(sizes.held, 1):
        port, axis = _place(sizes, held)
        check = _same(writer, held, port, axis) or _multiple(writer, held, port, axis)
        if check is None:
            size = f"its size {held.dim!r}"
            writer.note(f"What the type of {port.name} says of {size} is not checked.")
            continue
        suffix = str(number) if len(sizes.held) > 1 else ""
        options = (*check.layer.kwargs, ("name", writer.name_of(f"{port.name}_size{suffix}")))
        layer = Call(check.layer.func, check.layer.args, options)
        made = Call(layer, (writer.read(port.value), *check.others))
        for old in list(writer.frame.where[writer.flow.of(port.value)]):
            writer.frame.drop(old)
        name = writer.frame.free(f"{snake_case(port.name)}_checked")
        writer.frame.add(b.assign(name, made))
        writer.frame.put(port.value, name)


def _place(sizes: InputSizes, held: Held) -> tuple[Port, int]:
    """The input and axis that an equality is of."""
    return next(
        sizes.leaves[str(term.args[0])]
        for term in held.left.walk()
        if term.op == "open" and str(term.args[0]) in sizes.leaves
    )


def _same(writer: Writer, held: Held, port: Port, axis: int) -> Check | None:
    """The size is another's, or is reckoned from it."""
    found = told(held.dim, writer.plan.body.inputs, but=(port.value.id, axis))
    if held.left.op != "open" or found is None:
        return None
    where = _index(port.value.type, axis), _index(found.value.type, found.axis)
    layer = b.call(writer.helper("SameSize"), *where, **of_size(found.ratio))
    return Check(layer, (writer.read(found.value),))


def _multiple(writer: Writer, held: Held, port: Port, axis: int) -> Check | None:
    """The size, or what it is past a number, is a multiple."""
    if held.left.op != "%":
        return None
    inner, by = held.left.terms()
    leaf = next(term for term in inner.walk() if term.op == "open")
    past = ratio_of(inner, leaf)
    if past is None or past.times != 1 or past.over != 1:
        return None
    options = {"past": -past.plus} if past.plus else {}
    where = _index(port.value.type, axis)
    return Check(b.call(writer.helper("MultipleOf"), where, _number(by), **options))


def _number(term: Term) -> Expr:
    return Const(int(str(term.args[0])))


def _index(type_: Type, axis: int) -> Expr:
    index = layout.index(type_, axis)
    return Unary("-", Const(1)) if index == -1 else Const(index)
