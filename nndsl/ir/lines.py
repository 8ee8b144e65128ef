"""Lines: flow, names, merges, branches and loops of a body (rules 1, 2 and 6 to 10)."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import Failure, fail
from nndsl.ir import statics
from nndsl.ir.context import BROKEN, Flow, Many, Owned
from nndsl.ir.expressions import Silent, setting_value
from nndsl.ir.mentions import starts_with_value
from nndsl.ir.scope import Bound, LetFunction, Scope, SharedRef, StackRef
from nndsl.ir.stages import Stages
from nndsl.ir.statics import is_list, items_of
from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    LoopStep,
    LossStep,
    MergeStep,
    OwnStep,
    PushStep,
    Result,
    Site,
    Step,
    Turn,
    Value,
    WeightStep,
)
from nndsl.ops import registry
from nndsl.ops.base import Call, Op, Settings, Type, Weight
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.common import init_of
from nndsl.ops.kinds import Initializer
from nndsl.ops.numbers import Sym, same_dim, show_shape
from nndsl.ops.symbols import Term, const
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast

MERGES = ("add", "concat", "multiply", "stack", "maximum", "average", "minimum", "subtract")


class Lines(Stages):
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
                    site = self.site(span, name)._replace(name=name, given=True)
                    self.emit(LossStep(site, made))
            case ast.Output():
                self._output(line)
            case ast.Input(span=span):
                if self.scope.parent is not None and self.depth_in_body() > 0:
                    raise fail("NN310", span, "inputs stand at the top of a block or model", "")

    def depth_in_body(self) -> int:
        """How many braces deep the walk is inside the definition's own."""
        depth = 0
        for scope in self.scope.chain():
            if scope is self.root_scope:
                return depth
            depth += 1
        return depth

    @property
    def root_scope(self) -> Scope:
        raise NotImplementedError

    def single(self, flow: Flow, span: Span) -> Value | None:
        if isinstance(flow, Many):
            raise fail("NN323", span, f"this gives {len(flow)} values",
                       "take them apart: `a, b = …`, or `_, b = …` to go on with the first")  # fmt: skip
        return flow

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
            raise fail("NN322", line.span, f"{len(targets)} names for {len(values)} values",
                       "one name for each value; `_` for the flow")  # fmt: skip
        for target, value in zip(targets, values, strict=True):
            if not isinstance(value, Value):
                raise fail("NN316", line.span, "this gives no value", "")
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
                raise fail("NN330", line.span, "a `let` function is an expression of numbers", "")
            self.declare(name, LetFunction(name, line.params, body, self.scope), line.span)
            return
        value = self.let_value(line.value)
        if len(line.targets) == 1:
            self.let_name(line.targets[0], value, line)
            return
        if not is_list(value) or len(items_of(value)) != len(line.targets):
            given = len(items_of(value)) if is_list(value) else 1
            raise fail("NN322", line.span, f"{len(line.targets)} names for {given} values", "")
        for target, part in zip(line.targets, items_of(value), strict=True):
            self.let_name(target, part, line)

    def let_name(self, target: ast.Target, value: object, line: ast.Let) -> None:
        """Binds one name of a `let`; general walks make it a local variable."""
        if isinstance(value, Value):
            raise fail("NN331", line.span, f"`{target.name}` would be a value of the network",
                       f"write `{target.name} = …` without `let`")  # fmt: skip
        self.declare(target.name, value, target.span)

    def let_value(self, pipeline: ast.Pipeline) -> object:
        expr = _only_expr(pipeline)
        if expr is not None:
            return self.evaluate(expr, setting=True)
        if starts_with_value(pipeline.stages[0], self):
            raise fail("NN331", pipeline.span, "`let` holds numbers and recipes, not values",
                       "write `x = …` without `let`")  # fmt: skip
        return self.recipe_of(pipeline.stages, "a recipe", pipeline.span)

    def _shared(self, line: ast.Shared) -> None:
        owners = []
        count = len(line.value.stages)
        for i, stage in enumerate(line.value.stages):
            name = line.name if count == 1 else f"{line.name}_{i + 1}"
            frozen = self.frozen or isinstance(stage, ast.Frozen)
            inner = stage.stage if isinstance(stage, ast.Frozen) else stage
            if not isinstance(inner, ast.ExprStage) or starts_with_value(inner, self):
                raise fail("NN332", stage.span, "`shared` holds layers and blocks",
                           "put other stages into a block")  # fmt: skip
            site = Site(self.site(line.span, name)._replace(name=name).name, line.span, True)
            self.owned[name] = Owned(site, inner, self.scope, frozen)
            self.emit(OwnStep(site, None, frozen))
            owners.append(name)
        self.declare(line.name, SharedRef(line.name, tuple(owners)), line.span)

    def _weight(self, line: ast.WeightLine) -> None:
        shape = self.evaluate(line.shape)
        dims = items_of(shape) if is_list(shape) else (shape,)
        for dim in dims:
            if not isinstance(dim, int) or isinstance(dim, bool) or int(dim) < 1:
                raise fail("NN202", line.span, "a weight's shape is made of whole numbers",
                           "`weight w: [1, 768] = zeros`")  # fmt: skip
        sizes = tuple(d for d in dims if isinstance(d, int))
        value = None if line.init is None else self.evaluate(line.init, setting=True)
        word = Initializer().check(
            setting_value(value, line.span) if line.init is not None else 0.0, line.span, "init"
        )
        frozen = self.frozen or line.frozen
        fans = (sizes[-2], sizes[-1]) if len(sizes) > 1 else (sizes[0], sizes[0]) if sizes else (1, 1)
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
            # A pushed list outlives its braces: it is bound at the definition's own level.
            old = self.scope.find(stack)
            if old is not None:
                raise fail("NN311", span, f"`{stack}` is bound already", "choose another name")
            self.root_scope.names[stack] = Bound(StackRef(stack), span)
            self.stacks[stack] = []
        self.stack_moves += 1
        self.stacks[stack].append(one)
        self.emit(PushStep(self.site(span, f"push_{stack}"), stack, one))

    def _output(self, line: ast.Output) -> None:
        if self.depth_in_body() > 0:
            raise fail("NN310", line.span, "outputs stand at the top of a block or model",
                       "name the value and put `output` after the braces")  # fmt: skip
        made = self.flow if line.value is None else self.pipeline(line.value, self.flow)
        value = self.single(made, line.span)
        if value is None:
            raise fail("NN316", line.span, "nothing flows here yet", "`output name = value`")
        if line.name and line.name in [r.name for r in self.instance.outputs]:
            raise fail("NN311", line.span, f"there is an output `{line.name}` already", "")
        self.instance.outputs += (Result(line.name or "", value, line.doc),)
        if line.name:
            if self.scope.find(line.name) is None:
                self.declare(line.name, value, line.span)
            self.instance.labels.setdefault(value.id, line.name)

    # ---- braces ----

    def braces(self, stage: ast.Braces, flow: Value | None) -> Flow:
        if not stage.word:
            return self._group(stage, flow)
        if stage.word == "residual":
            return self._residual(stage, flow)
        op = registry.find(stage.word)
        if op is None or op.kind != "merge" and op.word not in MERGES:
            raise self.unknown(stage.word, stage.word_span, "merge")
        return self._merge(op, stage, flow)

    def _group(self, stage: ast.Braces, flow: Value | None) -> Flow:
        site = self.site(stage.span, "group")
        body = self.body(stage.body, flow, Scope(self.scope))
        self.emit(GroupStep(site, body, self.frozen, body.out))
        return body.out

    def body(self, lines: tuple[ast.Line, ...], flow: Value | None, scope: Scope) -> Body:
        """The lines of braces, in a scope of their own, with the flow running through."""
        saved = self.flow
        self.flow = flow
        try:
            with self.inside(scope) as steps:
                self.lines(lines)
            return Body(tuple(steps), self.flow)
        finally:
            self.flow = saved

    def _residual(self, stage: ast.Braces, flow: Value | None) -> Flow:
        entry = self._arrived(flow, stage.word_span)
        body = self.body(stage.body, entry, Scope(self.scope))
        assert body.out is not None
        if body.out.type == BROKEN:
            return self.broken()
        op = registry.find("add")
        assert op is not None
        mine, other = entry.type.shape, body.out.type.shape
        if len(mine) != len(other) or not all(map(same_dim, mine, other)):
            raise fail("NN308", stage.word_span,
                       f"the body gives {show_shape(other)}, its input is {show_shape(mine)}",
                       "a residual's body keeps the shape; for a projection use `add { …; … }`")  # fmt: skip
        step = self.merged(op, Settings({}), [entry, body.out], stage)
        site = self.site(stage.span, "residual")
        self.emit(MergeStep(site, op, step[0], entry, (BranchStep(body),), step[1], True))
        return step[1]

    def merged(
        self, op: Op, settings: Settings, values: Sequence[Value], stage: ast.Braces
    ) -> tuple[Settings, Value]:
        """The settled settings of a merge and its result."""
        sources = tuple(self.origin.get(v.id, NOWHERE) for v in values)
        bound = {s.name: s.default for s in op.settings} | settings.items
        call = Call(
            Settings(bound), tuple(v.type for v in values), ("",) * len(values),
            stage.word_span, sources,
        )  # fmt: skip
        call = call._replace(settings=op.resolve(call))
        return call.settings, self.new_value(op.infer(call)[0], stage.word_span)

    def _merge(self, op: Op, stage: ast.Braces, flow: Value | None) -> Flow:
        given, _ = self.arguments(stage.args or (), op)
        from nndsl.ir.binding import bind_op

        settings = Settings(bind_op(op, given, stage.word_span))
        saved = self.flow
        with self.inside(Scope(self.scope)) as items:
            results = self.branches(stage.body, flow)
        self.flow = saved
        if any(v.type == BROKEN for v in results):
            return self.broken()
        if not results:
            raise fail("NN307", stage.word_span, f"`{stage.word}` has no branch", "write one a line")
        site = self.site(stage.span, stage.word)
        if len(results) == 1:
            out = self.new_value(results[0].type, stage.word_span)
            self.emit(MergeStep(site, op, settings, flow, tuple(items), out))
            return out
        settled, out = self.merged(op, settings, results, stage)
        self.emit(MergeStep(site, op, settled, flow, tuple(items), out))
        return out

    def branches(self, lines: tuple[ast.Line, ...], entry: Value | None) -> list[Value]:
        """Every line that moves the flow is a branch; `if` and loops write branches out."""
        results: list[Value] = []
        for line in lines:
            if not isinstance(line, ast.PipeLine):
                self.flow = entry
                self.lines((line,))
                continue
            first = line.pipeline.stages[0]
            alone = len(line.pipeline.stages) == 1
            try:
                if alone and isinstance(first, ast.If):
                    results += self.branch_if(first, entry)
                elif alone and isinstance(first, ast.For | ast.Repeat):
                    results += self.branch_loop(first, entry)
                else:
                    results += self._branch(line, entry)
            except Failure as failure:
                self.failed(failure, line)
                results.append(self.broken())
        return results

    def _branch(self, line: ast.PipeLine, entry: Value | None) -> list[Value]:
        self.flow = entry
        with self.inside(Scope(self.scope)) as steps:
            out = self.single(self.pipeline(line.pipeline, entry), line.span)
        if out is None:
            raise fail("NN316", line.span, "nothing flows into this branch", "begin with a value")
        self.emit(BranchStep(Body(tuple(steps), out)))
        return [out]

    # ---- if ----

    def condition(self, stage: ast.If) -> tuple[bool, Term]:
        value = self.evaluate(stage.cond)
        if isinstance(value, Value):
            raise fail("NN305", stage.cond.span, "a condition is decided by the compiler",
                       "choose between values with `where(cond, a, b)`")  # fmt: skip
        taken = statics.truth(value, stage.cond.span)
        return taken, value.term if isinstance(value, Sym) else const(taken)

    def walk_if(self, stage: ast.If, flow: Value | None) -> Flow:
        taken, term = self.condition(stage)
        site = self.site(stage.span, "if")
        self.note_if(site, taken)
        lines = stage.then if taken else stage.orelse
        if lines is None:
            self.emit(IfStep(site, taken, term, None, None, flow, flow))
            return flow
        body = self.body(lines, flow, Scope(self.scope))
        sides = (body, None) if taken else (None, body)
        self.emit(IfStep(site, taken, term, *sides, flow, body.out))
        return body.out

    def branch_if(self, stage: ast.If, entry: Value | None) -> list[Value]:
        taken, term = self.condition(stage)
        site = self.site(stage.span, "if")
        self.note_if(site, taken)
        lines = stage.then if taken else stage.orelse
        with self.inside(Scope(self.scope)) as steps:
            results = self.branches(lines or (), entry)
        body = Body(tuple(steps), None) if lines is not None else None
        self.emit(IfStep(site, taken, term, body if taken else None, None if taken else body, entry, None))
        return results

    def note_if(self, site: Site, taken: bool) -> None:
        """Called at every `if`, for the witnesses of generalisation."""

    # ---- loops ----

    def over(self, stage: ast.For | ast.Repeat) -> tuple[object, Term]:
        """What a loop goes over: a list, or a count for `repeat`."""
        if isinstance(stage, ast.For):
            value = self.evaluate(stage.over, setting=True)
            if not is_list(value):
                raise fail("NN301", stage.over.span, "a list is wanted after `in`",
                           "`for i in range(4) { … }`")  # fmt: skip
        else:
            value = self.evaluate(stage.count)
            if not isinstance(value, int) or isinstance(value, bool):
                raise fail("NN301", stage.count.span, "`repeat` wants a whole number", "`repeat 3 { … }`")
            if int(value) > statics.MAX_ITEMS * 1000 or int(value) < 0:
                raise fail("NN402", stage.count.span, f"`repeat` cannot run {int(value)} times",
                           "use a smaller number, not below zero")  # fmt: skip
        return value, statics.formula(value) or Term("opaque", ())

    def bind_targets(
        self, targets: Sequence[ast.Target], item: object, scope: Scope
    ) -> list[tuple[str, SettingValue]]:
        """Binds a loop's names to one item, nested tuples included."""
        parts = (item,) if len(targets) == 1 else items_of(item) if is_list(item) else ()
        if len(parts) != len(targets):
            raise fail("NN322", targets[0].span, f"this takes {len(targets)} values apart",
                       "see what the list holds")  # fmt: skip
        bound: list[tuple[str, SettingValue]] = []
        for target, part in zip(targets, parts, strict=True):
            if target.parts:
                bound += self.bind_targets(target.parts, part, scope)
                continue
            if target.name != "_":
                if self.scope.find(target.name) is not None:
                    raise fail("NN311", target.span, f"`{target.name}` is bound already",
                               "choose another name")  # fmt: skip
                scope.names[target.name] = Bound(part, target.span)
            bound.append((target.name, setting_value(part, target.span)))
        return bound

    def walk_loop(self, stage: ast.For | ast.Repeat, flow: Value | None) -> Flow:
        value, term = self.over(stage)
        site = self.site(stage.span, "loop")
        kind, targets = ("for", stage.targets) if isinstance(stage, ast.For) else ("repeat", ())
        turns, out = self._turns(stage, value, flow)
        self.emit(LoopStep(site, kind, targets, term, tuple(turns), flow, out))
        return out

    def _turns(
        self, stage: ast.For | ast.Repeat, value: object, flow: Value | None
    ) -> tuple[list[Turn], Value | None]:
        turns: list[Turn] = []
        items: Sequence[object] = (
            items_of(value) if isinstance(stage, ast.For) else range(int(value))  # type: ignore[call-overload]
        )
        moves = self.stack_moves
        for i, item in enumerate(items):
            scope = Scope(self.scope)
            scope.loop, scope.head = stage.span, flow.type if flow else None
            targets = stage.targets if isinstance(stage, ast.For) else ()
            bound = self.bind_targets(targets, item, scope) if targets else []
            self.home.spend(stage.span)
            before, mistakes = self._ids, len(self.home.diagnostics.items)
            body = self.body(stage.body, flow, scope)
            same = isinstance(stage, ast.Repeat) and self.stack_moves == moves
            settled = same and (flow and flow.type) == (body.out and body.out.type)
            if len(self.home.diagnostics.items) > mistakes:
                return turns, self.broken()
            count = len(items) - i if settled else 1
            turns.append(Turn(count, tuple(bound), flow, body))
            flow = body.out
            if settled and count > 1:
                assert before <= self._ids
                break
        return turns, flow

    def branch_loop(self, stage: ast.For | ast.Repeat, entry: Value | None) -> list[Value]:
        value, term = self.over(stage)
        site = self.site(stage.span, "loop")
        items: Sequence[object] = (
            items_of(value) if isinstance(stage, ast.For) else range(int(value))  # type: ignore[call-overload]
        )
        statics.budget(len(items), stage.span)
        kind, targets = ("for", stage.targets) if isinstance(stage, ast.For) else ("repeat", ())
        turns: list[Turn] = []
        results: list[Value] = []
        for item in items:
            scope = Scope(self.scope)
            scope.loop, scope.head = stage.span, entry.type if entry else None
            bound = self.bind_targets(targets, item, scope) if targets else []
            self.home.spend(stage.span)
            with self.inside(scope) as steps:
                results += self.branches(stage.body, entry)
            turns.append(Turn(1, tuple(bound), entry, Body(tuple(steps), None)))
        self.emit(LoopStep(site, kind, targets, term, tuple(turns), entry, None))
        return results


def _only_expr(pipeline: ast.Pipeline) -> ast.Expr | None:
    """The expression where a pipeline is one expression, else None."""
    if len(pipeline.stages) == 1 and isinstance(pipeline.stages[0], ast.ExprStage):
        return pipeline.stages[0].expr
    return None


def _names_of(line: ast.Line) -> list[str]:
    match line:
        case ast.Bind(targets) | ast.Let(targets):
            return [t.name for t in targets if t.name != "_"]
        case ast.Shared(name) | ast.WeightLine(name):
            return [name]
        case ast.Output(name) if name:
            return [name]
        case _:
            return []


def steps_of(body: Body) -> tuple[Step, ...]:
    return body.steps
