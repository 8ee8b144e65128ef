"""A program's weights, and where the code that is emitted for a target keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, cast

from nndsl.analysis.weights import Owned, owned
from nndsl.backends.base import Runnable
from nndsl.backends.find import find_target
from nndsl.backends.tensors import Slot
from nndsl.compiler import Session, SettingText, Text, compile_model
from nndsl.ir.files import Resolver, no_imports
from nndsl.results import Compilation
from nndsl.weights.errors import ProgramError

if TYPE_CHECKING:
    from nndsl.weights.keras_layout import Layout


class Compiled(NamedTuple):
    """A program for a target. slots: where its weights are; code: the emitted files."""

    slots: tuple[Slot, ...]
    code: Compilation


class Program:
    """A model of a file with its settings: its name and its weights in order, by path."""

    def __init__(
        self,
        source: Text,
        model: str | None = None,
        settings: Mapping[str, SettingText] | None = None,
        resolver: Resolver = no_imports,
    ) -> None:
        """Raises ProgramError where the file has an error."""
        self._asked = (source, model, settings, resolver)
        self._session = Session(source, resolver)
        elaborated = self._session.elaborate(model, settings)
        if elaborated is None:
            raise ProgramError(self._session.found, self._session.sources)
        self.name: str = elaborated.model
        self.layouts: dict[bool, Layout] = {}  # of Keras' files, which take seconds to make
        self.weights: Mapping[str, Owned] = {each.path: each for each in owned(elaborated.root)}

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """By a weight's path."""
        return {path: each.shape for path, each in self.weights.items()}

    def target(self, name: str) -> Runnable:
        """A target by its name; raises ProgramError."""
        found = find_target(name, self._session.diagnostics)
        if found is None:
            raise ProgramError(self._session.found, self._session.sources)
        return cast("Runnable", found)

    def compiled(self, name: str) -> Compiled:
        """The model for a target; raises ProgramError where it cannot be said there."""
        source, model, settings, resolver = self._asked
        target = self.target(name)
        made = compile_model(source, name, model, settings, resolver=resolver)
        if not made.files:
            raise ProgramError(made.diagnostics, made.sources)
        return Compiled(target.tensors(list(self.weights.values()), made.weights), made)
