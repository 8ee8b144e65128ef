"""Expressions: Python's ladder over static values, and operators and functions on tensors."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import Failure, fail
from nndsl.ir import statics
from nndsl.ir.binding import Given
from nndsl.ir.context import BROKEN, Context, Many
from nndsl.ir.mentions import mentions_value, starts_with_value
from nndsl.ir.scope import Bound, Closure, LetFunction, Scope, SharedRef, StackRef
from nndsl.ir.sites import OPERATORS
from nndsl.ir.statics import FUNCTIONS, SymList, is_list, items_of
from nndsl.ir.steps import PopStep, Site, Value
from nndsl.ops import registry, symbols
from nndsl.ops.base import Recipe, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import OpenDim, Sym, SymFloat, lift, term_of
from nndsl.ops.symbols import Term
from nndsl.source import Span
from nndsl.syntax import ast

READERS = ("shape", "channels", "len")


class Expressions(Context):
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
            return self.read(bound, word, span)
        if setting:
            return self.word_or_recipe(word, span)
        if registry.known(word) or word in self.unit.definitions:
            raise fail("NN314", span, f"`{word}` is a stage, not a value",
                       f"pipe a value into it: `(_ -> {word})`")  # fmt: skip
        raise self.unknown(word, span, "value")

    def read(self, bound: Bound, word: str, span: Span) -> object:
        """What a bound name stands for; NN312 for another body's values."""
        what = bound.what
        if isinstance(what, Value) and self.instance.labels.get(what.id) is None:
            if what.type == BROKEN:
                return what
        return what

    def word_or_recipe(self, word: str, span: Span) -> object:
        """A bare word as a setting: a block or layer as a recipe, else a word."""
        if word in self.unit.definitions:
            return self.recipe_of((ast.ExprStage(ast.Name(word, span), span),), word, span)
        op = registry.find(word)
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
            raise fail("NN316", span, "nothing flows here yet",
                       "start the line with a value: an input's name, then `->`")  # fmt: skip
        return self.flow

    def _open(self, name: str, span: Span) -> object:
        found = self.scope.find_open(name)
        if found is None:
            raise fail("NN317", span, f"`?{name}` is not defined here",
                       "an open dimension is defined by its first place in an input's type")  # fmt: skip
        return found

    # ---- calls ----

    def _call(self, call: ast.Call, setting: bool) -> object:
        if not isinstance(call.func, ast.Name):
            raise fail("NN318", call.span, "only names can be called", "write `name(…)`")
        word, span = call.func.id, call.func.span
        bound = self.lookup(word)
        if bound is not None:
            return self._call_bound(bound, call, word, setting)
        if word in READERS and len(call.args) == 1:
            return self._reader(word, call)
        if word == "pop":
            return self._pop(call)
        if word in self.unit.definitions or not (registry.known(word) or word in FUNCTIONS):
            if setting and word in self.unit.definitions:
                return self._as_recipe(call)
            if setting:
                return self._word_call(call, word)
            if word in self.unit.definitions:
                raise fail("NN314", span, f"`{word}` is a stage, not a value",
                           f"pipe a value into it: `(_ -> {word}(…))`")  # fmt: skip
            raise self.unknown(word, span, "function")
        return self._call_built_in(call, word, setting)

    def _call_built_in(self, call: ast.Call, word: str, setting: bool) -> object:
        if word in FUNCTIONS and not self.holds_value(call):
            op = registry.find(word)
            if not (setting and not call.args and op is not None):
                return FUNCTIONS[word](self._static_args(call), call.span)
        op = registry.find(word)
        if op is None:
            raise fail("NN301", call.span, f"`{word}` takes numbers", "")
        if op.kind in ("function", "merge", "activation") and (
            self.holds_value(call) or op.unbatched
        ):
            return self.stage(ast.ExprStage(call, call.span), None, first=True)
        if setting:
            return self._as_recipe(call)
        raise fail("NN314", call.span, f"`{word}` is a stage, not a value",
                   f"pipe a value into it: `(_ -> {word}(…))`")  # fmt: skip

    def _as_recipe(self, call: ast.Call) -> Recipe:
        word = call.func.id if isinstance(call.func, ast.Name) else "recipe"
        return self.recipe_of((ast.ExprStage(call, call.span),), f"{word}(…)", call.span)

    def _word_call(self, call: ast.Call, word: str) -> object:
        args = []
        for arg in call.args:
            value = self.evaluate(arg.value)
            if not isinstance(value, int | float):
                raise self.unknown(word, call.func.span, "function")
            args.append(value)
        return Word(word, tuple(args))

    def _call_bound(self, bound: Bound, call: ast.Call, word: str, setting: bool) -> object:
        what = bound.what
        if isinstance(what, LetFunction):
            return self._apply_let(what, call)
        if isinstance(what, Recipe):
            if setting:
                return self._as_recipe(call)
            raise fail("NN314", call.span, f"`{word}` is a stage, not a value",
                       f"pipe a value into it: `(_ -> {word}(…))`")  # fmt: skip
        built_in = registry.known(word) or word in FUNCTIONS
        fix = "the name hides the built-in word: rename one" if built_in else ""
        raise fail("NN318", call.span, f"`{word}` cannot be called", fix)

    def _apply_let(self, function: LetFunction, call: ast.Call) -> object:
        args = self._static_args(call)
        if len(args) != len(function.params):
            raise fail("NN105", call.span,
                       f"`{function.name}` takes {len(function.params)} numbers, not {len(args)}",
                       f"`{function.name}({', '.join(function.params)})`")  # fmt: skip
        saved = self.scope
        self.scope = Scope(function.scope)
        try:
            for name, value in zip(function.params, args, strict=True):
                self.scope.names[name] = Bound(value, call.span)
            self.home.spend(call.span)
            return self.evaluate(function.body)
        finally:
            self.scope = saved

    def _static_args(self, call: ast.Call) -> list[object]:
        values = []
        for arg in call.args:
            if arg.name is not None:
                raise fail("NN102", arg.span, "functions of numbers take no keywords", "")
            values.append(self.evaluate(arg.value))
        return values

    def _reader(self, word: str, call: ast.Call) -> object:
        """`shape`, `channels`, `len`: numbers read from a tensor or a list."""
        value = self.evaluate(call.args[0].value)
        if isinstance(value, Value):
            if value.type == BROKEN:
                raise Silent
            if word == "shape":
                return tuple(value.type.shape)
            if word == "channels":
                return value.type.channels
            return value.type.shape[0]
        if word == "len" and isinstance(value, StackRef):
            return len(self.stacks.get(value.name, ()))
        if word == "len":
            return FUNCTIONS["len"]([value], call.span)
        raise fail("NN301", call.span, f"`{word}` reads a value of the network", f"`{word}(_)`")

    def _pop(self, call: ast.Call) -> Value:
        name = call.args[0].value if len(call.args) == 1 else None
        if not isinstance(name, ast.Name):
            raise fail("NN319", call.span, "`pop` takes the name of a pushed list", "`pop(skips)`")
        pushed = self.stacks.get(name.id)
        if not pushed:
            what = "is empty here" if pushed is not None else "was never pushed to"
            raise fail("NN319", call.span, f"`{name.id}` {what}", f"`push {name.id}` comes first")
        self.stack_moves += 1
        return self.pop(name.id, pushed, call.span)

    def pop(self, stack: str, pushed: list[Value], span: Span) -> Value:
        value = pushed.pop()
        self.emit(PopStep(self.site(span, "pop"), stack, None, value, value))
        return value

    # ---- subscripts ----

    def _index(
        self, value: ast.Expr, items: Sequence[ast.Arg | ast.Slice], span: Span
    ) -> object:
        held = self.evaluate(value)
        if isinstance(held, Value):
            return self.index_tensor(held, items, span)
        if isinstance(held, StackRef):
            return self._index_stack(held, items, span)
        if not is_list(held) or len(items) != 1:
            raise fail("NN301", span, "only lists and values have items", "")
        item = items[0]
        if isinstance(item, ast.Slice):
            return self._slice_list(held, item, span)
        return self._item(held, self.evaluate(item.value), span)

    def _item(self, held: object, at: object, span: Span) -> object:
        items = items_of(held)
        if not isinstance(at, int) or isinstance(at, bool):
            raise fail("NN301", span, "an index is a whole number", "")
        position = int(at)
        if not -len(items) <= position < len(items):
            raise fail("NN320", span, f"there is no item {position} in a list of {len(items)}", "")
        found = items[position]
        if isinstance(at, Sym) and isinstance(found, int | float) and not isinstance(found, bool):
            sequence = statics.formula(held)
            term = Term("index", (sequence, at.term)) if sequence else Term("opaque", ())
            return lift(found, term)
        return found

    def _slice_list(self, held: object, item: ast.Slice, span: Span) -> object:
        ends = [None if e is None else self.evaluate(e) for e in (item.start, item.stop, item.step)]
        plain = [None if e is None else int(e) if isinstance(e, int) else 0 for e in ends]
        if plain[2] == 0:
            raise fail("NN302", span, "a slice with a step of zero", "")
        items = items_of(held)[slice(*plain)]
        if statics.has_formula(held) or any(isinstance(e, Sym) for e in ends):
            terms = [statics.formula(held), *(term_of(e) for e in ends)]
            if all(t is not None for t in terms):
                return SymList.of(items, Term("slice", tuple(terms)))
        return items

    def _index_stack(
        self, held: StackRef, items: Sequence[ast.Arg | ast.Slice], span: Span
    ) -> Value:
        pushed = self.stacks.get(held.name, [])
        at = self.evaluate(items[0].value) if isinstance(items[0], ast.Arg) else None
        if len(items) != 1 or not isinstance(at, int):
            raise fail("NN301", span, "a pushed list is read by a whole number", "`s[-1]`")
        if not -len(pushed) <= int(at) < len(pushed):
            raise fail("NN320", span, f"there is no item {int(at)} among {len(pushed)} pushed", "")
        return self.peek(held.name, pushed, int(at), span)

    def peek(self, stack: str, pushed: list[Value], at: int, span: Span) -> Value:
        value = pushed[at]
        self.stack_moves += 1
        self.emit(PopStep(self.site(span, "item"), stack, at, value, value))
        return value

    def index_tensor(
        self, held: Value, items: Sequence[ast.Arg | ast.Slice], span: Span
    ) -> Value:
        raise NotImplementedError

    # ---- operators ----

    def _unary(self, op: str, value: object, span: Span) -> object:
        if isinstance(value, Value):
            word = "negative" if op == "-" else "logical_not" if op == "not" else ""
            return self.apply(word, [value], span) if word else value
        if op == "not":
            truth = not statics.truth(value, span)
            term = Term("not", (value.term,)) if isinstance(value, Sym) else None
            return statics.truth_value(truth, term)
        if not isinstance(value, int | float | OpenDim):
            raise fail("NN301", span, f"`{op}` takes a number", "")
        return -value if op == "-" else value

    def _binary(self, op: str, left: object, right: object, span: Span) -> object:
        if isinstance(left, Value) or isinstance(right, Value):
            return self.apply(OPERATORS[op], [left, right], span)
        if op == "@":
            raise fail("NN301", span, "`@` multiplies values of the network", "")
        return statics.binary(op, left, right, span)

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
                raise fail("NN321", span, f"`{operand!r}` is known only at run time",
                           "compute with `shape(x)` only where the dimension has a number")  # fmt: skip
            else:
                raise fail("NN301", span, "operators take values and numbers", "")
        if len(operands) == 1:
            given = []
        op = registry.find(word)
        assert op is not None, word
        made = self.call_op(op, given, tensors, self.site(span, word), span)
        assert isinstance(made, Value)
        return made

    def call_op(
        self, op: object, given: list[Given], tensors: list[tuple[str, Value]], site: Site, span: Span
    ) -> Value | Many:
        raise NotImplementedError

    def _compare(self, expr: ast.Compare) -> object:
        values = [self.evaluate(v, setting=True) for v in expr.values]
        if any(isinstance(v, Value) for v in values):
            result: object = None
            for op, left, right in zip(expr.ops, values, values[1:], strict=False):
                if op not in OPERATORS:
                    raise fail("NN301", expr.span, f"`{op}` compares static values", "")
                one = self.apply(OPERATORS[op], [left, right], expr.span)
                result = one if result is None else self.apply("logical_and", [result, one], expr.span)
            return result
        result = True
        for op, left, right in zip(expr.ops, values, values[1:], strict=False):
            one = statics.compare(op, left, right, expr.span)
            result = one if result is True else _both("and", result, one, expr.span)
        return result

    def _logic(self, expr: ast.BoolOp) -> object:
        left = self.evaluate(expr.left)
        if isinstance(left, Value):
            return self.apply(OPERATORS[expr.op], [left, self.evaluate(expr.right)], expr.span)
        decided = statics.truth(left, expr.left.span) == (expr.op == "or")
        if decided and not isinstance(left, Sym):
            return expr.op == "or"
        try:
            right = self.evaluate(expr.right)
        except Failure:
            if not decided:
                raise
            return statics.truth_value(expr.op == "or", Term("opaque", ()))
        if isinstance(right, Value):
            raise fail("NN301", expr.span, f"`{expr.op}` mixes a number and a value", "")
        return _both(expr.op, left, right, expr.span)

    def _ternary(self, expr: ast.Ternary, setting: bool) -> object:
        cond = self.evaluate(expr.cond)
        if isinstance(cond, Value):
            raise fail("NN305", expr.cond.span, "a condition is decided by the compiler",
                       "choose between values with `where(cond, a, b)`")  # fmt: skip
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
        if a is None or b is None or not isinstance(chosen, int | float) or isinstance(chosen, bool):
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
                self.home.spend(expr.span)
                results.append(self.evaluate(expr.element, setting))
                return
            clause, rest = clauses[0], clauses[1:]
            over = self.evaluate(clause.over)
            if not is_list(over):
                raise fail("NN301", clause.over.span, "a list is wanted after `in`", "")
            for item in items_of(over):
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
            raise fail("NN322", span, f"this takes {len(names)} values apart",
                       "see what the list holds")  # fmt: skip
        for name, part in zip(names, items_of(item), strict=True):
            self.scope.names[name] = Bound(part, span)

    # ---- pipelines as operands, and recipes ----

    def _piped(self, pipeline: ast.Pipeline, span: Span, setting: bool) -> object:
        if setting and not starts_with_value(pipeline.stages[0], self):
            return self.recipe_of(pipeline.stages, "a pipeline", span)
        out = self.pipeline(pipeline, self.flow, value_first=True)
        if isinstance(out, Value):
            return out
        raise fail("NN323", span, "this gives several values", "take them apart: `a, b = …`")

    def recipe_of(self, stages: tuple[ast.Stage, ...], text: str, span: Span) -> Recipe:
        """Stages held as a value; its key names what it does, with the numbers that it captures."""
        from nndsl.ir.recipes import make_recipe

        return make_recipe(self, stages, text, span)

    def attribute(self, expr: ast.Attr) -> object:
        raise NotImplementedError

    def holds_value(self, call: ast.Call) -> bool:
        """True where an argument of the call mentions a tensor."""
        return any(mentions_value(arg.value, self) for arg in call.args)

    def shared_or_stack(self, what: object) -> bool:
        return isinstance(what, SharedRef | StackRef)


class Silent(Failure):  # noqa: N818
    """Leaves a construct that only follows from a mistake already reported."""

    def __init__(self) -> None:
        Exception.__init__(self, "follows from an earlier mistake")


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


def setting_value(value: object, span: Span) -> SettingValue:
    """A static value as a setting's value; NN324 for what no setting can hold."""
    if value is None or isinstance(value, bool | int | float | str | Word | Recipe):
        return value
    if isinstance(value, SymList):
        return value  # type: ignore[return-value]
    if is_list(value):
        return tuple(setting_value(item, span) for item in items_of(value))
    if isinstance(value, OpenDim):
        raise fail("NN202", span, f"a setting would depend on the open dimension {value!r}",
                   "give this dimension a number in the input's type")  # fmt: skip
    raise fail("NN324", span, "no setting can hold this", "give a number, a word or a recipe")


def is_sym(value: object) -> bool:
    return isinstance(value, Sym | SymFloat | SymList)


def closure_of(recipe: Recipe) -> Closure:
    closure = recipe.closure
    assert isinstance(closure, Closure)
    return closure
