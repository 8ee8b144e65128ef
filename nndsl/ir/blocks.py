"""Uses of blocks and models: the definition behind a word, its settings, ports and instance."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import Failure, fail
from nndsl.ir.binding import Declared, Given, bind_block
from nndsl.ir.context import BROKEN, MAX_DEPTH
from nndsl.ir.flows import index_settings
from nndsl.ir.lines import Lines
from nndsl.ir.pictures import noted
from nndsl.ir.presets import default_of, resolve_preset, with_presets
from nndsl.ir.recipes import freeze
from nndsl.ir.scope import Bound, Scope, SharedRef, Unit
from nndsl.ir.silent import Silent, setting_value
from nndsl.ir.sites import name_sites
from nndsl.ir.steps import (
    AssertStep,
    Instance,
    OpStep,
    OwnStep,
    Port,
    Result,
    Site,
    Step,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)
from nndsl.ir.types import Equalities, assertion, declared_type
from nndsl.ops import registry
from nndsl.ops.base import Type, Weight
from nndsl.ops.base import Value as SettingValue
from nndsl.source import Span
from nndsl.syntax import ast


class Walker(Lines):
    """The walk over one definition; everything that elaboration does."""

    _root: Scope

    @property
    def root_scope(self) -> Scope:
        return self._root

    def index_tensor(self, held: Value, items: Sequence[ast.Arg | ast.Slice], span: Span) -> Value:
        settings = index_settings(self, items, span)
        op = registry.find("slice")
        assert op is not None
        given = [Given(name, value, span) for name, value in settings.items()]
        made = self.call_op(op, given, [("", held)], self.site(span, "item"), span)
        assert isinstance(made, Value)
        return made

    # ---- settings ----

    def bind_use(
        self, word: str, args: Sequence[ast.Arg], span: Span
    ) -> tuple[ast.Def, Unit, dict[str, SettingValue], tuple[str, ...], list[tuple[str, Value]]]:
        definition, unit, chain = resolve_preset(self.unit, word, span)
        ports = [line.name for line in definition.body if isinstance(line, ast.Input)]
        given, tensors = self.arguments(args, None, ports)
        declared = [default_of(p, unit) for p in definition.params]
        values: dict[str, SettingValue] = {}
        for preset, home in chain:
            values |= self._preset_values(definition, preset, home, declared)
        bound, names = bind_block(word, with_presets(declared, values), given, span)
        values |= bound
        settings = self.defaults(definition, unit, values)
        return definition, unit, settings, names, tensors

    def _preset_values(
        self, definition: ast.Def, preset: ast.Preset, home: Unit, declared: list[Declared]
    ) -> dict[str, SettingValue]:
        if not isinstance(preset.value, ast.Call):
            return {}
        saved = self.scope, self.unit
        self.scope, self.unit = Scope(home.lets), home
        try:
            given, _ = self.arguments(preset.value.args, None)
        finally:
            self.scope, self.unit = saved
        optional = [d._replace(required=False) if d.required else d for d in declared]
        loose = [
            o._replace(kind="any") if d.required else o
            for o, d in zip(optional, declared, strict=True)
        ]
        return bind_block(definition.name, loose, given, preset.span)[0]

    def defaults(
        self, definition: ast.Def, unit: Unit, values: dict[str, SettingValue]
    ) -> dict[str, SettingValue]:
        """All settings in declared order; a default may mention the settings before it."""
        saved = self.scope, self.unit
        self.scope, self.unit = Scope(unit.lets), unit
        settings: dict[str, SettingValue] = {}
        try:
            for param in definition.params:
                if param.name in values:
                    value = values[param.name]
                elif param.default is not None:
                    value = setting_value(self.evaluate(param.default, setting=True), param.span)
                else:
                    fix = f"give it a default: `{param.name}=…`, or a value at the use"
                    message = f"`{definition.name}` needs `{param.name}`"
                    raise fail("NN103", param.span, message, fix)
                settings[param.name] = value
                self.scope.names[param.name] = Bound(value, param.span)
        finally:
            self.scope, self.unit = saved
        return settings

    # ---- instances ----

    def instantiate(
        self,
        definition: ast.Def,
        unit: Unit,
        settings: dict[str, SettingValue],
        types: list[tuple[str, Type]],
        where: Span,
    ) -> Instance:
        key = instance_key(definition, settings, types)
        found = self.home.memo.get(key)
        if found is not None:
            return found
        if self.home.depth >= MAX_DEPTH:
            raise fail(
                "NN403",
                where,
                f"`{definition.name}` nests more than {MAX_DEPTH} deep",
                "a block that uses itself needs an `if` that ends it",
            )
        if id(definition) in self.home.open:
            self.home.recurse(where)
        self.home.depth += 1
        self.home.open.append(id(definition))
        try:
            instance = build(type(self), self, definition, unit, settings, types, key)
        finally:
            self.home.depth -= 1
            self.home.open.pop()
        self.home.memo[key] = instance
        return instance

    def same_weights(self, left: UseStep, right: UseStep) -> bool:
        return left.instance.definition is right.instance.definition and list(
            weight_shapes(left.instance)
        ) == list(weight_shapes(right.instance))

    # ---- assertions, ties ----

    def check_shape(self, expr: ast.Index, flow: Value | None) -> Value:
        value = self._arrived(flow, expr.span)
        if value.type == BROKEN:
            raise Silent
        open_ = assertion(self, expr, value.type)
        self.emit(AssertStep(self.site(expr.span, "shape"), value, open_))
        return value

    def tied(self, expr: ast.Attr, flow: Value | None) -> Value:
        value = self._arrived(flow, expr.span)
        if value.type == BROKEN:
            raise Silent
        owner, weight = self._owned_weight(expr.value, expr.span, "")
        if len(owner) != 1:
            raise fail(
                "NN333",
                expr.span,
                "`.transposed` follows a shared layer's name",
                f"or write `Dense(…, kernel=transpose({'.'.join(owner)}.{weight.name}))`",
            )
        op = registry.find("Tied")
        assert op is not None
        self.owner = owner[0]
        given = [
            Given("weight", weight.name, expr.span),
            Given("shape", weight.shape, expr.span),
        ]
        own, use = self.owned[owner[0]], self.owned[owner[0]].use
        own.use = None  # a tied use is never the one that says what is owned
        try:
            made = self.call_op(op, given, [("", value)], self.site(expr.span, "tied"), expr.span)
        finally:
            own.use = use
        assert isinstance(made, Value)
        return made

    def attribute(self, expr: ast.Attr) -> object:
        """`bert.words.table`, `wte.table`: a shared instance's weight as a value."""
        path, weight = self._owned_weight(expr.value, expr.span, expr.name)
        out = self.new_value(Type(weight.shape, batched=False), expr.span)
        self.emit(WeightReadStep(self.site(expr.span, "weight"), path, weight, out))
        return out

    def _owned_weight(
        self, expr: ast.Expr, span: Span, name: str
    ) -> tuple[tuple[str, ...], Weight]:
        names = _dotted(expr)
        bound = self.lookup(names[0]) if names else None
        if bound is None or not isinstance(bound.what, SharedRef):
            raise fail(
                "NN333",
                span,
                "weights are read from shared instances by a dot",
                "sizes are read by `shape(x)[0]`, `channels(x)`"
                if name in ("shape", "size")
                else "`shared wte = Embedding(…)`, then `wte.table`",
            )
        use = self.owned[bound.what.owners[0]].use
        if use is None:
            raise fail(
                "NN333",
                span,
                f"`{names[0]}` is not used before this line",
                "its weights are known from its first use",
            )
        step: Step | None = use
        for part in names[1:]:
            step = _inner(step, part)
        weights = _weights_of(step)
        found = [w for w in weights if not name or w.name == name]
        if not found:
            listed = ", ".join(w.name for w in weights) or "none"
            raise fail(
                "NN333",
                span,
                f"`{'.'.join(names)}` has no weight `{name}`",
                f"its weights are {listed}",
            )
        return (bound.what.owners[0], *names[1:]), found[0]


def _dotted(expr: ast.Expr) -> list[str]:
    names: list[str] = []
    while isinstance(expr, ast.Attr):
        names.insert(0, expr.name)
        expr = expr.value
    return [expr.id, *names] if isinstance(expr, ast.Name) else []


def _inner(step: Step | None, part: str) -> Step | None:
    if isinstance(step, UseStep):
        for inner in step.instance.steps:
            if isinstance(inner, OwnStep) and inner.site.name == part:
                return inner.use
            site = getattr(inner, "site", None)
            if isinstance(site, Site) and site.name == part:
                return inner
    return None


def _weights_of(step: Step | None) -> tuple[Weight, ...]:
    if isinstance(step, OpStep):
        return step.weights
    if isinstance(step, WeightStep):
        return (step.weight,)
    return ()


def weight_shapes(instance: Instance) -> list[tuple[object, ...]]:
    """The shapes of all weights inside an instance, in order."""
    from nndsl.ir.nested import all_steps

    shapes: list[tuple[object, ...]] = []
    for step in all_steps(instance.steps):
        if isinstance(step, OpStep) and not step.owner:
            shapes += [w.shape for w in step.weights]
        elif isinstance(step, WeightStep):
            shapes.append(step.weight.shape)
        elif isinstance(step, UseStep) and not step.owner:
            shapes += weight_shapes(step.instance)
        elif isinstance(step, OwnStep) and step.use is not None:
            inner = step.use
            shapes += (
                [w.shape for w in inner.weights]
                if isinstance(inner, OpStep)
                else weight_shapes(inner.instance)
            )
    return shapes


def instance_key(
    definition: ast.Def, settings: dict[str, SettingValue], types: Sequence[tuple[str, Type]]
) -> tuple[object, ...]:
    """What tells instances apart: the definition, every setting, and the operands' types."""
    return (
        id(definition),
        tuple(freeze(value) for value in settings.values()),
        tuple((name, type_) for name, type_ in types),
    )


def build(
    kind: type[Walker],
    parent: Walker,
    definition: ast.Def,
    unit: Unit,
    settings: dict[str, SettingValue],
    types: Sequence[tuple[str, Type]],
    key: tuple[object, ...],
) -> Instance:
    """A new instance: its ports, then its body walked, then its outputs."""
    instance = Instance(definition, key, tuple(settings.items()), ())
    instance.unit = unit
    scope = Scope(unit.lets)
    for param in definition.params:
        scope.names[param.name] = Bound(settings[param.name], param.span)
    walker = kind(parent.home, unit, instance, scope)
    walker._root = scope
    sites = parent.home.sites.get(id(definition))
    if sites is None:
        sites = parent.home.sites[id(definition)] = name_sites(definition)
    walker.sites = sites
    run(walker, definition, dict(types))
    return instance


def run(walker: Walker, definition: ast.Def, types: dict[str, Type]) -> None:
    """Ports, lines and outputs of one walk."""
    instance = walker.instance
    instance.inputs = _ports(walker, definition, types)
    lines = [line for line in definition.body if isinstance(line, ast.Input)]
    if instance.inputs and not (definition.kind == "model" and len(lines) > 1):
        walker.flow = instance.inputs[0].value
    elif definition.kind == "model" and not instance.inputs:
        walker.flow = walker.broken()
    walker.lines(definition.body)
    walker.settle(walker.steps)
    instance.steps = tuple(walker.steps)
    instance.stacks = tuple(walker.stacks)
    if not instance.outputs and walker.flow is not None:
        instance.outputs = (Result("", walker.flow),)
    if not instance.outputs and not instance.broken:
        raise fail(
            "NN335",
            definition.name_span,
            f"`{definition.name}` gives nothing",
            "end with a stage, or say `output name = value`",
        )
    if any(r.value.type.dtype == "broken" for r in instance.outputs):
        instance.broken = True


def _ports(walker: Walker, definition: ast.Def, types: dict[str, Type]) -> tuple[Port, ...]:
    declared = [line for line in definition.body if isinstance(line, ast.Input)]
    if not declared:
        return tuple(
            Port(name, walker.new_value(type_, definition.span)) for name, type_ in types.items()
        )
    ports = []
    for line in declared:
        actual = types.get(line.name)
        left: Equalities = ()
        try:
            type_, left = _port_type(walker, line, actual)
        except Failure as failure:
            if not isinstance(failure, Silent):
                walker.home.diagnostics.add(failure.diagnostic)
            walker.instance.broken = True
            type_ = Type((), "broken")
        if definition.kind == "model":
            noted(walker.home, type_, line.span)
        value = walker.new_value(type_, line.span)
        walker.declare(line.name, value, line.span)
        walker.instance.labels[value.id] = line.name
        ports.append(Port(line.name, value, line.doc))
        if left:
            walker.emit(AssertStep(walker.site(line.span, line.name), value, left))
    return tuple(ports)


def _port_type(walker: Walker, line: ast.Input, actual: Type | None) -> tuple[Type, Equalities]:
    if line.type is not None:
        return declared_type(walker, line.type, actual)
    if actual is None:
        raise fail(
            "NN336",
            line.span,
            f"a model's input says its type: `{line.name}`",
            f"write `input {line.name}: [28, 28, 1]`",
        )
    return actual, ()
