"""Stages: what a pipeline does with the value that arrives (rules 3 to 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nndsl.diagnostics.model import did_you_mean, fail
from nndsl.ir.binding import Given, bind_op
from nndsl.ir.context import BROKEN, Flow, Many
from nndsl.ir.expressions import Expressions
from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.mentions import is_layer, mentions_flow, mentions_value, starts_with_value
from nndsl.ir.scope import LetFunction, Scope, SharedRef, StackRef
from nndsl.ir.silent import Silent, setting_value
from nndsl.ir.steps import Body, OpStep, Part, Site, UseStep, Value
from nndsl.ops import registry
from nndsl.ops.base import Call, Op, Recipe, Settings, Tensor, Type, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.kinds import Initializer, Layer
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast


class Stages(Expressions):
    """Pipelines and single stages."""

    # ---- pipelines ----

    def pipeline(self, pipeline: ast.Pipeline, flow: Flow, value_first: bool = False) -> Flow:
        """Runs the stages in turn. With `value_first` the first must be a value (rule 3)."""
        saved = self.flow
        try:
            first = pipeline.stages[0]
            if value_first and not starts_with_value(first, self):
                self._check_known(first)
                raise fail(
                    "NN309",
                    first.span,
                    "this must begin with a value",
                    "write `_ -> …` to take the current value",
                )
            for i, stage in enumerate(pipeline.stages):
                flow = self.stage(stage, flow, first=i == 0)
                self.flow = flow if isinstance(flow, Value) else None
            return flow
        finally:
            self.flow = saved

    def _check_known(self, stage: ast.Stage) -> None:
        """A misspelt first word is unknown before it is a stage in the wrong place."""
        expr = stage.expr if isinstance(stage, ast.ExprStage) else None
        if isinstance(expr, ast.Call):
            expr = expr.func
        if isinstance(expr, ast.Name) and not (
            self.lookup(expr.id)
            or registry.known(expr.id)
            or expr.id in self.unit.definitions
            or expr.id in FUNCTIONS
        ):
            raise self.unknown(expr.id, expr.span)

    def stage(self, stage: ast.Stage, flow: Flow, first: bool) -> Flow:
        if isinstance(flow, Many):
            raise fail(
                "NN323",
                stage.span,
                f"{len(flow)} values arrive here",
                "take them apart first: `a, b = …`",
            )
        match stage:
            case ast.ExprStage(expr, span):
                return self._expression(expr, flow, first, span)
            case ast.Frozen(inner):
                return self._frozen(inner, flow, first)
            case ast.Braces():
                return self.braces(stage, flow)
            case ast.If():
                return self.walk_if(stage, flow)
            case ast.For() | ast.Repeat():
                return self.walk_loop(stage, flow)

    def braces(self, stage: ast.Braces, flow: Value | None) -> Flow:
        raise NotImplementedError

    def walk_if(self, stage: ast.If, flow: Value | None) -> Flow:
        raise NotImplementedError

    def walk_loop(self, stage: ast.For | ast.Repeat, flow: Value | None) -> Flow:
        raise NotImplementedError

    def _frozen(self, inner: ast.Stage, flow: Value | None, first: bool) -> Flow:
        if isinstance(inner, ast.ExprStage) and isinstance(inner.expr, ast.Name):
            bound = self.lookup(inner.expr.id)
            if bound is not None and isinstance(bound.what, SharedRef):
                raise fail(
                    "NN325",
                    inner.span,
                    f"`{inner.expr.id}` is shared: freeze its declaration",
                    f"write `shared {inner.expr.id} = frozen …`",
                )
        with self.freezing():
            return self.stage(inner, flow, first)

    @contextmanager
    def freezing(self) -> Iterator[None]:
        saved, self.frozen = self.frozen, True
        try:
            yield
        finally:
            self.frozen = saved

    # ---- one expression as a stage ----

    def _expression(self, expr: ast.Expr, flow: Value | None, first: bool, span: Span) -> Flow:
        saved, self.flow = self.flow, flow
        try:
            match expr:
                case ast.Name(word, where):
                    return self._named(word, where, flow, first)
                case ast.Call(func) if isinstance(func, ast.Name):
                    return self._called(expr, func.id, flow, first)
                case ast.Index(value) if (
                    isinstance(value, ast.Name)
                    and value.id == "shape"
                    and self.lookup("shape") is None
                ):
                    return self.check_shape(expr, flow)
                case ast.Attr(value, name) if name == "transposed":
                    return self.tied(expr, flow)
                case ast.PipeExpr(pipeline):
                    return self.pipeline(pipeline, flow)
                case _:
                    return self._value(expr, flow, first, span)
        finally:
            self.flow = saved

    def _value(self, expr: ast.Expr, flow: Value | None, first: bool, span: Span) -> Flow:
        if not first and not mentions_flow(expr, self):
            raise fail(
                "NN326",
                span,
                "this takes nothing of what arrives",
                "mention `_`, or put a stage here",
            )
        made = self.evaluate(expr)
        if isinstance(made, Value | Many):
            return made
        if made is None and not first:
            return flow
        if isinstance(made, Recipe):
            return self.use_recipe(made, (), flow, self.site(span, "stage"), span)
        raise fail(
            "NN327",
            span,
            "this is a number, not a stage",
            "name numbers with `let`; make constants with `constant(…)`",
        )

    def _named(self, word: str, span: Span, flow: Value | None, first: bool) -> Flow:
        bound = self.lookup(word)
        if bound is None:
            return self._call_word(word, (), flow, span, span)
        what = bound.what
        site = self.site(span, word)
        if isinstance(what, Value):
            if not first:
                raise fail(
                    "NN326",
                    span,
                    f"`{word}` is a value and takes nothing of what arrives",
                    f"begin a line with it, or write `_ + {word}`",
                )
            return what
        if isinstance(what, SharedRef):
            return self.use_shared(what, flow, span)
        if isinstance(what, Recipe):
            return self.use_recipe(what, (), flow, site, span)
        if what is None:
            return self._arrived(flow, span)
        if isinstance(what, StackRef):
            raise fail("NN319", span, f"`{word}` is a pushed list", f"take from it: `pop({word})`")
        raise fail("NN327", span, f"`{word}` is a number, not a stage", "")

    def _arrived(self, flow: Value | None, span: Span) -> Value:
        if flow is None:
            raise fail(
                "NN316",
                span,
                "nothing flows here yet",
                "start the line with a value: an input's name, then `->`",
            )
        return flow

    def _called(self, call: ast.Call, word: str, flow: Value | None, first: bool) -> Flow:
        bound = self.lookup(word)
        if bound is None:
            if word in ("pop", "shape", "channels", "len"):
                return self._value(call, flow, first, call.span)
            return self._call_word(word, call.args, flow, call.func.span, call.span, first)
        what = bound.what
        if isinstance(what, Recipe):
            return self.use_recipe(what, call.args, flow, self.site(call.span, word), call.span)
        if isinstance(what, LetFunction):
            return self._value(call, flow, first, call.span)
        if isinstance(what, SharedRef):
            return self.use_shared(what, flow, call.span, call.args)
        built_in = registry.known(word)
        raise fail(
            "NN318",
            call.span,
            f"`{word}` cannot be called",
            "the name hides the built-in word: rename one" if built_in else "",
        )

    def _call_word(
        self,
        word: str,
        args: Sequence[ast.Arg],
        flow: Value | None,
        where: Span,
        span: Span,
        first: bool = False,
    ) -> Flow:
        """A block, or a built-in word, by the order of names: block before built-in."""
        site = self.site(span, word)
        if word in self.unit.definitions:
            return self.use_block(word, args, flow, site, span)
        op = registry.find(word)
        if op is None:
            raise self.unknown(word, where)
        holds = any(mentions_value(arg.value, self) for arg in args)
        layer = is_layer(word, self)
        implicit = layer or not (holds and first)
        if implicit and not layer and any(mentions_flow(arg.value, self) for arg in args):
            implicit = False
        if op.unbatched and not holds and not (op.operands and op.operands[0] == ""):
            implicit = False
        given, tensors = self.arguments(args, op)
        if implicit:
            tensors.insert(0, ("", self._arrived(flow, span)))
        return self._placed(op, given, tensors, site, span, args)

    def _placed(
        self,
        op: Op,
        given: list[Given],
        tensors: list[tuple[str, Value]],
        site: Site,
        span: Span,
        args: Sequence[ast.Arg],
    ) -> Flow:
        """A number as an operator's last operand becomes its `right`, an earlier one its `left`."""
        if op.setting("left") is not None and op.setting("right") is not None:
            last = next((arg.span for arg in reversed(args) if arg.name is None), None)
            given = [
                g._replace(name="right" if g.span == last else "left") if g.name is None else g
                for g in given
            ]
        return self.call_op(op, given, tensors, site, span)

    # ---- arguments ----

    def arguments(
        self, args: Sequence[ast.Arg], op: Op | None, inputs: Sequence[str] = ()
    ) -> tuple[list[Given], list[tuple[str, Value]]]:
        """Evaluates arguments into settings and tensors; tensors by keyword keep their names."""
        given: list[Given] = []
        tensors: list[tuple[str, Value]] = []
        for arg in args:
            value = self._argument(arg, op)
            if isinstance(value, StackRef):
                self.stack_moves += 1
                tensors += [("", v) for v in self.stacks.get(value.name, [])]
                self.listed_stack = value.name
            elif isinstance(value, Value):
                if value.type == BROKEN:
                    raise Silent
                tensors.append((arg.name or "", value))
                self._check_operand(arg, op, inputs)
            elif isinstance(value, Many):
                raise fail("NN323", arg.span, "this gives several values", "take them apart first")
            elif isinstance(value, SharedRef):
                raise fail(
                    "NN328",
                    arg.span,
                    f"`{value.name}` is shared and cannot be a setting",
                    "pipe through it where it was declared",
                )
            else:
                given.append(Given(arg.name, setting_value(value, arg.span), arg.span))
        return given, tensors

    listed_stack = ""

    def _argument(self, arg: ast.Arg, op: Op | None) -> object:
        setting = op.setting(arg.name) if op is not None and arg.name else None
        if setting is not None and isinstance(setting.kind, Initializer):
            return self.initializer(arg.value)
        return self.evaluate(arg.value, setting=True)

    def _check_operand(self, arg: ast.Arg, op: Op | None, inputs: Sequence[str]) -> None:
        names = (op.operands if op is not None else tuple(inputs)) or ()
        if arg.name is None and op is not None and op.kind == "layer":
            raise fail(
                "NN329",
                arg.span,
                "layers take values by `->` or by keyword",
                "write `x -> Layer(…)`, or `name=x`",
            )
        if arg.name is not None and arg.name not in names:
            what = op.word if op is not None else "the block"
            known = [n for n in names if n]
            fix = did_you_mean(arg.name, known) or (
                f"its operands are {', '.join(known)}" if known else "it takes none by keyword"
            )
            raise fail("NN102", arg.span, f"`{what}` takes no value `{arg.name}`", fix)

    # ---- ops ----

    def call_op(
        self,
        op: object,
        given: list[Given],
        tensors: list[tuple[str, Value]],
        site: Site,
        span: Span,
    ) -> Value | Many:
        """Binds, infers and emits one op; the only place where an OpStep is made."""
        assert isinstance(op, Op)
        stack, self.listed_stack = self.listed_stack, ""
        names = tuple(name for name, _ in tensors)
        ins = tuple(value for _, value in tensors)
        self._check_words(op, given)
        bound = self.settled(op, bind_op(op, given, span))
        if any(value.type == BROKEN for value in ins):
            raise Silent
        for i, name in enumerate(names):
            if name and op.setting(name) is not None:
                bound[name] = Tensor(i)
        parts = self._parts(op, bound, ins, names, site)
        call = Call(
            Settings(bound),
            tuple(v.type for v in ins),
            names,
            span,
            tuple(self.origin.get(v.id, NOWHERE) for v in ins),
        )
        step = self._inferred(op, call, ins, site, parts)
        step = step._replace(stack=stack)
        self.emit(step)
        if step.owner:
            self._first_use(step)
        return step.outs[0] if len(step.outs) == 1 else Many(step.outs)

    def _check_words(self, op: Op, given: Sequence[Given]) -> None:
        """NN101 for a bare word that none of the op's settings could know: a misspelt name."""
        for item in given:
            if not isinstance(item.value, Word) or item.value.args:
                continue
            named = op.setting(item.name) if item.name else None
            kinds = [named.kind] if named is not None else [s.kind for s in op.settings]
            if any(kind.accepts(item.value) for kind in kinds):
                continue
            words = [word for kind in kinds for word in getattr(kind, "words", ())]
            takes_words = any(kind.group == "word" for kind in kinds)
            if not takes_words or (item.name is None and not words):
                raise self.unknown(item.value.name, item.span, "name")

    def settled(self, op: Op, bound: dict[str, SettingValue]) -> dict[str, SettingValue]:
        """General walks take the formula from settings that shape the emitted code."""
        return bound

    def _inferred(
        self, op: Op, call: Call, ins: tuple[Value, ...], site: Site, parts: tuple[Part, ...]
    ) -> OpStep:
        call = call._replace(settings=op.resolve(call))
        types = op.infer(call)
        outs = tuple(self.new_value(t, call.span) for t in types)
        owner, self.owner = self.owner, ""
        return OpStep(
            site,
            op,
            call.settings,
            ins,
            call.names,
            outs,
            op.weights(call),
            op.macs(call, types),
            self.frozen,
            owner,
            parts=parts,
        )

    def _parts(
        self,
        op: Op,
        bound: dict[str, SettingValue],
        ins: tuple[Value, ...],
        names: tuple[str, ...],
        site: Site,
    ) -> tuple[Part, ...]:
        parts = []
        for setting in op.settings:
            recipe = bound.get(setting.name)
            if isinstance(setting.kind, Layer) and isinstance(recipe, Recipe):
                parts.append(self._part(setting.name, recipe, ins, names, site))
        return tuple(parts)

    def _part(
        self,
        setting: str,
        recipe: Recipe,
        ins: tuple[Value, ...],
        names: tuple[str, ...],
        site: Site,
    ) -> Part:
        """A recipe inside a layer: keys and values are made from the context where there is one."""
        source = ins[0]
        if setting in ("key", "value") and "context" in names:
            source = ins[names.index("context")]
        entry = self.new_value(source.type)
        with self.inside(Scope(self.scope)) as steps:
            inner = site._replace(name=f"{site.name}_{setting}")
            out = self.use_recipe(recipe, (), entry, inner, site.span)
        assert isinstance(out, Value)
        return Part(setting, entry, Body(tuple(steps), out))

    def _first_use(self, step: OpStep | UseStep) -> None:
        own = self.owned[step.owner]
        if own.use is None:
            own.use = step
            return
        if isinstance(step, OpStep) and isinstance(own.use, OpStep):
            same = [w.shape for w in step.weights] == [w.shape for w in own.use.weights]
        elif isinstance(step, UseStep) and isinstance(own.use, UseStep):
            same = step.instance is own.use.instance or self.same_weights(step, own.use)
        else:
            same = False
        if not same:
            raise fail(
                "NN313",
                step.site.span,
                f"`{own.site.name}` has other weights here than where it was used first",
                "one shared instance takes values of one size",
            )

    def same_weights(self, left: UseStep, right: UseStep) -> bool:
        raise NotImplementedError

    # ---- uses, in `uses` ----

    def use_recipe(
        self, recipe: Recipe, args: Sequence[ast.Arg], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        raise NotImplementedError

    def use_shared(
        self, ref: SharedRef, flow: Value | None, span: Span, args: Sequence[ast.Arg] = ()
    ) -> Flow:
        raise NotImplementedError

    def use_block(
        self, word: str, args: Sequence[ast.Arg], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        raise NotImplementedError

    # ---- the rest ----

    def check_shape(self, expr: ast.Index, flow: Value | None) -> Flow:
        raise NotImplementedError

    def tied(self, expr: ast.Attr, flow: Value | None) -> Flow:
        raise NotImplementedError

    def type_of(self, value: Value) -> Type:
        return value.type
