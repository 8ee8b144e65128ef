"""What training has to know of a model, read from its instance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndsl.analysis.totals import totals
from nndsl.backends.training.facts import InputFacts, ModelFacts, OutputFacts
from nndsl.ir.flatten import FlatLoss, FlatOp, FlatPort, FlatWeight, flatten
from nndsl.ir.steps import Instance, OpStep
from nndsl.ops import symbols
from nndsl.ops.base import Recipe, Type, Weight
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.ops.symbols import Term, const
from nndsl.source import Span

USUAL = 16  # for an open dimension, where its bounds allow it
CHANNELS_FIRST = ("torch",)
"""Targets whose models take images and volumes with their channels in front."""
IMAGE_RANKS = (3, 4)


def model_facts(
    name: str, root: Instance, target: str = "", entry: str = "", module: str = ""
) -> ModelFacts:
    """The facts of a concrete instance; without a target and its names, what all targets share."""
    moves = target in CHANNELS_FIRST
    ends = _Ends(root)
    sizes = _open_sizes(port.value.type for port in root.inputs)
    count = totals(root)
    inputs = tuple(
        InputFacts(
            port.name, _sizes(port.value.type, sizes), port.value.type.dtype,
            ends.vocabulary.get(port.name, 0), _channels_first(port.value.type),
            moves and _moved(port.value.type), port.name in ends.sequences,
        )
        for port in root.inputs
    )  # fmt: skip
    outputs = tuple(
        OutputFacts(
            result.name, _sizes(result.value.type, sizes), ends.activations[i],
            moves and _moved(result.value.type),
            classes=_classes(ends.axes[i], result.value.type), dense=ends.dense[i],
        )
        for i, result in enumerate(root.outputs)
    )  # fmt: skip
    return ModelFacts(
        name, entry, module, inputs, outputs, count.trainable, count.non_trainable,
        bool(sizes), ends.penalty, ends.terms,
    )  # fmt: skip


class _Ends:
    """One walk over the network: what reads the inputs, what makes the outputs, what is penalised.

    vocabulary: the rows of the embedding that looks up an integer input, by the input's name;
    sequences: the inputs that a layer with weights reads as they are, hence row by row if they have
    two axes; activations: the activation that makes each output, or empty; axes: along which it
    runs, where it says so; dense: where the `Dense` stands that makes an output, up to an
    activation.
    """

    def __init__(self, root: Instance) -> None:
        self.vocabulary: dict[str, int] = {}
        self.sequences: set[str] = set()
        self.penalty = False
        self.terms = False
        inputs: dict[int, str] = {}
        ends: dict[int, str] = {}
        along: dict[int, int | None] = {}
        found: list[str] = []
        axes: list[int | None] = []
        made: dict[int, Span | None] = {}
        dense: list[Span | None] = []
        for flat in flatten(root, rounds=1):
            match flat:
                case FlatPort("input", name, value):
                    inputs[value] = name
                case FlatPort("output", _, value):
                    found.append(ends.get(value, ""))
                    axes.append(along.get(value))
                    dense.append(made.get(value))
                case FlatOp(step=OpStep() as step):
                    self._read(step, flat.ins, inputs)
                    self._penalised(step.weights)
                    ends[flat.outs[0]] = _activation(step)
                    through = made.get(flat.ins[0]) if step.op.kind == "activation" else None
                    made[flat.outs[0]] = step.site.span if step.op.word == "Dense" else through
                    along[flat.outs[0]] = _axis(step)
                case FlatWeight(step=step):
                    self._penalised((step.weight,))
                case FlatLoss():
                    self.terms = True
        self.activations = tuple(found)
        self.axes = tuple(axes)
        self.dense = tuple(dense)

    def _read(self, step: OpStep, ins: tuple[int, ...], inputs: Mapping[int, str]) -> None:
        matrix = step.ins[0].type.rank == 2 if step.ins else False
        if matrix and step.weights and ins[0] in inputs:
            self.sequences.add(inputs[ins[0]])
        rows, name = _looked_up(step, ins, inputs)
        if rows:
            self.vocabulary[name] = min(rows, self.vocabulary.get(name, rows))

    def _penalised(self, weights: Iterable[Weight]) -> None:
        self.penalty = self.penalty or any(weight.l1 or weight.l2 for weight in weights)


def _looked_up(step: OpStep, ins: tuple[int, ...], inputs: Mapping[int, str]) -> tuple[int, str]:
    """The rows of the table that an input's integers choose from; 0 where they do not."""
    if step.op.word == "Embedding" and ins[0] in inputs:
        return int(step.settings.int("vocab")), inputs[ins[0]]
    if step.op.word == "gather" and ins[1] in inputs and not step.ins[0].type.batched:
        rows = step.ins[0].type.shape[step.settings.int("axis")]  # a table that is given
        return (int(rows), inputs[ins[1]]) if isinstance(rows, int) else (0, "")
    return 0, ""


def _activation(step: OpStep) -> str:
    """The activation that makes a step's result: the step itself, or its `act`."""
    if step.op.kind == "activation":
        return step.op.word
    act = step.settings.items.get("act")
    return act.act if isinstance(act, Recipe) else ""


def _axis(step: OpStep) -> int | None:
    """The axis that a softmax is told; None where none is."""
    axis = step.settings.items.get("axis") if step.op.kind == "activation" else None
    return int(axis) if isinstance(axis, int) else None


def _classes(axis: int | None, type_: Type) -> int:
    """The axis of an output's classes: what its activation says, else the channels'."""
    return type_.channel_axis if axis is None else axis


def _channels_first(type_: Type) -> bool:
    return type_.axes[:1] == ("C",) and type_.rank > 1


def _moved(type_: Type) -> bool:
    return type_.rank in IMAGE_RANKS and type_.batched and type_.channel_axis == type_.rank - 1


def _open_sizes(types: Iterable[Type]) -> dict[Term, Term]:
    """A number for every open name, within the bounds that its own dimension has."""
    sizes: dict[Term, Term] = {}
    for type_ in types:
        for dim in type_.shape:
            if isinstance(dim, OpenDim):
                for term in dim.term.walk():
                    if term.op == "open" and (term not in sizes or term == dim.term):
                        size = max(USUAL, dim.low) if term == dim.term else USUAL
                        high = dim.high if term == dim.term else None
                        sizes[term] = const(size if high is None else min(size, high))
    return sizes


def _sizes(type_: Type, sizes: Mapping[Term, Term]) -> tuple[int, ...]:
    return tuple(_size(dim, sizes) for dim in type_.shape)


def _size(dim: Dim, sizes: Mapping[Term, Term]) -> int:
    if isinstance(dim, int):
        return int(dim)
    value = symbols.substitute(dim.term, sizes)
    number = value.args[0] if symbols.is_const(value) else USUAL
    return number if isinstance(number, int) else USUAL
