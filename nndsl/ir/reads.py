"""Names and flows that nothing reads (rule 12), told from the text of one definition.

A name counts as read where its braces mention it, in whatever branch; so the finding does not
depend on settings, and blocks that no model uses are looked at as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from nndsl._record import NamedTuple
from nndsl.diagnostics import Diagnostics
from nndsl.ir.context import Context, Home
from nndsl.ir.exits import leaves
from nndsl.ir.mentions import starts_with_value
from nndsl.ir.scope import Bound, Scope, StackRef, Unit
from nndsl.ir.steps import Instance, Value
from nndsl.ir.words import children, mentioned, mentions, mentions_flow
from nndsl.ops.base import Type
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.holes import is_hole

VALUE = Value(0, Type(()))
UNREAD_NAME, UNREAD_FLOW, UNREAD_SETTING = "NN351", "NN352", "NN353"
FIXES = {
    "value": "`output {name} = …` gives it, `_{name}` says that it is meant; or remove the line",
    "setting": "remove it, or use it",
    "input": "use it, or remove the line",
    "loop variable": "count with `repeat`, or begin its name with `_`",
    "pushed list": "take from it with `pop({name})`, or remove the line",
}
ARRIVING = Span(-1, -1, "")  # what flows into braces, while they are looked at on their own
# What a line leaves: the flow as it was, one that is read already, one that waits for a reader.
SAME, READ, MOVED = "same", "read", "moved"
Walk: TypeAlias = "Callable[[Iterable[ast.Line]], tuple[bool, str]]"
USUAL_FIX = "remove the line, or begin the name with `_`"


class _Named(NamedTuple):
    name: str
    kind: str
    bound: Bound


class Reads(Context):
    """Finds what one definition binds and does not read."""

    def __init__(self, unit: Unit, definition: ast.Def, diagnostics: Diagnostics) -> None:
        scope = Scope(unit.lets)
        super().__init__(Home(diagnostics), unit, Instance(definition, (), (), ()), scope)
        self.definition = definition
        self.root = scope
        self.names: list[_Named] = []
        self.read: dict[int, Bound] = {}  # by identity; holding them keeps identities apart

    def run(self) -> None:
        """Reports NN351 for names, NN352 for flows and NN353 for settings."""
        for param in self.definition.params:
            if param.default is not None:
                self._expr(param.default)
            self._bind(param.name, "setting", None, param.span)
        first = self._first_input()
        reads, left = self._sequence(self.definition.body, first)
        if reads or left == first:  # or a body that only passes its input on
            self._read_input(first)
        outputs = any(isinstance(line, ast.Output) for line in self.definition.body)
        if outputs and left is not None and left != first:
            self._dropped(left, "nothing after this line reads it")
        for named in self.names:
            known = named.name[:1] in ("", "_") or named.name in self.unit.file.doubtful
            if id(named.bound) not in self.read and not known:
                self._unread(named)

    def _first_input(self) -> Span | None:
        """Where the flow of the body starts: its first input, unless a model has several."""
        inputs = [line for line in self.definition.body if isinstance(line, ast.Input)]
        several = self.definition.kind == "model" and len(inputs) > 1
        return inputs[0].span if inputs and not several else None

    # ---- reports ----

    def _unread(self, named: _Named) -> None:
        span = named.bound.span
        message = f"nothing reads the {named.kind} `{named.name}`"
        fix = FIXES.get(named.kind, USUAL_FIX).format(name=named.name)
        if named.kind == "setting":
            self.home.diagnostics.warning(UNREAD_SETTING, span, message, fix)
        else:
            self.home.diagnostics.error(UNREAD_NAME, span, message, fix)

    def _dropped(self, span: Span, why: str) -> None:
        self.home.diagnostics.warning(
            UNREAD_FLOW, span, f"what flows out of this line is lost: {why}",
            "name it (`x = _`), merge it, or remove the line",
        )  # fmt: skip

    # ---- names ----

    def _bind(self, name: str, kind: str, what: object, span: Span) -> None:
        if name == "_" or self.scope.find(name) is not None:
            return  # a name that repeats one in sight is an error of its own
        bound = Bound(what, span)
        self.scope.names[name] = bound
        self.names.append(_Named(name, kind, bound))

    def _mark(self, name: str) -> None:
        bound = self.scope.find(name)
        if bound is not None:
            self.read[id(bound)] = bound

    # ---- lines ----

    def _sequence(self, body: Iterable[ast.Line], flow: Span | None) -> tuple[bool, Span | None]:
        """Walks lines that follow one another, from a flow.

        Gives whether a line reads that flow, and the place of a flow that is not read so far.
        """
        first, takes = flow, False
        for line in body:
            if is_hole(line):
                flow = first if flow == first else None
                continue
            reads, left = self._line(line)
            if reads:
                takes = takes or (flow is not None and flow == first)
                flow = None
            if left != SAME:
                if flow is not None and flow != first:
                    self._dropped(flow, "the next one starts from another value")
                flow = line.span if left == MOVED else None
        return takes, flow

    def _nested(self, body: Iterable[ast.Line]) -> tuple[bool, str]:
        """The lines of braces: whether they read what arrives, and what they leave."""
        reads, flow = self._sequence(body, ARRIVING)
        return reads, SAME if flow == ARRIVING else READ if flow is None else MOVED

    def _read_input(self, flow: Span | None) -> None:
        self.read |= {id(n.bound): n.bound for n in self.names if n.bound.span == flow}

    def _line(self, line: ast.Line) -> tuple[bool, str]:
        """Reads and binds the names of one line: whether it reads the flow, what it leaves."""
        if isinstance(line, ast.PipeLine):
            reads, left = self._piped(line.pipeline)
            return reads, READ if left == MOVED and self._named_twice(line) else left
        reads = self._named_line(line)
        return reads, MOVED if _moves(line) else SAME

    def _named_twice(self, line: ast.PipeLine) -> bool:
        """True where a line makes nothing: it is a name's value, which is read elsewhere too."""
        (stage, *more) = line.pipeline.stages
        if more or not isinstance(stage, ast.ExprStage) or not isinstance(stage.expr, ast.Name):
            return False
        bound = self.scope.find(stage.expr.id)
        if bound is None or not isinstance(bound.what, Value):
            return False
        found = mentions(self.definition.body, stage.expr.id)
        return found > 1

    def _named_line(self, line: ast.Line) -> bool:
        match line:
            case ast.PipeLine(pipeline):
                return self._pipeline(pipeline)
            case ast.Bind(targets, value):
                reads = self._pipeline(value)
                for target in targets:
                    self._bind(target.name, "value", VALUE, target.span)
                return reads
            case ast.Let():
                return self._let(line)
            case ast.Shared(name, value, span):
                self._pipeline(value)
                self._bind(name, "shared instance", None, span)
                return False
            case ast.WeightLine(name, shape, init, _, span):
                self._expr(shape)
                if init is not None:
                    self._expr(init)
                self._bind(name, "weight", VALUE, span)
                return mentions_flow(shape)
            case ast.Input(name, type_, span):
                if type_ is not None:
                    self._expr(type_)
                self._bind(name, "input", VALUE, span)
                return False
            case ast.Output(name, output):
                reads = output is None or self._pipeline(output)
                if name and self.scope.find(name) is None:
                    self.scope.names[name] = Bound(VALUE, line.span)
                return reads
            case ast.Push(stack, pushed, span):
                reads = pushed is None or self._pipeline(pushed)
                if self.scope.find(stack) is None:
                    saved, self.scope = self.scope, self.root
                    self._bind(stack, "pushed list", StackRef(stack), span)
                    self.scope = saved
                return reads
            case ast.Loss(_, value):
                return self._pipeline(value)

    def _let(self, line: ast.Let) -> bool:
        saved, self.scope = self.scope, Scope(self.scope)
        own = [target.name for target in line.targets] if line.params is not None else []
        for name in (*own, *(line.params or ())):  # a function may call itself
            self.scope.names[name] = Bound(None, line.span)
        reads = self._pipeline(line.value)
        self.scope = saved
        for target in line.targets:
            self._target(target, "name")
        return reads and mentions_flow(line.value)

    # ---- pipelines and stages ----

    def _pipeline(self, pipeline: ast.Pipeline) -> bool:
        """True where the pipeline takes what flows: it begins with a stage, or mentions `_`."""
        return self._piped(pipeline)[0]

    def _piped(self, pipeline: ast.Pipeline) -> tuple[bool, str]:
        first = pipeline.stages[0]
        value = starts_with_value(first, self)
        takes, left = self._stage(first)
        if isinstance(first, ast.ExprStage):
            takes = not value or mentions_flow(first)
        for stage in pipeline.stages[1:]:
            _, last = self._stage(stage)
            left = MOVED if last == SAME else last
        return takes, left

    def _stage(self, stage: ast.Stage) -> tuple[bool, str]:
        """Reads one stage: whether it takes what arrives, and what it leaves."""
        match stage:
            case ast.ExprStage(expr):
                self._expr(expr)
                return True, MOVED
            case ast.Frozen(inner):
                return self._stage(inner)
            case ast.Braces(word, args, body):
                self._mark(word)
                for arg in args or ():
                    self._expr(arg.value)
                if word in ("", "residual"):
                    reads, left = self._inside(body, (), self._nested)
                    return reads or word == "residual", left if word == "" else MOVED
                return self._inside(body, (), self._branches)
            case ast.If():
                return self._if(stage, self._nested)
            case ast.For() | ast.Repeat():
                return self._loop(stage, self._nested)

    def _if(self, stage: ast.If, walk: Walk) -> tuple[bool, str]:
        """Either side may be taken: what one reads counts as read."""
        self._expr(stage.cond)
        sides = [self._inside(body, (), walk) for body in (stage.then, stage.orelse or ())]
        lefts = {left for _, left in sides}
        goes_on = SAME in lefts and lefts != {SAME}
        reads = goes_on or any(reads for reads, _ in sides)
        return reads, SAME if lefts == {SAME} else MOVED if MOVED in lefts else READ

    def _loop(self, stage: ast.For | ast.Repeat, walk: Walk) -> tuple[bool, str]:
        self._expr(stage.over if isinstance(stage, ast.For) else stage.count)
        targets = stage.targets if isinstance(stage, ast.For) else ()
        reads, left = self._inside(stage.body, targets, walk)
        if walk == self._nested and left == MOVED and not reads:
            moving = [line for line in stage.body if _moves(line)]
            self._dropped(moving[-1].span, "the next round starts from another value")
            left = READ
        return reads, left

    def _inside(
        self, body: Iterable[ast.Line], targets: Iterable[ast.Target], walk: Walk
    ) -> tuple[bool, str]:
        """The lines of braces in a scope of their own."""
        saved, self.scope = self.scope, Scope(self.scope)
        for target in targets:
            self._target(target, "loop variable")
        found = walk(body)
        self.scope = saved
        return found

    def _branches(self, body: Iterable[ast.Line]) -> tuple[bool, str]:
        """The lines of a merge, each from what arrives; `if` and loops write branches out."""
        takes = False
        for line in body:
            stages = line.pipeline.stages if isinstance(line, ast.PipeLine) else ()
            alone = stages[0] if len(stages) == 1 else None
            if isinstance(alone, ast.If):
                reads, _ = self._if(alone, self._branches)
            elif isinstance(alone, ast.For | ast.Repeat):
                reads, _ = self._loop(alone, self._branches)
            else:
                reads, _ = self._line(line)
            takes = takes or reads
        return takes, MOVED

    def _target(self, target: ast.Target, kind: str) -> None:
        for part in target.parts:
            self._target(part, kind)
        if not target.parts:
            self._bind(target.name, kind, None, target.span)

    # ---- expressions ----

    def _expr(self, expr: ast.Expr) -> None:
        """Marks every name that an expression mentions."""
        match expr:
            case ast.Name(word):
                self._mark(word)
            case ast.Flow(True):
                self._read_input(self._first_input())
            case ast.PipeExpr(pipeline):
                self._pipeline(pipeline)
            case ast.Comprehension(element, clauses):
                self._comprehension(element, clauses)
            case _:
                for child in children(expr):
                    self._expr(child)

    def _comprehension(self, element: ast.Expr, clauses: tuple[ast.Clause, ...]) -> None:
        saved = self.scope
        for clause in clauses:
            self._expr(clause.over)
            self.scope = Scope(self.scope)
            for name in clause.targets:
                self.scope.names[name] = Bound(None, clause.span)
            for cond in clause.conds:
                self._expr(cond)
        self._expr(element)
        self.scope = saved


def _moves(line: ast.Line) -> bool:
    return isinstance(line, ast.PipeLine) or (
        isinstance(line, ast.Bind) and any(target.name == "_" for target in line.targets)
    )


def unread(unit: Unit, definition: ast.Def, diagnostics: Diagnostics) -> None:
    """Reports what a definition binds and never reads."""
    Reads(unit, definition, diagnostics).run()


def unread_lets(unit: Unit, diagnostics: Diagnostics) -> None:
    """Reports names of a file's own `let` lines that nothing in the file mentions."""
    lets = [line for line in unit.file.declarations if isinstance(line, ast.Let)]
    read = {name for line in unit.file.declarations for name in mentioned(line)}
    read |= unit.file.doubtful
    for line in lets:
        for target in leaves(line.targets):
            if target.name not in read and not target.name.startswith("_"):
                diagnostics.error(UNREAD_NAME, target.span,
                                  f"nothing reads the name `{target.name}`", USUAL_FIX)  # fmt: skip
