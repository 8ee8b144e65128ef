"""What the head of an emitted file states, read from the elaborated model; and the file's name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from keyword import iskeyword

from nndsl._version import __version__
from nndsl.analysis.totals import totals
from nndsl.backends.base import Emitted, Header
from nndsl.backends.differences import EXACT, NONE, Differences, notes
from nndsl.ir.elaborate import Elaborated
from nndsl.ir.sites import snake_case
from nndsl.source import Source

TAKEN = ("keras", "torch", "tensorflow", "jax", "numpy", "nndsl")


def make_header(
    elaborated: Elaborated,
    emitted: Emitted,
    source: Source,
    fixed: Sequence[str] = (),
    table: Differences = NONE,
    exact: bool = False,
) -> Header:
    """The header of a model's file; of the source only the name, no folders. fixed: lines on the
    settings that the code does not take. table: what the target's own layers do otherwise, which
    the exact emission does not."""
    root, count = elaborated.root, totals(elaborated.root)
    inputs = tuple(f"{port.name}: {port.value.type.show()}" for port in root.inputs)
    outputs = tuple(
        f"{out.name}: {out.value.type.show()}" if out.name else out.value.type.show()
        for out in root.outputs
    )
    instances = [*elaborated.home.memo.values(), root]
    told = (EXACT,) if exact else notes(table, instances)
    return Header(
        __version__, source.name.replace("\\", "/").rpartition("/")[2], elaborated.model, inputs,
        outputs, count.trainable, count.non_trainable, elaborated.definition.doc,
        (*told, *emitted.notes, *fixed),
    )  # fmt: skip


def module_name(model: str) -> str:
    """The name of a model's file without `.py`: importable, and hiding no other module."""
    name = snake_case(model)
    taken = name in sys.stdlib_module_names or name in TAKEN or iskeyword(name)
    return f"{name}_model" if taken else name
