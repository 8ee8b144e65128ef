"""A lowered program as the text of a file: header, imports, helpers, classes."""

from __future__ import annotations

from nndsl.backends.base import Emitted, Header
from nndsl.backends.torch.helpers import template_of
from nndsl.backends.torch.options import places
from nndsl.emit.imports import import_table
from nndsl.emit.module import render_module

IMPORTS = import_table(
    "import math",
    "from collections.abc import Callable, Sequence",
    "from functools import partial",
    "import torch",
    "import torch.nn.functional as F",
    "from torch import Tensor, nn",
)
IMAGES = "Images are (batch, channels, height, width); shapes here are the file's, without a batch."


def render_file(emitted: Emitted, header: Header) -> str:
    """The text of the model file; black and ruff leave it alone."""
    helpers = {template_of(name): places(name, emitted.options) for name in emitted.helpers}
    return render_module("torch/model.py.jinja", heading(header), IMPORTS, emitted.code, helpers)


def heading(header: Header) -> str:
    """What the head of the file says: the model, its shapes and totals, and what differs.

    The model's own words are its class' docstring.
    """
    shapes = f"{', '.join(header.inputs)} -> {', '.join(header.outputs)}"
    lines = [f"{header.model}: {shapes}."]
    counts = f"{header.trainable:,} trainable parameters, {header.non_trainable:,} others."
    lines += ["", f"Made by nndsl {header.version} from {header.source}: {counts}"]
    if any(line.count(",") in (2, 3) for line in header.inputs):
        lines.append(IMAGES)
    if header.notes:
        lines += ["", *header.notes]
    return "\n".join(lines)
