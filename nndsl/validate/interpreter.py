"""Runs the emitted code tree over compile-time values and abstract tensors: no framework, no text.

A small Python: assignments, `for`, `if`, functions, classes with one base, comprehensions,
f-strings. What it cannot read is an error, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from nndsl.emit import tree
from nndsl.emit.tree import FunctionDef, Lambda, Stmt
from nndsl.validate import plain
from nndsl.validate.expressions import BUDGET, Evaluator
from nndsl.validate.objects import (
    Bound,
    Builtin,
    Class,
    Function,
    Namespace,
    Raised,
    Reading,
    Scope,
    Space,
    Unknown,
    Unreadable,
)

DEEPEST = 1000  # calls inside one another
# What a call that does not fit may raise in a reading.
FAILS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class _Returned(NamedTuple):
    value: object


class Interpreter(Evaluator):
    """One run of emitted code.

    stack: the calls that are open, for messages. asserted: pairs of sizes that the code holds to be
    equal, where only its run can tell.
    """

    def __init__(self, reading: Reading, budget: int = BUDGET) -> None:
        super().__init__(reading, budget)
        self.stack: list[str] = []
        self.bounds: Mapping[int, int] = {}
        self.asserted: list[tuple[object, ...]] = []
        self.module = Scope()
        self.module.names.update(plain.constructors())
        self.module.names["range"] = Builtin("range", self._range)
        functions = plain.numeric()
        math = {name.removeprefix("math."): functions.pop(name) for name in [*functions]
                if name.startswith("math.")}  # fmt: skip
        self.module.names.update(functions)
        self.module.names["math"] = Namespace("math", math)
        self.module.names.update(reading.names())

    def _range(self, *bounds: object) -> range:
        """Python's; of a very long program with fewer turns (see `shorten`)."""
        if len(bounds) == 1 and isinstance(bounds[0], int):
            return plain.count(self.bounds.get(bounds[0], bounds[0]))
        return plain.count(*bounds)

    def define(self, code: Sequence[Stmt]) -> None:
        """Runs the module's statements: classes, functions, constants."""
        self._block(tuple(code), self.module)

    def named(self, name: str) -> object:
        return self.module.find(name)

    # ---- calls -----------------------------------------------------------------------------------

    def call(self, function: object, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        """The result of a call of anything that can be called."""
        if len(self.stack) > DEEPEST:
            raise Unreadable(f"calls more than {DEEPEST} deep")
        if isinstance(function, Builtin):
            return self._builtin(function, args, kwargs)
        if isinstance(function, Function):
            return self._run(function, args, kwargs)
        if isinstance(function, Bound):
            return self._run(function.function, (function.instance, *args), kwargs)
        if isinstance(function, Class):
            return self._create(function, args, kwargs)
        if isinstance(function, Space):
            raise Unreadable(f"no meaning for a call of `{function.path}`")
        self.stack.append(repr(function))
        try:
            result = self.reading.call(self, function, (args, kwargs))
        except FAILS as error:
            raise Unreadable(f"{function!r}: {error}") from None
        self.stack.pop()
        return result

    def _builtin(
        self, function: Builtin, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> object:
        if function.lists:
            args = tuple(arg if plain.is_plain(arg) and not isinstance(arg, range)
                         else self.items(arg) for arg in args)  # fmt: skip
        try:
            return function.run(*args, **kwargs)
        except FAILS as error:
            raise Unreadable(f"{function.name}: {error}") from None

    def _create(self, cls: Class, args: tuple[object, ...], kwargs: dict[str, object]) -> object:
        instance = self.reading.create(self, cls)
        self.stack.append(cls.name)
        start = cls.member("__init__")
        if isinstance(start, Function):
            self._run(start, (instance, *args), kwargs)
        else:
            self.call(self.reading.base_method(self, instance, "__init__"), args, kwargs)
        self.stack.pop()
        return instance

    def _run(
        self, function: Function, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> object:
        scope = Scope(function.scope)
        node = function.node
        if isinstance(node, Lambda):
            scope.names.update(zip(node.params, args, strict=True))
            return self.evaluate(node.body, scope)
        if function.owner is not None and args:
            scope.names["__class__"], scope.names["__self__"] = function.owner, args[0]
        names = function.positional
        if names is not None and not kwargs and len(names) == len(args):
            scope.names.update(zip(names, args, strict=True))
        else:
            scope.names.update(_bind(function, node, args, kwargs))
        self.stack.append(function.name)
        result = self._block(node.body, scope)
        self.stack.pop()
        return None if result is None else result.value

    # ---- statements ------------------------------------------------------------------------------

    def _block(self, body: tuple[Stmt, ...], scope: Scope) -> _Returned | None:
        for statement in body:
            self.left -= 1
            run = _STATEMENTS.get(type(statement))
            if run is None:
                raise Unreadable(f"no meaning for {type(statement).__name__}")
            result = run(self, statement, scope)
            if result is not None:
                return result
        return None

    def _assign(self, node: tree.Assign, scope: Scope) -> None:
        if node.value is not None:
            value = self.evaluate(node.value, scope)
            for target in node.targets:
                self.assign(target, value, scope)

    def _augment(self, node: tree.AugAssign, scope: Scope) -> None:
        old, more = self.evaluate(node.target, scope), self.evaluate(node.value, scope)
        if isinstance(old, list) and node.op == "+":
            old.extend(self.items(more))
            return
        self.assign(node.target, self.binary(node.op, old, more), scope)

    def _expression(self, node: tree.ExprStmt, scope: Scope) -> None:
        self.evaluate(node.value, scope)

    def _return(self, node: tree.Return, scope: Scope) -> _Returned:
        return _Returned(None if node.value is None else self.evaluate(node.value, scope))

    def _for(self, node: tree.For, scope: Scope) -> _Returned | None:
        for item in self.items(self.evaluate(node.iter, scope)):
            self.assign(node.target, item, scope)
            result = self._block(node.body, scope)
            if result is not None:
                return result
        return None

    def _if(self, node: tree.If, scope: Scope) -> _Returned | None:
        truth = self.truth(node.test, scope)
        if not isinstance(truth, Unknown):
            return self._block(node.body if truth else node.orelse, scope)
        if node.orelse or not all(isinstance(each, tree.Raise) for each in node.body):
            raise Unreadable(f"a choice that depends on a size known only at run time: {truth}")
        self._held(truth, "!=")
        return None

    def _held(self, truth: Unknown, op: str) -> None:
        """A test of a size that ends the run: an equality, noted for the comparison."""
        if truth.op != op:
            raise Unreadable(f"a check of sizes that is no equality: {truth}")
        self.asserted.append(truth.sides)

    def _with(self, node: tree.With, scope: Scope) -> _Returned | None:
        for context, name in node.items:
            value = self.evaluate(context, scope)
            if name is not None:
                self.assign(name, value, scope)
        return self._block(node.body, scope)

    def _raise(self, node: tree.Raise, scope: Scope) -> None:
        raise Raised(f"the emitted code raises in {' > '.join(self.stack[-3:])}")

    def _assert(self, node: tree.Assert, scope: Scope) -> None:
        truth = self.truth(node.test, scope)
        if isinstance(truth, Unknown):
            self._held(truth, "==")
        elif not truth:
            raise Raised(f"an assertion fails in {' > '.join(self.stack[-3:])}")

    def _function(self, node: FunctionDef, scope: Scope) -> None:
        scope.names[node.name] = self._made(node, scope, None)

    def _made(self, node: FunctionDef, scope: Scope, owner: Class | None) -> Function:
        defaults = {
            param.name: self.evaluate(param.default, scope)
            for param in node.params
            if param.default is not None
        }
        return Function(node, scope, defaults, owner)

    def _class(self, node: tree.ClassDef, scope: Scope) -> None:
        bases = [self.evaluate(base, scope) for base in node.bases]
        if len(bases) > 1:
            raise Unreadable(f"{node.name} has more than one base")
        cls = Class(node, bases[0] if bases else None)
        inner = Scope(scope)
        for statement in node.body:
            if isinstance(statement, FunctionDef):
                cls.members[statement.name] = self._made(statement, scope, cls)
            elif isinstance(statement, tree.Assign):
                self._assign(statement, inner)
        cls.members.update(inner.names)
        scope.names[node.name] = cls

    def _nothing(self, node: Stmt, scope: Scope) -> None:
        """Comments, imports and blank lines compute nothing; names are the reading's."""


_STATEMENTS: Mapping[type, Callable[..., _Returned | None]] = {
    tree.Assign: Interpreter._assign,
    tree.AugAssign: Interpreter._augment,
    tree.ExprStmt: Interpreter._expression,
    tree.Return: Interpreter._return,
    tree.For: Interpreter._for,
    tree.If: Interpreter._if,
    tree.With: Interpreter._with,
    tree.Raise: Interpreter._raise,
    tree.Assert: Interpreter._assert,
    tree.FunctionDef: Interpreter._function,
    tree.ClassDef: Interpreter._class,
    tree.Pass: Interpreter._nothing,
    tree.Import: Interpreter._nothing,
    tree.ImportFrom: Interpreter._nothing,
    tree.Comment: Interpreter._nothing,
    tree.Docstring: Interpreter._nothing,
    tree.Blank: Interpreter._nothing,
}


def _bind(
    function: Function,
    node: FunctionDef,
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> dict[str, object]:
    """Parameters and their values, by Python's rules; Unreadable where they do not fit."""
    bound: dict[str, object] = {}
    rest, named, keyword_only = list(args), dict(kwargs), False
    for param in node.params:
        if param.star == "*":
            keyword_only = True
            if param.name:
                bound[param.name] = tuple(rest)
                rest = []
        elif param.star == "**":
            bound[param.name], named = named, {}
        elif rest and not keyword_only:
            bound[param.name] = rest.pop(0)
        elif param.name in named:
            bound[param.name] = named.pop(param.name)
        elif param.name in function.defaults:
            bound[param.name] = function.defaults[param.name]
        else:
            raise Unreadable(f"{function.name}: no value for `{param.name}`")
    if rest or named:
        extra = [*(repr(each) for each in rest), *named]
        raise Unreadable(f"{function.name} does not take {', '.join(extra)}")
    return bound


def arguments_of(instance_or_function: object) -> tuple[str, ...]:
    """The parameters of a function, or of a class' constructor, without `self`."""
    function = instance_or_function
    if isinstance(function, Class):
        function = function.member("__init__")
    if not isinstance(function, Function) or isinstance(function.node, Lambda):
        return ()
    names = tuple(param.name for param in function.node.params)
    return names[1:] if function.owner is not None else names
