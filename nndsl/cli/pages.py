"""The pages of all error codes, gathered from the tables of the stages that raise them."""

from __future__ import annotations

from collections.abc import Mapping

from nndsl.backends import codes as target_codes
from nndsl.backends.training import codes as training_codes
from nndsl.diagnostics.codes import CodePage
from nndsl.ir import codes as ir_codes
from nndsl.ops import codes as op_codes
from nndsl.syntax.errors import CODES as SYNTAX

TABLES: tuple[Mapping[str, tuple[str, str]], ...] = (
    {code.code: (code.title, code.text) for code in SYNTAX},
    ir_codes.CODES,
    op_codes.CODES,
    target_codes.CODES,
    training_codes.CODES,
)


def pages() -> dict[str, CodePage]:
    """Every code with its page, in order."""
    found = {
        code: CodePage(code, title, text)
        for table in TABLES
        for code, (title, text) in table.items()
    }
    return dict(sorted(found.items()))
