"""Names that a later version of the language keeps for itself."""

from __future__ import annotations

from nndsl.diagnostics import Failure
from nndsl.diagnostics.model import fail
from nndsl.source import Span

LATER = {
    "batch": "`batch(x)` will be `x` with the batch as an axis, in losses",
    "scan": "`scan` will be a cell that is written in the language",
    "step": "`step` will be a part of a train section",
}


def later(name: str, span: Span) -> Failure | None:
    """NN015 for a name that is reserved."""
    if name not in LATER:
        return None
    message = f"`{name}` is reserved for a later version"
    return fail("NN015", span, message, f"take another name: {LATER[name]}")


def refuse_reserved(name: str, span: Span) -> None:
    """Raises NN015 where a name that is bound here is reserved."""
    failure = later(name, span)
    if failure is not None:
        raise failure
