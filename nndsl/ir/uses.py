"""Uses: of recipes, of shared instances, and of blocks and models as stages."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import fail
from nndsl.ir.context import BROKEN, Flow, Many, Owned
from nndsl.ir.recipes import recipe_call
from nndsl.ir.scope import Bound, Closure, Scope, SharedRef, Unit
from nndsl.ir.silent import Silent
from nndsl.ir.sites import name_stages
from nndsl.ir.stages import Stages, frozen_use
from nndsl.ir.steps import Instance, Site, UseStep, Value
from nndsl.ops import registry
from nndsl.ops.base import Recipe, Type
from nndsl.ops.base import Value as SettingValue
from nndsl.source import Span
from nndsl.syntax import ast


class Uses(Stages):
    """What a name that holds stages does with the value that arrives."""

    def use_recipe(
        self, recipe: Recipe, args: Sequence[ast.Arg], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        """Runs a recipe's stages here, in the scope that it was written in."""
        closure = recipe.closure
        assert isinstance(closure, Closure)
        head = recipe_call(recipe)
        if args and head is None:
            fix = "give the settings where it is written, or make a `block` with settings of it"
            raise fail("NN318", span, "this recipe is a pipeline: it takes no settings", fix)
        saved = self.scope, self.unit, self.sites, self.prefix
        outer_scope, outer_unit = self.scope, self.unit
        try:
            self.scope, self.unit = Scope(closure.scope), closure.unit
            if head is not None:
                word = head.id if isinstance(head, ast.Name) else _word(head)
                own = () if isinstance(head, ast.Name) else head.args
                mixed = self._mixed(own, args, outer_scope, outer_unit)
                return self._head(word, mixed, flow, site, span)
            self.sites, self.prefix = name_stages(closure.stages), f"{site.name}_"
            return self.pipeline(ast.Pipeline(closure.stages, span), flow)
        finally:
            self.scope, self.unit, self.sites, self.prefix = saved

    def _mixed(
        self, own: Sequence[ast.Arg], args: Sequence[ast.Arg], scope: Scope, unit: Unit
    ) -> tuple[ast.Arg, ...]:
        """The recipe's own arguments with those of the call, each evaluated where it stands."""
        fresh: list[ast.Arg] = list(own)
        saved = self.scope, self.unit
        for i, arg in enumerate(args):
            self.scope, self.unit = scope, unit
            value = self.evaluate(arg.value, setting=True)
            self.scope, self.unit = saved
            name = f"argument {i}"
            self.scope.names[name] = Bound(value, arg.span)
            fresh = [old for old in fresh if arg.name is None or old.name != arg.name]
            fresh.append(ast.Arg(arg.name, ast.Name(name, arg.span), arg.span))
        return tuple(fresh)

    def _head(
        self, word: str, args: tuple[ast.Arg, ...], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        bound = self.lookup(word)
        if bound is not None and isinstance(bound.what, Recipe):
            return self.use_recipe(bound.what, args, flow, site, span)
        if bound is not None and isinstance(bound.what, SharedRef):
            return self.use_shared(bound.what, flow, span)
        if bound is not None and isinstance(bound.what, Value):
            return bound.what
        if word in self.unit.definitions:
            return self.use_block(word, args, flow, site, span)
        op = registry.find(word)
        if op is None:
            raise self.unknown(word, span)
        given, tensors = self.arguments(args, op)
        tensors.insert(0, ("", self._arrived(flow, span)))
        return self._placed(op, given, tensors, site, span, args)

    def use_shared(
        self, ref: SharedRef, flow: Value | None, span: Span, args: Sequence[ast.Arg] = ()
    ) -> Flow:
        """One use of a shared instance: its stages run here with the weights of the declaration.

        args: values that the block takes by keyword; settings belong to the declaration.
        """
        current: Flow = self._arrived(flow, span)
        self.using = span
        operands = [self._operand(ref, arg) for arg in args]
        if operands and len(ref.owners) > 1:
            raise fail(
                "NN318",
                span,
                f"`{ref.name}` is a pipeline and takes no values by keyword",
                "make a block of it, with an `input` line for each value",
            )
        for name in ref.owners:
            own = self.owned.get(name)
            if own is None:
                raise fail(
                    "NN328",
                    span,
                    f"`{ref.name}` belongs to another body",
                    "share inside the body that uses it",
                )
            if self.frozen and not own.frozen:
                raise frozen_use(name, span)
            current = self._run_owned(own, current, operands)
        return current

    def _operand(self, ref: SharedRef, arg: ast.Arg) -> tuple[ast.Arg, Value]:
        value = self.evaluate(arg.value, setting=True)
        if arg.name is None or not isinstance(value, Value):
            raise fail(
                "NN318",
                arg.span,
                f"`{ref.name}` is one instance: it takes values by keyword here, no settings",
                "settings belong where it is declared",
            )
        return arg, value

    def _run_owned(
        self, own: Owned, flow: Flow, operands: Sequence[tuple[ast.Arg, Value]] = ()
    ) -> Flow:
        saved = self.scope, self.frozen, self.owner, self.sites
        self.scope, self.frozen = Scope(own.scope), own.frozen
        self.owner = own.site.name
        self.sites = self._owned_sites(own)
        try:
            return self.stage(self._with_operands(own.stage, operands), flow, first=False)
        finally:
            self.scope, self.frozen, self.owner, self.sites = saved

    def _owned_sites(self, own: Owned) -> dict[tuple[int, int], Site]:
        """The places of one use: the declaration's for the stage itself; what stands in its
        parentheses runs at every use, and is numbered from the second."""
        key = _stage_span(own.stage)
        own.uses += 1
        sites = {**self.sites, (key.start, key.end): own.site}
        if (
            own.uses > 1
            and isinstance(own.stage, ast.ExprStage)
            and not isinstance(own.stage.expr, ast.Name)
        ):
            for (start, end), site in self.sites.items():
                if key.start < start and end <= key.end:
                    sites[start, end] = site._replace(name=f"{site.name}_{own.uses}")
        return sites

    def _with_operands(
        self, stage: ast.Stage, operands: Sequence[tuple[ast.Arg, Value]]
    ) -> ast.Stage:
        """The declared stage with the values of this use as further arguments."""
        if not operands or not isinstance(stage, ast.ExprStage):
            return stage
        func = stage.expr.func if isinstance(stage.expr, ast.Call) else stage.expr
        args = list(stage.expr.args) if isinstance(stage.expr, ast.Call) else []
        for i, (arg, value) in enumerate(operands):
            self.scope.names[f"operand {i}"] = Bound(value, arg.span)
            args.append(ast.Arg(arg.name, ast.Name(f"operand {i}", arg.span), arg.span))
        call = ast.Call(func, tuple(args), stage.expr.span)
        return ast.ExprStage(call, stage.span)

    def use_block(
        self, word: str, args: Sequence[ast.Arg], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        """A user's block or model as a stage."""
        definition, unit, settings, given, tensors = self.bind_use(word, args, span)
        ports = [line.name for line in definition.body if isinstance(line, ast.Input)]
        operands = [("", self._arrived(flow, span)), *tensors]
        types = [(ports[0] if ports else "input", operands[0][1].type)]
        types += [(name, value.type) for name, value in tensors]
        if any(type_ == BROKEN for _, type_ in types):
            raise Silent
        self._check_ports(definition, ports, [name for name, _ in types], span)
        owner, self.owner = self.owner, ""
        instance = self.instantiate(definition, unit, settings, types, span)
        if instance.broken:
            self.instance.broken = True
        outs = tuple(
            self.new_value(BROKEN if instance.broken else type_, span)
            for type_ in self.result_types(instance, settings, types)
        )
        step = UseStep(
            site,
            instance,
            tuple((p.name, settings[p.name]) for p in definition.params),
            given,
            tuple(v for _, v in operands),
            tuple(n for n, _ in operands),
            outs,
            self.frozen,
            owner,
        )
        self.emit(step)
        if owner:
            self._first_use(step)
        if not outs:
            return self.broken()
        return outs[0] if len(outs) == 1 else Many(outs)

    def result_types(
        self, instance: Instance, settings: dict[str, SettingValue], types: list[tuple[str, Type]]
    ) -> list[Type]:
        """The types that a use gives; general walks make formulas of this use's settings."""
        return [r.value.type for r in instance.outputs]

    def _check_ports(
        self, definition: ast.Def, ports: list[str], given: list[str], span: Span
    ) -> None:
        missing = [p for p in ports if p not in given]
        if missing:
            raise fail(
                "NN103",
                span,
                f"`{definition.name}` needs its input `{missing[0]}`",
                f"write `{definition.name}({missing[0]}=…)`",
            )

    def bind_use(
        self, word: str, args: Sequence[ast.Arg], span: Span
    ) -> tuple[ast.Def, Unit, dict[str, SettingValue], tuple[str, ...], list[tuple[str, Value]]]:
        """The definition behind a word, all its settings' values, and the tensors by keyword."""
        raise NotImplementedError


def _word(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _stage_span(stage: ast.Stage) -> Span:
    if isinstance(stage, ast.ExprStage):
        return stage.expr.span
    return stage.span
