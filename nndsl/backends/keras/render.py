"""A lowered program as the text of a file: header, imports, helpers, functions."""

from __future__ import annotations

from nndsl._resources import template_text
from nndsl.backends.base import Emitted, Header
from nndsl.backends.keras.helpers import HELPERS
from nndsl.emit.imports import import_block, import_table, needed
from nndsl.emit.printer import render
from nndsl.emit.template import fill
from nndsl.emit.tree import Docstring

IMPORTS = import_table("import math", "import keras", "from keras import layers, ops")


def render_file(emitted: Emitted, header: Header) -> str:
    """The text of the model file; black and ruff leave it alone."""
    helpers = [HELPERS[name].template for name in emitted.helpers]
    text = "\n".join(map(template_text, helpers))
    return fill(
        "keras/model.py.jinja",
        {
            "head": render([Docstring(heading(header))]).rstrip("\n"),
            "imports": render(import_block(needed(IMPORTS, emitted.code, text))).rstrip("\n"),
            "helpers": helpers,
            "code": render(emitted.code).rstrip("\n"),
        },
    )


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
