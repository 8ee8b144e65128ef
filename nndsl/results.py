"""What the compiler's functions give: values, with what is wrong and the texts that it is in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from nndsl._record import NamedTuple
from nndsl.diagnostics import Diagnostic
from nndsl.diagnostics.differing import Differing
from nndsl.source import Source
from nndsl.syntax import ast

if TYPE_CHECKING:
    from nndsl.analysis.rows import Table
    from nndsl.ir.data import Json


class Parsed(NamedTuple):
    """A file's syntax tree; None where the text is too large or too deep to say anything."""

    tree: ast.File | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


class Formatted(NamedTuple):
    """A file in the one format of the language; None where its syntax has a mistake."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


class Checked(NamedTuple):
    """What is wrong with a file, in the order of its lines. sources: the texts, by file name.

    differences: for the targets that were asked for.
    """

    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    differences: tuple[Differing, ...] = ()

    @property
    def ok(self) -> bool:
        """True where there is no error; warnings may be."""
        return not any(item.severity == "error" for item in self.diagnostics)


class Analysis(NamedTuple):
    """The facts of one model; `table` is None after an error."""

    table: Table | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


class Compilation(NamedTuple):
    """The emitted files, text by name; empty after an error.

    model: the name of the model's file; script: of the training script, empty without one; entry:
    the class or function that builds the model; weights: the program's weight paths and the
    framework's names for them; others: the models that the file has beside this one.
    """

    files: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
    model: str = ""
    script: str = ""
    weights: Mapping[str, str] = {}
    entry: str = ""
    others: tuple[str, ...] = ()


class Graph(NamedTuple):
    """A model's graph as JSON values, in the form of `nndsl.ir_schema()`; None after an error."""

    data: dict[str, Json] | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]


class StageText(NamedTuple):
    """A stage of the compilation as text; None after an error."""

    text: str | None
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source]
