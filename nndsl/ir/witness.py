"""Witnesses: where, and with what values, the instances of a definition came by each place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.nested import bodies
from nndsl.ir.statics import (
    bare,
    binary,
    compare,
    formula,
    is_list,
    items_of,
    truth,
)
from nndsl.ir.steps import Instance, LoopStep, MergeStep, Step, Turn, Value
from nndsl.ops import symbols
from nndsl.ops.numbers import OpenDim
from nndsl.ops.symbols import Term, const, var
from nndsl.source import NOWHERE


class Unknown(Exception):  # noqa: N818 - not a mistake of the user
    """A formula mentions what a witness does not have."""


class Env:
    """One round of one loop of one instance (or the instance itself): names and their values."""

    __slots__ = ("index", "instance", "loop", "parent", "steps", "turn")

    def __init__(
        self,
        instance: Instance,
        steps: Sequence[Step],
        parent: Env | None = None,
        loop: LoopStep | None = None,
        turn: Turn | None = None,
    ) -> None:
        self.instance = instance
        self.steps = steps
        self.parent = parent
        self.loop = loop
        self.turn = turn
        self.index: dict[str, Step] | None = None

    def step(self, name: str) -> Step | None:
        """The step at a site, in this round (not inside inner loops)."""
        if self.index is None:
            self.index = {}
            for step in _flat(self.steps):
                site = getattr(step, "site", None)
                if site is not None:
                    self.index.setdefault(site.name, step)
        return self.index.get(name)

    def inside(self, loop: LoopStep, turn: Turn) -> Env:
        return Env(self.instance, turn.body.steps, self, loop, turn)

    def leaf(self, term: Term) -> object:
        """The value of a variable or dimension; raises Unknown."""
        if term.op == "dim":
            return self._dim(str(term.args[0]), term.args[1])
        name = str(term.args[0])
        if name.startswith("@"):
            return self._carried(name)
        env: Env | None = self
        while env is not None:
            if env.turn is not None:
                for bound, value in env.turn.bound:
                    if bound == name:
                        return value
            env = env.parent
        for setting, value in self.instance.settings:
            if setting == name:
                return value
        raise Unknown(name)

    def _dim(self, port: str, axis: object) -> object:
        for item in self.instance.inputs:
            if item.name == port and isinstance(axis, int):
                return item.value.type.shape[axis]
        raise Unknown(port)

    def _carried(self, name: str) -> object:
        """`@loop1.2` in a turn of loop1; `@loop1.2!` after it."""
        after = name.endswith("!")
        loop_name, axis = name.strip("@!").rsplit(".", 1)
        env: Env | None = self
        while env is not None:
            if not after and env.loop is not None and env.loop.site.name == loop_name:
                return _axis(env.turn.entry if env.turn else None, int(axis))
            if after:
                step = env.step(loop_name)
                if isinstance(step, LoopStep):
                    return _axis(step.out, int(axis))
            env = env.parent
        raise Unknown(name)


def _axis(value: Value | None, axis: int) -> object:
    if value is None or axis >= len(value.type.shape):
        raise Unknown("axis")
    return value.type.shape[axis]


def _flat(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps of a round with what is inside branches and merges, but not inside loops."""
    for step in steps:
        yield step
        if isinstance(step, LoopStep):
            continue
        for body in bodies(step):
            yield from _flat(body.steps)
        if isinstance(step, MergeStep):
            yield from _flat(step.items)


def rounds(instance: Instance) -> Iterator[Env]:
    """The instance itself and every round of every loop in it, outer first."""
    stack = [Env(instance, instance.steps)]
    while stack:
        env = stack.pop()
        yield env
        inner = [s for s in _flat(env.steps) if isinstance(s, LoopStep)]
        for loop in reversed(inner):
            stack.extend(env.inside(loop, turn) for turn in reversed(loop.turns))


class Witnesses:
    """All rounds of all instances of one plan, and the steps at each site."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self.envs = [env for instance in instances for env in rounds(instance)]

    def at(self, name: str) -> list[tuple[Step, Env]]:
        """Every step at a site, with its round."""
        return [(step, env) for env in self.envs if (step := env.step(name)) is not None]


# ---- the value of a formula under a witness ----------------------------------------------------


def evaluate(term: Term, env: Env, lets: dict[str, Term]) -> object:
    """A formula's value in one round; raises Unknown where it is not determined there."""
    op, args = term.op, term.args
    if op == "const":
        return args[0]
    if op == "var" and str(args[0]) in lets:
        return evaluate(lets[str(args[0])], env, lets)
    if op in ("var", "dim"):
        return env.leaf(term)
    if op == "global" and isinstance(args[1], Term):
        return evaluate(args[1], env, lets)
    if op == "comp":
        return _comprehended(term, env, lets)
    if op in ("opaque", "open"):
        raise Unknown(op)
    if op == "truth" and isinstance(args[0], Term):
        return evaluate(args[0], env, lets)
    values = [evaluate(a, env, lets) if isinstance(a, Term) else a for a in args]
    return _apply(op, values)


def _comprehended(term: Term, env: Env, lets: dict[str, Term]) -> object:
    """The items of a comprehension."""
    element, names, over, *conds = (a if isinstance(a, Term) else const(a) for a in term.args)
    bound, made = str(names.args[0]).split(","), []
    for item in items_of(evaluate(over, env, lets)):
        parts = items_of(item) if len(bound) > 1 else (item,)
        table = {var(name): _literal(part) for name, part in zip(bound, parts, strict=True)}
        here = [symbols.substitute(part, table) for part in (element, *conds)]
        if all(truth(evaluate(cond, env, lets), NOWHERE) for cond in here[1:]):
            made.append(evaluate(here[0], env, lets))
    return tuple(made)


def _literal(value: object) -> Term:
    term = formula(bare(value))
    if term is None:
        raise Unknown("comp")
    return term


def _apply(op: str, values: list[object]) -> object:
    match op:
        case "+" | "*":
            total = values[0]
            for value in values[1:]:
                total = binary(op, total, value, NOWHERE)
            return total
        case "-" | "/" | "//" | "%" | "**":
            return binary(op, values[0], values[1], NOWHERE)
        case "neg":
            return binary("*", -1, values[0], NOWHERE)
        case "cmp":
            return compare(str(values[0]), values[1], values[2], NOWHERE)
        case "and":
            return all(truth(v, NOWHERE) for v in values)
        case "or":
            return any(truth(v, NOWHERE) for v in values)
        case "not":
            return not truth(values[0], NOWHERE)
        case "if":
            return values[1] if truth(values[0], NOWHERE) else values[2]
        case "index":
            return items_of(values[0])[_int(values[1])]
        case "list":
            return tuple(values)
        case "slice":
            ends = [None if v is None else _int(v) for v in values[1:]]
            return items_of(values[0])[slice(*ends)]
        case "call":
            return FUNCTIONS[str(values[0])](values[1:], NOWHERE)
    raise Unknown(op)


def _int(value: object) -> int:
    if not isinstance(value, int):
        raise Unknown("index")
    return int(value)


def same_value(left: object, right: object) -> bool:
    """Equal numbers, dimensions or lists."""
    if isinstance(left, OpenDim) or isinstance(right, OpenDim):
        return left == right
    if is_list(left) and is_list(right):
        a, b = items_of(left), items_of(right)
        return len(a) == len(b) and all(map(same_value, a, b))
    return left == right


__all__ = ["Env", "Unknown", "Witnesses", "evaluate", "same_value"]
