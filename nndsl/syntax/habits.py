"""Rules for what people write who come from Python, Keras or PyTorch."""

from __future__ import annotations

from nndsl.syntax.errors import HABIT
from nndsl.syntax.spot import Spot, Verdict
from nndsl.syntax.tokens import NAME, NL, STRING

WORDS = {
    "def": "a reusable part is `block Name(settings) { ... }`",
    "fn": "a reusable part is `block Name(settings) { ... }`",
    "func": "a reusable part is `block Name(settings) { ... }`",
    "function": "a reusable part is `block Name(settings) { ... }`",
    "class": "a network is `model Name(settings) { ... }`, a reusable part `block Name { ... }`",
    "module": "a network is `model Name(settings) { ... }`, a reusable part `block Name { ... }`",
    "lambda": "a function of numbers is `let f(x) = ...`; `Dense(3) -> relu` is a recipe",
    "return": "a body is worth its flow at the end, or its `output` lines",
    "while": "`repeat n { ... }` and `for x in list { ... }` are the loops",
    "elif": "write `else if`",
    "var": "`let n = 3` names a number, `x = ...` a value",
    "const": "`let n = 3` names a number, `x = ...` a value",
    "with": "a network is a list of stages; there are no contexts",
    "pass": "leave the line out: `{ }` may be empty",
    "param": "a raw weight is `weight w: [shape] = initialiser`",
}
TYPES = frozenset(["int", "float", "str", "bool", "list", "tuple"])
HEADS = frozenset(["if", "for", "repeat", "else", "model", "block", "train"])


def python_word(spot: Spot) -> Verdict | None:
    """`def f`, `class A`, `return x`: the word was taken for a name, and a name follows."""
    for token in (spot.token, spot.before):
        fix = WORDS.get(token.text)
        if fix is None or token.kind != NAME:
            continue
        if token is spot.token and not spot.takes(NAME) and not spot.begins():
            continue
        return Verdict(HABIT, f"there is no `{token.text}` here", fix, (token.start, token.end))
    return None


def python_import(spot: Spot) -> Verdict | None:
    """`import torch`, `from torch import nn`."""
    if spot.before.text not in ("import", "from") or not spot.takes(STRING):
        return None
    return Verdict(
        HABIT,
        "an import names a file, in quotes",
        '`import "blocks.nn"`; layers need no import, and no framework is loaded',
    )


def colon_block(spot: Spot) -> Verdict | None:
    """`if x:`, `for a in b:`, `model A:`."""
    if spot.token.text != ":" or not spot.takes("LBRACE") or spot.first.text not in HEADS:
        return None
    return Verdict(HABIT, f"`{spot.first.text}` takes braces, not `:`", "write `{ ... }`")


def dotted_call(spot: Spot) -> Verdict | None:
    """`nn.Linear(784, 10)`, `x.view(-1)`."""
    if spot.token.text != "(" or spot.word(spot.at - 2) != ".":
        return None
    last, start = spot.before.text, spot.at - 2
    while spot.word(start) == "." and start > 0:
        start -= 2
    owner = spot.tokens[start + 1]
    if last[:1].isupper():
        fix = f"write `{last}(...)` without the prefix; input sizes are inferred"
    else:
        fix = f"a value goes in by `->`: `{owner.text} -> {last}(...)`"
    place = (owner.start, spot.before.end)
    return Verdict(HABIT, "a name with a dot is not called", fix, place)


def called_layer(spot: Spot) -> Verdict | None:
    """`Dense(10)(x)`."""
    if spot.token.text != "(" or spot.before.text not in (")", "]"):
        return None
    return Verdict(
        HABIT, "the result of a call is not called", "a value goes in by `->`: `x -> Dense(10)`"
    )


def typed_setting(spot: Spot) -> Verdict | None:
    """`block B(filters: int)`."""
    if spot.token.text != ":" or spot.after.text not in TYPES or not spot.takes("EQUAL"):
        return None
    return Verdict(
        HABIT, "settings have no types", "write the name alone, or `name=value` with a default"
    )


def assigned_stage(spot: Spot) -> Verdict | None:
    """`(a, b) = x`, `x.y = z`, `x[0] = z`: the target of a binding is a plain name."""
    if spot.token.text != "=" or spot.before.text not in (")", "]"):
        return None
    if spot.inside() not in ("LBRACE", ""):
        return None
    return Verdict(
        HABIT,
        "only names can be bound",
        "write `a, b = ...` without parentheses; values cannot be changed in part",
    )


def comment_sign(spot: Spot) -> Verdict | None:
    """`// comment`."""
    if spot.token.text != "//" or not (spot.begins() or spot.before.kind == NL):
        return None
    return Verdict(HABIT, "`//` divides", "a comment begins with `#`")


HABITS = (
    comment_sign,
    python_import,
    colon_block,
    dotted_call,
    called_layer,
    typed_setting,
    assigned_stage,
    python_word,
)
