"""Translation validation: emitted code must compute what the flattened program says."""

from __future__ import annotations

from nndsl.validate.check import Report, validate

__all__ = ["Report", "validate"]
