"""Compares two graphs: from the outputs down, each pair of terms once, with where and what."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from math import isclose
from typing import NamedTuple

from nndsl.ops.initializers import Start
from nndsl.ops.symbols import Term as Formula
from nndsl.validate.graph import Graph, WeightFact, multiples_of, solved
from nndsl.validate.terms import Tensor, Term

MOST = 20  # mismatches that are worth telling
# What costs nothing to compute again, or (borders, slices) goes into what follows.
PASSIVE = frozenset(
    (
        "weight",
        "input",
        "number",
        "constant",
        "arange",
        "eye",
        "sinusoids",
        "pad",
        "same",
        "slice",
        "flip",
    )
)


class Mismatch(NamedTuple):
    """where: a path of the program and the place in the emitted code; what: wanted and found."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class Compared(NamedTuple):
    """mismatches: none where the graphs agree; pairs: the program's weight to the framework's."""

    mismatches: tuple[Mismatch, ...]
    pairs: Mapping[str, str]


def compare(wanted: Graph, found: Graph, starts: bool = True) -> Compared:
    """wanted: of the program; found: of the emitted code, the same inputs in the same order.

    starts: whether weights must start alike (those of a part start with its model).
    """
    comparison = _Comparison(wanted, found, starts)
    comparison.run()
    return Compared(tuple(comparison.mismatches), comparison.paths())


class _Comparison:
    def __init__(self, wanted: Graph, found: Graph, starts: bool) -> None:
        self.starts = starts
        self.wanted = wanted
        self.found = found
        self.mismatches: list[Mismatch] = []
        self.partner: dict[int, int] = {}  # the program's term to the code's
        self.taken: dict[int, int] = {}
        self.weights: dict[Hashable, Hashable] = {}
        self.owners: dict[Hashable, Hashable] = {}

    def run(self) -> None:
        self._ends("output", self.wanted.outputs, self.found.outputs)
        self._ends("loss", self.wanted.losses, self.found.losses)
        if not self.mismatches:
            self._weights_used()
            self._runs()
            self._checks()

    def _checks(self) -> None:
        """What the text asserts of sizes is checked when the code runs, and nothing else."""
        for sizes, name in self.wanted.checks.items():
            told = any(f"that {name} asks for is not checked" in note for note in self.found.notes)
            if sizes not in self.found.checks and not told:
                self.fail(None, None, f"nothing checks that {_sizes(sizes)}, as `{name}` asks for")
        for sizes in self.found.checks.keys() - self.wanted.checks.keys():
            self.fail(None, None, f"it fails unless {_sizes(sizes)}: no text asks for that")
        self._held()

    def _held(self) -> None:
        """What inputs' types say of each other's sizes is checked, or the file says it is not."""
        told = any("says of its size" in note for note in self.found.notes)
        if self.found.held is None or told:
            return
        multiples = multiples_of(self.wanted.held or ())
        found = {solved(sizes, multiples) for sizes in self.found.held}
        for sizes in self.wanted.held or ():
            if sizes not in self.found.held and solved(sizes, multiples) not in found:
                self.fail(None, None, f"nothing checks that {_sizes(sizes)}, as the inputs say")

    def fail(self, left: Term | None, right: Term | None, what: str) -> None:
        if len(self.mismatches) < MOST:
            places = [f"`{' > '.join(left.place)}`" if left and left.place else ""]
            places.append(f"in {' > '.join(right.place)}" if right and right.place else "")
            self.mismatches.append(Mismatch(" ".join(p for p in places if p), what))

    # ---- ends ------------------------------------------------------------------------------------

    def _ends(
        self, kind: str, wanted: tuple[tuple[str, Tensor], ...],
        found: tuple[tuple[str, Tensor], ...],
    ) -> None:  # fmt: skip
        if len(wanted) != len(found):
            self.fail(None, None, f"{len(wanted)} {kind} values are wanted, {len(found)} are given")
        for (name, left), (other, right) in zip(wanted, found, strict=False):
            if name and other and name != other:
                self.fail(left.term, right.term, f"{kind} `{name}` is called `{other}`")
            if self._terms(left.term, right.term) and not self._same_end(left, right):
                what = f"{kind} {name or ''} is laid out as {right.shape}, not as {left.shape}"
                self.fail(left.term, right.term, what)
            elif kind == "output" and left.dtype != right.dtype:
                self.fail(
                    left.term, right.term, f"output {name} is {right.dtype}, not {left.dtype}"
                )

    def _same_end(self, left: Tensor, right: Tensor) -> bool:
        return left.result == right.result and left.view == right.view

    # ---- terms -----------------------------------------------------------------------------------

    def _terms(self, left: Term, right: Term) -> bool:
        """True where everything below agrees; told where it first does not. No recursion."""
        stack: list[tuple[Term, Term]] = [(left, right)]
        before = len(self.mismatches)
        while stack and len(self.mismatches) < MOST:
            mine, other = stack.pop()
            if self.partner.get(mine.number) == other.number:
                continue
            if not self._alike(mine, other):
                continue
            self.partner[mine.number] = other.number
            self.taken[other.number] = mine.number
            pairs = zip(reversed(mine.sources), reversed(other.sources), strict=True)
            stack += [(a, b) for (a, _), (b, _) in pairs]
        return len(self.mismatches) == before

    def _alike(self, left: Term, right: Term) -> bool:
        """True where two terms say the same of themselves and of how they read their operands."""
        if left.op != right.op:
            self.fail(left, right, f"{_show(left)} is wanted, {_show(right)} is computed")
            return False
        if left.op == "weight":
            return self._weights(left, right)
        if not _same(left, right):
            what = next(_differences(left, right))
            self.fail(left, right, f"{left.op}: {what}")
            return False
        if left.number in self.partner or right.number in self.taken:
            self.fail(left, right, f"{left.op}: one computation is two, or two are one")
            return False
        return True

    # ---- weights ---------------------------------------------------------------------------------

    def _weights(self, left: Term, right: Term) -> bool:
        ((_, key),), ((_, other),) = left.settings, right.settings
        known, owner = self.weights.get(key), self.owners.get(other)
        mine, theirs = self._fact(self.wanted, key), self._fact(self.found, other)
        if known is None and owner is None:
            self.weights[key], self.owners[other] = other, key
            if left.results != right.results:
                what = f"weight {theirs.name} has the shape {right.results[0]}"
                self.fail(left, right, f"{what}, `{mine.name}` has {left.results[0]}")
                return False
            if not self.starts:
                theirs = theirs._replace(start=mine.start)
            if mine[1:5] != theirs[1:5]:  # all but the name and the shape
                for what in _fact_differences(mine, theirs):
                    self.fail(left, right, f"weight `{mine.name}` ({theirs.name}): {what}")
            return True
        if known == other and owner == key:
            return True
        shared = "is shared with another layer" if known is None else "is not the shared one"
        self.fail(left, right, f"weight `{mine.name}` ({theirs.name}) {shared}")
        return False

    def _fact(self, graph: Graph, key: Hashable) -> WeightFact:
        return graph.weights.get(key) or WeightFact(str(key), True, None)

    def _weights_used(self) -> None:
        """Weights that no result reads are there as well: paired in order, as they say."""
        unread = [key for key in self.found.weights if key not in self.owners]
        for key, fact in self.wanted.weights.items():
            if key not in self.weights:
                alike = (o for o in unread if self._as_said(fact, self.found.weights[o]))
                other = next(alike, None)
                if other is not None:
                    unread.remove(other)
                    self.weights[key], self.owners[other] = other, key
        for key, fact in self.wanted.weights.items():
            if key not in self.weights:
                self.fail(None, None, f"weight `{fact.name}` is not in the emitted code")
        for key, fact in self.found.weights.items():
            if key not in self.owners:
                self.fail(None, None, f"the emitted weight {fact.name} is none of the program's")

    def _as_said(self, wanted: WeightFact, found: WeightFact) -> bool:
        """True where nothing but what reads them can tell two weights apart."""
        if not self.starts:
            found = found._replace(start=wanted.start)
        return wanted.shape == found.shape and not any(_fact_differences(wanted, found))

    def paths(self) -> dict[str, str]:
        """The program's weight paths to the framework's keys, in the program's order."""
        return {
            self._fact(self.wanted, key).name: self._fact(self.found, self.weights[key]).name
            for key in self.wanted.weights
            if key in self.weights
        }

    # ---- how often -------------------------------------------------------------------------------

    def _runs(self) -> None:
        """Each computation runs as often as in the program, and nothing runs for nothing.

        What nothing needs, though it is the same as what something needs, may be left out.
        """
        for term in self.wanted.store.terms:
            other = self.partner.get(term.number)
            if other is not None and term.op not in PASSIVE:
                twin = self.found.store.terms[other]
                if not term.runs - term.spare <= twin.runs <= term.runs:
                    what = f"{term.op} runs {twin.runs} times, not {term.runs}"
                    self.fail(term, twin, what)
        dead = [t for t in self.wanted.store.terms if t.runs and t.number not in self.partner]
        for term in self.found.store.terms:
            unread = term.runs and term.number not in self.taken
            if unread and term.op not in PASSIVE and not dead:
                self.fail(None, term, f"{_show(term)} is computed for nothing")


def _sizes(sizes: frozenset[Formula]) -> str:
    return " is ".join(sorted(map(repr, sizes)))


def _same(left: Term, right: Term) -> bool:
    """True where `_differences` has nothing to tell; soon where both are read in one way."""
    mine, theirs = left.settings, right.settings
    if left.reading is not right.reading or len(mine) != len(theirs):
        return next(_differences(left, right), None) is None
    for (name, value), (other, given) in zip(mine, theirs, strict=True):
        if name != other or not _equal(value, given):
            return False
    return [at for _, at in left.sources] == [at for _, at in right.sources]


def _differences(left: Term, right: Term) -> Iterator[str]:
    mine, theirs = dict(left.settings), dict(right.settings)
    for name in sorted(mine.keys() | theirs.keys()):
        if name not in mine or name not in theirs or not _equal(mine[name], theirs[name]):
            wanted, given = mine.get(name, "nothing"), theirs.get(name, "nothing")
            yield f"{name} is {_readable(given)}, not {_readable(wanted)}"
    if len(left.operands) != len(right.operands):
        yield f"{len(right.operands)} operands, not {len(left.operands)}"
        return
    for at, (one, two) in enumerate(zip(left.operands, right.operands, strict=True)):
        if one.result != two.result:
            yield f"operand {at + 1} is another result of {one.term.op}"
        elif one.roles != two.roles:
            yield f"operand {at + 1} is read along other axes"
    if left.results != right.results:
        yield f"it gives {right.results}, not {left.results}"


def _equal(left: object, right: object) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float) and isinstance(right, float | int):
        return left == right or isclose(left, right, rel_tol=1e-12, abs_tol=0.0)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(_equal, left, right))
    return left == right


def _fact_differences(wanted: WeightFact, found: WeightFact) -> Iterator[str]:
    if wanted.trainable != found.trainable:
        yield "it is trained" if found.trainable else "it is not trained"
    if not _same_start(wanted.start, found.start):
        yield f"it starts as {_start(found.start)}, not as {_start(wanted.start)}"
    for name, mine, theirs in (("l1", wanted.l1, found.l1), ("l2", wanted.l2, found.l2)):
        if not isclose(mine, theirs, rel_tol=1e-9):
            yield f"{name} is {theirs:g}, not {mine:g}"


def _same_start(wanted: Start | None, found: Start | None) -> bool:
    if wanted is None or found is None or wanted == found:
        return wanted == found
    if wanted.distribution != found.distribution or len(wanted.numbers) != len(found.numbers):
        return False
    pairs = zip(wanted.numbers, found.numbers, strict=True)
    return all(isclose(a, b, rel_tol=1e-6, abs_tol=1e-12) for a, b in pairs)


def _start(start: Start | None) -> str:
    if start is None:
        return "the framework's own start"
    return f"{start.distribution}({', '.join(f'{number:g}' for number in start.numbers)})"


def _show(term: Term) -> str:
    if term.op == "input":
        return f"the input {dict(term.settings)['name']}"
    if term.op == "number":
        return f"the number {dict(term.settings)['value']}"
    return f"`{term.op}`"


def _readable(value: object) -> str:
    return ", ".join(map(_readable, value)) if isinstance(value, tuple) else f"{value}"
