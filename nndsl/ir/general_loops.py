"""Loops and pushed lists of the general walk: one turn stands for all, dimensions are carried."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.ir.context import Flow
from nndsl.ir.exits import Exit, leaves
from nndsl.ir.general_branches import GeneralBranches
from nndsl.ir.general_rounds import NotGeneral, sym_list
from nndsl.ir.recipes import freeze
from nndsl.ir.scope import Bound, Scope
from nndsl.ir.silent import setting_value
from nndsl.ir.statics import SymList, is_list, items_of, written
from nndsl.ir.steps import (
    Body,
    Carried,
    LoopStep,
    PopStep,
    Site,
    Turn,
    Value,
)
from nndsl.ir.witness import Env
from nndsl.ops import symbols
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.lists import length_of
from nndsl.ops.numbers import Dim, OpenDim, Sym, SymFloat, lift, plain, term_of
from nndsl.ops.symbols import Term, const, var
from nndsl.source import Span
from nndsl.syntax import ast

HINTS = {
    1: ("channels",),
    2: ("length", "channels"),
    3: ("height", "width", "channels"),
    4: ("depth", "height", "width", "channels"),
}


class GeneralWalker(GeneralBranches):
    """The complete general walk."""

    # ---- loops ----

    def walk_loop(self, stage: ast.For | ast.Repeat, flow: Value | None) -> Flow:
        value = self.over(stage)
        over = written(value)
        site = self.site(stage.span, "loop")
        seen = [(s, e) for s, e in self.witnesses.at(site.name) if isinstance(s, LoopStep)]
        turns = [(e, s, t) for s, e in seen for t in s.turns]
        if not turns:
            self._never(site, over)
            return flow
        first = turns[0][2].entry
        if flow is not None and first is not None and first.type.batched and not flow.type.batched:
            flow = self.per_example(flow, site)
        if self._structural(turns):
            return self._unrolled(stage, value, over, site, flow, seen)
        home = self._turn_here(site, turns)
        with self.seen_from(home):
            self.env = self._entered
            start = self.rebound_value(flow, self.env.parent or self.env) if home and flow else flow
            carried, body, bound, entry = self._settle(stage, site, start, seen, turns)
        out = self._exit(site, Exit(stage, over, body, carried), flow, body, carried)
        kind, targets = ("for", stage.targets) if isinstance(stage, ast.For) else ("repeat", ())
        turn = Turn(1, bound, entry, body)
        self.emit(LoopStep(site, kind, targets, over, (turn,), flow, out, carried, False))
        return out

    def _never(self, site: Site, over: Term) -> None:
        """A loop that no instance enters: what says so is pinned."""
        if not symbols.is_const(over) and over.op != "list":
            self.pin([over], "an empty loop")

    def _structural(self, turns: Sequence[tuple[Env, LoopStep, Turn]]) -> bool:
        """True where the loop's values are no numbers, or the flow's kind changes: unrolled."""
        for _, _, turn in turns:
            if any(not _data(value) for _, value in turn.bound):
                return True
        kinds = {
            (len(t.entry.type.shape), t.entry.type.dtype, t.entry.type.axes)
            for _, _, t in turns
            if t.entry is not None
        }
        return len(kinds) > 1

    def _unrolled(
        self,
        stage: ast.For | ast.Repeat,
        value: object,
        over: Term,
        site: Site,
        flow: Value | None,
        seen: Sequence[tuple[LoopStep, Env]],
    ) -> Flow:
        kinds = {tuple(tuple(freeze(v) for _, v in t.bound) for t in s.turns) for s, _ in seen}
        if len(kinds) > 1 or any(t.count > 1 for s, _ in seen for t in s.turns):
            raise NotGeneral("a loop over layers differs between instances")
        if isinstance(value, SymList):
            self.pin([value.term], "a loop over layers")
        elif isinstance(value, Sym):
            self.pin([value.term], "a loop that changes what flows")
        turns: list[Turn] = []
        here = self.env.step(site.name)
        if not isinstance(here, LoopStep):
            raise NotGeneral("the loop is not run here")
        targets = stage.targets if isinstance(stage, ast.For) else ()
        rounds = (None,) * len(here.turns)
        items = items_of(value) if isinstance(stage, ast.For) else rounds
        for item, concrete in zip(items, here.turns, strict=True):
            scope = Scope(self.scope)
            bound = self.bind_targets(targets, item, scope)
            saved, self.env = self.env, self.env.inside(here, concrete)
            body = self.body(stage.body, flow, scope)
            self.env = saved
            turns.append(Turn(1, tuple(bound), flow, body))
            flow = body.out
        entry = turns[0].entry if turns else flow
        self.emit(LoopStep(site, "for", targets, over, tuple(turns), entry, flow))
        return flow

    def _turn_here(self, site: Site, turns: Sequence[tuple[Env, LoopStep, Turn]]) -> Env | None:
        """Enters a turn; the round to move to where this one runs the loop zero times."""
        here = self.env.step(site.name)
        if isinstance(here, LoopStep) and here.turns:
            self._entered = self.env.inside(here, here.turns[-1])
            return None
        env, step, turn = turns[-1]
        self._entered = env.inside(step, turn)
        return env

    _entered: Env

    def _settle(
        self,
        stage: ast.For | ast.Repeat,
        site: Site,
        flow: Value | None,
        seen: Sequence[tuple[LoopStep, Env]],
        turns: Sequence[tuple[Env, LoopStep, Turn]],
    ) -> tuple[tuple[Carried, ...], Body, tuple[tuple[str, SettingValue], ...], Value | None]:
        """Walks the turn until it is known which dimensions it carries."""
        moving = self._moving(flow, turns)
        for _ in range(2 + len(flow.type.shape if flow else ())):
            entry = self._loop_head(site, flow, moving)
            snapshot = self._snapshot()
            scope = Scope(self.scope)
            bound = (
                tuple(self._bind_turn(stage, scope, turns)) if isinstance(stage, ast.For) else ()
            )
            self.branch_depth += 1
            body = self.body(stage.body, entry, scope)
            self.branch_depth -= 1
            again = self._settled(site, entry, body.out, moving)
            if again == moving:
                return self._carried(site, flow, body.out, moving), body, bound, entry
            moving = again
            self._restore(snapshot)
        raise NotGeneral("a loop's dimensions do not settle")

    def _moving(
        self, flow: Value | None, turns: Sequence[tuple[Env, LoopStep, Turn]]
    ) -> frozenset[int]:
        """The axes whose size differs between turns, as far as the rounds show."""
        if flow is None:
            return frozenset()
        axes = set()
        for axis, dim in enumerate(flow.type.shape):
            if isinstance(dim, OpenDim):
                continue
            for _, step, turn in turns:
                first = step.turns[0].entry
                last = step.out
                if first is None or turn.entry is None or last is None:
                    continue
                sizes = {_plain(first, axis), _plain(turn.entry, axis), _plain(last, axis)}
                if len(sizes) > 1:
                    axes.add(axis)
        return frozenset(axes)

    def _loop_head(self, site: Site, flow: Value | None, moving: frozenset[int]) -> Value | None:
        if flow is None:
            return None
        turn = self.env.turn
        dims: list[Dim] = []
        for axis, dim in enumerate(flow.type.shape):
            here = turn.entry.type.shape[axis] if turn and turn.entry else dim
            if axis in moving and not isinstance(here, OpenDim):
                dims.append(Sym(int(here), var(f"@{site.name}.{axis}")))
            elif isinstance(dim, OpenDim) and isinstance(here, OpenDim):
                dims.append(self.open_here(here, (dim,)))
            else:
                dims.append(dim)
        return self.new_value(flow.type._replace(shape=tuple(dims)))

    def _settled(
        self, site: Site, entry: Value | None, out: Value | None, moving: frozenset[int]
    ) -> frozenset[int]:
        """Axes carried after one more look: those whose formula changes during a turn."""
        if entry is None or out is None:
            return moving
        if len(entry.type.shape) != len(out.type.shape):
            raise NotGeneral("a loop changes the rank")
        now = set()
        for axis, (a, b) in enumerate(zip(entry.type.shape, out.type.shape, strict=True)):
            if isinstance(a, OpenDim) or isinstance(b, OpenDim):
                continue
            if self.expand(term_of(a)) != self.expand(term_of(b)):
                now.add(axis)
        return frozenset(now | (moving & now))

    def _carried(
        self, site: Site, flow: Value | None, out: Value | None, moving: frozenset[int]
    ) -> tuple[Carried, ...]:
        if flow is None or out is None:
            return ()
        hints = HINTS.get(len(flow.type.shape), ("dim",) * len(flow.type.shape))
        return tuple(
            Carried(
                f"@{site.name}.{axis}",
                hints[axis],
                axis,
                term_of(flow.type.shape[axis]),
                term_of(out.type.shape[axis]),
            )
            for axis in sorted(moving)
        )

    def _snapshot(self) -> tuple[int, dict[str, list[Value]], dict[str, Term], int]:
        pushed = {name: list(values) for name, values in self.stacks.items()}
        return len(self.steps), pushed, dict(self.lets), self.guards

    def _restore(self, snapshot: tuple[int, dict[str, list[Value]], dict[str, Term], int]) -> None:
        count, stacks, self.lets, self.guards = snapshot
        del self.steps[count:]
        for name in set(self.stacks) - set(stacks):
            del self.stacks[name]
            self.root_scope.names.pop(name, None)
        self.stacks.update(stacks)

    def _bind_turn(
        self, stage: ast.For, scope: Scope, turns: Sequence[tuple[Env, LoopStep, Turn]]
    ) -> list[tuple[str, SettingValue]]:
        """The loop's names as symbols with the values of this turn."""
        turn = self.env.turn
        assert turn is not None
        bound: list[tuple[str, SettingValue]] = []
        for target, (name, value) in zip(leaves(stage.targets), turn.bound, strict=True):
            symbol = self._symbol(name, value, turns)
            if name != "_":
                scope.names[name] = Bound(symbol, target.span)
            bound.append((name, setting_value(symbol, target.span)))
        return bound

    def _symbol(
        self, name: str, value: object, turns: Sequence[tuple[Env, LoopStep, Turn]]
    ) -> object:
        if is_list(value):
            return sym_list(items_of(value), var(name))
        if isinstance(value, bool):
            return Sym(int(value), Term("truth", (var(name),)))
        assert isinstance(value, int | float)
        return lift(plain(value), var(name))

    def _exit(
        self,
        site: Site,
        exit_: Exit,
        flow: Value | None,
        body: Body,
        carried: tuple[Carried, ...],
    ) -> Value | None:
        """The flow after the loop: closed formulas where they are exact, else carried symbols."""
        if body.out is None or flow is None:
            return flow
        here = self.env.step(site.name)
        if not isinstance(here, LoopStep) or here.out is None:
            raise NotGeneral("the loop is not run here")
        by_axis = {c.axis: c for c in carried}
        dims: list[Dim] = []
        for axis, dim in enumerate(flow.type.shape):
            now = here.out.type.shape[axis]
            if isinstance(now, OpenDim) or axis not in by_axis:
                last = body.out.type.shape[axis]
                dims.append(self.open_here(now, (dim, last)) if isinstance(now, OpenDim) else dim)
                continue
            one = by_axis[axis]
            after = self.expand(one.after)
            outside = exit_.outside(one, after)
            if outside is not None:
                self.exits[var(one.name + "!")] = self.expand(outside)
            dims.append(lift(int(now), exit_.formula(one, after)))  # type: ignore[arg-type]
        return self.new_value(flow.type._replace(shape=tuple(dims)), site.span)

    def branch_loop(self, stage: ast.For | ast.Repeat, entry: Value | None) -> list[Value]:
        over = written(self.over(stage))
        site = self.site(stage.span, "loop")
        seen = [(s, e) for s, e in self.witnesses.at(site.name) if isinstance(s, LoopStep)]
        turns = [(e, s, t) for s, e in seen for t in s.turns]
        here = self.env.step(site.name)
        if not turns:
            self._never(site, over)
            return []
        if self._structural(turns) or not isinstance(here, LoopStep) or not here.turns:
            raise NotGeneral("a loop of branches that differ")
        self._turn_here(site, turns)
        before = list(self.absent)
        scope = Scope(self.scope)
        with self.seen_from(None):
            self.env = self._entered
            bound = (
                tuple(self._bind_turn(stage, scope, turns)) if isinstance(stage, ast.For) else ()
            )
            self.branch_depth += 1
            with self.inside(scope) as steps:
                results = self.branches(stage.body, entry)
            self.branch_depth -= 1
        kind, targets = ("for", stage.targets) if isinstance(stage, ast.For) else ("repeat", ())
        turn = Turn(1, bound, entry, Body(tuple(steps), None))
        self.emit(LoopStep(site, kind, targets, over, (turn,), entry, None, (), False))
        count = over if isinstance(stage, ast.Repeat) else length_of(over)
        local = {t.name for t in leaves(stage.targets)} if isinstance(stage, ast.For) else set()
        fresh = [v for v in self.absent if v not in before]
        for value in (*results, *fresh):
            dims = [term_of(d) for d in value.type.shape if not isinstance(d, OpenDim)]
            varies = any(symbols.variables(self.expand(d)) & local for d in dims)
            self.count([value], Term("opaque", ()) if varies else count)
        times = sum(t.count for t in here.turns)
        return results * times

    # ---- pushed lists ----

    def pop(self, stack: str, pushed: list[Value], span: Span) -> Value:
        """A popped value: the formulas that are right in every round that popped here."""
        return self._taken(stack, pushed, None, self.site(span, "pop"))

    def peek(self, stack: str, pushed: list[Value], at: int, span: Span) -> Value:
        return self._taken(stack, pushed, at, self.site(span, "item"))

    def _taken(self, stack: str, pushed: list[Value], at: int | None, site: Site) -> Value:
        seen = [(s, e) for s, e in self.witnesses.at(site.name) if isinstance(s, PopStep)]
        here = self.env.step(site.name)
        if not seen or not isinstance(here, PopStep):
            raise NotGeneral("a pop that no instance made")
        dims: list[Dim] = []
        for axis, dim in enumerate(here.pushed.type.shape):
            if isinstance(dim, OpenDim):
                near = [v.type.shape[axis] for v in pushed if axis < v.type.rank]
                dims.append(self.open_here(dim, near))
                continue
            wanted = [(e, s.pushed.type.shape[axis]) for s, e in seen]
            dims.append(lift(int(dim), self._candidate(pushed, axis, wanted)))  # type: ignore[arg-type]
        out = self.new_value(here.pushed.type._replace(shape=tuple(dims)), site.span)
        self.emit(PopStep(site, stack, at, pushed[-1], out))
        return out

    def _candidate(
        self, pushed: Sequence[Value], axis: int, wanted: Sequence[tuple[Env, Dim]]
    ) -> Term:
        sizes = {d for _, d in wanted}
        candidates = [term_of(v.type.shape[axis]) for v in pushed if axis < len(v.type.shape)]
        candidates += [
            bound.what.term
            for scope in self.scope.chain()
            for bound in scope.names.values()
            if isinstance(bound.what, Sym | SymFloat)
        ]
        for term in candidates:
            if all(self.matches(term, env, size) for env, size in wanted):
                return term
        if (
            len(sizes) == 1
            and isinstance(next(iter(sizes)), int)
            and self.instance.definition.kind == "model"
        ):
            return const(int(next(iter(sizes))))  # type: ignore[arg-type]
        return Term("opaque", ())


def _data(value: object) -> bool:
    """True for numbers and lists of numbers, which symbols can stand for."""
    if is_list(value):
        return all(_data(item) for item in items_of(value))
    return isinstance(value, int | float)


def _plain(value: Value, axis: int) -> object:
    dim = value.type.shape[axis] if axis < len(value.type.shape) else None
    return dim if isinstance(dim, OpenDim) or dim is None else int(dim)
