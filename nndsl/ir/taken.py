"""What to say where names and values do not match in number: who gives how many, and which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from nndsl._record import NamedTuple
from nndsl.diagnostics.model import Failure, Label, fail
from nndsl.ir.silent import setting_value
from nndsl.ir.statics import is_number, shown
from nndsl.ir.steps import OpStep, UseStep, Value
from nndsl.ops.kinds import show_value
from nndsl.source import Span

if TYPE_CHECKING:
    from nndsl.ir.context import Context

SPARE = ("a", "b", "c", "d")  # names for values that have none of their own
NUMBERS = {2: "two", 3: "three", 4: "four"}
WORDS = {1: "one value", **{n: f"{word} values" for n, word in NUMBERS.items()}}


class Giver(NamedTuple):
    """What made the values. said: for a message; text: its call; names: one for each value."""

    said: str
    text: str
    names: list[str]
    labels: list[Label]


def several(context: Context, values: Sequence[Value], span: Span) -> Failure:
    """NN323: several values where one is wanted."""
    giver = _giver(context, values)
    fix = (
        f"take them apart on a line before: `{', '.join(giver.names)} = _ -> {giver.text}`, and go "
        f"on with one of them;\n`_, {giver.names[1]} = …` goes on with the first"
    )
    what = f"{giver.said} gives {_count(values)}, and one is wanted"
    return fail("NN323", span, what, fix, giver.labels)


def mismatch(
    context: Context, values: Sequence[Value], targets: Sequence[str], span: Span, text: str
) -> Failure:
    """NN322: another number of names than of values. text: what stands behind the `=`."""
    giver = _giver(context, values)
    message = f"{giver.said} gives {_count(values)}, and {_names(len(targets))} here"
    spare = [name for name in giver.names[len(targets) :] if name not in targets]
    wanted = [*targets, *spare][: len(values)]
    fix = f"a name for each: `{', '.join(wanted)} = {text}`"
    if len(targets) < len(values):
        fix += "; `_` is the current value"
    elif giver.labels:
        fix += f";\na line `output {targets[-1]} = …` in {giver.said} would give one more"
    return fail("NN322", span, message, fix, giver.labels)


def unequal(item: object, names: int, span: Span) -> Failure:
    """NN322: the names of a loop do not fit an item of its list."""
    shown = show_value(setting_value(item, span))
    fix = (
        "one name for the whole item, or as many names as the item has parts: `(i, n) in [(0, 8)]`"
    )
    return fail("NN322", span, f"an item here is {shown}, and {_names(names)} for it", fix)


def no_list(given: object, span: Span, text: str) -> Failure:
    """NN301: a loop goes over no list; `for i in 6` is one over a range."""
    count = is_number(given)
    fix = f"write `range({text})`; or `repeat {text} {{ … }}`, where no index is wanted"
    fix = fix if count else "write a list, `for n in [16, 32] { … }`, or `range(4)`"
    return fail("NN301", span, f"a list is wanted after `in`, not {shown(given)}", fix)


def items_there(count: int) -> str:
    """What indices there are."""
    return f"they are 0 to {count - 1}, or -1 for the last" if count else "it is empty here"


def _count(values: Sequence[Value]) -> str:
    return WORDS.get(len(values), f"{len(values)} values")


def _names(count: int) -> str:
    return "one name stands" if count == 1 else f"{NUMBERS.get(count, count)} names stand"


def _giver(context: Context, values: Sequence[Value]) -> Giver:
    """The step that made the values; a block is shown where it begins."""
    made = tuple(values)
    for step in reversed(context.steps):
        if not isinstance(step, OpStep | UseStep) or step.outs != made:
            continue
        if isinstance(step, OpStep):
            names = _filled(step.op.results, len(made))
            text = context.quoted(step.site.span, step.op.word)
            return Giver(f"`{step.op.word}`", text, names, [])
        block, outs = step.instance.definition, step.instance.outputs
        own = ", ".join(f"`{out.name}`" for out in outs if out.name)
        label = Label(block.name_span, f"`{block.name}` gives {own or 'what flows at its end'}")
        text = context.quoted(step.site.span, block.name)
        return Giver(f"`{block.name}`", text, _filled([o.name for o in outs], len(made)), [label])
    return Giver("this", "…", _filled((), len(made)), [])


def _filled(names: Sequence[str], count: int) -> list[str]:
    """These names, and others where some or all have none."""
    found = [*names, *[""] * count][:count]
    return [
        name or (SPARE[i] if i < len(SPARE) else f"part{i + 1}") for i, name in enumerate(found)
    ]
