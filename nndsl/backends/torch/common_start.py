"""A start that all layers of a kind share is what `init_weights` does, said once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import NamedTuple, TypeVar

from nndsl.backends.torch.helpers import HELPERS
from nndsl.emit.tree import Attr, Call, Expr, Name, Stmt
from nndsl.emit.walk import ENDS, INSIDE, names

_T = TypeVar("_T")
START = Name("start")
NN = Name("nn")
GLOBALS = frozenset(("partial", "nn", *HELPERS))


class Common(NamedTuple):
    """The code without these starts, the filler of each kind of weight that has one, and what that
    code mentions."""

    code: list[Stmt]
    fillers: Mapping[str, Expr]
    mentions: Mentions


def with_common_start(code: list[Stmt], kinds: Mapping[str, Sequence[str]]) -> Common:
    """Takes `weight=` out of `start(…)` where all layers of a kind have the same.

    kinds: the classes of `nn` that `init_weights` treats alike, by what they are called.
    """
    fillers: dict[str, Expr] = {}
    mentions = Mentions(code)
    for kind, words in kinds.items():
        filler = mentions.shared(words)
        if filler is not None:
            fillers[kind] = filler
            code = [_without(statement, words) for statement in code]
            mentions = Mentions(code)
    return Common(code, fillers, mentions)


class Mentions:
    """What code mentions, looked through once: its plain names, the classes of `nn` and how often,
    and its calls of `start`."""

    def __init__(self, code: Sequence[Stmt]) -> None:
        self.names: set[str] = set()
        self.classes: Counter[str] = Counter()
        self.starts: list[Call] = []
        stack: list[object] = [*code]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind is Attr:
                assert isinstance(node, Attr)
                value = node.value
                if type(value) is not Name:
                    stack.append(value)
                    continue
                self.names.add(value.id)
                if value.id == NN.id:
                    self.classes[node.name] += 1
            elif kind is Name:
                self.names.add(node.id)  # type: ignore[attr-defined]
            elif kind is Call:
                assert isinstance(node, Call)
                stack.append(node.func)
                stack += node.args
                if node.kwargs:
                    stack += [value for _, value in node.kwargs]
                if type(node.func) is Name and node.func.id == START.id:
                    self.starts.append(node)
            elif kind is tuple or kind is list:
                stack += node  # type: ignore[arg-type]  # it is one
            elif kind not in ENDS:
                stack += INSIDE[kind](node)

    def shared(self, words: Sequence[str]) -> Expr | None:
        """The one filler of all layers of these classes; None where they differ or one has none."""
        made = sum(self.classes[word] for word in words)
        found = [_weight(node) for node in self.starts if _starts(node, words)]
        first = found[0] if found else None
        alike = made == len(found) and all(each == first for each in found)
        return first if alike and first is not None and names(first) <= GLOBALS else None


def _starts(node: Call, words: Sequence[str]) -> bool:
    """True for `start(nn.Linear(…), weight=…)`."""
    inner = node.args[0] if node.func == START and node.args else None
    kind = inner.func if isinstance(inner, Call) else None
    return isinstance(kind, Attr) and kind.value == NN and kind.name in words


def _weight(node: Call) -> Expr | None:
    return dict(node.kwargs).get("weight")


def _without(node: _T, words: Sequence[str]) -> _T:
    """The code without the starts of these layers' weights."""
    if isinstance(node, tuple):
        return tuple(_without(part, words) for part in node)  # type: ignore[return-value]
    if not is_dataclass(node) or isinstance(node, type):
        return node
    changed = {f.name: _without(getattr(node, f.name), words) for f in fields(node)}
    made = replace(node, **changed)
    if not isinstance(made, Call) or not _starts(made, words):
        return made
    left = tuple(each for each in made.kwargs if each[0] != "weight")
    return Call(START, made.args, left) if left else made.args[0]  # type: ignore[return-value]
