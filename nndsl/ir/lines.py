"""Lines: flow, names, merges, branches and loops of a body (rules 1, 2 and 6 to 10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nndsl.diagnostics import Label
from nndsl.diagnostics.model import Failure, fail
from nndsl.ir.context import BROKEN, Flow, Many, Owned
from nndsl.ir.control import Control
from nndsl.ir.exits import leaves
from nndsl.ir.mentions import starts_with_value
from nndsl.ir.reserved import refuse_reserved
from nndsl.ir.scope import Bound, Closure, LetFunction, Scope, SharedRef, StackRef
from nndsl.ir.silent import Silent, setting_value
from nndsl.ir.statics import is_list, items_of
from nndsl.ir.steps import (
    LossStep,
    OwnStep,
    PushStep,
    Result,
    Site,
    Value,
    WeightStep,
)
from nndsl.ir.taken import mismatch
from nndsl.ops import registry
from nndsl.ops.base import Recipe, Type, Weight, Word
from nndsl.ops.common import init_of
from nndsl.ops.initializers import refuse_shape
from nndsl.ops.kinds import Initializer
from nndsl.source import Span
from nndsl.syntax import ast


class Lines(Control):
    """Whole bodies."""

    def lines(self, body: tuple[ast.Line, ...]) -> None:
        """Runs lines in order; a mistake in one is reported and the next go on."""
        for line in body:
            try:
                self.line(line)
            except Failure as failure:
                self.failed(failure, line)

    def failed(self, failure: Failure, line: ast.Line) -> None:
        """Reports a mistake once and lets what the line would have made stand as broken."""
        if not isinstance(failure, Silent):
            self.home.diagnostics.add(failure.diagnostic)
        broken = self.broken()
        if isinstance(line, ast.PipeLine):
            self.flow = broken
        for target in _names_of(line):
            if self.scope.find(target) is None:
                self.scope.names[target] = Bound(broken, line.span)
        if isinstance(line, ast.Output):
            self.instance.outputs += (Result(line.name or "", broken),)

    def line(self, line: ast.Line) -> None:
        match line:
            case ast.PipeLine(pipeline):
                self.flow = self.single(self.pipeline(pipeline, self.flow), line.span)
            case ast.Bind():
                self._bind(line)
            case ast.Let():
                self.let(line)
            case ast.Shared():
                self._shared(line)
            case ast.WeightLine():
                self._weight(line)
            case ast.Push(stack, value, span):
                self._push(stack, value, span)
            case ast.Loss(name, value, span):
                made = self.single(self.pipeline(value, self.flow), span)
                if made is not None:
                    self._named_once(name, span)
                    site = self.site(span, name)._replace(name=name, given=True)
                    self.emit(LossStep(site, made))
            case ast.Output():
                self._output(line)
            case ast.Input(span=span):
                if self.scope.parent is not None and self.depth_in_body() > 0:
                    fix = "move the line out of the braces, to the first lines of the body"
                    raise fail("NN310", span, "inputs stand at the top of a block or model", fix)

    # ---- names ----

    def _bind(self, line: ast.Bind) -> None:
        made = self.pipeline(line.value, self.flow, value_first=True)
        targets = line.targets
        if isinstance(made, Value) and len(targets) > 1 and made.type.parts:
            made = self.open_state(made, line.span)
        values = tuple(made) if isinstance(made, Many) else (made,)
        if len(values) != len(targets):
            if any(isinstance(v, Value) and v.type == BROKEN for v in values):
                raise Silent
            text = self.quoted(line.value.span)
            known = [value for value in values if isinstance(value, Value)]
            raise mismatch(self, known, [target.name for target in targets], line.span, text)
        for target, value in zip(targets, values, strict=True):
            if not isinstance(value, Value):
                fix = "nothing flows here yet: begin with an input, `y = x -> …`"
                raise fail("NN316", line.span, "this gives no value", fix)
            if target.name == "_":
                self.flow = value
                continue
            self.declare(target.name, value, target.span)
            self.instance.labels.setdefault(value.id, target.name)

    def open_state(self, value: Value, span: Span) -> Flow:
        """`h, c = state`: the tensors of a recurrent state."""
        op = registry.find("open_state")
        assert op is not None
        return self.call_op(op, [], [("", value)], self.site(span, "state"), span)

    def let(self, line: ast.Let) -> None:
        if line.params is not None:
            name = line.targets[0].name
            body = _only_expr(line.value)
            if body is None:
                fix = "write `let f(n) = n // 2`; stages with settings are a `block`"
                raise fail("NN330", line.span, "a `let` function is an expression of numbers", fix)
            self.declare(name, LetFunction(name, line.params, body, self.scope), line.span)
            return
        self._let_targets(line.targets, self.let_value(line.value), line)

    def _let_targets(self, targets: Sequence[ast.Target], value: object, line: ast.Let) -> None:
        """Binds one name to the value, or several to its parts, nested tuples included."""
        if len(targets) == 1 and targets[0].parts:
            self._let_targets(targets[0].parts, value, line)
            return
        if len(targets) == 1:
            self.let_name(targets[0], value, line)
            return
        if not is_list(value) or len(items_of(value)) != len(targets):
            given = len(items_of(value)) if is_list(value) else 1
            held = "one item" if given == 1 else f"{given} items"
            what = f"this holds {held}, and {len(targets)} names stand here"
            raise fail("NN322", line.span, what, "a name for each item; `_name` for one unread")
        for target, part in zip(targets, items_of(value), strict=True):
            self._let_targets((target,), part, line)

    def let_name(self, target: ast.Target, value: object, line: ast.Let) -> None:
        """Binds one name of a `let`; general walks make it a local variable."""
        if isinstance(value, Value):
            raise fail(
                "NN331",
                line.span,
                f"`{target.name}` would be a value of the network",
                f"write `{target.name} = …` without `let`",
            )
        self.declare(target.name, value, target.span)

    def let_value(self, pipeline: ast.Pipeline) -> object:
        expr = _only_expr(pipeline)
        if expr is not None:
            return self.evaluate(expr, setting=True)
        if starts_with_value(pipeline.stages[0], self):
            raise fail(
                "NN331",
                pipeline.span,
                "`let` holds numbers and recipes, not values",
                "write `x = …` without `let`",
            )
        return self.recipe_of(pipeline.stages, "a recipe", pipeline.span)

    def _shared(self, line: ast.Shared) -> None:
        owners = []
        found = list(self._shared_stages(line.value.stages, self.scope, self.frozen))
        for i, (stage, scope, frozen) in enumerate(found):
            name = line.name if len(found) == 1 else f"{line.name}_{i + 1}"
            site = Site(self.site(line.span, name)._replace(name=name).name, line.span, True)
            self.owned[name] = Owned(site, stage, scope, frozen)
            self.emit(OwnStep(site, None, frozen))
            owners.append(name)
        self.declare(line.name, SharedRef(line.name, tuple(owners)), line.span)

    def _shared_stages(
        self, stages: Sequence[ast.Stage], scope: Scope, frozen: bool
    ) -> Iterator[tuple[ast.ExprStage, Scope, bool]]:
        """What is shared, one layer or block each, with the scope of its text and whether it is
        frozen: a recipe of several stages is these."""
        for stage in stages:
            still = frozen or isinstance(stage, ast.Frozen)
            inner = stage.stage if isinstance(stage, ast.Frozen) else stage
            if not isinstance(inner, ast.ExprStage) or starts_with_value(inner, self):
                raise fail(
                    "NN332",
                    stage.span,
                    "`shared` holds layers and blocks",
                    "put other stages into a block",
                )
            recipe = _named_recipe(inner.expr, scope)
            if recipe is None:
                yield inner, scope, still
            else:
                yield from self._shared_stages(recipe.stages, recipe.scope, still)

    def _weight(self, line: ast.WeightLine) -> None:
        shape = self.evaluate(line.shape)
        dims = items_of(shape) if is_list(shape) else (shape,)
        for dim in dims:
            if not isinstance(dim, int) or isinstance(dim, bool) or int(dim) < 1:
                raise fail(
                    "NN202",
                    line.span,
                    "a weight's shape is made of whole numbers",
                    "`weight w: [1, 768] = zeros`",
                )
        sizes = tuple(d for d in dims if isinstance(d, int))
        value = None if line.init is None else self.initializer(line.init)
        word = Initializer().check(
            setting_value(value, line.span) if line.init is not None else 0.0, line.span, "init"
        )
        frozen = self.frozen or line.frozen
        fans = (
            (sizes[-2], sizes[-1]) if len(sizes) > 1 else (sizes[0], sizes[0]) if sizes else (1, 1)
        )
        refuse_shape(word.name if isinstance(word, Word) else "", sizes, line.span, line.name)
        weight = Weight(line.name, sizes, init_of(word), True, fans)
        out = self.new_value(Type(sizes, batched=False), line.span)
        site = self.site(line.span, line.name)
        self.emit(WeightStep(site, weight, out, frozen))
        self.declare(line.name, out, line.span)
        self.instance.labels[out.id] = line.name

    def _push(self, stack: str, pipeline: ast.Pipeline | None, span: Span) -> None:
        if pipeline is None:
            value: Flow = self.flow
            if value is None:
                raise fail("NN316", span, "nothing flows here yet", "push a value: `push s = x`")
        else:
            value = self.pipeline(pipeline, self.flow, value_first=True)
        one = self.single(value, span)
        assert one is not None
        if stack not in self.stacks:
            refuse_reserved(stack, span)
            # A pushed list outlives its braces: it is bound at the definition's own level.
            old = self.scope.find(stack)
            if old is not None:
                raise fail("NN311", span, f"`{stack}` is bound already", "choose another name",
                           [Label(old.span, "bound here")])  # fmt: skip
            self.root_scope.names[stack] = Bound(StackRef(stack), span)
            self.stacks[stack] = []
        self.stack_moves += 1
        self.stacks[stack].append(one)
        self.emit(PushStep(self.site(span, f"push_{stack}"), stack, one))

    def _named_once(self, name: str, span: Span) -> None:
        """NN311 for a second `loss` line of one name; rounds of a loop repeat the line itself."""
        first = self.losses.setdefault(name, span)
        if first != span:
            raise fail("NN311", span, f"there is a loss `{name}` already", "take another name",
                       [Label(first, "here")])  # fmt: skip

    def _output(self, line: ast.Output) -> None:
        if self.depth_in_body() > 0:
            raise fail(
                "NN310",
                line.span,
                "outputs stand at the top of a block or model",
                "name the value and put `output` after the braces",
            )
        made = self.flow if line.value is None else self.pipeline(line.value, self.flow)
        value = self.single(made, line.span)
        refuse_reserved(line.name or "", line.span)
        if value is None:
            raise fail("NN316", line.span, "nothing flows here yet", "`output name = value`")
        if line.name and line.name in [r.name for r in self.instance.outputs]:
            raise fail("NN311", line.span, f"there is an output `{line.name}` already",
                       "take another name")  # fmt: skip
        self.instance.outputs += (Result(line.name or "", value, line.doc),)
        if line.name:
            known = self.scope.find(line.name)
            if known is None or known.what != value:
                self.declare(line.name, value, line.span)
            self.instance.labels.setdefault(value.id, line.name)


def _only_expr(pipeline: ast.Pipeline) -> ast.Expr | None:
    """The expression where a pipeline is one expression, else None."""
    if len(pipeline.stages) == 1 and isinstance(pipeline.stages[0], ast.ExprStage):
        return pipeline.stages[0].expr
    return None


def _names_of(line: ast.Line) -> list[str]:
    match line:
        case ast.Bind(targets) | ast.Let(targets):
            return [t.name for t in leaves(targets) if t.name != "_"]
        case ast.Shared(name) | ast.WeightLine(name):
            return [name]
        case ast.Output(name) if name:
            return [name]
        case _:
            return []


def _named_recipe(expr: ast.Expr, scope: Scope) -> Closure | None:
    """The recipe of several stages that a name stands for."""
    bound = scope.find(expr.id) if isinstance(expr, ast.Name) else None
    closure = bound.what.closure if bound and isinstance(bound.what, Recipe) else None
    several = isinstance(closure, Closure) and len(closure.stages) > 1
    return closure if several and isinstance(closure, Closure) else None
