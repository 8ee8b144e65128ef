"""What to say of a name that means nothing here: what was meant, or where it is bound instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from nndsl.diagnostics.model import Failure, Label, did_you_mean, fail, near
from nndsl.ir.exits import leaves
from nndsl.ir.hints import HINTS
from nndsl.ir.scope import Bound
from nndsl.ir.silent import Silent
from nndsl.ir.theirs import behind, in_our_words, written
from nndsl.ops import registry
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.habits import WORDS
from nndsl.syntax.holes import ANY

if TYPE_CHECKING:
    from nndsl.ir.context import Context

LONGEST = 60  # characters of a line that a fix repeats
VALUE, INPUT, NUMBER, SHARED, LIST = "value", "input", "number", "shared", "list"
GENERAL = {
    "size": "a size that is known only at run time is `?{name}`; a number gets its name by a "
    "setting, `model M({name}=64)`, or by `let {name} = 64` above the model",
    "value": "`{name} = _` on a line before names the current value, `let {name} = 3` a number",
    "name": "`let {name} = 3` on a line before names a number; words stand for themselves only "
    "where a setting knows them",
    "function": "functions of numbers are written `let {name}(n) = n // 2`; docs/language.md lists"
    " those that are built in",
}
NO_LAYER = "a part of your own is `block {name} {{ … }}`; docs/layers lists what is built in"


class Elsewhere(NamedTuple):
    """Where a name is bound that is not in sight: the definition, how, and the place."""

    owner: ast.Def
    kind: str
    span: Span


def explained(context: Context, name: str, span: Span, wanted: str) -> Failure:
    """NN101 with what is known of the name: a word of Keras' or PyTorch's, a name of the caller's,
    one whose braces have ended, or those that are spelled nearly so."""
    message = f"there is no {wanted} `{name}`"
    if name in HINTS:
        return fail("NN101", span, message, _hint(context, name, span))
    own = [*context.scope.visible(), *context.unit.definitions]
    if name in WORDS:
        return fail("NN101", span, message, WORDS[name])
    slip = near(name, context.scope.visible())
    elsewhere = None if slip else bound_elsewhere(context, name, span)
    if elsewhere is not None:
        here = context.instance.definition
        fix = (
            _ended(name, elsewhere.kind) if elsewhere.owner is here else _fix(here, elsewhere, name)
        )
        label = Label(elsewhere.span, f"this `{name}` belongs to `{elsewhere.owner.name}`")
        if elsewhere.owner is here:
            label = Label(elsewhere.span, f"`{name}` is bound here")
        return fail("NN101", span, message, fix, [label])
    fix = did_you_mean(name, _alike(name, own, wanted))
    if not fix and ANY in context.unit.lost:
        return Silent()  # it may be what the file that was not found defines
    fix = fix or GENERAL.get(wanted, NO_LAYER if "layer" in wanted else "").format(name=name)
    return fail("NN101", span, message, fix, _near_by(context, name, span, own))


def _hint(context: Context, name: str, span: Span) -> str:
    """What is written instead of a word of theirs; of a call, with what it holds."""
    text = context.unit.text if span.file == context.unit.name else ""
    inside = behind(text, span.end)
    bound = context.quoted_head(span).rstrip("= ")
    line = written(name, inside, bound) if inside is not None else ""
    return f"write `{line}`" if line else HINTS[name]


def _alike(name: str, own: Iterable[str], wanted: str) -> set[str]:
    """The words that a name may be a slip of: a layer's of layers, a function's of functions, a
    setting's of activations, and those that are spelled with other capitals."""
    if wanted == "name" and name.islower():
        found = (word for word in registry.words() if word.islower())
        ops = ((word, registry.find(word)) for word in found)
        return {*own, *(word for word, op in ops if op is not None and op.kind == "activation")}
    flat = name.replace("_", "").lower()
    words = (
        word
        for word in registry.words()
        if word[0].isupper() == name[0].isupper() or word.replace("_", "").lower() == flat
    )
    return {*own, *words}


def _near_by(context: Context, name: str, span: Span, own: Iterable[str]) -> list[Label]:
    """Where the nearest name of this file is bound: it may be that one which is misspelt."""
    for found in near(name, own)[:1]:
        bound = context.scope.find(found)
        known = context.unit.definitions
        where = bound.span if bound is not None else known[found][0].name_span
        if where.file == span.file:
            return [Label(where, f"`{found}` is here")]
    return []


def bound_again(context: Context, name: str, span: Span, old: Bound) -> Failure:
    """NN311: how a line goes that would bind a name again. `x = x + y` is `_ + y` where x is what
    flows, or the input that a reader of Keras' or PyTorch's takes it for."""
    fix = "a name is bound once: take another, or leave `x =` away and the value flows on"
    text = context.unit.text if span.file == context.unit.name else ""
    line = text[span.end :].partition("\n")[0].partition("#")[0].partition(";")[0]
    target, _, value = line.partition("=")
    value = value.strip(" }")
    flows = old.what == context.flow or name in [port.name for port in context.instance.inputs]
    if not target.strip() and len(value) <= LONGEST and re.search(rf"\b{name}\b", value):
        again = re.sub(rf"\b{name}\b", "_", value).removeprefix("_ -> ")
        other = f"`{name}2 = {value}`"
        fix = f"a name is bound once: write {other}, and `{name}2` from here on"
        if flows and context.flow is not None:
            fix = f"a name is bound once, and the current value is `_`: write `{again}` alone"
    label = [Label(old.span, "bound here")]
    return fail("NN311", span, f"`{name}` is bound already", fix, label)


def nothing_goes_in(context: Context, pipeline: ast.Pipeline, first: ast.Stage) -> Failure:
    """NN309, with the line as it would be right."""
    plain = isinstance(first, ast.ExprStage) and not isinstance(first.expr, ast.Name | ast.Call)
    if plain and isinstance(first, ast.ExprStage) and len(pipeline.stages) == 1:
        return _no_value(context, first.expr, context.quoted_head(pipeline.span).rstrip("= "))
    written, head = context.quoted(pipeline.span), context.quoted_head(pipeline.span)
    stages, operand = in_our_words(written, lambda word: context.scope.find(word) is not None)
    alone = f"`{stages}` alone takes what arrives, and the next line goes on with it"
    if context.lookup(head.rstrip("= ")) is not None:
        fix = f"names are bound once, so the line goes without one;\n{alone}"
    elif operand:
        fix = f"a value goes in by `->`: `{head} {operand} -> {stages}`"
    elif context.flow is None and context.instance.inputs:
        fix = f"say which value goes in: `{head} {context.instance.inputs[0].name} -> {stages}`"
    else:
        fix = f"`{head} _ -> {stages}` names what it makes of the current value;\n{alone}"
    message = "a name is given to a value, and this is a stage into which nothing goes"
    return fail("NN309", first.span, message, fix)


def no_list(context: Context, name: str, span: Span) -> Failure:
    """NN319 for a list that this body never pushes to; another one may."""
    message, fix = f"`{name}` was never pushed to", f"`push {name}` comes first"
    found = bound_elsewhere(context, name, span)
    if found is None or found.kind != LIST or found.owner is context.instance.definition:
        return fail("NN319", span, message, fix)
    owner = found.owner.name
    label = Label(found.span, f"this `{name}` belongs to `{owner}`")
    fix = f"a list belongs to the body that pushes: an `output` line gives a value out of `{owner}`"
    return fail("NN319", span, f"{message} here", fix, [label])


def _no_value(context: Context, expr: ast.Expr, name: str) -> Failure:
    """NN309 for `n = 8` and `kept = []`: a number gets its name by `let`, a list by `push`."""
    text = context.quoted(expr.span)
    if isinstance(expr, ast.ListExpr) and not expr.items:
        message = "a name is given to a value, and this is an empty list"
        fix = f"leave the line out: `push {name}` keeps the current value in a list of that name"
    elif context.lookup(name) is not None:
        message = f"a name is given to a value, and this is a number; `{name}` is bound already"
        fix = (
            "a name is bound once: work the number out of what changes in the loop,\n"
            "`for (i, width) in enumerate(widths) { Dense(8 * 2**i) }`"
        )
    else:
        message = "a name is given to a value, and this is a number, a list or a choice of stages"
        fix = f"write `let {name} = {text}`"
    return fail("NN309", expr.span, message, fix)


def bound_elsewhere(context: Context, name: str, span: Span) -> Elsewhere | None:
    """Where this file binds the name: in braces of the same definition, or in another one; models
    first, which use blocks more often than blocks do."""
    here = context.instance.definition
    lines = [one for one in context.unit.file.declarations if isinstance(one, ast.Def)]
    owners = [one for one in lines if one is here]
    owners += sorted((one for one in lines if one is not here), key=lambda d: d.kind != "model")
    for owner in owners:
        for kind, found, place in _names(owner):
            if found == name and place != span:
                return Elsewhere(owner, kind, place)
    return None


def _ended(name: str, kind: str) -> str:
    if kind == NUMBER:
        return (
            f"a name can be read from its line to the end of its braces: move the line of `{name}` "
            "up or out;\nthe last item of a list is `widths[-1]`"
        )
    return (
        f"a name can be read from its line to the end of its braces: move the line of `{name}` up "
        f"or out;\nonly `_` and pushed lists outlive braces: `push kept = {name}`, then `kept[-1]`"
    )


def _fix(here: ast.Def, found: Elsewhere, name: str) -> str:
    """How a value, a number or a shared instance of another definition comes in here."""
    if here.kind == "model" and found.owner.kind == "block":
        return _inside(found.owner, name)
    sees = f"a {here.kind} sees only its own `input`, `_`, its settings and the file: "
    if found.kind == NUMBER:
        params = ", ".join([*(param.name for param in here.params), name])
        others = "…, " if here.params else ""
        given = f"give it at the use: `{here.name}({others}{name}={name})`"
        return f"{sees}make it a setting,\n`{here.kind} {here.name}({params})`, and {given}"
    if found.kind == SHARED:
        use = f"use it in `{found.owner.name}`"
        return f"{sees}{use},\nand give `{here.name}` what it makes as an input"
    if found.kind == LIST:
        return f"{sees}give it the values of the list by inputs"
    inputs = [line.name for line in here.body if isinstance(line, ast.Input)]
    lines = f"a line `input {name}`" if inputs else f"the lines `input x` and `input {name}`"
    others = "…, " if here.params else ""
    given = f"give it at the use: `{here.name}({others}{name}={name})`"
    return f"{sees}make it an input,\n{lines} at the top of `{here.name}`, and {given}"


def _inside(owner: ast.Def, name: str) -> str:
    """How a value of a block comes out of it."""
    outputs = [line.name or "_" for line in owner.body if isinstance(line, ast.Output)]
    if name in outputs:
        return f"it is one of what `{owner.name}` gives: `{', '.join(outputs)} = _ -> {owner.name}`"
    return (
        f"`{name}` is inside of `{owner.name}`, which is seen only by what it gives: "
        f"`output {name}` there, and `{name} = _ -> {owner.name}` here"
    )


def _names(definition: ast.Def) -> Iterator[tuple[str, str, Span]]:
    """Every name that a definition binds, inner braces included: its kind, itself, its place."""
    for param in definition.params:
        yield NUMBER, param.name, param.span
    stack: list[object] = list(reversed(definition.body))
    while stack:
        item = stack.pop()
        yield from _bound(item)
        if isinstance(item, tuple) and not isinstance(item, Span):
            stack.extend(reversed(item))


def _bound(item: object) -> Iterator[tuple[str, str, Span]]:
    match item:
        case ast.Input(name=name, span=span):
            yield INPUT, name, span
        case ast.Bind(targets=targets):
            yield from ((VALUE, target.name, target.span) for target in targets)
        case ast.Let(targets=targets):
            yield from ((NUMBER, target.name, target.span) for target in leaves(targets))
        case ast.For(targets=targets):
            yield from ((NUMBER, target.name, target.span) for target in leaves(targets))
        case ast.Shared(name=name, span=span):
            yield SHARED, name, span
        case ast.WeightLine(name=name, span=span):
            yield VALUE, name, span
        case ast.Push(stack=name, span=span):
            yield LIST, name, span
        case ast.Output(name=name, span=span) if name:
            yield VALUE, name, span
