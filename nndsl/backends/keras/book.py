"""What all functions of one emitted file share: helpers, notes, signatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nndsl.backends.keras import spell_foreign
from nndsl.backends.keras.logits import Final, finals
from nndsl.diagnostics import Diagnostics
from nndsl.emit.tree import Expr
from nndsl.ir.steps import Argument, Plan, Program
from nndsl.ops.symbols import Term


class Parameter(NamedTuple):
    """A setting that an emitted function takes: under which name, and whether it must be given.

    worded: it is a word, a layer or none, which code names by a text.
    """

    name: str
    argument: Argument
    required: bool
    worded: bool = False


class Signature(NamedTuple):
    """An emitted function: its name, whether it builds a whole keras.Model, what it takes."""

    name: str
    model: bool
    parameters: tuple[Parameter, ...]


class Book:
    """One emission. `signatures` are those of the last round; lowering repeats until they stay.
    `united`: those of functions that stand for several plans, by the plans' names.

    `helpers`: names of helper texts that are used; `notes`: lines of the header; `asked`: layer
    names of models, `auto`: those of them that Keras gives to nameless operations as well;
    `nested`: models that are used as blocks; `finals`: the outputs' last activations; `logits`:
    names of the layers that hold them, by the output's number; `kept`: plans whose first input is
    needed on when the flow has moved; `beside`: by plan the values that nothing reads but that
    have weights; `dims`: for a plan the sizes of inputs that it reads often.
    """

    def __init__(
        self, program: Program, names: dict[str, str], diagnostics: Diagnostics,
        beside: Mapping[str, frozenset[int]],
    ) -> None:  # fmt: skip
        self.program = program
        self.names = names
        self.diagnostics = diagnostics
        self.beside = beside
        self.signatures: dict[str, Signature] = {}
        self.united: dict[str, Signature] = {}
        self.helpers: dict[str, None] = {}
        self.foreign = spell_foreign.classes()
        self.notes: dict[str, None] = {}
        self.auto: set[str] = set()
        self.asked: set[str] = set()
        self.nested: set[str] = set()
        self.finals = finals(program)
        self.logits: dict[int, Expr] = {}
        self.kept: set[str] = set()
        self.dims: dict[str, tuple[Term, ...]] = {}

    def final(self, plan: Plan, value: int) -> Final | None:
        """The last activation of an output that this value of a plan is."""
        found = (final for final in self.finals if final is not None)
        return next((f for f in found if (f.plan, f.value) == (plan.name, value)), None)

    def seen(self) -> tuple[object, ...]:
        """What other functions see of each: while it changes, they are written again."""
        model = self.program.plans[-1].name
        called = {name: each for name, each in self.signatures.items() if name != model}
        return (
            called,
            dict(self.united),
            set(self.auto),
            set(self.nested),
            set(self.kept),
            dict(self.dims),
        )

    def signature(self, plan: Plan) -> Signature:
        """The signature as far as it is known: a function not yet written takes no settings."""
        known = self.united.get(plan.name) or self.signatures.get(plan.name)
        if known is not None:
            return known
        return Signature(self.names[plan.name], plan.definition.kind == "model", ())
