"""Every op as a model of its own: emitted, built, run and trained in the real framework.

An example of an op becomes a concrete program of one layer, by hand, so that this needs neither the
parser nor elaboration. Inputs are numpy arrays in the file's axis order; a runner of a target takes
them, and the language's weights, to its framework and back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nndsl.backends.base import Header, Target
from nndsl.diagnostics import Diagnostics
from nndsl.ir.steps import (
    Instance,
    OpStep,
    OwnStep,
    Plan,
    Port,
    Program,
    Result,
    Site,
    Step,
    Value,
)
from nndsl.ops.base import Example, Op, Settings, Type, Weight
from nndsl.ops.numbers import OpenDim
from nndsl.ops.registry import find, words
from nndsl.source import NOWHERE
from nndsl.syntax import ast
from support.calls import read_call

BATCH = 2
LENGTH = 6  # stands for every open dimension
HUGE = 30_000_000  # a layer of more weights is counted, not run


class Case(NamedTuple):
    """An example as a program; `step` is the layer."""

    program: Program
    step: OpStep
    example: Example

    @property
    def weights(self) -> tuple[Weight, ...]:
        """The weights of the layer (of a tied one, its owner's)."""
        own = self.program.root.steps[0] if self.step.owner else None
        return own.use.weights if isinstance(own, OwnStep) and own.use else self.step.weights

    @property
    def total(self) -> int:
        return sum(weight.count for weight in self.weights)

    @property
    def inputs(self) -> tuple[Type, ...]:
        return tuple(port.value.type for port in self.program.root.inputs)

    @property
    def outputs(self) -> tuple[Type, ...]:
        return tuple(result.value.type for result in self.program.root.outputs)


class _Builder:
    """Numbers values and collects ports and steps."""

    def __init__(self) -> None:
        self.ports: list[Port] = []
        self.steps: list[Step] = []
        self.count = 0

    def value(self, type_: Type) -> Value:
        self.count += 1
        return Value(self.count, type_)

    def operand(self, name: str, type_: Type) -> Value:
        """An input of this type; the parts of a state are packed first."""
        if not type_.parts:
            value = self.value(type_)
            self.ports.append(Port(name, value))
            return value
        parts = tuple(self.operand(f"{name}_{i}", part) for i, part in enumerate(type_.parts))
        return self.call("pack_state", parts, (type_,))[0]

    def call(self, word: str, ins: Sequence[Value], outs: Sequence[Type]) -> tuple[Value, ...]:
        op = find(word)
        assert op is not None
        made = tuple(self.value(type_) for type_ in outs)
        names = ("",) * len(ins)
        self.steps.append(OpStep(Site(word, NOWHERE), op, Settings({}), tuple(ins), names, made))
        return made

    def opened(self, value: Value) -> tuple[Value, ...]:
        """A result as tensors: a state's parts."""
        if not value.type.parts:
            return (value,)
        return self.call("open_state", (value,), value.type.parts)


def build(example: Example) -> Case:
    """The program of an example: its operands as inputs, the layer, its results as outputs."""
    op, call = read_call(example.call, example.takes)
    builder = _Builder()
    owner = _owner(builder, call.settings) if op.word == "Tied" else None
    ins = tuple(
        builder.operand(name or ("input" if i == 0 else f"other{i}"), type_)
        for i, (name, type_) in enumerate(zip(call.names, call.ins, strict=True))
    )
    if not builder.ports:
        builder.operand("other", Type((2,)))
    outs = tuple(builder.value(type_) for type_ in op.infer(call))
    weights = () if owner else op.weights(call)
    step = OpStep(
        Site("layer", NOWHERE), op, call.settings, ins, call.names, outs, weights,
        owner="wte" if owner else "",
    )  # fmt: skip
    builder.steps.append(step)
    results = tuple(value for out in outs for value in builder.opened(out))
    if owner is not None:
        results = (*results, owner)
    return Case(_program(builder, results), step, example)


def _owner(builder: _Builder, settings: Settings) -> Value:
    """The layer whose matrix a tied one uses; its result, which must be used as well."""
    rows, columns = settings.ints("shape")
    text = f"Embedding({rows}, {columns})", "int[5]"
    if settings.get("weight") == "kernel":
        text = f"Dense({columns}, bias=false)", f"[{rows}]"
    op, call = read_call(*text)
    source = builder.operand("input", call.x)
    out = builder.value(op.infer(call)[0])
    step = OpStep(
        Site("wte", NOWHERE, True), op, call.settings, (source,), ("",), (out,), op.weights(call),
        owner="wte",
    )  # fmt: skip
    builder.steps += [OwnStep(Site("wte", NOWHERE, True), step), step]
    return out


def _program(builder: _Builder, results: Sequence[Value]) -> Program:
    definition = ast.Def("model", "M", (), (), "", NOWHERE, NOWHERE)
    root = Instance(definition, (), (), tuple(builder.ports))
    root.steps = tuple(builder.steps)
    root.outputs = tuple(Result("", value) for value in results)
    plan = Plan("M", definition, root, (root,), (), False)
    return Program(root, (plan,), {id(root): plan})


def examples() -> Iterator[tuple[Op, Example]]:
    """Every example of every op."""
    for word in words():
        op = find(word)
        assert op is not None
        for example in op.examples:
            yield op, example


# ---- data --------------------------------------------------------------------------------------


def size(dim: object) -> int:
    return LENGTH if isinstance(dim, OpenDim) else int(dim)  # type: ignore[call-overload]


def closed_shape(type_: Type) -> tuple[int, ...]:
    """The shape with the batch, and a length for each open dimension that is one name."""
    shape = tuple(size(dim) for dim in type_.shape)
    return (BATCH, *shape) if type_.batched else shape


def array(type_: Type, seed: int) -> np.ndarray:
    """Values of a type, in the file's axis order."""
    random = np.random.default_rng(seed)
    shape = closed_shape(type_)
    if type_.dtype == "int":
        return random.integers(0, 2, shape).astype("int64")
    if type_.dtype == "bool":
        return random.random(shape) > 0.3
    return random.normal(size=shape).astype("float32")


def arrays(case: Case, seed: int = 0) -> list[np.ndarray]:
    return [array(type_, seed + i) for i, type_ in enumerate(case.inputs)]


def weight_values(case: Case, seed: int = 7) -> dict[str, np.ndarray]:
    """Values for the weights in the language's layout; variances are positive."""
    random = np.random.default_rng(seed)
    found = {}
    for weight in case.weights:
        shape = tuple(int(dim) for dim in weight.shape)  # type: ignore[call-overload]
        values = random.normal(0.0, 0.3, shape).astype("float32")
        found[weight.name] = np.abs(values) + 0.5 if "variance" in weight.name else values
    return found


def fits(type_: Type, shape: Sequence[int]) -> bool:
    """True where a shape in the file's order is the type's, open dimensions aside."""
    wanted = (BATCH, *type_.shape) if type_.batched else type_.shape
    return len(wanted) == len(shape) and all(
        isinstance(dim, OpenDim) or int(dim) == got for dim, got in zip(wanted, shape, strict=True)
    )


# ---- emitted code ------------------------------------------------------------------------------


def emit(target: Target, program: Program) -> tuple[str, str]:
    """(text, name of the entry); fails with the diagnostics where the target refuses."""
    diagnostics = Diagnostics()
    emitted = target.lower(program, diagnostics)
    assert emitted is not None, [item.message for item in diagnostics.items]
    header = Header("0", "case.nn", "M", (), (), 0, 0, "", emitted.notes)
    return target.render(emitted, header), emitted.entry


def execute(text: str) -> dict[str, object]:
    """The names that an emitted file defines."""
    space: dict[str, object] = {"__name__": "emitted"}
    exec(compile(text, "emitted.py", "exec"), space)
    return space
