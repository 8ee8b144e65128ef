"""From a word to its op: an index, so that only the families that a file names are imported."""

from __future__ import annotations

from importlib import import_module

from nndsl.ops.base import Op
from nndsl.ops.index import ALIASES, WORDS

_loaded: dict[str, Op] = {}
_extra: dict[str, Op] = {}


def canonical(word: str) -> str:
    """The word itself, or the one that it is an alias of."""
    return ALIASES.get(word, word)


def find(word: str) -> Op | None:
    """The op of a word or alias; None where no layer has it. Words carry their family's module."""
    word = canonical(word)
    if word in _extra:
        return _extra[word]
    found = _loaded.get(word)
    if found is None and word in WORDS:
        family = import_module(f"nndsl.ops.{WORDS[word]}")
        for op in vars(family).values():
            if isinstance(op, type) and issubclass(op, Op) and "word" in vars(op):
                _loaded.setdefault(op.word, op())
        found = _loaded[word]
    return found


def known(word: str) -> bool:
    return word in WORDS or word in ALIASES or word in _extra


def words() -> tuple[str, ...]:
    """All canonical words, in the index's order."""
    return (*WORDS, *_extra)


def register(op: Op) -> None:
    """Adds a third party's op; raises ValueError where the word is taken."""
    if known(op.word):
        raise ValueError(f"the word {op.word} is taken")
    _extra[op.word] = op
