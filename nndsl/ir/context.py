"""What a walk over one body keeps: names, the flow, the steps made so far, the shared tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from nndsl.diagnostics import Diagnostics, Failure
from nndsl.diagnostics.model import fail
from nndsl.ir.binding import Alike
from nndsl.ir.reserved import later, refuse_reserved
from nndsl.ir.scope import Bound, Scope, Unit
from nndsl.ir.silent import Silent
from nndsl.ir.steps import Instance, OpStep, OwnStep, Site, Step, UseStep, Value
from nndsl.ops.base import Type
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Dim
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.holes import ANY

MAX_STEPS = 250_000
MAX_RECURSIVE = 5_000
MAX_LISTED = 2_000_000
SAMPLE = 1_000  # rounds after which a loop is known well enough
MAX_DEPTH = 200
LONGEST_QUOTE = 60

BROKEN = Type((), "broken")
Flow: TypeAlias = "Value | Many | None"


class Many(tuple[Value, ...]):
    """Several results that have yet to be taken apart."""


class Owned:
    """A `shared` declaration while its braces are walked: its stage, and its first use.

    uses: how often its stage has run so far.
    """

    __slots__ = ("frozen", "scope", "site", "stage", "use", "uses")

    def __init__(self, site: Site, stage: ast.Stage, scope: Scope, frozen: bool) -> None:
        self.site = site
        self.stage = stage
        self.scope = scope
        self.frozen = frozen
        self.use: OpStep | UseStep | None = None
        self.uses = 0


class Home:
    """What all walks of one compilation share."""

    def __init__(self, diagnostics: Diagnostics) -> None:
        self.diagnostics = diagnostics
        self.made = 0
        self.depth = 0
        self.recursive = 0
        self.listed = 0  # the items that lists were made of
        # That the budget is spent: said once of a file, whose other models then have a part of it.
        self.told = any(each.code == "NN401" for each in diagnostics.items)
        self.most = MAX_STEPS // 10 if self.told else MAX_STEPS
        self.open: list[int] = []  # the definitions that are being walked, by identity
        self.memo: dict[tuple[object, ...], Instance] = {}
        self.alike = Alike()
        self.pictures: dict[tuple[Dim, ...], Span] = {}  # inputs whose channels seem to come first
        self.sites: dict[int, dict[tuple[int, int], Site]] = {}

    def foresee(self, where: Span, steps: int) -> None:
        """NN401 for a loop that is to go on longer than the budget allows, before it does."""
        if self.made + steps > self.most:
            raise self._over(where)

    def recurse(self, where: Span) -> None:
        """NN401 where blocks that use themselves make too many instances."""
        self.recursive += 1
        if self.recursive > MAX_RECURSIVE:
            raise fail(
                "NN401",
                where,
                f"blocks that use themselves make more than {MAX_RECURSIVE:,} instances",
                "let fewer of them differ: equal uses are made once",
            )

    def spend(self, where: Span, steps: int = 1) -> None:
        """NN401 where the program would grow past the budget of steps."""
        self.made += steps
        if self.made > self.most:
            raise self._over(where)

    def list_items(self, where: Span, items: int) -> None:
        """NN304 where the lists of a program hold too many items in all."""
        self.listed += items
        if self.listed > MAX_LISTED:
            raise fail(
                "NN304",
                where,
                f"the lists of this program have more than {MAX_LISTED:,} items in all",
                "make them shorter, or make them once",
            )

    def foresee_rounds(self, where: Span, since: int, done: int, left: int) -> None:
        """NN401 for a loop that will surely spend the budget, from what its rounds took so far.

        since: the steps made when its second round began; done: the rounds since then.
        """
        wide = 1 if done >= SAMPLE else 4  # few rounds may be larger than those to come
        self.foresee(where, (self.made - since) * left // (done * wide))

    def _over(self, where: Span) -> Failure:
        if self.told:
            return Silent()
        self.told = True
        message = f"this makes more than {MAX_STEPS:,} steps"
        return fail("NN401", where, message, "use fewer or shorter loops")


class Context:
    """The state of one walk over one definition's body."""

    def __init__(self, home: Home, unit: Unit, instance: Instance, scope: Scope) -> None:
        self.home = home
        self.unit = unit
        self.instance = instance
        self.scope = scope
        self.flow: Value | None = None
        self.steps: list[Step] = []
        self.frozen = False
        self.stacks: dict[str, list[Value]] = {}
        self.owned: dict[str, Owned] = {}
        self.owner = ""
        self.losses: dict[str, Span] = {}  # `loss` lines by name, and where
        self.stack_moves = 0
        self.origin: dict[int, Span] = {}
        self.sites: dict[tuple[int, int], Site] = {}
        self.prefix = ""
        self._ids = 0

    # ---- values and steps ----

    def new_value(self, type_: Type, origin: Span | None = None) -> Value:
        value = Value(self._ids, type_)
        self._ids += 1
        if origin is not None:
            self.origin[value.id] = origin
        return value

    def broken(self) -> Value:
        """A value that stands for a mistake already reported; what uses it stays silent."""
        self.instance.broken = True
        return self.new_value(BROKEN)

    def emit(self, step: Step) -> None:
        self.home.spend(self.instance.definition.span)
        self.steps.append(step)

    def site(self, span: Span, word: str) -> Site:
        """The place of a node; a node that the pre-scan did not name is named after `word`."""
        found = self.sites.get((span.start, span.end))
        if found is None:
            found = Site(word, span)
        return found._replace(name=f"{self.prefix}{found.name}") if self.prefix else found

    @contextmanager
    def inside(self, scope: Scope) -> Iterator[list[Step]]:
        """Steps made inside go to a list of their own, names to `scope`."""
        steps: list[Step] = []
        saved = self.scope, self.steps
        self.scope, self.steps = scope, steps
        try:
            yield steps
        finally:
            self.settle(steps)
            self.scope, self.steps = saved

    def settle(self, steps: list[Step]) -> None:
        """Fills in what the shared declarations of these steps turned out to own."""
        for i, step in enumerate(steps):
            if isinstance(step, OwnStep) and step.site.name in self.owned:
                own = self.owned[step.site.name]
                steps[i] = OwnStep(step.site, own.use, own.frozen)

    # ---- names ----

    def declare(self, name: str, what: object, span: Span) -> None:
        """Binds a name; NN311 where it repeats one in sight."""
        if name == "_":
            return
        refuse_reserved(name, span)
        old = self.scope.find(name)
        if old is not None:
            from nndsl.ir.unknown import bound_again  # most texts bind each name once

            raise bound_again(self, name, span, old)
        self.scope.names[name] = Bound(what, span)

    def lookup(self, name: str) -> Bound | None:
        return self.scope.find(name)

    def unknown(self, name: str, span: Span, wanted: str = "layer, block or value") -> Failure:
        """NN101 with the names that were near; silent where a line was left out that has it."""
        doubtful = self.unit.file.doubtful
        if not name or {name, ANY} & doubtful or name in self.unit.lost:
            return Silent()
        reserved = later(name, span)
        if reserved is not None:
            return reserved
        from nndsl.ir.unknown import explained  # most texts know all their names

        return explained(self, name, span, wanted)

    def quoted(self, span: Span, otherwise: str = "…") -> str:
        """What the text says at a place, to be said again in a fix; or `otherwise`, where it is
        long, has several lines, or stands in another file."""
        text = self.unit.text[span.start : span.end] if span.file == self.unit.name else ""
        return text if text and len(text) <= LONGEST_QUOTE and "\n" not in text else otherwise

    def quoted_head(self, span: Span) -> str:
        """What stands before a place in its line, up to the `=`: `skip =`, `push skips =`."""
        head = self.unit.text[: span.start] if span.file == self.unit.name else ""
        head = head[max(map(head.rfind, "\n;{")) + 1 :].strip()
        return head if head.endswith("=") and len(head) <= LONGEST_QUOTE else "x ="

    def no_flow(self, span: Span) -> Failure:
        """NN316: a stage, or `_`, where no value has come in yet."""
        names = [port.name for port in self.instance.inputs]
        start = f"`{names[0]} -> {self.quoted(span)}`" if names else "an input's name, then `->`"
        why = "of several inputs none flows by itself: " if len(names) > 1 else ""
        fix = f"{why}start the line with a value, {start}"
        return fail("NN316", span, "nothing flows here yet", fix)

    def several(self, values: Many, span: Span) -> Failure:
        """NN323: several values where one is wanted."""
        from nndsl.ir.taken import several

        return several(self, values, span)

    # ---- what the parts of the walk ask of each other ----

    def evaluate(self, expr: ast.Expr, setting: bool = False) -> object:
        """The static value or tensor of an expression; recipes and words only for settings."""
        raise NotImplementedError

    def pipeline(self, pipeline: ast.Pipeline, flow: Flow, value_first: bool = False) -> Flow:
        """What comes out of a pipeline."""
        raise NotImplementedError

    def stage(self, stage: ast.Stage, flow: Flow, first: bool) -> Flow:
        raise NotImplementedError

    def lines(self, body: tuple[ast.Line, ...]) -> None:
        raise NotImplementedError

    def instantiate(
        self,
        definition: ast.Def,
        unit: Unit,
        settings: dict[str, SettingValue],
        types: list[tuple[str, Type]],
        where: Span,
    ) -> Instance:
        raise NotImplementedError
