"""Small whole programs on both frameworks: counts, outputs, gradients, a training step.

What the language page shows and no example has: each program is a file in `programs`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from examples.small import Feed
from nndsl.compiler import check
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax.format import format_source
from support.agree import agree
from support.numeric import Program

PROGRAMS = Path(__file__).resolve().parent / "programs"
FEEDS: Mapping[str, Mapping[str, Feed]] = {
    "chosen_stages": {"x": Feed((8,))},
    "given_weights": {"tokens": Feed((7,), 20)},
    "open_reshape": {"t": Feed((5,), 9), "x": Feed((5, 8))},
    "open_slices": {"t": Feed((7,), 9), "x": Feed((24, 8))},
    "shared_operands": {"x": Feed((6, 8)), "m": Feed((5, 8))},
    "frozen_parts": {"x": Feed((6, 8)), "seen": Feed((6,), 2)},
    "given_in_blocks": {"x": Feed((8,))},
    "scalar_reductions": {"x": Feed((8,))},
    "cut_weights": {"x": Feed((4,))},
    "shared_recipes": {"x": Feed((8,))},
    "shared_after_loop": {"x": Feed((8, 8, 3))},
    "pushed_names": {"x": Feed((4,))},
    "open_pictures": {"image": Feed((16, 24, 3))},
    "open_sequences": {"wave": Feed((21, 1)), "text": Feed((5,), 11)},
    "object_queries": {"image": Feed((8, 8, 3))},
    "learned_queries": {"memory": Feed((5, 8))},
    "weight_in_loop": {"x": Feed((4,))},
    "attention_parts": {"a": Feed((5, 8)), "b": Feed((5, 8)), "m": Feed((5,), 2)},
    "sequence_layouts": {"x": Feed((16, 4))},
    "wavenet": {"x": Feed((20, 8))},
    "dilated_or_strided": {"x": Feed((9, 8, 3))},
    "weights_read": {"x": Feed((8,)), "image": Feed((6, 6, 8)), "words": Feed((6,), 9)},
    "open_sums": {"a": Feed((3, 4)), "b": Feed((6, 4))},
}


@pytest.mark.framework
@pytest.mark.parametrize("name", FEEDS)
def test_a_program_means_the_same_on_both(name: str) -> None:
    agree(Program(PROGRAMS / f"{name}.nn", {}), FEEDS[name])


@pytest.mark.parametrize("name", FEEDS)
def test_a_program_is_clean_and_in_the_one_format(name: str) -> None:
    source = Source(f"{name}.nn", (PROGRAMS / f"{name}.nn").read_text(encoding="utf-8"))
    assert [d for d in check(source).diagnostics if d.severity == "error"] == []
    assert format_source(source, ALIASES) == source.text


def test_every_program_is_run() -> None:
    assert sorted(path.stem for path in PROGRAMS.iterdir()) == sorted(FEEDS)
