"""From instances to plans: one class or function per definition and structure."""

from __future__ import annotations

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.ir.blocks import run
from nndsl.ir.context import Home
from nndsl.ir.elaborate import Elaborated
from nndsl.ir.general_loops import GeneralWalker
from nndsl.ir.general_opens import Exact, Opens, alike, has_opens, named_port
from nndsl.ir.general_rounds import NotGeneral
from nndsl.ir.general_walk import Pinned
from nndsl.ir.grouping import depth_of, formula_of, is_activation, ports_key, reachable, symbol_of
from nndsl.ir.plain_plan import plain_plan
from nndsl.ir.plan_names import in_order, name_plans
from nndsl.ir.proposals import Proposals
from nndsl.ir.recipes import freeze
from nndsl.ir.results import instantiated, symbol_table
from nndsl.ir.scope import Bound, Scope, Unit
from nndsl.ir.statics import SymRecipe, is_list, is_numbers
from nndsl.ir.steps import Argument, Instance, Plan, Program
from nndsl.ir.witness import Env, Witnesses, evaluate, same_value
from nndsl.ops import symbols
from nndsl.ops.base import Type
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Dim, OpenDim, Sym, lift, term_of
from nndsl.ops.symbols import Term
from nndsl.syntax import ast


class Group:
    """Instances of one definition and structure: what becomes one plan."""

    __slots__ = ("definition", "fixed", "instances", "opens", "plan", "proposals", "state")

    def __init__(self, definition: ast.Def, fixed: frozenset[str]) -> None:
        self.definition = definition
        self.fixed = fixed
        self.instances: list[Instance] = []
        self.opens = Opens()
        self.plan: Plan | None = None
        self.state = "new"
        self.proposals = Proposals(self.instances)


class Planning:
    """The plans of one elaborated model."""

    def __init__(self, elaborated: Elaborated, concrete: frozenset[str] = frozenset()) -> None:
        self.elaborated = elaborated
        self.concrete = concrete
        self.home = Home(Diagnostics())
        self.home.memo = elaborated.home.memo
        self.home.sites = elaborated.home.sites
        self.instances = reachable(elaborated.root)
        self.exact: set[int] = set()
        self.fixed: dict[int, frozenset[str]] = {}
        self.groups: dict[tuple[object, ...], Group] = {}
        self.group_of: dict[int, Group] = {}
        self.reasons: dict[str, str] = {}
        self.pinning: ast.Def | None = None
        self.why: dict[str, str] = {}
        self.constants: dict[str, Term] = {}
        self.acts: dict[tuple[int, str], bool] = {}
        self.walked: Group | None = None  # the group whose walk asks for results

    def constant(self, word: str, table: Term) -> str:
        """A name for a file-level table; tables of other files may share the word."""
        name, number = word.upper(), 2
        while self.constants.get(name, table) != table:
            name, number = f"{word.upper()}_{number}", number + 1
        self.constants[name] = table
        return name

    # ---- groups ----

    def regroup(self) -> None:
        """Sorts instances into groups by structure and by the settings pinned so far."""
        old = {key: group for key, group in self.groups.items() if group.state == "done"}
        self.groups, self.group_of = {}, {}
        kept: set[int] = set()  # of groups that are done: they have their instances
        for instance in self.instances:
            key = self.structure(instance)
            group = self.groups.get(key)
            if group is None:
                group = old.get(key) or Group(instance.definition, self._fixed(instance))
                if group.state != "done":
                    group.instances = []
                kept.update(map(id, group.instances))
                self.groups[key] = group
            if id(instance) not in kept:
                group.instances.append(instance)
            self.group_of[id(instance)] = group

    def _fixed(self, instance: Instance) -> frozenset[str]:
        return self.fixed.get(id(instance.definition), frozenset())

    def _exact(self, instance: Instance) -> bool:
        root = instance is self.elaborated.root
        return root or id(instance.definition) in self.exact or alike(instance.inputs) is None

    def structure(self, instance: Instance) -> tuple[object, ...]:
        fixed = self._fixed(instance)
        settings = tuple(
            freeze(value) if name in fixed else self._tag(instance.definition, name, value)
            for name, value in instance.settings
        )
        return (
            id(instance.definition),
            settings,
            ports_key(instance.inputs, self._exact(instance)),
        )

    def _tag(self, definition: ast.Def, name: str, value: object) -> object:
        """Data settings look alike; structural ones are themselves."""
        if isinstance(value, bool):
            return "flag"
        if isinstance(value, int | float):
            return "number"
        if is_list(value) and is_numbers(value):
            return "list", depth_of(value)
        if (value is None or is_activation(value)) and self._is_act(definition, name):
            return "act"
        return freeze(value)

    def _is_act(self, definition: ast.Def, name: str) -> bool:
        """True where a setting holds activations, or none, and nothing else; not in all uses of
        `norm=BatchNorm` where one says `norm=identity`."""
        key = id(definition), name
        if key not in self.acts:
            uses = [i for i in self.instances if i.definition is definition]
            default = _defaults(definition, self.elaborated, uses[0]).get(name)
            values = [default, *(dict(i.settings)[name] for i in uses)]
            some = any(map(is_activation, values))
            self.acts[key] = some and all(v is None or getattr(v, "act", "") for v in values)
        return self.acts[key]

    # ---- plans ----

    def plan(self, group: Group) -> Plan | None:
        """The general plan of a group; None while it is being made, or where there is none."""
        if group.state != "new":
            return group.plan
        name = group.definition.name
        if name in self.concrete:
            group.state = "failed"
            return None
        group.state, outer, self.walked = "open", self.walked, group
        try:
            alone = group.instances == [self.elaborated.root]
            plain = plain_plan(self.elaborated.root) if alone else None
            group.plan = plain or self._made(group, self._walk(group))
        except NotGeneral as reason:
            if not self._exact(group.instances[0]) and has_opens(group.instances[0]):
                self.exact.add(id(group.definition))
                raise Exact from reason
            self.reasons[name] = str(reason)
            group.state = "failed"
            return None
        except Pinned:
            group.state = "new"
            if self.pinning is None:
                self.pinning = group.definition
            raise
        finally:
            self.walked = outer
        group.state = "done"
        return group.plan

    def _walk(self, group: Group) -> GeneralWalker:
        """A walk whose results are, in recursion, what was proposed for them."""
        group.proposals = Proposals(group.instances)
        while True:
            try:
                walker = self._settled(group)
            except NotGeneral:
                if not group.proposals.reject():
                    raise
                continue
            if group.proposals.hold(walker):
                return walker

    def _settled(self, group: Group) -> GeneralWalker:
        equations: dict[Term, Term] = {}
        for _ in range(3):
            walker = self._one_walk(group, equations)
            fresh = {k: v for k, v in walker.found.items() if k not in equations}
            proven = {k: v for k, v in fresh.items() if _holds(k, v, group)}
            if not proven:
                self._check(group, walker)
                return walker
            equations |= proven
        raise NotGeneral("its equations do not settle")

    def _one_walk(self, group: Group, equations: dict[Term, Term]) -> GeneralWalker:
        witness = group.instances[0]
        unit = witness.unit
        assert isinstance(unit, Unit)
        instance = Instance(group.definition, witness.key, witness.settings, ())
        instance.unit = unit
        scope = Scope(unit.lets)
        walker = GeneralWalker(self.home, unit, instance, scope)
        walker._root = scope
        walker.sites = self.home.sites[id(group.definition)]
        walker.planner, walker.witnesses = self, Witnesses(group.instances)
        walker.env = Env(witness, witness.steps)
        walker.lets, walker.fixed, walker.pins = {}, group.fixed, set()
        walker.guards, walker.equations, walker.found = 0, equations, {}
        walker.branch_depth, walker.times, walker.exits = 0, {}, {}
        walker.absent = []
        walker.opens = Opens(() if self._exact(witness) else witness.inputs)
        settings = []
        for param, (name, value) in zip(group.definition.params, witness.settings, strict=True):
            symbol = (
                value
                if name in group.fixed
                else symbol_of(name, value, self._is_act(group.definition, name))
            )
            settings.append((name, symbol))
            scope.names[name] = Bound(symbol, param.span)
        instance.settings = tuple(settings)  # type: ignore[arg-type]
        root = witness is self.elaborated.root
        types = (
            {} if root else {p.name: named_port(p, equations, walker.opens) for p in witness.inputs}
        )
        try:
            run(walker, group.definition, types)
        except Failure as failure:
            raise NotGeneral(str(failure)) from failure
        if instance.broken:
            raise NotGeneral("broken")
        return walker

    def _check(self, group: Group, walker: GeneralWalker) -> None:
        """The result formulas must be right for every instance."""
        walked = walker.instance.outputs
        for instance in group.instances:
            if len(instance.outputs) != len(walked):
                raise NotGeneral("instances differ in outputs")
            env = Env(instance, instance.steps)
            for mine, theirs in zip(walked, instance.outputs, strict=True):
                for dim, other in zip(mine.value.type.shape, theirs.value.type.shape, strict=True):
                    if isinstance(dim, OpenDim) or isinstance(other, OpenDim):
                        continue
                    if not walker.matches(term_of(dim), env, other) and not _opaque(walker, dim):
                        raise NotGeneral("a result's formula is wrong for an instance")

    def _made(self, group: Group, walker: GeneralWalker) -> Plan:
        body = walker.instance
        arguments = []
        defaults = _defaults(group.definition, self.elaborated, body)
        for param, (name, value) in zip(group.definition.params, body.settings, strict=True):
            if name in group.fixed or not isinstance(formula_of(value), Term):
                continue
            concrete = dict(group.instances[0].settings)[name]
            root = group.instances[0] is self.elaborated.root
            default = concrete if root else defaults.get(name)
            never = default is None and not isinstance(value, SymRecipe)
            required = not root and (name not in defaults or never)
            arguments.append(Argument(name, default, required, param.doc, value))
        plan = Plan("", group.definition, body, tuple(group.instances), tuple(arguments), True)
        plan.lets = dict(walker.lets)
        plan.exits = dict(walker.exits)
        group.opens = walker.opens
        return plan

    # ---- results of uses, asked for by walks ----

    def results(
        self, instance: Instance, settings: dict[str, SettingValue], types: list[tuple[str, Type]],
        named: bool,
    ) -> list[Type]:  # fmt: skip
        group = self.group_of[id(instance)]
        plan = self.plan(group)
        if named and has_opens(instance) and (plan is None or self._exact(instance)):
            raise NotGeneral(f"`{instance.name}` has a class for each open size")
        if plan is None and group.state == "open":
            return [
                self._proposed(group, i, instance, settings, types)
                for i in range(len(instance.outputs))
            ]
        if plan is None:
            return self._single(instance, settings, types)
        table = symbol_table(settings, types)
        return [
            instantiated(mine.value.type, theirs.value.type, table, plan, group.opens, dict(types))
            for mine, theirs in zip(plan.body.outputs, instance.outputs, strict=True)
        ]

    def fixed_in(self, instance: Instance) -> frozenset[str]:
        return self.group_of[id(instance)].fixed

    def _single(
        self, instance: Instance, settings: dict[str, SettingValue], types: list[tuple[str, Type]]
    ) -> list[Type]:
        """A use of an instance that has a class of its own: nothing may vary from use to use."""
        if any(formula_of(v) is not None for v in settings.values()):
            raise NotGeneral(f"`{instance.name}` has a class for each instance")
        if any(isinstance(d, Sym) for _, t in types for d in t.shape):
            raise NotGeneral(f"`{instance.name}` has a class for each instance")
        return [r.value.type for r in instance.outputs]

    def _proposed(
        self,
        group: Group,
        index: int,
        instance: Instance,
        settings: dict[str, SettingValue],
        types: list[tuple[str, Type]],
    ) -> Type:
        """In recursion: a formula for each result dimension that is right for all instances.

        In a ring of two or more, a guess for one would be held by the guess for the other.
        """
        if group is not self.walked:
            raise NotGeneral(f"`{instance.name}` calls itself through another")
        actual = instance.outputs[index].value.type
        table = symbol_table(settings, types)
        dims: list[Dim] = []
        for axis, dim in enumerate(actual.shape):
            if isinstance(dim, OpenDim):
                dims.append(dim)
                continue
            term = group.proposals.of(index, axis)
            if term is None:
                raise NotGeneral("a recursion's result has no formula")
            dims.append(lift(int(dim), symbols.substitute(term, table)))  # type: ignore[arg-type]
        return actual._replace(shape=tuple(dims))


def generalise(elaborated: Elaborated, concrete: frozenset[str] = frozenset()) -> Program:
    """The plans of a model. `concrete`: definitions to emit instance by instance."""
    planning = Planning(elaborated, concrete)
    planning.regroup()
    for _ in range(256):
        try:
            for instance in planning.instances:
                planning.plan(planning.group_of[id(instance)])
            break
        except Pinned as pinned:
            _pin(planning, pinned)
        except Exact:
            planning.regroup()
    return _program(planning)


def _pin(planning: Planning, pinned: Pinned) -> None:
    """Pins settings of the innermost open definition and starts its groups again."""
    definition, planning.pinning = planning.pinning, None
    assert definition is not None
    key = id(definition)
    planning.fixed[key] = planning.fixed.get(key, frozenset()) | pinned.names
    if definition is planning.elaborated.definition:
        planning.why |= dict.fromkeys(pinned.names - planning.why.keys(), pinned.why)
    planning.regroup()


def _program(planning: Planning) -> Program:
    plan_of: dict[int, Plan] = {}
    for instance in planning.instances:
        plan = planning.group_of[id(instance)].plan
        if plan is None:
            plan = Plan("", instance.definition, instance, (instance,), (), False)
        plan_of[id(instance)] = plan
    plans = in_order(list(plan_of.values()), plan_of)
    name_plans(plans)
    told = planning.reasons, planning.constants, planning.why
    return Program(planning.elaborated.root, tuple(plans), plan_of, *told)


def _opaque(walker: GeneralWalker, dim: Dim) -> bool:
    term = walker.expand(term_of(dim))
    return any(t.op == "opaque" or str(t.args[:1]).startswith("('@") for t in term.walk())


def _holds(left: Term, right: Term, group: Group) -> bool:
    for instance in group.instances:
        env = Env(instance, instance.steps)
        try:
            if not same_value(evaluate(left, env, {}), evaluate(right, env, {})):
                return False
        except Exception:  # noqa: BLE001 - an equation that cannot be evaluated is not proven
            return False
    return True


def _defaults(
    definition: ast.Def, elaborated: Elaborated, body: Instance
) -> dict[str, SettingValue]:
    """The defaults that depend on no other setting."""
    from nndsl.ir.elaborate import default_values

    unit = body.unit
    assert isinstance(unit, Unit)
    return default_values(definition, unit, elaborated.home)
