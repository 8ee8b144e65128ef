"""What a loop leaves behind: a carried dimension's formula once the loop has ended."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.ir.nested import all_steps
from nndsl.ir.steps import Body, Carried, LoopStep
from nndsl.ops import symbols
from nndsl.ops.lists import length_of
from nndsl.ops.symbols import Term, const, var
from nndsl.syntax import ast


class Exit:
    """The end of one general loop; formulas come without the names of `let`."""

    def __init__(
        self, stage: ast.For | ast.Repeat, over: Term, body: Body, carried: Sequence[Carried]
    ) -> None:
        self.over = over
        self.carried = {each.name for each in carried}
        self.targets = stage.targets if isinstance(stage, ast.For) else ()
        self.count = over if isinstance(stage, ast.Repeat) else length_of(over)
        self.inner = {s.site.name for s in all_steps(body.steps) if isinstance(s, LoopStep)}

    def formula(self, carried: Carried, after: Term) -> Term:
        """In the constructor that runs the loop: closed where it is exact, else the variable."""
        step = symbols.sub(after, var(carried.name))
        if not self._local(step):
            return symbols.add(carried.before, symbols.mul(self.count, step))
        if not self._local(after) and self._runs():
            return after
        return var(carried.name + "!")

    def outside(self, carried: Carried, after: Term) -> Term | None:
        """Where the variable is out of sight: a closed formula, or None."""
        last = {var(t.name): item for t, item in _last(self.targets, self.over)}
        closed = symbols.substitute(after, last)
        if self._local(closed):
            return None
        if self._runs():
            return closed
        ran = symbols.compare(">", self.count, const(0))
        return symbols.choose(ran, closed, carried.before)

    def _local(self, term: Term) -> bool:
        """True where a formula mentions what is known only inside the loop."""
        own = {leaf.name for leaf in leaves(self.targets)} | self.carried
        return any(
            name in own or (name[:1] == "@" and name[1:].rsplit(".", 1)[0] in self.inner)
            for name in symbols.variables(term)
        )

    def _runs(self) -> bool:
        """True where the loop has a turn whatever the settings are."""
        count = self.count.args[0] if symbols.is_const(self.count) else 0
        return isinstance(count, int) and count > 0


def leaves(targets: Sequence[ast.Target]) -> list[ast.Target]:
    """The names of a loop's targets, nested tuples flattened."""
    found: list[ast.Target] = []
    for target in targets:
        found += leaves(target.parts) if target.parts else [target]
    return found


def _last(targets: Sequence[ast.Target], over: Term) -> list[tuple[ast.Target, Term]]:
    """Each loop variable's value in the last turn, for sequences whose last item has a formula."""
    if not targets:
        return []
    item = _last_item(over)
    if item is None:
        return []
    if len(targets) == 1:
        return _spread(targets[0], item)
    return [pair for i, t in enumerate(targets) for pair in _spread(t, _part(item, i))]


def _spread(target: ast.Target, item: Term) -> list[tuple[ast.Target, Term]]:
    if not target.parts:
        return [(target, item)]
    return [pair for i, t in enumerate(target.parts) for pair in _spread(t, _part(item, i))]


def _part(item: Term, index: int) -> Term:
    return symbols.rebuild("index", (item, const(index)))


def _last_item(over: Term) -> Term | None:
    name, inner = over.args[0] if over.op == "call" else "", over.args[1:2]
    of = inner[0] if inner and isinstance(inner[0], Term) else None
    if over.op in ("var", "list", "slice", "global", "index"):
        return symbols.rebuild("index", (over, const(-1)))
    if name == "range" and len(over.args) == 2 and of is not None:
        return symbols.sub(of, const(1))
    if name == "enumerate" and of is not None:
        item = _last_item(of)
        position = symbols.sub(length_of(of), const(1))
        return None if item is None else Term("list", (position, item))
    if name == "reversed" and of is not None and of.op in ("var", "list", "global", "index"):
        return symbols.rebuild("index", (of, const(0)))
    return None
