"""Writes the function of one plan: walks its steps and keeps names, indices and dimensions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeAlias

from nndsl.backends.foreign import Foreign
from nndsl.backends.keras import layout, naming
from nndsl.backends.keras.again import Again
from nndsl.backends.keras.at import At
from nndsl.backends.keras.book import Book
from nndsl.backends.keras.flow import Flow, Live
from nndsl.backends.keras.formulas import expr_of
from nndsl.backends.keras.frame import FLOW, Frame
from nndsl.backends.keras.merging import keeps
from nndsl.backends.keras.reading import twice_in
from nndsl.backends.keras.records import operands, outs_of, shape_terms, steps_inside
from nndsl.backends.keras.spellings import has_around, inline, spelling
from nndsl.backends.keras.waiting import Around, Waiting
from nndsl.emit import build as b
from nndsl.emit.printer import WIDTH, render_expression
from nndsl.emit.tree import Expr, If, Name
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import (
    Body,
    LetStep,
    LoopStep,
    MergeStep,
    OpStep,
    Part,
    Plan,
    PopStep,
    Step,
    UseStep,
    Value,
)
from nndsl.ir.steps import Site as Place
from nndsl.ops.numbers import OpenDim, Sym, show_dim
from nndsl.ops.symbols import Term

Handler: TypeAlias = "Callable[[Writer, Step], None]"


class Writer:
    """One function while it is written. `handlers` (by step type) come from the other modules."""

    handlers: Mapping[type, Handler]

    def __init__(self, book: Book, plan: Plan, handlers: Mapping[type, Handler]) -> None:
        self.book = book
        self.exact = book.program.exact
        self.plan = plan
        self.handlers = handlers
        self.prefix = plan.definition.kind != "model"
        self.root = plan.body is book.program.plans[-1].body
        self.sizes = book.dims.get(plan.name, ())
        beside = book.beside.get(plan.name, frozenset())
        self.flow = Flow(plan.body, inline, plan.general, self.sizes, beside)
        functions = {*book.names.values(), *book.helpers, *naming.OWN}
        self.locals: set[str] = set()
        self.settings = {a.name: naming.safe(a.name, functions) for a in plan.arguments}
        self._name_locals(plan.body.steps, functions)
        taken = {*functions, *self.settings.values()}
        self.frame = Frame(self.flow, taken, self.read)
        for number in self.flow.alone:
            self.frame.prefer[number] = self.flow.hints.get(number, "value").strip("_")
        self.anchors = dict(self.flow.anchors)
        self.dims = {term: self.frame.reserve(naming.size_hint(plan, term)) for term in self.sizes}
        self.reads: Counter[Term] = Counter()
        self.sizes_at: dict[str, tuple[int, int]] = {}
        self.indices: list[Expr] = []
        self.inputs: set[str] = set()
        self.given: dict[int, Expr] = {}
        self.owners: dict[str, Expr] = {}
        self.again = Again(plan.body.steps)
        self.composed: dict[str, tuple[str, ...]] = {}
        self.stacks: dict[str, str] = {}
        self.waiting: list[Waiting] = []
        self.around: list[Around] = []
        self.frozen = False
        self.looping = 0
        self.gathered = ""
        self.following: Step | None = None
        self.tied_weights: dict[str, str] = {}
        self.expected: Live = frozenset()
        self._site: Place | None = None
        self._goal = FLOW
        self._witnesses: defaultdict[str, list[OpStep]] = defaultdict(list)
        self._made: list[tuple[int, Expr]] = []

    def _name_locals(self, steps: Sequence[Step], functions: set[str]) -> None:
        """Names of lets and loop variables, so that no value gets one of them."""
        for step in steps:
            names: list[str] = []
            if isinstance(step, LetStep):
                names = [step.name]
            elif isinstance(step, LoopStep):
                names = [name for target in step.targets for name in naming.target_names(target)]
            for name in names:
                self.settings.setdefault(name, naming.safe(name, functions))
                if isinstance(step, LetStep):
                    self.locals.add(self.settings[name])
            for inner in steps_inside(step):
                self._name_locals(inner, functions)

    # ---- steps ----------------------------------------

    def steps(self, steps: Sequence[Step]) -> None:
        """Writes steps one after the other, but for what is taken up inside another's call and
        what changes nothing."""
        flow = self.flow
        written = [step for step in steps if not (flow.is_deferred(step) or flow.passes(step))]
        for number, step in enumerate(written):
            self.following = written[number + 1] if number + 1 < len(written) else None
            self.handlers[type(step)](self, step)

    def body(self, body: Body) -> None:
        self.steps(body.steps)

    # ---- values ----------------------------------------

    def read(self, value: Value) -> Expr:
        """A value's variable, or the expression that makes it."""
        step = self.flow.deferred.get(self.flow.of(value))
        if step is None or self.frame.held(value):
            return self.frame.name(value)
        made = self._inside(step)
        self._made.append((self.flow.of(value), made))
        return made

    def _is_inside(self, value: Value) -> bool:
        """True for a value that is written inside another's call."""
        return self.flow.of(value) in self.flow.deferred and not self.frame.held(value)

    def _inside(self, step: Step) -> Expr:
        """The expression of a value that is written inside another's call."""
        if isinstance(step, PopStep):
            return self.popped(step)
        if isinstance(step, OpStep):
            return self.spell(step)
        assert isinstance(step, UseStep), step
        return self.called(step)

    def held(self, values: Sequence[Value]) -> None:
        """Gives a variable to each of these values that would be written inside another's call."""
        for value in values:
            if self._is_inside(value):
                expr = self.read(value)
                hint = self.flow.hints.get(self.flow.of(value), "value")
                name = self.frame.free(hint, frozenset(self.frame.holds.values()))
                self.frame.add(b.assign(name, expr))
                self.frame.put(value, name)

    def popped(self, step: PopStep) -> Expr:
        stack = self.stack(step.stack)
        if step.index is None:
            return b.call(b.attr(stack, "pop"))
        at = b.neg(-step.index) if step.index < 0 else step.index
        return b.index(stack, at)

    def called(self, step: UseStep) -> Expr:
        """The call of a shared block; uses.py knows how."""
        from nndsl.backends.keras.uses import use_expression

        return use_expression(self, step)

    def spell(self, step: OpStep) -> Expr:
        """The expression of an op's result. An operand that it holds twice is computed before."""
        if not any(self._is_inside(value) for value in step.ins):
            return self._spelled(step)
        state, taken, start, made = (
            self.frame.snapshot(),
            {*self.frame.taken},
            len(self.frame.code),
            len(self._made),
        )
        expr = self._spelled(step)
        twice = set(twice_in((expr, *self.frame.code[start:]), self._made[made:]))
        del self._made[made:]
        again = [value for value in step.ins if self.flow.of(value) in twice]
        if not again:
            return expr
        del self.frame.code[start:]
        self.frame.restore(state)
        self.frame.taken = taken
        self.held(again)
        return self._spelled(step)

    def _spelled(self, step: OpStep) -> Expr:
        """The expression, at the step's own site."""
        saved, self._site = self._site, step.site
        try:
            at = At(self, step, self.frozen)
            entry = spelling(step.op)
            if step.owner in self.composed:
                from nndsl.backends.keras.uses import composed_call

                return composed_call(self, step)
            if step.owner and (step.owner not in self.owners or has_around(step)):
                self._site = step.site._replace(name=self.again.name(step))
            return entry.write(at, self.owners.get(step.owner))
        finally:
            self._site = saved

    def spell_merge(self, step: OpStep, listed: Expr | None) -> Expr:
        """A merge of branches: named like a layer, of values or of a list that holds them."""
        from nndsl.backends.keras.spell_merges import merge

        saved, self._site = self._site, step.site
        try:
            return merge(At(self, step, self.frozen), listed)
        finally:
            self._site = saved

    @contextmanager
    def at_site(self, site: Place, name: str) -> Iterator[None]:
        """Layers made inside are named after this site."""
        saved, self._site = self._site, site._replace(name=name)
        try:
            yield
        finally:
            self._site = saved

    def store(self, value: Value, expr: Expr, live: Live, comment: str = "") -> None:
        """`variable = expr`, the variable chosen so that nothing still needed is lost."""
        self._keep(value)
        name = self.frame.target(value, live, expr)
        if expr != Name(name):
            self.frame.add(b.assign(name, expr, comment=comment))
        self.frame.put(value, name)

    def _keep(self, value: Value) -> None:
        """A value that the next step would move out of the flow's variable gets its own at once."""
        step, number = self.following, self.flow.of(value)
        if self.frame.choose(value) != FLOW:
            return
        if isinstance(step, OpStep | UseStep) and len(step.outs) == 1:
            needed = number in self.flow.after(step)
            if needed and self.frame.choose(step.outs[0]) == FLOW:
                self.frame.prefer[number] = self.flow.hints.get(number, "value")
        elif isinstance(step, MergeStep) and keeps(step, number, self.flow.of):
            self.frame.prefer[number] = "residual" if step.op.word == "add" else "skip"

    def goal(self, step: Step, live: Live) -> None:
        """Where values on the way to a step's result may go: its own variable, if no operand of
        the step is read from there any more."""
        outs = outs_of(step)
        name = self.frame.choose(outs[0]) if outs else FLOW
        number = self.frame.holds.get(name)
        others = {self.flow.of(v) for v in operands(step)[1:]}
        self._goal = name
        self.expected = live
        if number is not None and (number in live or number in others):
            self._goal = ""

    # ---- the Site of a spelling ----------------------------------------

    def assign(self, expr: Expr, comment: str = "") -> Expr:
        name = self._goal or self.frame.free("value", self.expected | {*self.frame.holds.values()})
        self.frame.add(b.assign(name, expr, comment=comment))
        if self._goal:
            self.frame.drop(name)
        return Name(name)

    def layer_name(self, suffix: str = "") -> Expr:
        assert self._site is not None
        return self.name_of(self._site.name + suffix)

    def name_of(self, site: str) -> Expr:
        if not self.prefix:
            stem = naming.stem(site)
            self.book.asked.add(stem)
            site += "_layer" if stem in self.book.auto else ""
        return naming.chained((site, *self.indices), self.prefix)

    def helper(self, name: str) -> Expr:
        self.book.helpers[name] = None
        return Name(name)

    def foreign(self, step: OpStep) -> Foreign | None:
        return self.book.foreign.of(step)

    def note(self, text: str) -> None:
        self.book.notes[text] = None

    def some_batched(self) -> Expr:
        """A value with a batch that some variable holds, the flow's if it has one."""
        names = sorted(self.frame.holds, key=lambda name: name != FLOW)
        for name in names:
            if self.is_batched(self.frame.holds[name]):
                return Name(name)
        return Name(names[0])

    def is_batched(self, number: int) -> bool:
        """True for a float tensor with a batch."""
        type_ = self.flow.types[number]
        return type_.batched and not type_.parts

    def listed(self, stack: str) -> Expr | None:
        return Name(self.stack(stack)) if stack in self.flow.lists else None

    def part(self, part: Part, source: Expr) -> None:
        """The steps of a recipe inside a layer. All but `output` begin at an operand."""
        if isinstance(source, Name) and not self.frame.held(part.entry):
            self.frame.put(part.entry, source.id)
        saved = self._site, self._goal, self.expected
        self.body(part.body)
        self._site, self._goal, self.expected = saved

    def witnesses(self, step: OpStep) -> Sequence[OpStep]:
        if not self._witnesses:
            for instance in self.plan.instances:
                for each in all_steps(instance.steps):
                    if isinstance(each, OpStep):
                        self._witnesses[each.site.name].append(each)
        return self._witnesses[step.site.name]

    def values(self, setting: str) -> Sequence[object]:
        return [dict(instance.settings).get(setting) for instance in self.plan.instances]

    def perhaps(self, test: Expr, call: Callable[[Expr], Expr], operand: Expr) -> Expr:
        goal = self._goal or self.frame.free("value", self.expected | {*self.frame.holds.values()})
        if operand != Name(goal):
            self.frame.add(b.assign(goal, operand))
        self.frame.add(If(test, (b.assign(goal, call(Name(goal))),)))
        if self._goal:
            self.frame.drop(goal)
        return Name(goal)

    def tied(self, owner: str) -> str:
        return self.tied_weights.get(owner, "")

    def resolve(self, term: Term, near: tuple[Value, ...] = ()) -> Expr | None:
        """A setting's name, or a dimension read off a value: an operand's where it has it."""
        if term.op == "dim":
            self.reads[term] += 1
        if term in self.dims:
            return Name(self.dims[term])
        if any(leaf in self.anchors for leaf in term.walk()):
            for value in near:
                found = shape_terms(value).get(term)
                if found is not None and self.frame.held(value):
                    return self.dim(*found)
        if term in self.anchors:
            return self.dim(*self.anchors[term])
        if term.op == "var":
            name = str(term.args[0])
            return Name(self.settings.get(name, name))
        return None

    def dim(self, value: Value, axis: int) -> Expr:
        """`x.shape[1]`."""
        at = layout.index(value.type, axis)
        return b.index(b.attr(self.frame.name(value), "shape"), b.neg(1) if at == -1 else at)

    def formula(self, term: Term, near: tuple[Value, ...] = ()) -> Expr:
        return expr_of(term, lambda leaf: self.resolve(leaf, near))

    def fits(self, expr: Expr, before: int = 0) -> bool:
        """True where an expression stands on one line, behind so many characters."""
        indent = 4 * (1 + self.looping)
        return indent + before + len(render_expression(expr)) <= WIDTH

    # ---- surroundings ----------------------------------------

    def stack(self, name: str) -> str:
        """The list variable of a stack, made empty at the function's start."""
        if name not in self.stacks:
            self.stacks[name] = self.frame.reserve(name)
        return self.stacks[name]

    @contextmanager
    def at_index(self, index: Expr) -> Iterator[None]:
        """Layer names inside get this index."""
        self.indices.append(index)
        self.looping += 1
        try:
            yield
        finally:
            self.indices.pop()
            self.looping -= 1

    def comment(self, out: Value, ins: Sequence[Value]) -> str:
        """The shape where it changes, in the model's own function."""
        same = bool(ins) and ins[0].type.shape == out.type.shape
        if not self.root or self.gathered or same or not out.type.rank or out.type.parts:
            return ""
        if self.looping and any(isinstance(d, Sym) for d in out.type.shape):
            return ""
        return f"[{', '.join(_shown(d) for d in out.type.shape)}]"


def _shown(dim: object) -> str:
    assert isinstance(dim, int | OpenDim)
    return show_dim(dim)
