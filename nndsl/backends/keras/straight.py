"""Writes the steps that follow one another: ops, lets, lists, losses, guards."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.guards import guard_text
from nndsl.backends.keras import layout
from nndsl.backends.keras.beside import pass_through
from nndsl.backends.keras.flow import Live
from nndsl.backends.keras.frame import FLOW
from nndsl.backends.keras.logits import without_activation
from nndsl.backends.keras.reading import names_in
from nndsl.backends.keras.sizes import of_size, told
from nndsl.backends.keras.writer import Handler, Writer
from nndsl.emit import build as b
from nndsl.emit.tree import (
    Assign,
    Bin,
    Call,
    Expr,
    ExprStmt,
    If,
    Name,
    Starred,
)
from nndsl.ir.input_sizes import multiple_in
from nndsl.ir.steps import (
    AssertStep,
    GroupStep,
    GuardStep,
    LetStep,
    OpStep,
    PopStep,
    PushStep,
    Step,
    Value,
)
from nndsl.ops.numbers import term_of


def write_op(writer: Writer, step: Step) -> None:
    assert isinstance(step, OpStep)
    live = writer.flow.after(step)
    writer.goal(step, live)
    final = writer.book.final(writer.plan, step.outs[0].id)
    if final is not None and final.fused:
        writer.store(step.outs[0], _activated(writer, step, final.word), live)
        return
    expr = writer.spell(step)
    if len(step.outs) > 1:
        unpack(writer, step.outs, expr, live)
    else:
        expr = _eased(writer, step, expr)
        writer.store(step.outs[0], expr, live, writer.comment(step.outs[0], step.ins))


def _eased(writer: Writer, step: OpStep, expr: Expr) -> Expr:
    """A long line whose layer is called on an expression: that gets a line of its own."""
    if not isinstance(expr, Call) or len(expr.args) != 1 or not isinstance(expr.func, Call):
        return expr
    (value,) = expr.args
    short = writer.fits(expr, len("x = "))
    frame = writer.frame
    needed = frame.holds.get(FLOW) in writer.flow.after(step) | frame.pinned
    if short or not isinstance(value, Call | Bin) or needed or FLOW in names_in(expr.func):
        return expr
    frame.add(b.assign(FLOW, value))
    frame.drop(FLOW)
    return Call(expr.func, (Name(FLOW),), expr.kwargs)


def _activated(writer: Writer, step: OpStep, word: str) -> Expr:
    """A layer and its last activation apart, so that the logits between them can be had."""
    made = _eased(writer, step, writer.spell(without_activation(step)))
    logits = writer.assign(made, writer.comment(step.outs[0], step.ins))
    name = writer.name_of(f"{step.site.name}_{word}")
    return b.call(b.call("layers.Activation", word, name=name), logits)


def unpack(
    writer: Writer, outs: Sequence[Value], expr: Expr, live: Live, starred: bool = True
) -> None:
    """`a, b = expr`; starred: a state takes all that is left as a list, `x, *last = expr`."""
    names: list[str] = []
    for out in outs:
        name = writer.frame.target(out, live) if writer.flow.of(out) in live else "_"
        if name != "_" and name in names:
            hint = "state" if out.type.parts else name
            name = writer.frame.free(hint, live, names)
        names.append(name)
    several = len(names) > 1
    goals = [
        Starred(Name(name)) if several and starred and out.type.parts else Name(name)
        for name, out in zip(names, outs, strict=True)
    ]
    writer.frame.add(Assign((b.target(*goals),), expr))
    for out, name in zip(outs, names, strict=True):
        if name != "_":
            writer.frame.put(out, name)


def write_group(writer: Writer, step: Step) -> None:
    assert isinstance(step, GroupStep)
    saved, writer.frozen = writer.frozen, writer.frozen or step.frozen
    writer.body(step.body)
    writer.frozen = saved


def write_let(writer: Writer, step: Step) -> None:
    assert isinstance(step, LetStep)
    name = writer.settings[step.name]
    writer.frame.taken.add(name)
    if step.source is None:
        writer.frame.add(b.assign(name, writer.formula(step.term)))
        return
    value, axis = step.source
    at = layout.held(value.type, axis) + value.type.batched
    writer.sizes_at[name] = (value.type.rank + value.type.batched, at)
    writer.frame.add(b.assign(name, writer.dim(value, axis)))


def write_guard(writer: Writer, step: Step) -> None:
    """A condition that the emitted code relies on."""
    assert isinstance(step, GuardStep)
    test = writer.formula(step.cond)
    wrong = b.not_(test) if step.expected else test
    text = guard_text(writer.plan.definition.name, step, test)
    writer.frame.add(If(wrong, (b.raise_("ValueError", b.const(text)),)))


def write_push(writer: Writer, step: Step) -> None:
    assert isinstance(step, PushStep)
    if step.stack not in writer.flow.lists:
        return
    stack = writer.stack(step.stack)
    writer.frame.add(ExprStmt(b.call(b.attr(stack, "append"), writer.read(step.value))))


def write_pop(writer: Writer, step: Step) -> None:
    assert isinstance(step, PopStep)
    if writer.flow.is_named(step):
        return
    writer.frame.forget(step.out)
    writer.store(step.out, writer.popped(step), writer.flow.after(step))


def write_assert(writer: Writer, step: Step) -> None:
    """Equalities that only the run can see: a layer that compares with the input that tells the
    size. What no input tells by itself is left to the layers that follow."""
    assert isinstance(step, AssertStep)
    for axis, term in step.open:
        value, size = writer.read(step.value), _index(step.value, axis)
        number = multiple_in(term_of(step.value.type.shape[axis]), term)
        found = None if number else told(term, writer.plan.body.inputs)
        name = writer.name_of(step.site.name)
        if number:
            made = b.call(writer.helper("MultipleOf"), size, number, name=name)
            checked = b.call(made, value)
        elif found is not None:
            other, options = _index(found.value, found.axis), of_size(found.ratio)
            made = b.call(writer.helper("SameSize"), size, other, **options, name=name)
            checked = b.call(made, value, writer.read(found.value))
        else:
            writer.note(f"The size {term!r} that {step.site.name} asks for is not checked.")
            continue
        if isinstance(value, Name):
            pass_through(writer, value.id, checked, writer.flow.after(step))


def _index(value: Value, axis: int) -> Expr:
    index = layout.index(value.type, axis)
    return b.neg(1) if index == -1 else b.const(index)


STRAIGHT: dict[type, Handler] = {
    OpStep: write_op, GroupStep: write_group, LetStep: write_let, PushStep: write_push,
    PopStep: write_pop, AssertStep: write_assert,
    GuardStep: write_guard,
}  # fmt: skip
