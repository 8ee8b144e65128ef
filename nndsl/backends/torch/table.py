"""The table of spellings: how torch says each layer. A family of layers has a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from nndsl.backends.torch import (
    spell_act,
    spell_attention,
    spell_conv,
    spell_dense,
    spell_foreign,
    spell_math,
    spell_norm,
    spell_pool,
    spell_rnn,
    spell_shape,
    spell_tensor,
    spell_values,
)
from nndsl.backends.torch.piece import Row
from nndsl.ops.registry import find

if TYPE_CHECKING:
    from nndsl.backends.torch.lower import Lowering
    from nndsl.ir.steps import OpStep

ROWS: Mapping[str, Row] = {
    **spell_act.ROWS,
    **spell_attention.ROWS,
    **spell_conv.ROWS,
    **spell_dense.ROWS,
    **spell_math.ROWS,
    **spell_norm.ROWS,
    **spell_pool.ROWS,
    **spell_rnn.ROWS,
    **spell_shape.ROWS,
    **spell_tensor.ROWS,
    **spell_values.ROWS,
}


def word_of(step: OpStep) -> str:
    """The table's word: `Conv` also for `Conv2D`."""
    return step.op.like or step.op.word


def row_of(low: Lowering, step: OpStep) -> Row | None:
    """The line of a layer; a diagnostic where torch has none."""
    row = ROWS.get(word_of(step))
    if row is None and low.shared.foreign.of(step) is not None:
        return spell_foreign.row(step)
    if row is None:
        low.unsayable(step.site, f"`{step.op.word}`")
    return row


def missing(words: Iterable[str]) -> tuple[str, ...]:
    """The words that have no line in the table; a word with a rank has its family's."""
    lacking = []
    for word in words:
        op = find(word)
        assert op is not None, word
        if (op.like or op.word) not in ROWS:
            lacking.append(word)
    return tuple(lacking)
