"""Expressions of the emitted code, evaluated over compile-time values and abstract ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from nndsl.emit import tree
from nndsl.emit.tree import Expr
from nndsl.validate import plain
from nndsl.validate.objects import (
    Bound,
    Class,
    Function,
    Instance,
    Namespace,
    Reading,
    Scope,
    Space,
    Spent,
    Super,
    Unknown,
    Unreadable,
)

BUDGET = 20_000_000  # evaluated nodes in one run


class Evaluator:
    """Evaluates expressions; the interpreter adds statements and calls."""

    def __init__(self, reading: Reading, budget: int = BUDGET) -> None:
        self.reading = reading
        self.left = budget

    def evaluate(self, node: Expr, scope: Scope) -> object:
        """The value of an expression. Raises Unreadable, Misfit or Spent."""
        self.left -= 1
        if self.left < 0:
            raise Spent
        run = _TABLE.get(type(node))
        if run is None:
            raise Unreadable(f"no meaning for {type(node).__name__}")
        return run(self, node, scope)

    def call(self, function: object, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        raise NotImplementedError

    # ---- names and attributes --------------------------------------------------------------------

    def attribute(self, value: object, name: str) -> object:
        """`value.name`."""
        if isinstance(value, Instance):
            return self._of_instance(value, name)
        if isinstance(value, Space):
            return self.reading.member(value, name)
        if isinstance(value, Namespace) and name in value.members:
            return value.members[name]
        if isinstance(value, Super):
            return self._above(value, name)
        if isinstance(value, Class):
            found = value.member(name)
            if found is not None:
                return found
            raise Unreadable(f"the class {value.name} has no `{name}`")
        if isinstance(value, Function) and name == "__name__":
            return value.name
        if plain.is_plain(value):
            return plain.method(value, name)
        return self.reading.attribute(self, value, name)  # type: ignore[arg-type]

    def _of_instance(self, instance: Instance, name: str) -> object:
        if name in instance.attributes:
            return instance.attributes[name]
        if instance.cls is None:
            return self.reading.attribute(self, instance, name)  # type: ignore[arg-type]
        member = instance.cls.member(name)
        if isinstance(member, Function):
            if member.marked("property"):
                return self.call(Bound(member, instance), (), {})
            return member if member.marked("staticmethod") else Bound(member, instance)
        if member is not None:
            return member
        return self.reading.attribute(self, instance, name)  # type: ignore[arg-type]

    def _above(self, value: Super, name: str) -> object:
        base = value.cls.base
        if isinstance(base, Class):
            member = base.member(name)
            if isinstance(member, Function):
                return Bound(member, value.instance)
        return self.reading.base_method(self, value.instance, name)  # type: ignore[arg-type]

    def index(self, value: object, index: object) -> object:
        if isinstance(value, range):
            value = list(value)
        if not plain.is_plain(value):
            return self.reading.index(self, value, index)  # type: ignore[arg-type]
        try:
            return value[index]  # type: ignore[index]
        except (TypeError, LookupError) as error:
            raise Unreadable(f"{value!r}[{index!r}]: {error}") from None

    def items(self, value: object) -> list[object]:
        """The items of an iterable; they count against the budget."""
        if plain.is_plain(value) or isinstance(value, range):
            found = plain.items(value)
        else:
            found = self.reading.iterate(value)
        self.left -= len(found)
        return found

    # ---- operators -------------------------------------------------------------------------------

    def binary(self, op: str, left: object, right: object) -> object:
        if plain.is_plain(left) and plain.is_plain(right):
            return plain.binary(op, left, right)
        result = self.reading.binary(op, left, right)
        if result is NotImplemented:
            raise Unreadable(f"no meaning for {left!r} {op} {right!r}")
        return result

    def compare(self, op: str, left: object, right: object) -> object:
        plainly = plain.is_plain(left) and plain.is_plain(right)
        if plainly or op in ("is", "is not", "in", "not in"):
            return plain.compare(op, left, right)
        result = self.reading.binary(op, left, right)
        if result is NotImplemented:
            raise Unreadable(f"no meaning for {left!r} {op} {right!r}")
        return result

    def truth(self, node: Expr, scope: Scope) -> bool | Unknown:
        return plain.truth(self.evaluate(node, scope))

    def decided(self, node: Expr, scope: Scope) -> bool:
        """The truth of a test that must be known."""
        value = self.truth(node, scope)
        if isinstance(value, Unknown):
            raise Unreadable(f"a choice that depends on a size known only at run time: {value}")
        return value

    # ---- calls -----------------------------------------------------------------------------------

    def arguments(
        self, node: tree.Call, scope: Scope
    ) -> tuple[tuple[object, ...], dict[str, object]]:
        args = _sequence(self, node.args, scope)
        kwargs: dict[str, object] = {}
        if not node.kwargs:
            return tuple(args), kwargs
        for name, arg in node.kwargs:
            value = self.evaluate(arg, scope)
            if name:
                kwargs[name] = value
            elif isinstance(value, dict):
                kwargs.update(value)
            else:
                raise Unreadable(f"**{value!r}")
        return tuple(args), kwargs

    def loop(
        self, clauses: tuple[tree.Clause, ...], scope: Scope, element: Callable[[Scope], object]
    ) -> Iterator[object]:
        """The elements of a comprehension."""
        if not clauses:
            yield element(scope)
            return
        first, *rest = clauses
        for item in self.items(self.evaluate(first.iter, scope)):
            inner = Scope(scope)
            self.assign(first.target, item, inner)
            if all(self.decided(test, inner) for test in first.conditions):
                yield from self.loop(tuple(rest), inner, element)

    def assign(self, target: Expr, value: object, scope: Scope) -> None:
        """`target = value`: a name, an attribute, an index, or a tuple of targets."""
        if isinstance(target, tree.Name):
            scope.names[target.id] = value
        elif isinstance(target, tree.Attr):
            self._assign_attribute(self.evaluate(target.value, scope), target.name, value)
        elif isinstance(target, tree.TupleE | tree.ListE):
            self._unpack(target.items, self.items(value), scope)
        elif isinstance(target, tree.Index):
            owner = self.evaluate(target.value, scope)
            key = self.evaluate(target.key, scope)
            self._assign_item(owner, key, value)
        else:
            raise Unreadable(f"no meaning for {type(target).__name__} as a target")

    def _assign_item(self, owner: object, key: object, value: object) -> None:
        if isinstance(owner, dict):
            owner[key] = value
            return
        if not isinstance(owner, list) or not isinstance(key, int) or key >= len(owner):
            raise Unreadable(f"assignment to item {key!r} of {owner!r}")
        owner[key] = value

    def _assign_attribute(self, owner: object, name: str, value: object) -> None:
        self.reading.set_attribute(self, owner, name, value)  # type: ignore[arg-type]

    def _unpack(self, targets: tuple[Expr, ...], values: list[object], scope: Scope) -> None:
        stars = [at for at, each in enumerate(targets) if isinstance(each, tree.Starred)]
        if stars:
            at, after = stars[0], len(targets) - stars[0] - 1
            starred = targets[at]
            assert isinstance(starred, tree.Starred)
            middle = values[at : len(values) - after]
            values = [*values[:at], middle, *values[len(values) - after :]]
            targets = (*targets[:at], starred.value, *targets[at + 1 :])
        if len(targets) != len(values):
            raise Unreadable(f"{len(values)} values for {len(targets)} targets")
        for target, value in zip(targets, values, strict=True):
            self.assign(target, value, scope)


# ---- a reader for each node ----------------------------------------------------------------------


def _name(run: Evaluator, node: tree.Name, scope: Scope) -> object:
    names = scope.names
    return names[node.id] if node.id in names else scope.find(node.id)


def _const(run: Evaluator, node: tree.Const, scope: Scope) -> object:
    return node.value


def _attr(run: Evaluator, node: tree.Attr, scope: Scope) -> object:
    held = node.value
    if type(held) is not tree.Name:
        return run.attribute(run.evaluate(held, scope), node.name)
    run.left -= 1  # as most are: `self.dense`, `nn.Linear`
    value = _name(run, held, scope)
    if type(value) is Instance and node.name in value.attributes:
        return value.attributes[node.name]
    return run.attribute(value, node.name)


def _call(run: Evaluator, node: tree.Call, scope: Scope) -> object:
    func = node.func
    if type(func) is tree.Name and func.id == "super" and not scope.knows("super"):
        owner, instance = scope.find("__class__"), scope.find("__self__")
        assert isinstance(owner, Class), owner
        assert isinstance(instance, Instance), instance
        return Super(owner, instance)
    function = run.evaluate(func, scope)
    args, kwargs = run.arguments(node, scope)
    return run.call(function, args, kwargs)


def _index(run: Evaluator, node: tree.Index, scope: Scope) -> object:
    value = run.evaluate(node.value, scope)
    if isinstance(value, plain.Once):
        raise Unreadable("an iterator has no items to index")
    return run.index(value, run.evaluate(node.key, scope))


def _slice(run: Evaluator, node: tree.Slice, scope: Scope) -> object:
    bounds = (node.lower, node.upper, node.step)
    return slice(*(None if each is None else run.evaluate(each, scope) for each in bounds))


def _sequence(run: Evaluator, items: tuple[Expr, ...], scope: Scope) -> list[object]:
    found: list[object] = []
    for item in items:
        if type(item) is tree.Const:  # most of what a layer is given
            run.left -= 1
            found.append(item.value)
        elif type(item) is tree.Starred:
            found.extend(run.items(run.evaluate(item.value, scope)))
        else:
            found.append(run.evaluate(item, scope))
    return found


def _dict(run: Evaluator, node: tree.DictE, scope: Scope) -> object:
    found: dict[object, object] = {}
    for key, item in node.items:
        value = run.evaluate(item, scope)
        if key is not None:
            found[run.evaluate(key, scope)] = value
        elif isinstance(value, dict):
            found.update(value)
    return found


def _unary(run: Evaluator, node: tree.Unary, scope: Scope) -> object:
    if node.op == "not":
        truth = run.truth(node.value, scope)
        return Unknown(f"not {truth}") if isinstance(truth, Unknown) else not truth
    value = run.evaluate(node.value, scope)
    if plain.is_plain(value):
        return plain.unary(node.op, value)
    result = run.reading.unary(node.op, value)
    if result is NotImplemented:
        raise Unreadable(f"no meaning for {node.op}{value!r}")
    return result


def _bin(run: Evaluator, node: tree.Bin, scope: Scope) -> object:
    return run.binary(node.op, run.evaluate(node.left, scope), run.evaluate(node.right, scope))


def _compare(run: Evaluator, node: tree.Compare, scope: Scope) -> object:
    left, result = run.evaluate(node.left, scope), None
    for op, item in node.rest:
        right = run.evaluate(item, scope)
        result = run.compare(op, left, right)
        if len(node.rest) > 1 and plain.truth(result) is False:
            return False
        left = right
    return result


def _bool_op(run: Evaluator, node: tree.BoolOp, scope: Scope) -> object:
    ends, unknown, value = node.op == "or", None, None
    for item in node.values:
        value = run.evaluate(item, scope)
        truth = plain.truth(value)
        if truth is ends:
            return value
        if isinstance(truth, Unknown):
            unknown = truth
    return unknown or value


def _cond(run: Evaluator, node: tree.Cond, scope: Scope) -> object:
    return run.evaluate(node.body if run.decided(node.test, scope) else node.orelse, scope)


def _lambda(run: Evaluator, node: tree.Lambda, scope: Scope) -> object:
    return Function(node, scope, {})


def _comp(run: Evaluator, node: tree.Comp, scope: Scope) -> object:
    return list(run.loop(node.clauses, scope, lambda inner: run.evaluate(node.element, inner)))


def _fstring(run: Evaluator, node: tree.FString, scope: Scope) -> object:
    shown = []
    for part in node.parts:
        if isinstance(part, str):
            shown.append(part)
        elif isinstance(part, tree.Interp):
            value = run.evaluate(part.value, scope)
            shown.append(plain.format_value(value, part.conversion, part.spec))
        else:
            shown.append(plain.format_value(run.evaluate(part, scope), "", ""))
    return "".join(shown)


def _joined(run: Evaluator, node: tree.Joined, scope: Scope) -> object:
    return "".join(str(run.evaluate(part, scope)) for part in node.parts)


_TABLE: Mapping[type, Callable[..., object]] = {
    tree.Name: _name,
    tree.Const: _const,
    tree.Attr: _attr,
    tree.Call: _call,
    tree.Index: _index,
    tree.Slice: _slice,
    tree.TupleE: lambda run, node, scope: tuple(_sequence(run, node.items, scope)),
    tree.ListE: lambda run, node, scope: _sequence(run, node.items, scope),
    tree.DictE: _dict,
    tree.Unary: _unary,
    tree.Bin: _bin,
    tree.Compare: _compare,
    tree.BoolOp: _bool_op,
    tree.Cond: _cond,
    tree.Lambda: _lambda,
    tree.Comp: _comp,
    tree.FString: _fstring,
    tree.Joined: _joined,
}
