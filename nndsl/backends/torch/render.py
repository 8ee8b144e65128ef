"""A lowered program as the text of a file: header, imports, helpers, classes."""

from __future__ import annotations

import re

from nndsl._resources import template_text
from nndsl.backends.base import Emitted, Header
from nndsl.backends.torch.helpers import template_of
from nndsl.backends.torch.measure import names
from nndsl.emit.printer import render
from nndsl.emit.tree import Blank, Docstring, Import, ImportFrom, Stmt

IMAGES = "Images are (batch, channels, height, width); shapes here are the file's, without a batch."


def render_file(emitted: Emitted, header: Header) -> str:
    """The text of the model file; black and ruff leave it alone."""
    helpers = [template_text(template_of(name)).strip("\n") for name in emitted.helpers]
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
    if any(line.count(",") in (2, 3) for line in header.inputs):
        lines.append(IMAGES)
    if header.notes:
        lines += ["", *header.notes]
    return "\n".join(lines)


def imports(emitted: Emitted, helpers: list[str]) -> list[Stmt]:
    """The imports that the code and the helpers use."""
    used = set(names(emitted.code)) | set(re.findall(r"[A-Za-z_]\w*", "\n".join(helpers)))
    groups: list[list[Stmt]] = [[], []]
    if "math" in used:
        groups[0].append(Import("math"))
    listed = tuple((n, "") for n in ("Callable", "Sequence") if n in used)
    if listed:
        groups[0].append(ImportFrom("collections.abc", listed))
    if "partial" in used:
        groups[0].append(ImportFrom("functools", (("partial", ""),)))
    if "torch" in used:
        groups[1].append(Import("torch"))
    if "F" in used:
        groups[1].append(Import("torch.nn.functional", "F"))
    groups[1].append(ImportFrom("torch", tuple((n, "") for n in ("Tensor", "nn") if n in used)))
    return [*groups[0], *([Blank()] if groups[0] else []), *groups[1]]
