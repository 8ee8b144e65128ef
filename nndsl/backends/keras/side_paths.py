"""Variables for what layers make beside the flow: `shortcut = layers.Conv2D(...)(inputs)`, so that
`x = x + shortcut` needs no second name for the flow."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from nndsl.backends.keras.records import operands, outs_of, steps_inside
from nndsl.backends.keras.writer import Writer
from nndsl.ir.steps import IfStep, OpStep, Step, UseStep, Value

NAMES = {"add": "shortcut", "subtract": "shortcut", "multiply": "scale"}


def name_side_paths(writer: Writer, steps: Sequence[Step]) -> None:
    """Names the values of every run of layers that ends as the other operand of a sum or product
    with the value that was there before it."""
    counts = Counter(writer.flow.of(v) for s in _all(steps) for v in operands(s))
    for run, entry in _lists(steps, None):
        for at, step in enumerate(run):
            if isinstance(step, OpStep) and step.op.word in NAMES and len(step.ins) == 2:
                _name(writer, run[:at], entry, step, counts)


def _name(
    writer: Writer, before: Sequence[Step], entry: Value | None, step: OpStep, counts: Counter[int]
) -> None:
    """entry: what flows into these braces."""
    flow = writer.flow
    numbers = [flow.of(value) for value in step.ins]
    chain: list[Step] = []
    wanted = _single(writer, before[-1]) if before else None
    if wanted is None or wanted not in numbers or numbers[0] == numbers[1]:
        return
    other = numbers[1 - numbers.index(wanted)]
    rest = list(before)
    while rest and _single(writer, rest[-1]) == wanted and counts[wanted] == 1:
        chain.append(rest.pop())
        wanted = next((flow.of(value) for value in operands(chain[-1])), other)
        if wanted == other:
            break
    start = _single(writer, rest[-1]) if rest else None if entry is None else flow.of(entry)
    if not chain or start != other or (rest and flow.is_deferred(rest[-1])):
        return
    label = flow.label(outs_of(chain[0])[0])
    for made in chain:
        out = outs_of(made)[0]
        if not flow.label(out):
            writer.frame.prefer.setdefault(flow.of(out), label or NAMES[step.op.word])


def _single(writer: Writer, step: Step) -> int | None:
    """The one value that a layer or block makes."""
    outs = outs_of(step) if isinstance(step, OpStep | UseStep) else ()
    return writer.flow.of(outs[0]) if len(outs) == 1 else None


def _lists(
    steps: Sequence[Step], entry: Value | None
) -> Iterator[tuple[Sequence[Step], Value | None]]:
    """Every list of steps, with what flows into it where that is known."""
    yield steps, entry
    for step in steps:
        for inner in steps_inside(step):
            yield from _lists(inner, step.entry if isinstance(step, IfStep) else None)


def _all(steps: Sequence[Step]) -> Iterator[Step]:
    for run, _ in _lists(steps, None):
        yield from run
