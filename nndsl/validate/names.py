"""Names of emitted code: each is defined where it is read, on every path that leads there.

The interpreter finds a name without a value only where it runs, and knows helpers by heart; this
reads the whole tree as Python would: what a file imports, the helpers that it includes, what it
defines, and what is bound inside a function before it is read.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from nndsl.backends.base import Emitted
from nndsl.emit import tree
from nndsl.emit.tree import Expr, Stmt
from nndsl.emit.walk import names, parts

# What the head of a target's file imports where the code mentions it (its IMPORTS).
IMPORTED: Mapping[str, frozenset[str]] = {
    "torch": frozenset(
        ("math", "Callable", "Sequence", "partial", "torch", "F", "Tensor", "nn")
    ),
    "keras": frozenset(("math", "keras", "layers", "ops")),
}  # fmt: skip
# Helper texts that define another name beside their own.
BESIDE: Mapping[str, tuple[str, ...]] = {"regularize": ("penalty_of",)}
PYTHON = frozenset(dir(builtins)) | {"__name__", "__file__"}


class Stray(NamedTuple):
    """A name that may have no value: in which class or function, and why."""

    where: str
    what: str


def strays(emitted: Emitted, target: str) -> list[Stray]:
    """Every name of emitted code that is read where it may have no value."""
    helpers = [name for each in emitted.helpers for name in (each, *BESIDE.get(each, ()))]
    known = PYTHON | IMPORTED.get(target, frozenset()) | frozenset(helpers)
    module = _Module(known, emitted.code)
    _Body(module, "", frozenset(), known).run(emitted.code)
    return module.found


class _Module:
    """What the module knows, all its statements read; found: the strays so far."""

    def __init__(self, known: frozenset[str], code: Sequence[Stmt]) -> None:
        self.everywhere = known | bound_by(code)
        self.found: list[Stray] = []


class _Body:
    """The statements of a module, class or function, in order.

    local: names that the body binds anywhere: Python reads no other name for them. bound: those
    that have a value here for certain, or are known outside; None after a return.
    """

    def __init__(
        self, module: _Module, where: str, local: frozenset[str], bound: frozenset[str],
        function: bool = False,
    ) -> None:  # fmt: skip
        self.module = module
        self.where = where
        self.local = local
        self.function = function
        self.bound: set[str] | None = set(bound)

    def run(self, code: Sequence[Stmt]) -> None:
        for node in code:
            if self.bound is None:
                return
            self._statement(node)

    # ---- statements ------------------------------------------------------------------------------

    def _statement(self, node: Stmt) -> None:
        if isinstance(node, tree.Assign):  # as most are
            self._simple(node)
        elif isinstance(node, tree.For):
            self._reads(node.iter)
            self._branches((node.body,), _targets((node.target,)), skipped=True)
        elif isinstance(node, tree.If):
            self._reads(node.test)
            self._branches((node.body, node.orelse))
        elif isinstance(node, tree.With):
            for value, name in node.items:
                self._reads(value)
                self._bind(_targets((name,)))
            self.run(node.body)
        elif isinstance(node, tree.FunctionDef):
            self._function(node)
        elif isinstance(node, tree.ClassDef):
            self._reads((node.bases, node.decorators))
            self._inside(node.name, node.body, frozenset(), False)
            self._bind({node.name})
        else:
            self._simple(node)

    def _simple(self, node: Stmt) -> None:
        if isinstance(node, tree.Assign):
            annotation = None if self.function else node.annotation  # unread in functions
            targets = [t for t in node.targets if not isinstance(t, tree.Name | tree.TupleE)]
            self._reads((node.value, annotation, targets))
            if node.value is not None:
                self._bind(_targets(node.targets))
        elif isinstance(node, tree.Return | tree.Raise):
            self._reads(node)
            self.bound = None
        elif isinstance(node, tree.Import | tree.ImportFrom):
            self._bind(bound_by((node,)))
        else:
            self._reads(node)

    def _branches(
        self, bodies: Sequence[Sequence[Stmt]], targets: Iterable[str] = (), skipped: bool = False
    ) -> None:
        """Bodies of which one runs, or (skipped) perhaps none; after them what all of them bind."""
        before = self.bound
        assert before is not None
        ends: list[set[str] | None] = [before if skipped else None]
        for body in bodies:
            self.bound = before.union(targets)
            self.run(body)
            ends.append(self.bound)
        reached = [each for each in ends if each is not None]
        self.bound = set.intersection(*reached) if reached else None

    def _function(self, node: tree.FunctionDef) -> None:
        for param in node.params:
            self._reads((param.annotation, param.default))
        self._reads((node.returns, node.decorators))
        own = frozenset(param.name for param in node.params)
        self._inside(node.name, node.body, own, True)
        self._bind({node.name})

    def _inside(self, name: str, body: Sequence[Stmt], own: frozenset[str], function: bool) -> None:
        """The body of a class or function, which may read what the module binds later on."""
        assert self.bound is not None
        local = bound_by(body) | own
        around = self.local if self.function else frozenset[str]()
        outer = (self.module.everywhere | around | self.bound) - local
        where = f"{self.where}.{name}" if self.where else name
        known = outer | own
        if not function or not names(body) <= known:  # else nothing is read that it must bind first
            _Body(self.module, where, local, known, function).run(body)

    def _bind(self, bound: set[str] | frozenset[str]) -> None:
        assert self.bound is not None
        self.bound |= bound

    # ---- expressions -----------------------------------------------------------------------------

    def _reads(self, node: object) -> None:
        """Names that an expression reads."""
        assert self.bound is not None
        if not names(node) <= self.bound:  # where all have values, no one reads one without
            self._read(node, frozenset())

    def _read(self, node: object, inner: frozenset[str]) -> None:
        """As `_reads`, one by one. inner: names that a comprehension or lambda binds."""
        if isinstance(node, tree.Name):
            self._name(node.id, inner)
        elif isinstance(node, tree.Lambda):
            self._read(node.body, inner | frozenset(node.params))
        elif isinstance(node, tree.Comp):
            for clause in node.clauses:
                self._read(clause.iter, inner)
                inner |= _targets((clause.target,))
                self._read(clause.conditions, inner)
            self._read(node.element, inner)
        elif node is not None and not isinstance(node, str | int | float):
            for part in parts(node):
                self._read(part, inner)

    def _name(self, name: str, inner: frozenset[str]) -> None:
        assert self.bound is not None
        if name in inner or name in self.bound:
            return
        if name in self.local:
            what = f"`{name}` may be read before it has a value"
        else:
            what = f"`{name}` is read, and nothing defines it"
        self.module.found.append(Stray(self.where, what))
        self.bound.add(name)  # once is enough


def bound_by(code: Sequence[Stmt]) -> frozenset[str]:
    """The names that statements bind, those of inner blocks too, not those of inner functions."""
    found: set[str] = set()
    for node in code:
        if isinstance(node, tree.Assign):
            found |= _targets(node.targets)
        elif isinstance(node, tree.AugAssign):
            found |= _targets((node.target,))
        elif isinstance(node, tree.FunctionDef | tree.ClassDef):
            found.add(node.name)
        elif isinstance(node, tree.For):
            found |= _targets((node.target,)) | bound_by(node.body)
        elif isinstance(node, tree.If):
            found |= bound_by(node.body) | bound_by(node.orelse)
        elif isinstance(node, tree.With):
            found |= _targets([name for _, name in node.items]) | bound_by(node.body)
        elif isinstance(node, tree.Import):
            found.add(node.alias or node.module.partition(".")[0])
        elif isinstance(node, tree.ImportFrom):
            found |= {alias or name for name, alias in node.names}
    return frozenset(found)


def _targets(targets: Sequence[Expr | None]) -> set[str]:
    """The plain names among assignment targets."""
    found: set[str] = set()
    for target in targets:
        if isinstance(target, tree.Name):
            found.add(target.id)
        elif isinstance(target, tree.TupleE | tree.ListE):
            found |= _targets(target.items)
        elif isinstance(target, tree.Starred):
            found |= _targets((target.value,))
    return found
