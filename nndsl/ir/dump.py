"""The tree and the graph as text for people and goldens: `--stage ast`, `--stage ir`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from nndsl.ir.steps import (
    AssertStep,
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LetStep,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    OwnStep,
    PopStep,
    PushStep,
    Step,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops import shown
from nndsl.ops.base import Settings, Weight
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.kinds import show_value
from nndsl.ops.numbers import show_shape
from nndsl.source import Span
from nndsl.syntax import ast

INDENT = "  "

# ---- the syntax tree -----------------------------------------------------------------------------


def dump_tree(file: ast.File) -> str:
    """A file's syntax tree, a node a line, without spans."""
    return "\n".join(_node(file, "", 0)) + "\n"


def _node(node: object, label: str, level: int) -> Iterator[str]:
    head = INDENT * level + (f"{label}: " if label else "")
    if not hasattr(node, "_fields"):
        yield f"{head}{node!r}"
        return
    plain: list[str] = []
    inner: list[tuple[str, object]] = []
    for name in node._fields:
        value = getattr(node, name)
        if isinstance(value, frozenset):
            value = tuple(sorted(value))
        if isinstance(value, Span) or value is None or value == () or value == "":
            continue
        if isinstance(value, str | int | float):
            plain.append(f"{name}={value!r}")
        else:
            inner.append((name, value))
    yield f"{head}{' '.join([type(node).__name__, *plain])}"
    for name, value in inner:
        items = value if type(value) is tuple else (value,)
        for item in items:
            yield from _node(item, name, level + 1)


# ---- the graph -----------------------------------------------------------------------------------


def dump_instance(root: Instance) -> str:
    """A concrete instance: first the model, then each instance that it uses, once."""
    dump = _Dump()
    dump.number(root)
    parts = [dump.instance(instance) for instance in dump]
    return "\n\n".join(parts) + "\n"


class Numbers:
    """Numbers instances of one definition in the order in which they are met."""

    def __init__(self) -> None:
        self.order: list[Instance] = []
        self.names: dict[int, str] = {}
        self.count: dict[str, int] = {}

    def __iter__(self) -> Iterator[Instance]:
        at = 0
        while at < len(self.order):  # dumping one may find more
            yield self.order[at]
            at += 1

    def number(self, instance: Instance) -> str:
        name = self.names.get(id(instance))
        if name is None:
            count = self.count[instance.name] = self.count.get(instance.name, 0) + 1
            name = self.names[id(instance)] = f"{instance.name}#{count}"
            self.order.append(instance)
        return name


class _Dump(Numbers):
    """Instances and their steps as lines."""

    def instance(self, instance: Instance) -> str:
        settings = _pairs(instance.settings)
        head = f"{instance.definition.kind} {self.number(instance)}({settings})"
        ports = [f"input {port.name} = {_made(port.value)}" for port in instance.inputs]
        outs = [
            f"output {result.name + ' = ' if result.name else ''}{_read(result.value)}"
            for result in instance.outputs
        ]
        lines = [*ports, *self.steps(instance.steps), *outs]
        return "\n".join([head, *(INDENT + line for line in lines)])

    def steps(self, steps: Iterable[Step]) -> Iterator[str]:
        for step in steps:
            yield from _RULES[type(step)](self, step)

    def body(self, body: Body | None) -> Iterator[str]:
        if body is None:
            return
        yield from (INDENT + line for line in self.steps(body.steps))
        if body.out is not None:
            yield f"{INDENT}-> {_read(body.out)}"

    def op(self, step: OpStep) -> Iterator[str]:
        word = step.op.word + _settings(step)
        parts = [f"{step.site.name}: {word}", _operands(step.ins, step.names)]
        parts += [_weights(step.weights)] if step.weights and not step.owner else []
        parts += [f"of {step.owner}"] if step.owner else []
        parts += ["frozen"] if step.frozen else []
        yield f"{_makes(step.outs)}{' '.join(part for part in parts if part)}"
        for part in step.parts:
            yield f"{INDENT}{part.setting}: {_read(part.entry)}"
            yield from (INDENT + line for line in self.body(part.body))

    def use(self, step: UseStep) -> Iterator[str]:
        parts = [f"{step.site.name}: use {self.number(step.instance)}"]
        parts += [_operands(step.ins, step.names)]
        parts += [f"of {step.owner}"] if step.owner else []
        parts += ["frozen"] if step.frozen else []
        yield f"{_makes(step.outs)}{' '.join(part for part in parts if part)}"

    def own(self, step: OwnStep) -> Iterator[str]:
        use = step.use
        what = "never used"
        if isinstance(use, UseStep):
            what = self.number(use.instance)
        elif use is not None:
            what = f"{use.op.word}{_settings(use)} {_weights(use.weights)}".strip()
        yield f"shared {step.site.name}: {what}{' frozen' if step.frozen else ''}"

    def weight(self, step: WeightStep) -> Iterator[str]:
        frozen = " frozen" if step.frozen else ""
        yield f"{_made(step.out)} = weight {_weight(step.weight)}{frozen}"

    def weight_read(self, step: WeightReadStep) -> Iterator[str]:
        yield f"{_made(step.out)} = weight of {'.'.join((*step.path, step.weight.name))}"

    def branch(self, step: BranchStep) -> Iterator[str]:
        yield "branch"
        yield from self.body(step.body)

    def merge(self, step: MergeStep) -> Iterator[str]:
        word = "residual" if step.residual else step.op.word
        entry = f" {_read(step.entry)}" if step.entry is not None else ""
        yield f"{_made(step.out)} = {step.site.name}: {word}{entry}"
        yield from (INDENT + line for line in self.steps(step.items))

    def if_(self, step: IfStep) -> Iterator[str]:
        side = "then" if step.taken else "else"
        makes = f"{_made(step.out)} = " if step.out is not None else ""
        yield f"{makes}{step.site.name}: if, taken: {side}"
        yield from self.body(step.then if step.taken else step.other)

    def loop(self, step: LoopStep) -> Iterator[str]:
        makes = f"{_made(step.out)} = " if step.out is not None else ""
        yield f"{makes}{step.site.name}: {step.kind} {shown.show(step.over)}"
        for turn in step.turns:
            flow = f" from {_read(turn.entry)}" if turn.entry is not None else ""
            bound = f" {_pairs(turn.bound)}" if turn.bound else ""
            yield f"{INDENT}turn x {turn.count}{bound}{flow}"
            yield from (INDENT + line for line in self.body(turn.body))

    def group(self, step: GroupStep) -> Iterator[str]:
        makes = f"{_made(step.out)} = " if step.out is not None else ""
        yield f"{makes}{step.site.name}:{' frozen' if step.frozen else ''} group"
        yield from self.body(step.body)

    def let(self, step: LetStep) -> Iterator[str]:
        yield f"let {step.name} = {shown.show(step.term)}"

    def push(self, step: PushStep) -> Iterator[str]:
        yield f"push {step.stack} {_read(step.value)}"

    def pop(self, step: PopStep) -> Iterator[str]:
        index = "" if step.index is None else f"[{step.index}]"
        verb = "pop" if step.index is None else "read"
        yield f"{_made(step.out)} = {verb} {step.stack}{index}"

    def loss(self, step: LossStep) -> Iterator[str]:
        yield f"loss {step.site.name} = {_read(step.value)}"

    def check(self, step: AssertStep) -> Iterator[str]:
        axes = ", ".join(f"axis {axis} is {shown.show(term)}" for axis, term in step.open)
        yield f"shape of {_read(step.value)}" + (f": at run time {axes}" if axes else "")


def _made(value: Value) -> str:
    return f"%{value.id} {value.type.show()}"


def _makes(values: Sequence[Value]) -> str:
    return f"{', '.join(map(_made, values))} = "


def _read(value: Value) -> str:
    return f"%{value.id}"


def _operands(ins: Sequence[Value], names: Sequence[str]) -> str:
    return " ".join(
        f"{name}={_read(value)}" if name else _read(value)
        for name, value in zip(names, ins, strict=True)
    )


def _pairs(settings: Iterable[tuple[str, SettingValue]]) -> str:
    return ", ".join(f"{name}={show_value(value)}" for name, value in settings)


def _settings(step: OpStep) -> str:
    """The settings that differ from their defaults."""
    given: Settings = step.settings
    shown = [
        (setting.name, given.items[setting.name])
        for setting in step.op.settings
        if setting.name in given.items and given.items[setting.name] != setting.default
    ]
    return f"({_pairs(shown)})" if shown else ""


def _weights(weights: Sequence[Weight]) -> str:
    return "{" + ", ".join(map(_weight, weights)) + "}" if weights else ""


def _weight(weight: Weight) -> str:
    kept = "" if weight.trainable else " kept"
    return f"{weight.name}{show_shape(weight.shape)}{kept}"


_RULES: Mapping[type[Step], Callable[..., Iterator[str]]] = {
    OpStep: _Dump.op,
    UseStep: _Dump.use,
    OwnStep: _Dump.own,
    WeightStep: _Dump.weight,
    WeightReadStep: _Dump.weight_read,
    BranchStep: _Dump.branch,
    MergeStep: _Dump.merge,
    IfStep: _Dump.if_,
    LoopStep: _Dump.loop,
    GroupStep: _Dump.group,
    LetStep: _Dump.let,
    PushStep: _Dump.push,
    PopStep: _Dump.pop,
    LossStep: _Dump.loss,
    AssertStep: _Dump.check,
}
