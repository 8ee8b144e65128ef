"""Programs for the validator's tests: texts and examples, lowered to a target's code tree."""

from functools import cache
from importlib import import_module
from typing import NamedTuple

from examples.front import elaborated as elaborate_example
from nndsl.backends.base import Emitted, Target
from nndsl.compiler import Session
from nndsl.diagnostics import Diagnostics
from nndsl.ir.elaborate import Elaborated
from nndsl.ir.generalise import generalise
from nndsl.ir.steps import Program

TARGETS = ("torch", "keras")


class Case(NamedTuple):
    """A program, and a target's code for it."""

    elaborated: Elaborated
    program: Program
    emitted: Emitted
    target: str


def target(name: str) -> Target:
    """One of our own targets."""
    found: Target = import_module(f"nndsl.backends.{name}").TARGET
    return found


def elaborated(text: str) -> Elaborated:
    """A text's model; fails with the diagnostics."""
    session = Session(text)
    made = session.elaborate()
    assert made is not None, [item.message for item in session.found]
    return made


def lower(made: Elaborated, name: str, concrete: bool = False) -> Case:
    """The code of a model; `concrete`: each definition instance by instance."""
    every = frozenset(i.definition.name for i in made.home.memo.values())
    program = generalise(made, every | {made.definition.name} if concrete else frozenset())
    diagnostics = Diagnostics()
    emitted = target(name).lower(program, diagnostics)
    assert emitted is not None, [item.message for item in diagnostics.items]
    return Case(made, program, emitted, name)


def of_text(text: str, name: str) -> Case:
    return lower(elaborated(text), name)


@cache
def of_example(example: str, name: str) -> Case:
    return lower(elaborate_example(example), name)
