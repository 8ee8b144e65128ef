"""Activations as settings of other layers."""

from __future__ import annotations

from nndsl.backends.keras.at import At, Option


def act_option(at: At) -> list[Option]:
    """`activation="relu"`, or the setting that names one; nothing where there is none.

    Activations with numbers of their own arrive as steps, never here.
    """
    value = at.s.get("act")
    if value is None:
        return []
    return [("activation", at.code(value))]
