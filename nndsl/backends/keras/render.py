"""A lowered program as the text of a file: header, imports, helpers, functions."""

from __future__ import annotations

from nndsl.backends.base import Emitted, Header
from nndsl.backends.keras.helpers import HELPERS
from nndsl.backends.keras.options import places
from nndsl.emit.imports import import_table
from nndsl.emit.module import render_module

IMPORTS = import_table("import math", "import keras", "from keras import layers, ops")


def render_file(emitted: Emitted, header: Header) -> str:
    """The text of the model file; black and ruff leave it alone."""
    options = emitted.options
    helpers = {HELPERS[name].template: places(name, options) for name in emitted.helpers}
    return render_module("keras/model.py.jinja", heading(header), IMPORTS, emitted.code, helpers)


def heading(header: Header) -> str:
    """What the head of the file says: the model, its shapes and totals, and what differs. (What the
    model is stands at its function.)"""
    shapes = f"{', '.join(header.inputs)} -> {', '.join(header.outputs)}"
    lines = [f"{header.model}: {shapes}."]
    counts = f"{header.trainable:,} trainable parameters, {header.non_trainable:,} others."
    lines += ["", f"Made by nndsl {header.version} from {header.source}: {counts}"]
    if header.notes:
        lines += ["", *header.notes]
    return "\n".join(lines)
