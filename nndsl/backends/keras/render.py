"""A lowered program as the text of a file: header, imports, helpers, functions."""

from __future__ import annotations

from nndsl._resources import template_text
from nndsl.backends.base import Emitted, Header
from nndsl.backends.keras.helpers import HELPERS
from nndsl.backends.keras.reading import names_in
from nndsl.emit.printer import render
from nndsl.emit.tree import Blank, Docstring, Import, ImportFrom, Stmt


def render_file(emitted: Emitted, header: Header) -> str:
    """The text of the model file; black and ruff leave it alone."""
    helpers = [template_text(HELPERS[name].template).strip("\n") for name in emitted.helpers]
    head = render([Docstring(heading(header)), Blank(), *imports(emitted, helpers)])
    parts = [head.rstrip("\n"), *helpers, *(render([item]).rstrip("\n") for item in emitted.code)]
    return "\n\n\n".join(parts) + "\n"


def heading(header: Header) -> str:
    """What the head of the file says: the model, its shapes and totals, and what differs."""
    shapes = f"{', '.join(header.inputs)} -> {', '.join(header.outputs)}"
    lines = [f"{header.model}: {shapes}."]
    if header.doc:
        lines += ["", header.doc.strip()]
    counts = f"{header.trainable:,} trainable parameters, {header.non_trainable:,} others."
    lines += ["", f"Made by nndsl {header.version} from {header.source}: {counts}"]
    if header.notes:
        lines += ["", *header.notes]
    return "\n".join(lines)


def imports(emitted: Emitted, helpers: list[str]) -> list[Stmt]:
    """The imports that the code and the helpers use."""
    used = names_in(emitted.code)
    text = "\n".join(helpers)
    found: list[Stmt] = [Import("math")] if "math" in used else []
    found += [Blank()] if found else []
    if "keras" in used or "keras." in text:
        found.append(Import("keras"))
    names = [name for name in ("layers", "ops") if name in used or f"{name}." in text]
    if names:
        found.append(ImportFrom("keras", tuple((name, "") for name in names)))
    return found
