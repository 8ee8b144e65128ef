"""Errors as data: a stable code, a span, the facts and a fix; rendered in one place, last."""

from nndsl.diagnostics.model import (
    Diagnostic,
    Diagnostics,
    Failure,
    Label,
    Severity,
    near,
)

__all__ = ["Diagnostic", "Diagnostics", "Failure", "Label", "Severity", "near"]
