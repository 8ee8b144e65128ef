"""Calls and subscripts inside expressions: functions of numbers, readers, pushed lists."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.diagnostics.model import fail
from nndsl.ir import statics
from nndsl.ir.context import BROKEN, MAX_DEPTH, Context
from nndsl.ir.functions import FUNCTIONS
from nndsl.ir.mentions import mentions_value
from nndsl.ir.recipes import is_function
from nndsl.ir.reserved import LATER
from nndsl.ir.scope import Bound, LetFunction, Scope, StackRef
from nndsl.ir.silent import Silent
from nndsl.ir.statics import SymList, is_list, items_of, shown
from nndsl.ir.steps import PopStep, Value
from nndsl.ir.taken import items_there
from nndsl.ops import registry
from nndsl.ops.base import Recipe, Word
from nndsl.ops.initializers import INITIALIZERS
from nndsl.ops.numbers import Sym, term_of
from nndsl.ops.symbols import Term
from nndsl.source import Span
from nndsl.syntax import ast

CALL_STEPS = 16  # what a `let` function takes of the budget
READERS = ("shape", "channels", "len")


class Calls(Context):
    """Calls in the walk's scope."""

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
                raise fail(
                    "NN314",
                    span,
                    f"`{word}` is a stage, not a value",
                    f"pipe a value into it: `(_ -> {self.quoted(call.span, f'{word}(…)')})`",
                )
            raise self.unknown(word, span, "function")
        return self._call_built_in(call, word, setting)

    def _call_built_in(self, call: ast.Call, word: str, setting: bool) -> object:
        if word in FUNCTIONS and not self.holds_value(call):
            op = registry.find(word)
            if not (setting and not call.args and op is not None):
                return self._number_call(word, call)
        op = registry.find(word)
        if op is None:
            raise fail("NN301", call.span, f"`{word}` takes numbers", f"write `{word}(64)`, say")
        holds = self.holds_value(call)
        if op.kind in ("function", "merge", "activation") and (holds or op.unbatched):
            # Its arguments may mention `_`; a call that holds no value takes nothing implicit.
            flow = self.flow if holds else None
            return self.stage(ast.ExprStage(call, call.span), flow, first=True)
        if setting:
            return self._as_recipe(call)
        raise fail(
            "NN314",
            call.span,
            f"`{word}` is a stage, not a value",
            f"pipe a value into it: `(_ -> {self.quoted(call.span, f'{word}(…)')})`",
        )

    def _number_call(self, word: str, call: ast.Call) -> object:
        """A function of numbers; the lists that it goes through and makes are counted."""
        args = self._static_args(call)
        self.count_items(call.span, *args)
        value = FUNCTIONS[word](args, call.span)
        self.count_items(call.span, value)
        return value

    def count_items(self, span: Span, *values: object) -> None:
        """Takes the items of lists from the budget; general walks go through them again, free."""
        size = sum(len(items_of(value)) for value in values if is_list(value))
        if size > 1:
            self.home.list_items(span, size)

    def _as_recipe(self, call: ast.Call) -> Recipe:
        word = call.func.id if isinstance(call.func, ast.Name) else "recipe"
        return self.recipe_of((ast.ExprStage(call, call.span),), f"{word}(…)", call.span)

    def _word_call(self, call: ast.Call, word: str) -> object:
        args = []
        for arg in call.args:
            value = self.evaluate(arg.value)
            if word in self.unit.file.doubtful or not isinstance(value, int | float):
                raise self.unknown(word, call.func.span, "function")
            args.append(value)
        return Word(word, tuple(args))

    def _call_bound(self, bound: Bound, call: ast.Call, word: str, setting: bool) -> object:
        what = bound.what
        if isinstance(what, LetFunction):
            return self._apply_let(what, call)
        if isinstance(what, Recipe):
            if is_function(what) and self.holds_value(call):
                return self.stage(ast.ExprStage(call, call.span), self.flow, first=True)
            if setting:
                return self._as_recipe(call)
            raise fail(
                "NN314",
                call.span,
                f"`{word}` is a stage, not a value",
                f"pipe a value into it: `(_ -> {self.quoted(call.span, f'{word}(…)')})`",
            )
        if isinstance(what, Value) and what.type == BROKEN:
            raise Silent
        built_in = registry.known(word) or word in FUNCTIONS
        fix = "the name hides the built-in word: rename one"
        fix = fix if built_in else f"it is no layer and no function: write `{word}` alone"
        raise fail("NN318", call.span, f"`{word}` cannot be called", fix)

    def _apply_let(self, function: LetFunction, call: ast.Call) -> object:
        args = self._static_args(call)
        if len(args) != len(function.params):
            raise fail(
                "NN105",
                call.span,
                f"`{function.name}` takes {len(function.params)} numbers, not {len(args)}",
                f"`{function.name}({', '.join(function.params)})`",
            )
        if self.home.depth >= MAX_DEPTH:
            message = f"`{function.name}` calls itself, or nests more than {MAX_DEPTH} deep"
            fix = "`1 if n == 0 else …` ends a function that calls itself"
            raise fail("NN403", call.span, message, fix)
        saved = self.scope
        self.scope = Scope(function.scope)
        self.home.depth += 1
        try:
            for name, value in zip(function.params, args, strict=True):
                self.scope.names[name] = Bound(value, call.span)
            self.home.spend(call.span, CALL_STEPS)
            return self.evaluate(function.body)
        finally:
            self.scope = saved
            self.home.depth -= 1

    def _static_args(self, call: ast.Call) -> list[object]:
        values = []
        for arg in call.args:
            if arg.name is not None:
                fix = f"write `{self.quoted(arg.value.span)}` alone"
                raise fail("NN102", arg.span, "functions of numbers take no keywords", fix)
            values.append(self.evaluate(arg.value))
        return values

    def _reader(self, word: str, call: ast.Call) -> object:
        """`shape`, `channels`, `len`: numbers read from a tensor or a list."""
        if len(call.args) != 1 or call.args[0].name is not None:
            fix = f"`{word}(_)` or `{word}(x)`"
            raise fail("NN105", call.span, f"`{word}` takes one value", fix)
        value = self.evaluate(call.args[0].value)
        if isinstance(value, Value):
            if value.type == BROKEN:
                raise Silent
            if not value.type.shape and word != "shape":
                fix = "it is one number for each example"
                raise fail("NN208", call.span, "this value has no axes", fix)
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
        if pushed is None and name.id in LATER:
            raise Silent
        if pushed is None:
            from nndsl.ir.unknown import no_list  # most texts push first

            raise no_list(self, name.id, call.span)
        if not pushed:
            fix = f"`push {name.id}` comes first, once for each `pop`"
            raise fail("NN319", call.span, f"`{name.id}` is empty here", fix)
        self.stack_moves += 1
        return self.pop(name.id, pushed, call.span)

    def pop(self, stack: str, pushed: list[Value], span: Span) -> Value:
        value = pushed.pop()
        self.emit(PopStep(self.site(span, "pop"), stack, None, value, value))
        return value

    # ---- subscripts ----

    def _index(self, value: ast.Expr, items: Sequence[ast.Arg | ast.Slice], span: Span) -> object:
        held = self.evaluate(value)
        if isinstance(held, Value):
            return self.index_tensor(held, items, span)
        if isinstance(held, StackRef):
            return self._index_stack(held, items, span)
        if not is_list(held) or len(items) != 1:
            fix = "index a list, `[8, 16][0]`, or a value, `x[0]`, by one number or slice"
            raise fail("NN301", span, "only lists and values have items", fix)
        item = items[0]
        if isinstance(item, ast.Slice):
            return self._slice_list(held, item, span)
        return self.item(held, self.evaluate(item.value), span)

    def item(self, held: object, at: object, span: Span) -> object:
        """One item of a list; general walks give it a formula."""
        items = items_of(held)
        if not isinstance(at, int) or isinstance(at, bool):
            fix = "write `rows[0]`; `//` divides whole numbers"
            raise fail("NN301", span, f"an index is a whole number, not {shown(at)}", fix)
        position = int(at)
        if not -len(items) <= position < len(items):
            message = f"there is no item {position} in a list of {len(items)}"
            raise fail("NN320", span, message, items_there(len(items)))
        return items[position]

    def _slice_list(self, held: object, item: ast.Slice, span: Span) -> object:
        ends = [None if e is None else self.evaluate(e) for e in (item.start, item.stop, item.step)]
        self.count_items(span, held)
        plain = [None if e is None else int(e) if isinstance(e, int) else 0 for e in ends]
        if plain[2] == 0:
            raise fail(
                "NN302", span, "a slice with a step of zero", "a step is 1, 2, …, or -1 back"
            )
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
            message = f"there is no item {int(at)} among {len(pushed)} pushed"
            raise fail("NN320", span, message, items_there(len(pushed)))
        return self.peek(held.name, pushed, int(at), span)

    def peek(self, stack: str, pushed: list[Value], at: int, span: Span) -> Value:
        value = pushed[at]
        self.stack_moves += 1
        self.emit(PopStep(self.site(span, "item"), stack, at, value, value))
        return value

    def index_tensor(self, held: Value, items: Sequence[ast.Arg | ast.Slice], span: Span) -> Value:
        raise NotImplementedError

    # ---- recipes ----

    def recipe_of(self, stages: tuple[ast.Stage, ...], text: str, span: Span) -> Recipe:
        """Stages held as a value; its key names what it does, with the numbers that it captures."""
        from nndsl.ir.recipes import make_recipe

        return make_recipe(self, stages, text, span)

    def initializer(self, expr: ast.Expr) -> object:
        """A value where an initialiser is wanted: `constant(1e-6)` is its word, no function, and
        `identity` no activation."""
        if isinstance(expr, ast.Call) and isinstance(expr.func, ast.Name):
            word = expr.func.id
            if word in INITIALIZERS and self.lookup(word) is None:
                return self._word_call(expr, word)
        value = self.evaluate(expr, setting=True)
        if isinstance(value, Recipe) and value.act in INITIALIZERS:
            return Word(value.act)
        return value

    def holds_value(self, call: ast.Call) -> bool:
        """True where an argument of the call mentions a tensor."""
        return any(mentions_value(arg.value, self) for arg in call.args)
