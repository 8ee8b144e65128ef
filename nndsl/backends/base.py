"""What a target is: from a program to a code tree, and from the tree to text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from nndsl.backends.foreign import Foreign
from nndsl.diagnostics import Diagnostics
from nndsl.emit.tree import Stmt
from nndsl.ir.steps import OpStep, Program
from nndsl.ops.base import Type

if TYPE_CHECKING:
    from nndsl.analysis.weights import Owned
    from nndsl.backends.tensors import Slot


class Header(NamedTuple):
    """The facts that the head of an emitted file states.

    version: of nndsl; source: the file's name (no folders); model: its name; inputs and outputs:
    lines such as `image: [28, 28]`; trainable, non_trainable: parameter counts; doc: the model's
    doc comment; notes: what differs from the exact tier, a line each.
    """

    version: str
    source: str
    model: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    trainable: int
    non_trainable: int
    doc: str = ""
    notes: tuple[str, ...] = ()


class Emitted(NamedTuple):
    """A lowered program.

    code: classes and functions in order, as a tree. helpers: names of the template's constant
    helper texts that the code uses, in order. entry: the name of the class or function that
    builds the model. notes: lines for the header. options: what the code asks of the helpers, as
    `LSTM.mask`; their texts hold no more than that. foreign: the classes in the code that compute
    layers of other packages; what they do inside is not validated. channels_first: the classes
    whose inputs and outputs of rank 2 lie so. logits: the outputs, by number, that the model also
    gives without their last softmax or sigmoid.
    """

    code: tuple[Stmt, ...]
    helpers: tuple[str, ...]
    entry: str
    notes: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()
    foreign: tuple[Foreign, ...] = ()
    channels_first: frozenset[str] = frozenset()
    logits: frozenset[int] = frozenset()


class Target(Protocol):
    """A language and framework that nndsl can emit; found by the entry point `nndsl.targets`."""

    name: str

    def lower(self, program: Program, diagnostics: Diagnostics) -> Emitted | None:
        """The code tree; what cannot be said exactly is a diagnostic (NN6xx), then None."""

    def render(self, emitted: Emitted, header: Header) -> str:
        """The text of the model file."""


class Runnable(Target, Protocol):
    """A target whose models take the program's weights and inputs: what `nndsl verify` needs."""

    def tensors(self, weights: Sequence[Owned], keys: Mapping[str, str]) -> tuple[Slot, ...]:
        """Where the weights are. keys: by a weight's path, the name that the validator found."""

    def layer_tensors(self, step: OpStep) -> tuple[Slot, ...]:
        """Where a layer of the framework itself has the weights of such a step."""

    def axes(self, type_: Type) -> tuple[int, ...]:
        """For each axis of an input or output of the emitted model, the file's; no batch."""
