"""Says in words what is wrong at a token that the parser cannot take."""

from __future__ import annotations

from nndsl.syntax.errors import UNEXPECTED
from nndsl.syntax.machine import Machine
from nndsl.syntax.tokens import BAD, END, NL


def explain(machine: Machine, at: int) -> int:
    """Reports the error; gives the token to recover from, or `~at` to go on there at once."""
    token = machine.tokens[at]
    if token.kind != BAD:
        what = {NL: "the line ends", END: "the file ends"}.get(token.kind, f"`{token.text}`")
        machine.report.error(UNEXPECTED, (token.start, token.end), f"{what} here unexpectedly")
    return at
