"""Expressions: Python's ladder over static values, and operators and functions on tensors."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import Failure, fail
from nndsl.ir import statics
from nndsl.ir.binding import Given
from nndsl.ir.calls import Calls
from nndsl.ir.context import BROKEN, Many
from nndsl.ir.mentions import starts_with_value
from nndsl.ir.scope import Bound, Scope
from nndsl.ir.silent import Silent
from nndsl.ir.sites import OPERATORS
from nndsl.ir.statics import is_list, items_of, shown
from nndsl.ir.steps import Site, Value
from nndsl.ir.taken import no_list, unequal
from nndsl.ops import registry, symbols
from nndsl.ops.base import Word
from nndsl.ops.numbers import OpenDim, Sym, lift
from nndsl.ops.symbols import Term
from nndsl.source import Span
from nndsl.syntax import ast


class Expressions(Calls):
    """Evaluation of one expression in the walk's scope."""

    def evaluate(self, expr: ast.Expr, setting: bool = False) -> object:
        match expr:
            case ast.Num(value) | ast.Str(value) | ast.Bool(value):
                return value
            case ast.Nothing():
                return None
            case ast.Name(word, span):
                return self._name(word, span, setting)
            case ast.Flow(first, span):
                return self._flow(first, span)
            case ast.Open(name, span):
                return self._open(name, span)
            case ast.ListExpr(items):
                return tuple(self.evaluate(item.value, setting) for item in items)
            case ast.TupleExpr(items):
                return tuple(self.evaluate(item, setting) for item in items)
            case ast.Call():
                return self._call(expr, setting)
            case ast.Attr():
                return self.attribute(expr)
            case ast.Index(value, items, span):
                return self._index(value, items, span)
            case ast.Unary(op, value, span):
                return self._unary(op, self.evaluate(value), span)
            case ast.Binary(op, left, right, span):
                return self._binary(op, self.evaluate(left), self.evaluate(right), span)
            case ast.Compare():
                return self._compare(expr)
            case ast.BoolOp():
                return self._logic(expr)
            case ast.Ternary():
                return self._ternary(expr, setting)
            case ast.Comprehension():
                return self._comprehension(expr, setting)
            case ast.PipeExpr(pipeline, span):
                return self._piped(pipeline, span, setting)

    # ---- names ----

    def _name(self, word: str, span: Span, setting: bool) -> object:
        bound = self.lookup(word)
        if bound is not None:
            if isinstance(bound.what, Value) and bound.what.type == BROKEN:
                raise Silent
            return self.read(bound, word, span)
        if setting:
            return self.word_or_recipe(word, span)
        if registry.known(word) or word in self.unit.definitions:
            raise fail(
                "NN314",
                span,
                f"`{word}` is a stage, not a value",
                f"pipe a value into it: `(_ -> {word})`",
            )
        raise self.unknown(word, span, "value")

    def read(self, bound: Bound, word: str, span: Span) -> object:
        """What a bound name stands for."""
        return bound.what

    def word_or_recipe(self, word: str, span: Span) -> object:
        """A bare word as a setting: a block or layer as a recipe, else a word."""
        if word in self.unit.definitions:
            return self.recipe_of((ast.ExprStage(ast.Name(word, span), span),), word, span)
        op = registry.find(word)
        if op is None and (not word or word in self.unit.file.doubtful):
            raise Silent
        if op is None and word[:1].isupper():
            raise self.unknown(word, span, "name")  # words of settings are in small letters
        if op is not None and op.kind != "merge":
            return self.recipe_of((ast.ExprStage(ast.Name(word, span), span),), word, span)
        return Word(word)

    def _flow(self, first: bool, span: Span) -> Value:
        if first:
            ports = self.instance.inputs
            if not ports:
                raise fail("NN315", span, "this body has no input", "declare one: `input x: …`")
            return ports[0].value
        if self.flow is None:
            raise self.no_flow(span)
        return self.flow

    def _open(self, name: str, span: Span) -> object:
        found = self.scope.find_open(name)
        if found is None:
            raise fail(
                "NN317",
                span,
                f"`?{name}` is not defined here",
                "an open dimension is defined by its first place in an input's type",
            )
        return found

    # ---- operators ----

    def _unary(self, op: str, value: object, span: Span) -> object:
        if isinstance(value, Value):
            word = "negative" if op == "-" else "logical_not" if op == "not" else ""
            return self.apply(word, [value], span) if word else value
        if op == "not":
            truth = not statics.truth(value, span)
            value = statics.condition(value)
            term = Term("not", (value.term,)) if isinstance(value, Sym) else None
            return statics.truth_value(truth, term)
        if not isinstance(value, int | float | OpenDim):
            fix = f"put a number or a value behind `{op}`"
            raise fail("NN301", span, f"`{op}` takes a number, not {shown(value)}", fix)
        return -value if op == "-" else value

    def _binary(self, op: str, left: object, right: object, span: Span) -> object:
        if isinstance(left, Value) or isinstance(right, Value):
            return self.apply(OPERATORS[op], [left, right], span)
        if op == "@":
            message = "`@` is the product of matrices, and these are numbers"
            raise fail("NN301", span, message, "numbers are multiplied by `*`")
        made = statics.binary(op, left, right, span)
        self.count_items(span, made)
        return made

    def apply(self, word: str, operands: Sequence[object], span: Span) -> Value:
        """An operator on tensors, one side perhaps a number."""
        given: list[Given] = []
        tensors: list[tuple[str, Value]] = []
        for side, operand in zip(("left", "right"), operands, strict=False):
            if isinstance(operand, Value):
                tensors.append(("", operand))
            elif isinstance(operand, int | float):
                given.append(Given(side, operand, span))
            elif isinstance(operand, OpenDim):
                raise fail(
                    "NN321",
                    span,
                    f"`{operand!r}` is known only at run time",
                    "compute with `shape(x)` only where the dimension has a number",
                )
            else:
                message = f"operators take values and numbers, not {shown(operand)}"
                fix = "items of a list are taken one by one: `_ * scales[0]`; "
                fix += "`constant([1, 2])` makes a value of it"
                raise fail("NN301", span, message, fix)
        if len(operands) == 1:
            given = []
        op = registry.find(word)
        assert op is not None, word
        made = self.call_op(op, given, tensors, self.site(span, word), span)
        assert isinstance(made, Value)
        return made

    def call_op(
        self,
        op: object,
        given: list[Given],
        tensors: list[tuple[str, Value]],
        site: Site,
        span: Span,
    ) -> Value | Many:
        raise NotImplementedError

    def _compare(self, expr: ast.Compare) -> object:
        values = [self.evaluate(v, setting=True) for v in expr.values]
        if any(isinstance(v, Value) for v in values):
            result: object = None
            for op, left, right in zip(expr.ops, values, values[1:], strict=False):
                if op not in OPERATORS:
                    message = f"`{op}` looks into lists of numbers, not into values of the network"
                    fix = "compare with each: `x == 3 or x == 5`"
                    raise fail("NN301", expr.span, message, fix)
                one = self.apply(OPERATORS[op], [left, right], expr.span)
                result = (
                    one if result is None else self.apply("logical_and", [result, one], expr.span)
                )
            return result
        result = True
        for op, left, right in zip(expr.ops, values, values[1:], strict=False):
            each = statics.compare(op, left, right, expr.span)
            result = each if result is True else _both("and", result, each, expr.span)
        return result

    def _logic(self, expr: ast.BoolOp) -> object:
        left = statics.condition(self.evaluate(expr.left))
        if isinstance(left, Value):
            return self.apply(OPERATORS[expr.op], [left, self.evaluate(expr.right)], expr.span)
        decided = statics.truth(left, expr.left.span) == (expr.op == "or")
        if decided and not isinstance(left, Sym):
            return expr.op == "or"
        try:
            right = statics.condition(self.evaluate(expr.right))
        except Failure:
            if not decided:
                raise
            return statics.truth_value(expr.op == "or", Term("opaque", ()))
        if isinstance(right, Value):
            message = f"`{expr.op}` mixes a number and a value"
            fix = f"begin with the value, and compare it: `x > 0 {expr.op} y > 0`"
            raise fail("NN301", expr.span, message, fix)
        return _both(expr.op, left, right, expr.span)

    def _ternary(self, expr: ast.Ternary, setting: bool) -> object:
        cond = statics.condition(self.evaluate(expr.cond))
        if isinstance(cond, Value):
            raise fail(
                "NN305",
                expr.cond.span,
                "a condition is decided by the compiler",
                "choose between values with `where(cond, a, b)`",
            )
        taken = statics.truth(cond, expr.cond.span)
        chosen = self.evaluate(expr.then if taken else expr.other, setting)
        if not isinstance(cond, Sym):
            return chosen
        try:
            rest = self.evaluate(expr.other if taken else expr.then, setting)
        except Failure:
            return self.decided(cond, chosen)
        then, other = (chosen, rest) if taken else (rest, chosen)
        a, b = statics.formula(then), statics.formula(other)
        if (
            a is None
            or b is None
            or not isinstance(chosen, int | float)
            or isinstance(chosen, bool)
        ):
            return self.decided(cond, chosen)
        return lift(chosen, Term("if", (cond.term, a, b)) if a != b else a)

    def decided(self, cond: Sym, value: object) -> object:
        """A choice that no formula can hold; general walks pin what the condition mentions."""
        return value

    def _comprehension(self, expr: ast.Comprehension, setting: bool) -> object:
        results: list[object] = []
        saved = self.scope

        def run(clauses: tuple[ast.Clause, ...]) -> None:
            if not clauses:
                self.home.spend(expr.span, 3)
                results.append(self.evaluate(expr.element, setting))
                return
            clause, rest = clauses[0], clauses[1:]
            over = self.evaluate(clause.over)
            if not is_list(over):
                raise no_list(over, clause.over.span, self.quoted(clause.over.span, "4"))
            for item in items_of(over):
                self.home.spend(expr.span)
                outer = self.scope
                self.scope = Scope(outer)
                self.bind_names(clause.targets, item, clause.span)
                if all(statics.truth(self.evaluate(c), c.span) for c in clause.conds):
                    run(rest)
                self.scope = outer

        try:
            run(expr.clauses)
        finally:
            self.scope = saved
        statics.budget(len(results), expr.span)
        return self.listed(expr, results)

    def listed(self, expr: ast.Comprehension, results: list[object]) -> object:
        """A comprehension's list; general walks give it a formula."""
        return tuple(results)

    def bind_names(self, names: Sequence[str], item: object, span: Span) -> None:
        if len(names) == 1:
            self.scope.names[names[0]] = Bound(item, span)
            return
        if not is_list(item) or len(items_of(item)) != len(names):
            raise unequal(item, len(names), span)
        for name, part in zip(names, items_of(item), strict=True):
            self.scope.names[name] = Bound(part, span)

    # ---- pipelines as operands, and recipes ----

    def _piped(self, pipeline: ast.Pipeline, span: Span, setting: bool) -> object:
        if setting and not starts_with_value(pipeline.stages[0], self):
            return self.recipe_of(pipeline.stages, "a pipeline", span)
        out = self.pipeline(pipeline, self.flow, value_first=True)
        if isinstance(out, Value):
            return out
        assert isinstance(out, Many)
        raise self.several(out, span)

    def attribute(self, expr: ast.Attr) -> object:
        raise NotImplementedError


def _both(op: str, left: object, right: object, span: Span) -> object:
    a, b = statics.truth(left, span), statics.truth(right, span)
    value = (a and b) if op == "and" else (a or b)
    if isinstance(left, Sym) or isinstance(right, Sym):
        terms = [statics.formula(v) or Term("opaque", ()) for v in (left, right)]
        known = [t for t in terms if not symbols.is_const(t)]
        if len(known) == 1:
            constant = next((t for t in terms if symbols.is_const(t)), None)
            decides = constant is not None and bool(constant.args[0]) == (op == "or")
            return value if decides else statics.truth_value(value, known[0])
        return statics.truth_value(value, Term(op, tuple(terms)))
    return value
