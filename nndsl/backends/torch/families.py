"""Classes of one definition that differ in little become one class with a setting more.

`ConvBN` with and without padding, a unit with one norm or another: the generaliser writes a class
for each structure. Where they differ in a keyword of a layer, or in which layer stands at a place,
that is a parameter. Whatever is more different stays two classes; the validator reads the result.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from nndsl.emit import build as b
from nndsl.emit.rewrite import rewritten
from nndsl.emit.tree import (
    Assign,
    Attr,
    Bin,
    Call,
    ClassDef,
    Const,
    Expr,
    FunctionDef,
    Index,
    Name,
    Param,
    Pass,
    Stmt,
    TupleE,
)
from nndsl.emit.walk import names, nodes
from nndsl.ir.steps import Plan

Extras = dict[str, dict[str, Expr]]
DEFAULTS: Mapping[str, int] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
ORDER = (*DEFAULTS, "bias")
IDENTITY = b.dotted("nn.Identity")


class ApartError(Exception):
    """Two classes are too different."""


def joined(plans: Sequence[Plan], classes: list[Stmt]) -> list[Stmt]:
    """The classes of plans, in their order, with those of one definition made one where it can be.

    The plans of classes that went get the name of the one that stays.
    """
    families: dict[int, list[int]] = {}
    for i, plan in enumerate(plans[:-1]):
        if plan.general:
            families.setdefault(id(plan.definition), []).append(i)
    for members in families.values():
        while len(members) > 1 and (made := _pair(members, classes)):
            first, other, changed = made
            plans[other].name = plans[first].name
            classes = changed
            members.remove(other)
    return [each for each in classes if each != _GONE]


_GONE = Pass()


def _pair(members: list[int], classes: list[Stmt]) -> tuple[int, int, list[Stmt]] | None:
    """Two members that fit together, and the classes with them made one."""
    pairs = [(i, j) for at, i in enumerate(members) for j in members[at + 1 :]]
    for first, other in pairs:
        for one, two in ((first, other), (other, first)):
            try:
                return (
                    first,
                    other,
                    _together(first, other, _Join(classes[one], classes[two]), classes),
                )
            except ApartError:
                continue
    return None


def _together(first: int, other: int, join: _Join, classes: list[Stmt]) -> list[Stmt]:
    """The classes with one in the place of the first; it has the first one's name."""
    kept = classes[first]
    assert isinstance(kept, ClassDef)
    both = Name(join.one.name), Name(join.two.name)
    calls = [n for n in nodes(tuple(classes)) if isinstance(n, Call) and n.func in both]
    join.name = kept.name
    merged = join.merged(calls)
    return [
        merged if i == first else _GONE if i == other else rewritten(each, join.call)
        for i, each in enumerate(classes)
    ]


class _Join:
    """Two classes; `extras` are the parameters that tell them apart, with a value for each."""

    def __init__(self, one: Stmt, two: Stmt) -> None:
        assert isinstance(one, ClassDef)
        assert isinstance(two, ClassDef)
        self.one, self.two = _simple(one), _simple(two)
        self.name = one.name
        self.extras: Extras = {}
        self.defaults: dict[str, Expr] = {}
        self.own = {p.name: p for p in _init(self.one).params}
        self.body = self._body()

    # ---- bodies ----

    def _body(self) -> list[Stmt]:
        left, right = list(_init(self.one).body), list(_init(self.two).body)
        kept = {_target(s) for s in right}
        made: list[Stmt] = []
        for statement in left:
            target = _target(statement)
            if target and target not in kept:
                made.append(self._absent(statement, target))
            elif right:
                made.append(self._statement(statement, right.pop(0)))
            else:
                raise ApartError
        if right or not self._same_methods():
            raise ApartError
        return made

    def _absent(self, statement: Stmt, target: str) -> Stmt:
        """A layer that the other class goes without."""
        assert isinstance(statement, Assign)
        return self._chosen(statement, target, IDENTITY)

    def _chosen(self, statement: Assign, target: str, other: Expr) -> Stmt:
        """`self.norm = norm(width)`; other: what makes the layer in the other class."""
        call = statement.value
        if not isinstance(call, Call) or not call.args or "." in target:
            raise ApartError
        if call.func == Name(target) and target in self.own:
            self.extras[target] = {self.two.name: other}
            return statement
        if target in self.own or not isinstance(call.func, Attr):
            raise ApartError
        self.extras[target] = {self.one.name: _factory(call), self.two.name: other}
        return Assign(statement.targets, Call(Name(target), call.args))

    def _statement(self, left: Stmt, right: Stmt) -> Stmt:
        if left == right:
            return left
        if not isinstance(left, Assign) or not isinstance(right, Assign):
            raise ApartError
        if left.targets != right.targets or left.value is None or right.value is None:
            raise ApartError
        saved = dict(self.extras)
        try:
            return Assign(left.targets, self._expr(left.value, right.value))
        except ApartError:
            self.extras = saved
        same = isinstance(right.value, Call) and isinstance(left.value, Call)
        if not same or left.value.args != right.value.args:  # type: ignore[union-attr]
            raise ApartError
        assert isinstance(right.value, Call)
        return self._chosen(left, _target(left), _factory(right.value))

    def _expr(self, left: Expr, right: Expr) -> Expr:
        if left == right:
            return left
        if not isinstance(left, Call) or not isinstance(right, Call) or left.func != right.func:
            raise ApartError
        if len(left.args) != len(right.args):
            raise ApartError
        args = tuple(self._expr(x, y) for x, y in zip(left.args, right.args, strict=True))
        mine, theirs = dict(left.kwargs), dict(right.kwargs)
        words = [*mine, *(word for word in theirs if word not in mine)]
        words.sort(key=lambda w: ORDER.index(w) if w in ORDER else len(ORDER))
        return Call(left.func, args, tuple((w, self._word(w, mine, theirs)) for w in words))

    def _word(self, word: str, mine: dict[str, Expr], theirs: dict[str, Expr]) -> Expr:
        """A keyword of a layer: the same, or a parameter of that name."""
        default = Const(DEFAULTS[word]) if word in DEFAULTS else None
        left, right = mine.get(word, default), theirs.get(word, default)
        if left is None or right is None:
            raise ApartError
        if left == right:
            return left
        known = self.own.get(word)
        if left == Name(word) and known is not None and isinstance(right, Const):
            if word not in theirs and known.default == right:
                return left
            self.extras[word] = {self.two.name: right}
            return left
        if known is not None or not isinstance(left, Const) or not isinstance(right, Const):
            raise ApartError
        self.extras[word] = {self.one.name: left, self.two.name: right}
        return Name(word)

    def _same_methods(self) -> bool:
        """The other methods, without the layers that one goes without."""
        without = {t for t, values in self.extras.items() if values[self.two.name] == IDENTITY}

        def skip(node: object) -> object | None:
            if isinstance(node, Call) and isinstance(node.func, Attr) and len(node.args) == 1:
                own = node.func.value == Name("self") and node.func.name in without
                return rewritten(node.args[0], skip) if own else None
            return None

        rest = [rewritten(s, skip) for s in self.one.body if not _is_init(s)]
        return rest == [s for s in self.two.body if not _is_init(s)]

    # ---- the class that stays ----

    def merged(self, calls: list[Call]) -> ClassDef:
        """The one class; what most calls want is the default."""
        params = list(_init(self.one).params)
        other = _init(self.two).params
        if [p.name for p in other] != [p.name for p in params[: len(other)]]:
            raise ApartError
        if any(p.default is None for p in params[len(other) :]):
            raise ApartError
        params = [_wider(p, q) for p, q in zip(params, other, strict=False)] + params[len(other) :]
        for word, values in self.extras.items():
            if word in self.own:
                self._again(word, values)
                params = [self._known(p, values) if p.name == word else p for p in params]
                continue
            often = Counter(call.func for call in calls)
            ranked = sorted(values, key=lambda n: -often[Name(n)])
            self.defaults[word] = values[ranked[0]]
            params.append(Param(word, _annotation(list(values.values())), values[ranked[0]]))
        start = b.func("__init__", params, self.body)
        body = [start if _is_init(s) else s for s in self.one.body]
        return ClassDef(self.name, self.one.bases, tuple(body))

    def _again(self, word: str, values: dict[str, Expr]) -> None:
        """A third class: its value beside the default; no layer at all is the best default."""
        usual = self.own[word].default
        if usual is None:
            raise ApartError
        none = values[self.two.name] == IDENTITY
        self.defaults[word] = IDENTITY if none else usual
        values[self.one.name] = usual

    def _known(self, param: Param, values: dict[str, Expr]) -> Param:
        wide = _also(param, values[self.two.name])
        return Param(wide.name, wide.annotation, self.defaults[param.name])

    def call(self, node: object) -> object | None:
        """A call of one of the two, as one of the class that stays."""
        both = self.one.name, self.two.name
        if not isinstance(node, Call) or not isinstance(node.func, Name):
            return None
        if node.func.id not in both:
            return None
        given = dict(node.kwargs)
        for word, values in self.extras.items():
            value = values.get(node.func.id)
            if value is not None and value != self.defaults[word] and word not in given:
                given[word] = value
        args = tuple(rewritten(arg, self.call) for arg in node.args)
        return Call(Name(self.name), args, tuple(given.items()))


def _init(cls: ClassDef) -> FunctionDef:
    return next(s for s in cls.body if isinstance(s, FunctionDef) and s.name == "__init__")


def _is_init(statement: Stmt) -> bool:
    return isinstance(statement, FunctionDef) and statement.name == "__init__"


def _target(statement: Stmt) -> str:
    """`norm` of `self.norm = …`."""
    target = statement.targets[0] if isinstance(statement, Assign) else None
    own = isinstance(target, Attr) and target.value == Name("self")
    return target.name if own and isinstance(target, Attr) else ""


def _factory(call: Call) -> Expr:
    """What makes the layer from its positional arguments."""
    if not call.args or any(not isinstance(value, Const) for _, value in call.kwargs):
        raise ApartError
    if not isinstance(call.func, Attr):
        raise ApartError
    return Call(Name("partial"), (call.func,), call.kwargs) if call.kwargs else call.func


def _annotation(values: list[Expr]) -> Expr:
    if not all(isinstance(value, Const) for value in values):
        return b.index("Callable", b.lst(Name("int")), b.dotted("nn.Module"))
    kinds = sorted({type(v.value).__name__ for v in values if isinstance(v, Const)})
    return b.chain("|", *map(Name, kinds)) if len(kinds) > 1 else Name(kinds[0])


def _also(param: Param, value: Expr) -> Param:
    """The parameter with an annotation that a value fits."""
    if not isinstance(value, Const) or param.annotation is None:
        return param
    kinds = dict.fromkeys((*_kinds(param.annotation), Name(type(value.value).__name__)))
    return Param(param.name, b.chain("|", *kinds), param.default)


def _wider(left: Param, right: Param) -> Param:
    """One parameter for both."""
    if left.default != right.default:
        raise ApartError
    if left.annotation is None or right.annotation is None:
        return left
    kinds = dict.fromkeys((*_kinds(left.annotation), *_kinds(right.annotation)))
    return Param(left.name, b.chain("|", *kinds), left.default)


def _kinds(annotation: Expr) -> tuple[Expr, ...]:
    """The alternatives of `int | str`."""
    if isinstance(annotation, Bin) and annotation.op == "|":
        return (*_kinds(annotation.left), *_kinds(annotation.right))
    return (annotation,)


def _simple(cls: ClassDef) -> ClassDef:
    """Without taking a sequence apart only to put it together: `(kernel[0], kernel[1])`."""
    init = _init(cls)
    wide = {p.name for p in init.params if p.annotation == b.index("Sequence", Name("int"))}
    found: dict[str, int] = {}

    def whole(node: object) -> object | None:
        name = _unpacked(node) if isinstance(node, TupleE) else ""
        if name in wide and isinstance(node, TupleE):
            found[name] = len(node.items)
            return Name(name)
        return None

    body = tuple(rewritten(statement, whole) for statement in init.body)
    params = tuple(
        Param(p.name, b.index("tuple", *(Name("int"),) * found[p.name]), p.default)
        if p.name in found
        else p
        for p in init.params
    )
    made = FunctionDef(init.name, params, body, init.returns, init.decorators)
    rest = tuple(made if _is_init(s) else s for s in cls.body)
    indexed = {n.value.id for s in body for n in nodes(s)
               if isinstance(n, Index) and isinstance(n.value, Name)}  # fmt: skip
    return cls if found.keys() & indexed else ClassDef(cls.name, cls.bases, rest)


def _unpacked(node: TupleE) -> str:
    """The sequence whose items a tuple lists from the first on."""
    mentioned = names(node)
    wanted = tuple(Index(Name(n), Const(i)) for n in mentioned for i in range(len(node.items)))
    return next(iter(mentioned)) if len(mentioned) == 1 and node.items == wanted else ""
