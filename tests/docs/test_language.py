"""Every code block of the language reference does what its comments say."""

from __future__ import annotations

from pathlib import Path

import pytest

from nndsl.compiler import compile_model
from nndsl.source import Source
from support.blocks import Block, Files, Promise, blocks, facts, found_diagnostics, is_diagnostic
from support.blocks import promises as promises_of

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("language.md", "training.md")]
BLOCKS = [block for page in PAGES if page.exists() for block in blocks(page, "nn")]
FILES = Files({block.file: block.text for block in BLOCKS})
FACTS = [(block, p) for block in BLOCKS for p in promises_of(block) if not is_diagnostic(p)]


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_diagnostics(block: Block) -> None:
    promised = sorted(p for p in promises_of(block) if is_diagnostic(p))
    assert found_diagnostics(block, FILES) == promised


@pytest.mark.parametrize(("block", "promise"), FACTS, ids=[f"{b} {p.text}" for b, p in FACTS])
def test_facts(block: Block, promise: Promise) -> None:
    promised, found = facts(block, promise, FILES)
    assert found == promised


GOOD = [block for block in BLOCKS if "error " not in block.text and block.model]


@pytest.mark.slow
@pytest.mark.parametrize("target", ["keras", "torch"])
@pytest.mark.parametrize("block", GOOD, ids=str)
def test_compiles(block: Block, target: str) -> None:
    """The validator has read the code back before there is any file."""
    made = compile_model(Source(block.file, block.program), target, resolver=FILES)
    assert made.files, [f"{item.code} {item.message}" for item in made.diagnostics]
