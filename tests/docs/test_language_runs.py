"""Every model of the language reference runs in both frameworks, and means the same in both.

Counts equal the analyser's, outputs and gradients with equal weights equal each other, and a
training step moves finite weights. Open dimensions are 6 long, formulas of them accordingly.
"""

from __future__ import annotations

import re

import pytest

from docs.test_language import FILES, MODELS
from nndsl.ops import symbols
from nndsl.ops.base import Type
from nndsl.ops.numbers import OpenDim
from nndsl.ops.symbols import const
from nndsl.source import Source
from support.agree import agree
from support.blocks import Block
from support.numeric import Program

pytestmark = pytest.mark.framework
OPEN = 6
SETTINGS = {
    "ResNet": {"stages": "[1]"},
    "ResNet50": {"stages": "[2]"},
    "ResNet101": {"stages": "[1, 1]"},
}
"""Deeper, float32 flips a ReLU here and there: at 50 layers each target is 2e-3 from float64."""


def models() -> list[tuple[Block, str]]:
    return [(b, name) for b in MODELS for name in re.findall(r"^model (\w+)", b.program, re.M)]


def shape(type_: Type) -> tuple[int, ...]:
    """One example's, with open dimensions closed."""
    return tuple(_size(dim) for dim in type_.shape)


def _size(dim: object) -> int:
    """Every name is as long, so that `?T + 1` is one more than `?T`."""
    if isinstance(dim, OpenDim):
        names = {term: const(OPEN) for term in dim.term.walk() if term.op == "open"}
        found = symbols.substitute(dim.term, names).args[0]
        assert isinstance(found, int)
        assert dim.low <= found <= (dim.high or found)
        return found
    assert isinstance(dim, int)
    return dim


@pytest.mark.parametrize(("block", "model"), models(), ids=lambda item: str(item))
def test_a_model_of_the_page_means_the_same_on_both(block: Block, model: str) -> None:
    program = Program(Source(block.file, block.program), SETTINGS.get(model, {}), model, FILES)
    feeds = {port.name: (shape(port.value.type), 2) for port in program.root.inputs}
    agree(program, feeds)
