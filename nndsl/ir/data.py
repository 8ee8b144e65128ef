"""A concrete instance as JSON: `nndsl ir`. The form is `grammars/ir.schema.json`, by `VERSION`.

Instances are kept once, by name; steps stand in the order in which they run; values have numbers
that mean something inside their instance. A dimension is a number, or a text where it is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from nndsl.ir.dump import Numbers
from nndsl.ir.steps import (
    AssertStep,
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
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
from nndsl.ops.base import Recipe, Tensor, Type, Weight, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.source import Span

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
VERSION = 1
"""Counts up where a reader of the last one would misread; what is only added leaves it."""


def as_data(model: str, root: Instance) -> dict[str, Json]:
    """A model's graph as dicts, lists, texts and numbers."""
    writer = _Writer()
    name = writer.numbers.number(root)
    found: dict[str, Json] = {}
    for instance in writer.numbers:  # writing one may find more
        found[writer.numbers.number(instance)] = writer.instance(instance)
    return {"format": "nndsl-ir", "version": VERSION, "model": model, "root": name,
            "instances": found}  # fmt: skip


class _Writer:
    """Instances and their steps as data; one method for each kind of step."""

    def __init__(self) -> None:
        self.numbers = Numbers()

    def instance(self, instance: Instance) -> Json:
        made: dict[str, Json] = {
            "kind": instance.definition.kind,
            "definition": instance.name,
            "span": _span(instance.definition.span),
            "settings": _settings(instance.settings),
            "inputs": [
                {"name": port.name, "value": _value(port.value), "doc": port.doc}
                for port in instance.inputs
            ],
            "outputs": [
                {"name": result.name, "value": result.value.id, "doc": result.doc}
                for result in instance.outputs
            ],
            "names": {str(number): name for number, name in sorted(instance.labels.items())},
            "steps": self.steps(instance.steps),
        }
        return made

    def steps(self, steps: Iterable[Step]) -> list[Json]:
        return [self.step(step) for step in steps]

    def step(self, step: Step) -> Json:
        kind, rule = _RULES[type(step)]
        made: dict[str, Json] = {"step": kind}
        site = getattr(step, "site", None)
        if site is not None:
            made |= {"name": site.name, "given": site.given, "span": _span(site.span)}
        fields: dict[str, Json] = rule(self, step)
        return made | fields

    def body(self, body: Body | None) -> Json:
        if body is None:
            return None
        return {"steps": self.steps(body.steps), "out": _number(body.out)}

    def op(self, step: OpStep) -> dict[str, Json]:
        return {
            "op": step.op.word,
            "settings": _settings(step.settings.items.items()),
            "in": _operands(step.ins, step.names),
            "out": [_value(value) for value in step.outs],
            "weights": [_weight(weight) for weight in step.weights],
            "macs": _dim(step.macs),
            "frozen": step.frozen,
            "owner": step.owner,
            "parts": [
                {"setting": part.setting, "entry": _value(part.entry), "body": self.body(part.body)}
                for part in step.parts
            ],
        }

    def use(self, step: UseStep) -> dict[str, Json]:
        return {
            "instance": self.numbers.number(step.instance),
            "in": _operands(step.ins, step.names),
            "out": [_value(value) for value in step.outs],
            "frozen": step.frozen,
            "owner": step.owner,
        }

    def own(self, step: OwnStep) -> dict[str, Json]:
        return {"use": None if step.use is None else self.step(step.use), "frozen": step.frozen}

    def weight(self, step: WeightStep) -> dict[str, Json]:
        return {"weight": _weight(step.weight), "out": _value(step.out), "frozen": step.frozen}

    def weight_read(self, step: WeightReadStep) -> dict[str, Json]:
        return {"path": list(step.path), "weight": step.weight.name, "out": _value(step.out)}

    def branch(self, step: BranchStep) -> dict[str, Json]:
        return {"body": self.body(step.body)}

    def merge(self, step: MergeStep) -> dict[str, Json]:
        return {
            "op": step.op.word,
            "settings": _settings(step.settings.items.items()),
            "residual": step.residual,
            "entry": _number(step.entry),
            "items": self.steps(step.items),
            "out": _value(step.out),
        }

    def if_(self, step: IfStep) -> dict[str, Json]:
        return {
            "taken": step.taken,
            "body": self.body(step.then if step.taken else step.other),
            "entry": _number(step.entry),
            "out": _maybe(step.out),
        }

    def loop(self, step: LoopStep) -> dict[str, Json]:
        turns: list[Json] = [
            {
                "count": turn.count,
                "bound": _settings(turn.bound),
                "entry": _maybe(turn.entry),
                "body": self.body(turn.body),
            }
            for turn in step.turns
        ]
        return {
            "loop": step.kind,
            "over": shown.show(step.over),
            "turns": turns,
            "entry": _number(step.entry),
            "out": _maybe(step.out),
        }

    def group(self, step: GroupStep) -> dict[str, Json]:
        return {"body": self.body(step.body), "frozen": step.frozen, "out": _maybe(step.out)}

    def push(self, step: PushStep) -> dict[str, Json]:
        return {"stack": step.stack, "value": step.value.id}

    def pop(self, step: PopStep) -> dict[str, Json]:
        return {
            "stack": step.stack,
            "index": step.index,
            "pushed": step.pushed.id,
            "out": _value(step.out),
        }

    def loss(self, step: LossStep) -> dict[str, Json]:
        return {"value": step.value.id}

    def check(self, step: AssertStep) -> dict[str, Json]:
        return {
            "value": step.value.id,
            "open": [{"axis": axis, "size": shown.show(term)} for axis, term in step.open],
        }


_RULES: Mapping[type[Step], tuple[str, Callable[..., dict[str, Json]]]] = {
    OpStep: ("op", _Writer.op),
    UseStep: ("use", _Writer.use),
    OwnStep: ("own", _Writer.own),
    WeightStep: ("weight", _Writer.weight),
    WeightReadStep: ("read", _Writer.weight_read),
    BranchStep: ("branch", _Writer.branch),
    MergeStep: ("merge", _Writer.merge),
    IfStep: ("if", _Writer.if_),
    LoopStep: ("loop", _Writer.loop),
    GroupStep: ("group", _Writer.group),
    PushStep: ("push", _Writer.push),
    PopStep: ("pop", _Writer.pop),
    LossStep: ("loss", _Writer.loss),
    AssertStep: ("assert", _Writer.check),
}


# ---- values and settings -------------------------------------------------------------------------


def _span(span: Span) -> Json:
    return {"file": span.file, "start": span.start, "end": span.end}


def _dim(dim: Dim) -> Json:
    return repr(dim) if isinstance(dim, OpenDim) else int(dim)


def _type(type_: Type) -> Json:
    return {
        "shape": [_dim(dim) for dim in type_.shape],
        "dtype": type_.dtype,
        "axes": list(type_.axes),
        "batched": type_.batched,
        "parts": [_type(part) for part in type_.parts],
    }


def _value(value: Value) -> Json:
    return {"id": value.id, "type": _type(value.type)}


def _maybe(value: Value | None) -> Json:
    return None if value is None else _value(value)


def _number(value: Value | None) -> Json:
    return None if value is None else value.id


def _operands(ins: Sequence[Value], names: Sequence[str]) -> Json:
    return [{"name": name, "value": value.id} for name, value in zip(names, ins, strict=True)]


def _weight(weight: Weight) -> Json:
    return {
        "name": weight.name,
        "shape": [_dim(dim) for dim in weight.shape],
        "init": {"word": weight.init.name, "args": [_setting(each) for each in weight.init.args]},
        "trainable": weight.trainable,
        "fans": [_dim(dim) for dim in weight.fans],
        "l1": weight.l1,
        "l2": weight.l2,
    }


def _settings(items: Iterable[tuple[str, SettingValue]]) -> dict[str, Json]:
    return {name: _setting(value) for name, value in items}


def _setting(value: SettingValue) -> Json:
    """Numbers, truth values and texts as they are; what JSON lacks, as an object of one kind."""
    match value:
        case None | bool() | str():
            return value
        case int():
            return int(value)
        case float():
            finite = float("-inf") < value < float("inf")
            return float(value) if finite else {"float": repr(float(value))}
        case Word(name, args):
            return {"word": name, "args": [_setting(each) for each in args]}
        case Recipe():
            return {"recipe": value.text}
        case Tensor():
            return {"operand": value.index}
        case OpenDim():
            return {"open": repr(value)}
        case _:
            return [_setting(each) for each in value]
