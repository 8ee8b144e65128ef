"""The general walk: a definition walked once with numbers that carry formulas.

The rules of the language are the same code as in elaboration; what differs is here: numbers get
names, both sides of an `if` are walked where instances took both, and what no formula can hold is
pinned (fixed, and no argument of the emitted class) or given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, cast

from nndsl.diagnostics import Failure
from nndsl.ir.binding import Key
from nndsl.ir.blocks import instance_key
from nndsl.ir.context import Flow
from nndsl.ir.general_rounds import NotGeneral, Rounds, sym_list, symbolic
from nndsl.ir.scope import Bound, Scope, Unit
from nndsl.ir.statics import (
    SymList,
    SymRecipe,
    bare,
    formula,
    has_formula,
    is_list,
    is_numbers,
    items_of,
)
from nndsl.ir.steps import GuardStep, Instance, LetStep, OpStep, Part, Site, Value
from nndsl.ops import symbols
from nndsl.ops.base import Call, Op, Recipe, Settings, Type
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.kinds import Ints
from nndsl.ops.lists import length_of
from nndsl.ops.numbers import Dim, OpenDim, Sym, SymFloat, lift, plain, term_of
from nndsl.ops.symbols import Term, const, var
from nndsl.source import Span
from nndsl.syntax import ast


class Pinned(Exception):  # noqa: N818
    """These settings decide the structure: instances are told apart by their values."""

    def __init__(self, names: frozenset[str], why: str) -> None:
        super().__init__(", ".join(sorted(names)))
        self.names = names
        self.why = why


class Planner(Protocol):
    """What the walk asks of the planner."""

    def constant(self, word: str, table: Term) -> str:
        """The name of a module-level constant that holds a file-level table."""

    def results(
        self, instance: Instance, settings: dict[str, SettingValue], types: list[tuple[str, Type]],
        named: bool,
    ) -> list[Type]:  # fmt: skip
        """The result types of a use, as formulas of its settings and operands.

        named: open sizes of the user have names that stand for others in other instances.
        """

    def fixed_in(self, instance: Instance) -> frozenset[str]:
        """The settings that a use cannot choose: they are no arguments of its class."""


class GeneralWalk(Rounds):
    """One walk over a definition for all its instances of one structure."""

    planner: Planner
    fixed: frozenset[str]
    pins: set[str]
    guards: int
    equations: dict[Term, Term]
    found: dict[Term, Term]
    branch_depth: int

    # ---- what cannot be general ----

    def failed(self, failure: Failure, line: ast.Line) -> None:
        raise NotGeneral(str(failure)) from failure

    def pin(self, terms: Sequence[Term], where: str) -> None:
        """The variables of these formulas shape the code: settings are pinned, others are fatal."""
        for term in terms:
            term = self.expand(term)
            if symbols.dims(term) or any(t.op == "opaque" for t in term.walk()):
                raise NotGeneral(f"{where} depends on a dimension")
            names = symbols.variables(term)
            if any(name not in dict(self.instance.settings) for name in names):
                raise NotGeneral(f"{where} depends on a loop")
            self.pins |= names
        loose = self.pins - self.fixed
        if loose:
            raise Pinned(frozenset(loose), f"{where} depends on it")

    def decided(self, cond: Sym, value: object) -> object:
        self.pin([cond.term], "a choice between things without a formula")
        return value

    def settled(self, op: Op, bound: dict[str, SettingValue]) -> dict[str, SettingValue]:
        for setting in op.settings:
            value = bound.get(setting.name)
            if not setting.symbolic and has_formula(value):
                term = formula(value)
                self.pin([term] if term is not None else [], f"`{setting.name}` of `{op.word}`")
                bound[setting.name] = bare(value)  # type: ignore[assignment]
        return bound

    def _inferred(
        self,
        op: Op,
        call: Call,
        ins: tuple[Value, ...],
        site: Site,
        parts: tuple[Part, ...],
        key: Key | None,
    ) -> OpStep:
        for setting in op.settings:
            if isinstance(setting.kind, Ints):
                self._fix_length(setting.name, call.settings.items.get(setting.name), site)
        return super()._inferred(op, call, ins, site, parts, None)

    def _fix_length(self, name: str, value: object, site: Site) -> None:
        """A list that says how many axes there are: the code is right for this many."""
        if not isinstance(value, SymList):
            return
        length = length_of(self.expand(value.term))
        if symbols.is_const(length):
            return
        seen = [step for step, _ in self.witnesses.at(site.name)]
        lists = [step.settings.get(name) for step in seen if isinstance(step, OpStep)]
        if len({len(items_of(each)) for each in lists if is_list(each)}) > 1:
            self.pin([value.term], f"how many axes `{site.name}` has")
        self.emit(GuardStep(site, symbols.compare("==", length, const(len(value))), True))

    def count_items(self, span: Span, *values: object) -> None:
        """Elaboration counted them."""

    # ---- names ----

    measured: Value | None = None
    """The value whose sizes the `let` that is walked names: `let h, w, c = shape(x)`."""

    def let(self, line: ast.Let) -> None:
        self.measured = self._measured(line)
        try:
            super().let(line)
        finally:
            self.measured = None

    def _measured(self, line: ast.Let) -> Value | None:
        stage = line.value.stages[0]
        call = stage.expr if isinstance(stage, ast.ExprStage) else None
        if not isinstance(call, ast.Call) or call.func != ast.Name("shape", call.func.span):
            return None
        several = len(line.targets) > 1 and not any(target.parts for target in line.targets)
        if not several or len(line.value.stages) > 1 or len(call.args) != 1:
            return None
        of = call.args[0].value
        found = self.evaluate(of) if isinstance(of, ast.Name | ast.Flow) else None
        return found if isinstance(found, Value) else None

    def let_name(self, target: ast.Target, value: object, line: ast.Let) -> None:
        term = formula(value) if isinstance(value, Sym | SymFloat) else None
        source = None if self.measured is None else (self.measured, line.targets.index(target))
        plain = ("const", "var", "opaque") if source else ("const", "var", "dim", "opaque")
        if term is None or term.op in plain or target.name == "_":
            super().let_name(target, value, line)
            return
        name = self.fresh(target.name)
        self.lets[name] = term
        assert isinstance(value, int | float)
        site = Site(target.name, target.span, True)
        named = lift(value, var(name))
        self.emit(LetStep(site, name, named, term, source))
        super().let_name(target, named, line)

    def fresh(self, name: str) -> str:
        taken = {*self.lets, *(n for n, _ in self.instance.settings)}
        number, made = 2, name
        while made in taken:
            made, number = f"{name}{number}", number + 1
        return made

    def listed(self, expr: ast.Comprehension, results: list[object]) -> object:
        if not any(has_formula(r) for r in results) and not self._symbolic_source(expr):
            return tuple(results)
        return sym_list(results, self._comprehended(expr) or Term("opaque", ()))

    def _comprehended(self, expr: ast.Comprehension) -> Term | None:
        """A comprehension's formula; None where it has none."""
        clause = expr.clauses[0]
        over = self.evaluate(clause.over)
        sequence = formula(over)
        if len(expr.clauses) > 1 or not items_of(over) or sequence is None:
            return None
        outer, self.scope = self.scope, Scope(self.scope)
        try:
            self._bind_symbols(clause, items_of(over)[0])
            parts = [formula(self.evaluate(each)) for each in (expr.element, *clause.conds)]
        except Failure:
            return None
        finally:
            self.scope = outer
        if any(part is None or part.op == "opaque" for part in parts):
            return None
        element, *conds = parts
        return Term("comp", (element, ",".join(clause.targets), sequence, *conds))

    def item(self, held: object, at: object, span: Span) -> object:
        """One item, by the list's formula and the index as it is written: `widths[-1]`."""
        found = super().item(held, at, span)
        chosen = isinstance(at, Sym)
        if not chosen and (not isinstance(held, SymList) or held.term.op == "global"):
            return found
        sequence = formula(held)
        if sequence is None or sequence.op == "opaque":
            made = symbolic(found, Term("opaque", ()))
        else:
            made = symbolic(found, symbols.rebuild("index", (sequence, term_of(at))))
        if chosen and not has_formula(made):
            assert isinstance(at, Sym)
            return self.decided(at, found)
        return made

    def _bind_symbols(self, clause: ast.Clause, first: object) -> None:
        """A comprehension's names as symbols, with the values of its first item."""
        parts = items_of(first) if len(clause.targets) > 1 else (first,)
        for name, part in zip(clause.targets, parts, strict=True):
            symbol = part
            if is_list(part):
                symbol = sym_list(items_of(part), var(name))
            elif isinstance(part, int | float) and not isinstance(part, bool):
                symbol = lift(plain(part), var(name))
            self.scope.names[name] = Bound(symbol, clause.span)

    def _symbolic_source(self, expr: ast.Comprehension) -> bool:
        try:
            return has_formula(self.evaluate(expr.clauses[0].over))
        except Failure:
            return True

    def read(self, bound: Bound, word: str, span: Span) -> object:
        """A table of numbers at file level keeps its name: it becomes a constant of the module."""
        what = super().read(bound, word, span)
        table = formula(what) if is_list(what) and is_numbers(what) else None
        if table is None or self.unit.lets.names.get(word) is not bound:
            return what
        name = self.planner.constant(word, table)
        return SymList.of(items_of(what), Term("global", (name, table)))

    # ---- activations as arguments ----

    def use_recipe(
        self, recipe: Recipe, args: Sequence[ast.Arg], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        made = super().use_recipe(recipe, args, flow, site, span)
        if isinstance(recipe, SymRecipe) and self.steps:
            last = self.steps[-1]
            assert isinstance(last, OpStep)
            self.steps[-1] = last._replace(symbol=recipe.term)
        return made

    # ---- uses ----

    def instantiate(
        self,
        definition: ast.Def,
        unit: Unit,
        settings: dict[str, SettingValue],
        types: list[tuple[str, Type]],
        where: Span,
    ) -> Instance:
        """The concrete instance behind a use: elaboration made it already."""
        here = self.env.instance
        bare_types = [(name, self.opens.here(bare_type(t), here)) for name, t in types]
        found = self.home.memo.get(instance_key(definition, settings, bare_types))
        if found is None:
            raise NotGeneral(f"`{definition.name}` was never elaborated like this")
        return found

    def result_types(
        self, instance: Instance, settings: dict[str, SettingValue], types: list[tuple[str, Type]]
    ) -> list[Type]:
        made = self.planner.results(instance, settings, types, bool(self.opens.names))
        for name in sorted(self.planner.fixed_in(instance)):
            term = formula(settings[name])
            if term is not None:
                self.pin([term], f"`{name}` of `{instance.name}`")
        return [
            self.open_as(type_, result.value.type)
            for type_, result in zip(made, instance.outputs, strict=True)
        ]

    # ---- merges ----

    def merged(
        self, op: Op, settings: Settings, values: Sequence[Value], stage: ast.Braces
    ) -> tuple[Settings, Value]:
        settled, out = super().merged(op, settings, values, stage)
        if op.word in ("concat", "stack"):
            return settled, self._joined(op, settled, values, out)
        if stage.word == "residual":
            self._equate(values)
        sure = [v for v in values if v.id not in self.times] or list(values)
        shape = tuple(
            self._simplest([v.type.shape[i] for v in sure if i < len(v.type.shape)], dim)
            if all(len(v.type.shape) == len(out.type.shape) for v in values)
            else dim
            for i, dim in enumerate(out.type.shape)
        )
        return settled, self.retyped(out, shape)

    def only(
        self, op: Op, settings: Settings, value: Value, stage: ast.Braces
    ) -> tuple[Settings, Value]:
        """One branch in this round, others in rounds that took other sides."""
        if op.word != "concat" or not self.absent:
            return super().only(op, settings, value, stage)
        settled, _ = super().merged(op, settings, [value, value], stage)
        return settled, self._joined(op, settled, [value], self.new_value(value.type, stage.span))

    def merge(self, op: Op, stage: ast.Braces, flow: Value | None) -> Flow:
        saved, self.absent = self.absent, []
        try:
            return super().merge(op, stage, flow)
        finally:
            self.absent = saved

    def retyped(self, value: Value, shape: tuple[Dim, ...]) -> Value:
        return Value(value.id, value.type._replace(shape=shape))

    def _simplest(self, dims: Sequence[Dim], fallback: Dim) -> Dim:
        """Of equal dimensions, the simplest formula, without input dimensions where it can be."""
        known = [d for d in dims if not isinstance(d, OpenDim)]
        if not known or isinstance(fallback, OpenDim):
            return fallback

        def rank(dim: Dim) -> tuple[bool, bool, int]:
            term = self.expand(term_of(dim))
            opaque = any(t.op in ("opaque", "if") for t in term.walk())
            carried = any(name.startswith("@") for name in symbols.variables(term))
            return opaque, carried or bool(symbols.dims(term)), symbols.size(term)

        return min((d for d in known if int(d) == int(fallback)), key=rank, default=fallback)

    def _equate(self, values: Sequence[Value]) -> None:
        """A residual proves its input's dimensions equal to its body's."""
        if self.branch_depth:
            return
        for left, right in zip(values[0].type.shape, values[1].type.shape, strict=False):
            a, b = self.expand(term_of(left)), self.expand(term_of(right))
            mentions = symbols.variables(b)
            own = {n for n, _ in self.instance.settings}
            if a.op == "dim" and not symbols.dims(b) and mentions and mentions <= own:
                self.found.setdefault(a, b)

    def _joined(self, op: Op, settings: Settings, values: Sequence[Value], out: Value) -> Value:
        """A concatenation's axis: the sum over its branches, those of loops times their turns."""
        axis = settings.int("axis")
        total = const(0)
        for value in dict.fromkeys([*values, *self.absent]):
            count = self.times.get(value.id)
            dim = const(1) if op.word == "stack" else term_of(value.type.shape[axis])
            total = symbols.add(total, dim if count is None else symbols.mul(count, dim))
        shape = list(out.type.shape)
        if not isinstance(shape[axis], OpenDim):
            number = shape[axis]
            assert isinstance(number, int)
            shape[axis] = cast("int", lift(int(number), total))
        return self.retyped(out, tuple(shape))

    times: dict[int, Term]
    """How often a branch counts, where that is not once: in loops, and under kept conditions."""
    absent: list[Value]
    """The branches of sides that this round did not take, of the merge that is being walked."""
    exits: dict[Term, Term]
    """Closed formulas of what loops leave behind, for formulas that leave the definition."""


def bare_type(type_: Type) -> Type:
    """A type with plain dimensions."""
    dims = tuple(d if isinstance(d, OpenDim) else int(d) for d in type_.shape)
    return type_._replace(shape=dims, parts=tuple(bare_type(p) for p in type_.parts))
