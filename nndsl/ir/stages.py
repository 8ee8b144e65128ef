"""Stages: what a pipeline does with the value that arrives (rules 3 to 6)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from nndsl.diagnostics.model import Failure, fail
from nndsl.ir.binding import Given
from nndsl.ir.context import BROKEN, Flow, Many
from nndsl.ir.folds import folded
from nndsl.ir.foreign import check_call
from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.given import GivenWeights
from nndsl.ir.mentions import (
    is_layer,
    makes_values,
    mentions_flow,
    mentions_value,
    starts_with_value,
)
from nndsl.ir.recipes import is_function
from nndsl.ir.scope import LetFunction, SharedRef, StackRef
from nndsl.ir.silent import Silent
from nndsl.ir.statics import is_number, shown
from nndsl.ir.steps import Site, Value
from nndsl.ops import registry
from nndsl.ops.base import Op, Recipe, Type
from nndsl.source import Span
from nndsl.syntax import ast


class Stages(GivenWeights):
    """Pipelines and single stages."""

    # ---- pipelines ----

    def pipeline(self, pipeline: ast.Pipeline, flow: Flow, value_first: bool = False) -> Flow:
        """Runs the stages in turn. With `value_first` the first must be a value (rule 3)."""
        saved = self.flow
        try:
            first = pipeline.stages[0]
            if value_first and not starts_with_value(first, self):
                self._check_known(first)
                from nndsl.ir.unknown import nothing_goes_in  # most texts need no words for it

                raise nothing_goes_in(self, pipeline, first)
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
            raise self.several(flow, stage.span)
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
                raise frozen_use(inner.expr.id, inner.span)
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
        recipe = self._chosen(expr)
        if recipe is not None:
            return self.use_recipe(recipe, (), flow, self.site(span, "stage"), span)
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
        raise fail(
            "NN327",
            span,
            "this is a number, not a stage",
            "name numbers with `let`; make constants with `constant(…)`",
        )

    def _chosen(self, expr: ast.Expr) -> Recipe | None:
        """The stages that an expression chooses: `acts[0]`, `relu if deep else tanh`."""
        if not isinstance(expr, ast.Index | ast.Ternary) or mentions_value(expr, self):
            return None
        made = self.evaluate(expr, setting=True)
        return made if isinstance(made, Recipe) else None

    def _named(self, word: str, span: Span, flow: Value | None, first: bool) -> Flow:
        bound = self.lookup(word)
        if bound is None:
            return self._call_word(word, (), flow, span, span)
        what = bound.what
        site = self.site(span, word)
        if isinstance(what, Value):
            if what.type == BROKEN:
                raise Silent
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
        held = "a number" if is_number(what) else shown(what)
        fix = f"give it to a layer: `Dense({word})`"
        raise fail("NN327", span, f"`{word}` is {held}, not a stage", fix)

    def _called(self, call: ast.Call, word: str, flow: Value | None, first: bool) -> Flow:
        bound = self.lookup(word)
        if bound is None:
            if word in ("pop", "shape", "channels", "len"):
                return self._value(call, flow, first, call.span)
            return self._call_word(word, call.args, flow, call.func.span, call.span, first)
        what = bound.what
        if isinstance(what, Recipe):
            args = call.args
            if first and is_function(what):
                flow, args = self._parenthesised(args, flow)
            return self.use_recipe(what, args, flow, self.site(call.span, word), call.span)
        if isinstance(what, LetFunction):
            return self._value(call, flow, first, call.span)
        if isinstance(what, SharedRef):
            return self.use_shared(what, flow, call.span, call.args)
        if isinstance(what, Value) and what.type == BROKEN:
            raise Silent
        if word in self.unit.definitions and word in self.unit.named:
            raise Silent  # one name twice, which is told where it is
        built_in = registry.known(word)
        raise fail(
            "NN318",
            call.span,
            f"`{word}` cannot be called",
            "the name hides the built-in word: rename one"
            if built_in
            else f"it is no layer and no function: write `{word}` alone",
        )

    def _parenthesised(
        self, args: tuple[ast.Arg, ...], flow: Value | None
    ) -> tuple[Value | None, tuple[ast.Arg, ...]]:
        """What `act(x)` takes, or the flow where nothing stands there; and its other arguments."""
        if not args or args[0].name is not None or not mentions_value(args[0].value, self):
            return flow, args
        made = self.evaluate(args[0].value)
        if isinstance(made, Many):
            raise self.several(made, args[0].span)
        return (made, args[1:]) if isinstance(made, Value) else (flow, args)

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
        if op.kind == "function" and word in self.unit.file.doubtful:
            raise Silent  # a line that was left out may give it another meaning
        if not first and makes_values(word):
            raise fail(
                "NN326", span, f"`{word}` makes a value and takes nothing of what arrives",
                f"begin a line with it, or write `_ + {word}(…)`",
            )  # fmt: skip
        holds = any(mentions_value(arg.value, self) for arg in args)
        layer = is_layer(word, self)
        implicit = layer or not (holds and first)
        if implicit and not layer and any(mentions_flow(arg.value, self) for arg in args):
            implicit = False
        if op.unbatched and not holds and not (op.operands and op.operands[0] == ""):
            implicit = False
        check_call(self, op, word, args, span)
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
                for g in folded(op.word, given, span)
            ]
        return self.call_op(op, given, tensors, site, span)

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


def frozen_use(name: str, span: Span) -> Failure:
    """NN325: what is shared is frozen where it is declared."""
    return fail(
        "NN325", span, f"`{name}` is shared: freeze its declaration",
        f"write `shared {name} = frozen …`",
    )  # fmt: skip
