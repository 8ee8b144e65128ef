"""What goes beside the values that a network gives: losses, and weights that nothing reads.

Keras keeps what leads to an output. So a layer takes the value on its way to one, passes it on,
and takes beside it what is to be kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nndsl.backends.keras.flow import Live
from nndsl.backends.keras.frame import FLOW
from nndsl.backends.keras.records import outs_of
from nndsl.backends.keras.waiting import Around, Waiting
from nndsl.backends.keras.writer import Handler, Writer
from nndsl.emit import build as b
from nndsl.emit.tree import Call, Expr, ExprStmt, Name, Starred
from nndsl.ir.steps import LoopStep, LossStep, Site, Step, Value

LOSS, WEIGHTS = "LossTerm", "Kept"
# What loops and ifs make: the variable of the list, and the layer that takes it.
LISTS = {LOSS: ("losses", "LossTerms"), WEIGHTS: ("kept", "Kept")}


def write_loss(writer: Writer, step: Step) -> None:
    """The term goes beside a value that is needed on."""
    assert isinstance(step, LossStep)
    _put(writer, LOSS, step.site.name, (step.value,), writer.flow.after(step))


def with_beside(write: Handler) -> Handler:
    """A handler after which goes beside others what nothing reads, and what still waits."""

    def written(writer: Writer, step: Step) -> None:
        with _around(writer, step):
            write(writer, step)
        found = tuple(out for out in outs_of(step) if out.id in writer.flow.beside)
        live = writer.flow.after(step) - {writer.flow.of(out) for out in found}
        if found:
            _put(writer, WEIGHTS, f"{_name(step)}_kept", found, live)
        if writer.waiting and not writer.frame.depth and (host := _host(writer, live)):
            for each in writer.waiting:
                _attach(writer, host, each, live)
            writer.waiting.clear()

    return written


@contextmanager
def _around(writer: Writer, step: Step) -> Iterator[None]:
    """While a loop is written, what may go on is another."""
    if not isinstance(step, LoopStep):
        yield
        return
    held = frozenset(writer.frame.holds.values())
    writer.around.append(Around(held, writer.flow.after(step), writer.flow.drops(step)))
    try:
        yield
    finally:
        writer.around.pop()


def _goes_on(number: int, around: Around) -> bool:
    """True where a value that a layer passes on inside a loop is still read when it is over."""
    return number in around.after if number in around.held else not around.drops


def _name(step: Step) -> str:
    site = getattr(step, "site", None)
    assert isinstance(site, Site), step
    return site.name.strip("_")


def at_end(writer: Writer) -> None:
    """What still waits goes beside the first result."""
    result = writer.plan.body.outputs[0].value
    for each in writer.waiting:
        layer = b.call(writer.helper(each.helper), name=writer.name_of(each.name))
        expr = b.call(layer, writer.read(result), *_beside(writer, each))
        writer.store(result, expr, frozenset())


def _put(writer: Writer, helper: str, name: str, values: tuple[Value, ...], live: Live) -> None:
    host = _host(writer, live)
    if host:
        _attach(writer, host, Waiting(helper, name, values), live)
    elif writer.frame.depth:
        _list(writer, helper, name, values)
    else:
        writer.held(values)
        writer.frame.pinned.update(map(writer.flow.of, values))
        writer.waiting.append(Waiting(helper, name, values))


def _list(writer: Writer, helper: str, name: str, values: Sequence[Value]) -> None:
    """`losses.append(…)`: where it is not known how often a line is written."""
    variable, helper = LISTS[helper]
    known = next((w for w in writer.waiting if w.listed and w.helper == helper), None)
    if known is None:
        listed = writer.frame.reserve(variable)
        writer.stacks[f" {listed}"] = listed
        known = Waiting(helper, name, (), listed)
        writer.waiting.append(known)
    for value in values:
        append = b.attr(Name(known.listed), "append")
        writer.frame.add(ExprStmt(b.call(append, writer.read(value))))


def _host(writer: Writer, live: Live) -> str:
    """A variable whose value is needed on and may pass through a layer here; empty for none.

    In the lines of a loop or an `if` a value from before them must stay in its one variable.
    """
    frame = writer.frame
    held = [name for name, n in frame.holds.items() if n in live and writer.is_batched(n)]
    held = [name for name in held if all(_goes_on(frame.holds[name], a) for a in writer.around)]
    if frame.depth:
        held = [
            name for name in held
            if frame.holds[name] not in frame.outer
            or (name not in writer.inputs and frame.where[frame.holds[name]] == [name])
        ]  # fmt: skip
    return min(held, key=lambda name: name != FLOW, default="")


def _attach(writer: Writer, host: str, waiting: Waiting, live: Live) -> None:
    layer = b.call(writer.helper(waiting.helper), name=writer.name_of(waiting.name))
    call = Call(layer, (Name(host), *_beside(writer, waiting)))
    pass_through(writer, host, call, live)


def _beside(writer: Writer, waiting: Waiting) -> list[Expr]:
    if waiting.listed:
        return [Starred(Name(waiting.listed))]
    found = [writer.read(value) for value in waiting.values]
    writer.frame.pinned -= {writer.flow.of(value) for value in waiting.values}
    return found


def pass_through(writer: Writer, name: str, expr: Expr, live: Live) -> None:
    """A variable's value goes through a layer; a model's input keeps its own variable."""
    number = writer.frame.holds[name]
    goal = name
    if name in writer.inputs:
        goal = FLOW if FLOW not in writer.frame.holds else writer.frame.free(name, live)
    writer.frame.add(b.assign(goal, expr))
    for other in list(writer.frame.where[number]):
        writer.frame.drop(other)
    writer.frame.put(number, goal)


BESIDE: dict[type, Handler] = {LossStep: write_loss}
