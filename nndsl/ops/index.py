"""Words and aliases of all layers; derived by `python -m nndsl.ops.reindex`, do not edit."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "Dense": "dense",
}

ALIASES: Mapping[str, str] = {
    "FullyConnected": "Dense",
    "Linear": "Dense",
}
