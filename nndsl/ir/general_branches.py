"""`if` in the general walk: both sides where instances took both, else pinned or guarded."""

from __future__ import annotations

from nndsl.ir.context import Flow
from nndsl.ir.general_rounds import NotGeneral
from nndsl.ir.general_walk import GeneralWalk, Pinned
from nndsl.ir.recipes import freeze
from nndsl.ir.scope import Scope
from nndsl.ir.statics import is_list
from nndsl.ir.steps import Body, GuardStep, IfStep, Site, Value
from nndsl.ir.witness import Env
from nndsl.ops import symbols
from nndsl.ops.numbers import Dim, OpenDim, lift, term_of
from nndsl.ops.symbols import Term, const
from nndsl.syntax import ast

ONE_SIDE = "the other side of an `if` that reads it is not checked"


class GeneralBranches(GeneralWalk):
    """Conditions of the general walk."""

    def _other(self, site: Site, taken: bool, term: Term) -> Env | None:
        """A round that took the other side of a condition with a formula; None without one."""
        if symbols.is_const(term):
            return None
        seen = self.witnesses.at(site.name)
        other = next((env for s, env in seen if isinstance(s, IfStep) and s.taken != taken), None)
        if other is not None and any(t.op == "opaque" for t in self.expand(term).walk()):
            raise NotGeneral("a condition has no formula")
        return other

    def _resolve(self, site: Site, taken: bool, term: Term) -> None:
        """Pins or guards a condition that all rounds decided alike."""
        if symbols.is_const(term):
            return
        term = self.expand(term)
        if any(t.op == "opaque" for t in term.walk()):
            raise NotGeneral("a condition has no formula")
        own = dict(self.instance.settings)
        names = symbols.variables(term) & own.keys()
        constant = {n for n in names if self._constant(n) and not is_list(own[n])}
        rest = symbols.variables(term) - constant
        self.pins |= constant
        if self.pins - self.fixed:
            raise Pinned(frozenset(self.pins - self.fixed), ONE_SIDE)
        if rest or symbols.dims(term):
            self.emit(GuardStep(site, term, taken))

    def _constant(self, name: str) -> bool:
        values = {
            freeze(dict(env.instance.settings)[name])
            for env in self.witnesses.envs
            if env.parent is None
        }
        return len(values) == 1

    def walk_if(self, stage: ast.If, flow: Value | None) -> Flow:
        taken, term = self.condition(stage)
        site = self.site(stage.span, "if")
        if len(stage.then) == 1 and not stage.orelse and _asks_act(term):
            lets, whole = dict(self.lets), self._side(stage, True, flow)
            steps = whole.steps if whole is not None else ()
            if whole is not None and all(getattr(s, "symbol", 0) == term.args[1] for s in steps):
                self.emit(IfStep(site, True, const(True), whole, None, flow, whole.out))
                return whole.out
            self.lets = lets
        other_env = self._other(site, taken, term)
        moves = self.stack_moves
        this = self._side(stage, taken, flow)
        if other_env is None:
            out = this.out if this is not None else flow
            yes, no = (this, None) if taken else (None, this)
            bare = stage.then if not taken else stage.orelse
            if not bare and self.stack_moves == moves and self._alike(out, flow, term):
                joined = None if flow is None else self.new_value(flow.type, site.span)
                self.emit(IfStep(site, taken, term, yes, no, flow, joined))
                return joined
            self._resolve(site, taken, term)
            self.emit(IfStep(site, taken, const(taken), yes, no, flow, out))
            return out
        that = self._elsewhere(stage, not taken, flow, site, other_env)
        then, other = (this, that) if taken else (that, this)
        joined = self._join(site, term, this, that, flow, taken)
        self.emit(IfStep(site, taken, term, then, other, flow, joined))
        return joined

    def _alike(self, out: Value | None, flow: Value | None, term: Term) -> bool:
        """True where a side gives what it takes, in formulas: then a side without lines would be
        right for what follows, though no round took it."""
        if symbols.is_const(term) or out is None or flow is None or out is flow:
            return False
        if any(t.op == "opaque" for t in self.expand(term).walk()):
            return False
        a, b = out.type, flow.type
        same = (a.dtype, a.axes, a.batched, len(a.shape)) == (
            b.dtype,
            b.axes,
            b.batched,
            len(b.shape),
        )
        return same and all(map(self._one_formula, a.shape, b.shape))

    def _one_formula(self, left: Dim, right: Dim) -> bool:
        return self.expand(term_of(left)) == self.expand(term_of(right))

    def _side(self, stage: ast.If, side: bool, flow: Value | None) -> Body | None:
        lines = stage.then if side else stage.orelse
        if lines is None:
            return None
        self.branch_depth += 1
        try:
            return self.body(lines, flow, Scope(self.scope))
        finally:
            self.branch_depth -= 1

    def _elsewhere(
        self, stage: ast.If, side: bool, flow: Value | None, site: Site, env: Env
    ) -> Body | None:
        """The other side, walked with the numbers of a round that took it."""
        with self.seen_from(env):
            return self._side(stage, side, self._moved(flow, site, env))

    def _moved(self, flow: Value | None, site: Site, env: Env) -> Value | None:
        """The flow as the round that took the other side had it."""
        if flow is None:
            return None
        moved, step = self.rebound_value(flow, env), env.step(site.name)
        if not isinstance(step, IfStep) or step.entry is None:
            return moved
        return Value(moved.id, self.open_as(moved.type, step.entry.type))

    def _join(
        self,
        site: Site,
        term: Term,
        this: Body | None,
        that: Body | None,
        flow: Value | None,
        taken: bool,
    ) -> Value | None:
        a = this.out if this is not None else flow
        b = that.out if that is not None else flow
        if a is None or b is None:
            raise NotGeneral("one side has no flow")
        if len(a.type.shape) != len(b.type.shape) or a.type.dtype != b.type.dtype:
            raise NotGeneral("the two sides differ in rank")
        dims: list[Dim] = []
        for x, y in zip(a.type.shape, b.type.shape, strict=True):
            s, t = term_of(x), term_of(y)
            if self.expand(s) == self.expand(t) or isinstance(x, OpenDim) or isinstance(y, OpenDim):
                dims.append(x)
                continue
            sides = (s, t) if taken else (t, s)
            found = self._formula_of_both(term, *sides) or Term("if", (term, *sides))
            dims.append(lift(int(x), found))  # type: ignore[arg-type]
        return self.new_value(a.type._replace(shape=tuple(dims)), site.span)

    def _formula_of_both(self, cond: Term, then: Term, other: Term) -> Term | None:
        """The side of `expand != 1` that is right on the other one as well, where `expand` is 1."""
        if cond.op != "cmp" or cond.args[0] not in ("!=", "=="):
            return None
        left, right = (self.expand(each) for each in cond.terms())
        table = {right: left} if symbols.is_const(left) else {left: right}
        mine, theirs = (symbols.substitute(self.expand(side), table) for side in (then, other))
        if mine != theirs:
            return None
        return then if cond.args[0] == "!=" else other

    def branch_if(self, stage: ast.If, entry: Value | None) -> list[Value]:
        taken, term = self.condition(stage)
        site = self.site(stage.span, "if")
        other_env = self._other(site, taken, term)
        if other_env is None:
            self._resolve(site, taken, term)
        this, results = self._branch_side(stage, taken, entry)
        if other_env is None:
            one, none = (this, None) if taken else (None, this)
            self.emit(IfStep(site, taken, const(taken), one, none, entry, None))
            return results
        with self.seen_from(other_env):
            moved = self._moved(entry, site, other_env)
            that, others = self._branch_side(stage, not taken, moved)
        yes, no = symbols.choose(term, const(1), const(0)), symbols.choose(term, const(0), const(1))
        self.count(results, yes if taken else no)
        self.count(others, no if taken else yes)
        self.absent += others
        then, other = (this, that) if taken else (that, this)
        self.emit(IfStep(site, taken, term, then, other, entry, None))
        return results

    def count(self, branches: list[Value], factor: Term) -> None:
        """These branches count `factor` times (once more, inside another loop or condition)."""
        for value in branches:
            old = self.times.get(value.id)
            self.times[value.id] = factor if old is None else symbols.mul(factor, old)

    def _branch_side(
        self, stage: ast.If, side: bool, entry: Value | None
    ) -> tuple[Body | None, list[Value]]:
        lines = stage.then if side else stage.orelse
        if lines is None:
            return None, []
        self.branch_depth += 1
        try:
            with self.inside(Scope(self.scope)) as steps:
                results = self.branches(lines, entry)
        finally:
            self.branch_depth -= 1
        return Body(tuple(steps), None), results


def _asks_act(term: Term) -> bool:
    """True for `act != none`; before `act` itself it says nothing, for none is the identity."""
    return term.op == "cmp" and term.args[0] == "!=" and term.args[2] == const(None)
