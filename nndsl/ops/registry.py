"""From a word to its op: an index, so that only the families that a file names are imported.

Installed packages add words by the entry point `nndsl.layers`. Looking for them takes longer than a
whole `nndsl params`, so they are known only `with_installed`: when a text names what nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from importlib import import_module

from nndsl.ops.base import Op
from nndsl.ops.index import ALIASES, WORDS

GROUP = "nndsl.layers"
_loaded: dict[str, Op] = {}
_extra: dict[str, Op] = {}
_installed: ContextVar[Mapping[str, Op]] = ContextVar("_installed", default={})  # noqa: B039


def canonical(word: str) -> str:
    """The word itself, or the one that it is an alias of."""
    return ALIASES.get(word, word)


def find(word: str) -> Op | None:
    """The op of a word or alias; None where no layer has it. Words carry their family's module."""
    word = ALIASES.get(word, word)
    if word in _extra:
        return _extra[word]
    found = _loaded.get(word)
    if found is not None:
        return found
    if word in WORDS:
        family = import_module(f"nndsl.ops.{WORDS[word]}")
        for op in vars(family).values():
            if isinstance(op, type) and issubclass(op, Op) and "word" in vars(op):
                _loaded.setdefault(op.word, op())
        found = _loaded[word]
    return found or _installed.get().get(word)


def known(word: str) -> bool:
    return word in WORDS or word in ALIASES or word in _extra or word in _installed.get()


def words() -> tuple[str, ...]:
    """All canonical words, in the index's order."""
    return (*WORDS, *_extra, *_installed.get())


def register(op: Op) -> None:
    """Adds a third party's op; raises ValueError where the word is taken."""
    if known(op.word):
        raise ValueError(f"the word {op.word} is taken")
    _extra[op.word] = op


def installed() -> Mapping[str, Op]:
    """The ops that installed packages announce, by word; raises ValueError for a word of ours."""
    from importlib.metadata import entry_points

    found: dict[str, Op] = {}
    for entry in sorted(entry_points(group=GROUP)):
        made: Op = entry.load()()
        if made.word in WORDS or made.word in ALIASES or made.word in found:
            raise ValueError(f"{entry.value}: the word {made.word} is taken")
        found[made.word] = made
    return found


class with_installed:  # noqa: N801 - reads as a clause
    """Within it, in this thread, these ops are known as well."""

    def __init__(self, ops: Mapping[str, Op]) -> None:
        self.ops = ops

    def __enter__(self) -> None:
        self.token = _installed.set(self.ops)

    def __exit__(self, *raised: object) -> None:
        _installed.reset(self.token)
