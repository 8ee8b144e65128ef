"""The Keras 3 target: functional, backend-neutral code, a function for each plan."""

from __future__ import annotations

from nndsl.backends.keras.target import TARGET

__all__ = ["TARGET"]
