"""Braces: groups, residuals, merges, branches and loops (rules 6 and 7)."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import Failure, Label, fail
from nndsl.ir import statics
from nndsl.ir.binding import bind_op
from nndsl.ir.context import BROKEN, Flow, Many
from nndsl.ir.scope import Bound, Scope
from nndsl.ir.silent import setting_value
from nndsl.ir.statics import is_list, items_of, shown
from nndsl.ir.steps import (
    Body,
    BranchStep,
    GroupStep,
    IfStep,
    LoopStep,
    MergeStep,
    Site,
    Turn,
    Value,
)
from nndsl.ir.taken import no_list, unequal
from nndsl.ir.uses import Uses
from nndsl.ops import registry
from nndsl.ops.base import Call, Op, Settings
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Sym, same_dim, show_shape
from nndsl.ops.symbols import Term, const
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast

PATIENCE = 1_000  # rounds in which the flow of a `repeat` may become the same
MERGES = ("add", "concat", "multiply", "stack", "maximum", "average", "minimum", "subtract")


class Control(Uses):
    """Stages with braces."""

    def failed(self, failure: Failure, line: ast.Line) -> None:
        raise NotImplementedError

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
            raise self.several(flow, span)
        return flow

    # ---- braces ----

    def braces(self, stage: ast.Braces, flow: Value | None) -> Flow:
        if not stage.word:
            return self._group(stage, flow)
        if stage.word == "residual":
            return self._residual(stage, flow)
        op = registry.find(stage.word)
        if op is None or (op.kind != "merge" and op.word not in MERGES):
            raise self.unknown(stage.word, stage.word_span, "merge")
        return self.merge(op, stage, flow)

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
        if BROKEN in (body.out.type, entry.type):
            return self.broken()
        op = registry.find("add")
        assert op is not None
        mine, other = entry.type.shape, body.out.type.shape
        last = self.origin.get(body.out.id)
        if len(mine) != len(other) or not all(map(same_dim, mine, other)):
            raise fail(
                "NN308",
                stage.word_span,
                f"the body gives {show_shape(other)}, its input is {show_shape(mine)}",
                "a residual's body keeps the shape; with a projection on the way round write\n"
                "`add { { … }; Conv(filters, 1, stride) }`, or with `Dense` for sequences",
                [Label(last, f"this gives {show_shape(other)}")] if last is not None else [],
            )
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
            Settings(bound),
            tuple(v.type for v in values),
            ("",) * len(values),
            stage.word_span,
            sources,
        )
        call = call._replace(settings=op.resolve(call))
        return call.settings, self.new_value(op.infer(call)[0], stage.word_span)

    def only(
        self, op: Op, settings: Settings, value: Value, stage: ast.Braces
    ) -> tuple[Settings, Value]:
        """A merge of one branch is that branch."""
        return settings, self.new_value(value.type, stage.word_span)

    def merge(self, op: Op, stage: ast.Braces, flow: Value | None) -> Flow:
        given, _ = self.arguments(stage.args or (), op)
        settings = Settings(bind_op(op, given, stage.word_span))
        saved = self.flow
        with self.inside(Scope(self.scope)) as items:
            results = self.branches(stage.body, flow)
        self.flow = saved
        if any(v.type == BROKEN for v in results):
            return self.broken()
        if not results:
            raise fail(
                "NN307", stage.word_span, f"`{stage.word}` has no branch", "write one a line"
            )
        site = self.site(stage.span, stage.word)
        if len(results) == 1 and op.word == "subtract":
            raise fail(
                "NN307", stage.word_span, "`subtract` has one branch",
                "write what is taken away as a second one",
            )  # fmt: skip
        if len(results) == 1:
            settled, out = self.only(op, settings, results[0], stage)
        else:
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
        value = statics.condition(self.evaluate(stage.cond))
        if isinstance(value, Value):
            raise fail(
                "NN305",
                stage.cond.span,
                "a condition is decided by the compiler",
                "choose between values with `where(cond, a, b)`",
            )
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
        then, other = (body, None) if taken else (None, body)
        self.emit(IfStep(site, taken, term, then, other, flow, body.out))
        return body.out

    def branch_if(self, stage: ast.If, entry: Value | None) -> list[Value]:
        taken, term = self.condition(stage)
        site = self.site(stage.span, "if")
        self.note_if(site, taken)
        lines = stage.then if taken else stage.orelse
        with self.inside(Scope(self.scope)) as steps:
            results = self.branches(lines or (), entry)
        body = Body(tuple(steps), None) if lines is not None else None
        self.emit(
            IfStep(site, taken, term, body if taken else None, None if taken else body, entry, None)
        )
        return results

    def note_if(self, site: Site, taken: bool) -> None:
        """Called at every `if`, for the witnesses of generalisation."""

    # ---- loops ----

    def over(self, stage: ast.For | ast.Repeat) -> object:
        """What a loop goes over: a list, or a count for `repeat`."""
        if isinstance(stage, ast.For):
            value = self.evaluate(stage.over, setting=True)
            if not is_list(value):
                raise no_list(value, stage.over.span, self.quoted(stage.over.span, "4"))
        else:
            value = self.evaluate(stage.count)
            if not isinstance(value, int) or isinstance(value, bool):
                raise fail(
                    "NN301",
                    stage.count.span,
                    f"`repeat` wants a whole number, not {shown(value)}",
                    "write `repeat 3 { … }`; `for x in list { … }` goes over a list",
                )
            if int(value) > statics.MAX_ITEMS * 1000 or int(value) < 0:
                raise fail(
                    "NN402",
                    stage.count.span,
                    f"`repeat` cannot run {int(value)} times",
                    "use a smaller number, not below zero",
                )
        return value

    def bind_targets(
        self, targets: Sequence[ast.Target], item: object, scope: Scope
    ) -> list[tuple[str, SettingValue]]:
        """Binds a loop's names to one item, nested tuples included."""
        parts = (item,) if len(targets) == 1 else items_of(item) if is_list(item) else ()
        if len(parts) != len(targets):
            raise unequal(item, len(targets), targets[0].span)
        bound: list[tuple[str, SettingValue]] = []
        for target, part in zip(targets, parts, strict=True):
            if target.parts:
                bound += self.bind_targets(target.parts, part, scope)
                continue
            if target.name != "_":
                if self.scope.find(target.name) is not None:
                    raise fail(
                        "NN311",
                        target.span,
                        f"`{target.name}` is bound already",
                        "choose another name",
                    )
                scope.names[target.name] = Bound(part, target.span)
            bound.append((target.name, setting_value(part, target.span)))
        return bound

    def walk_loop(self, stage: ast.For | ast.Repeat, flow: Value | None) -> Flow:
        value = self.over(stage)
        site = self.site(stage.span, "loop")
        kind, targets = ("for", stage.targets) if isinstance(stage, ast.For) else ("repeat", ())
        kept = self._kept()
        turns, out = self._turns(stage, value, flow)
        if self._gains_batch(flow, out) and self._kept() == kept:
            flow = self.per_example(flow, site)
            turns, out = self._turns(stage, value, flow)
        self.emit(LoopStep(site, kind, targets, statics.written(value), tuple(turns), flow, out))
        return out

    def _kept(self) -> object:
        """What a round leaves behind besides its flow: nothing, where it may be walked again."""
        uses = sum(own.uses for own in self.owned.values())
        return self.stack_moves, len(self.stacks), uses, len(self.home.diagnostics.items)

    def _gains_batch(self, flow: Value | None, out: Value | None) -> bool:
        """True where rounds give a batch to what enters the loop without one."""
        if flow is None or out is None or flow.type.batched or not out.type.batched:
            return False
        return BROKEN not in (flow.type, out.type) and self._examples() is not None

    def _examples(self) -> Value | None:
        """The first input that has a batch."""
        values = (port.value for port in self.instance.inputs)
        return next((v for v in values if v.type.batched and v.type.dtype != "state"), None)

    def per_example(self, flow: Value | None, site: Site) -> Value:
        """What enters a loop, once for each example, so that all rounds are alike."""
        op, like = registry.find("per_example"), self._examples()
        assert op is not None
        assert flow is not None
        assert like is not None
        inner = site._replace(name=site.name.replace("loop", "examples"))
        made = self.call_op(op, [], [("", flow), ("like", like)], inner, site.span)
        assert isinstance(made, Value)
        return made

    def _turns(
        self, stage: ast.For | ast.Repeat, value: object, flow: Value | None
    ) -> tuple[list[Turn], Value | None]:
        turns: list[Turn] = []
        items: Sequence[object] = (
            items_of(value) if isinstance(stage, ast.For) else range(int(value))  # type: ignore[call-overload]
        )
        moves, since = self.stack_moves, 0
        for i, item in enumerate(items):
            since = self.home.made if i == 1 else since
            scope = Scope(self.scope)
            scope.loop, scope.head = stage.span, flow.type if flow else None
            targets = stage.targets if isinstance(stage, ast.For) else ()
            bound = self.bind_targets(targets, item, scope) if targets else []
            self.home.spend(stage.span)
            before, mistakes = self._ids, len(self.home.diagnostics.items)
            entry = self._round_entry(stage, flow)
            body = self.body(stage.body, entry, scope)
            same = isinstance(stage, ast.Repeat) and self.stack_moves == moves
            settled = same and (flow and flow.type) == (body.out and body.out.type)
            if len(self.home.diagnostics.items) > mistakes:
                return turns, self.broken()
            count = len(items) - i if settled else 1
            turns.append(Turn(count, tuple(bound), entry, body))
            flow = body.out
            if not settled and (not same or i > PATIENCE):
                self.home.foresee(stage.span, len(items) - i)
            if i and not settled:
                self.home.foresee_rounds(stage.span, since, i, len(items) - i - 1)
            if settled and count > 1:
                assert before <= self._ids
                break
        return turns, flow

    def _round_entry(self, stage: ast.For | ast.Repeat, flow: Value | None) -> Value | None:
        """The flow inside a round of `repeat`: a number of its own, for one round stands for many,
        and the value before the loop may be read inside by its name."""
        if flow is None or isinstance(stage, ast.For):
            return flow
        return self.new_value(flow.type, self.origin.get(flow.id))

    def branch_loop(self, stage: ast.For | ast.Repeat, entry: Value | None) -> list[Value]:
        value = self.over(stage)
        site = self.site(stage.span, "loop")
        items: Sequence[object] = (
            items_of(value) if isinstance(stage, ast.For) else range(int(value))  # type: ignore[call-overload]
        )
        statics.budget(len(items), stage.span)
        self.home.foresee(stage.span, len(items))
        kind, targets = ("for", stage.targets) if isinstance(stage, ast.For) else ("repeat", ())
        turns: list[Turn] = []
        results: list[Value] = []
        since = 0
        for i, item in enumerate(items):
            since = self.home.made if i == 1 else since
            scope = Scope(self.scope)
            scope.loop, scope.head = stage.span, entry.type if entry else None
            bound = self.bind_targets(targets, item, scope) if targets else []
            self.home.spend(stage.span)
            with self.inside(scope) as steps:
                results += self.branches(stage.body, entry)
            turns.append(Turn(1, tuple(bound), entry, Body(tuple(steps), None)))
            if i:
                self.home.foresee_rounds(stage.span, since, i, len(items) - i - 1)
        over = statics.written(value)
        self.emit(LoopStep(site, kind, targets, over, tuple(turns), entry, None))
        return results
