"""What all functions of one emitted file share: helpers, notes, signatures."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.diagnostics import Diagnostics
from nndsl.ir.steps import Argument, Plan, Program


class Parameter(NamedTuple):
    """A setting that an emitted function takes: under which name, and whether it must be given."""

    name: str
    argument: Argument
    required: bool


class Signature(NamedTuple):
    """An emitted function: its name, whether it builds a whole keras.Model, what it takes."""

    name: str
    model: bool
    parameters: tuple[Parameter, ...]


class Book:
    """One emission. `signatures` are those of the last round; lowering repeats until they stay.

    `helpers`: names of helper texts that are used; `notes`: lines of the header; `auto`: names
    that Keras gives to operations by itself; `nested`: models that are used as blocks.
    """

    def __init__(self, program: Program, names: dict[str, str], diagnostics: Diagnostics) -> None:
        self.program = program
        self.names = names
        self.diagnostics = diagnostics
        self.signatures: dict[str, Signature] = {}
        self.helpers: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.auto: set[str] = set()
        self.nested: set[str] = set()

    def signature(self, plan: Plan) -> Signature:
        """The signature as far as it is known: a function not yet written takes no settings."""
        known = self.signatures.get(plan.name)
        if known is not None:
            return known
        return Signature(self.names[plan.name], plan.definition.kind == "model", ())
