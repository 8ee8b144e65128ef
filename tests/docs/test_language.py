"""Every code block of the language reference does what its comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndsl.compiler import compile_model
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax.format import format_source
from support.blocks import Block, Files, Promise, blocks, facts, found_diagnostics, is_diagnostic
from support.blocks import promises as promises_of

PAGE = Path(__file__).parents[2] / "docs" / "language.md"
BLOCKS = blocks(PAGE, "nn")
FILES = Files({block.file: block.text for block in BLOCKS})
FACTS = [(block, p) for block in BLOCKS for p in promises_of(block) if not is_diagnostic(p)]


def test_every_block_promises_something() -> None:
    silent = [str(b) for b in BLOCKS if not promises_of(b)]
    assert len(silent) < len(BLOCKS) / 4, silent


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_diagnostics(block: Block) -> None:
    promised = sorted(p for p in promises_of(block) if is_diagnostic(p))
    assert found_diagnostics(block, FILES) == promised


@pytest.mark.parametrize(("block", "promise"), FACTS, ids=[f"{b} {p.text}" for b, p in FACTS])
def test_facts(block: Block, promise: Promise) -> None:
    promised, found = facts(block, promise, FILES)
    assert found == promised


GOOD = [block for block in BLOCKS if not any(map(is_diagnostic, promises_of(block)))]
MODELS = [block for block in GOOD if block.model]


@pytest.mark.parametrize("block", [b for b in GOOD if b.program == b.text], ids=str)
def test_whole_files_are_formatted(block: Block) -> None:
    assert format_source(Source(block.file, block.text), ALIASES) == block.text


@pytest.mark.slow
@pytest.mark.parametrize("target", ["keras", "torch"])
@pytest.mark.parametrize("block", MODELS, ids=str)
def test_compiles(block: Block, target: str) -> None:
    """The validator has read the code back before there is any file."""
    made = compile_model(Source(block.file, block.program), target, resolver=FILES)
    assert made.files, [f"{item.code} {item.message}" for item in made.diagnostics]
