"""Rules for what people write who come from Python, Keras or PyTorch."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nndsl.syntax.errors import HABIT, PLACE
from nndsl.syntax.foreign import (
    TRAINING,
    Given,
    arguments,
    called,
    chain,
    setting_of,
    spelled,
    value,
)
from nndsl.syntax.spot import FAR, Spot, Verdict
from nndsl.syntax.tokens import END, NAME, NL, STRING

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
MODULES = frozenset(["F", "K", "torch", "nn", "tf", "keras", "ops", "np", "jnp", "functional"])
METHODS = {
    "view": "Reshape",
    "reshape": "Reshape",
    "flatten": "Flatten",
    "permute": "Permute",
    "size": "shape",
    "max_pool2d": "MaxPool2D(2)",
    "avg_pool2d": "AvgPool2D(2)",
    "dropout": "Dropout(0.5)",
    "log_softmax": "log_softmax",
}
LISTS = {
    "pop": "the last pushed value is `pop({0})`",
    "append": "a line `push {0} = {1}` puts a value into a list; `push {0}` alone the current one",
    "insert": "a line `push {0} = {1}` puts a value into a list; `push {0}` alone the current one",
    "items": "a table is a list of rows: `for (name, n) in [(1, 16), (2, 32)] {{ … }}`",
    "keys": "a table is a list of rows: `for (name, n) in [(1, 16), (2, 32)] {{ … }}`",
    "values": "a table is a list of rows: `for (name, n) in [(1, 16), (2, 32)] {{ … }}`",
}
BATCH = re.compile(r"\w+\.size\(0\)|\w+\.shape\[0\]|batch(_size)?\Z|bs\Z|[BN]\Z")
SIGNS = re.compile(r"\)\s*[-+*/@](?!>)|[-+*/@]\s*\w+\s*\(")  # around what is called
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
        if token.text == "return":
            fix = _returned(called(spot.line_from(token).partition(" ")[2])) or fix
        return Verdict(HABIT, f"there is no `{token.text}` here", fix, (token.start, token.end))
    return None


def _returned(text: str) -> str:
    """What is written for `return text`; empty where it returns nothing."""
    values = [part.strip() for part in text.split(",")]
    if len(values) > 1 and all(value.isidentifier() for value in values):
        lines = " and ".join(f"`output {value}`" for value in values)
        return f"write {lines}"
    plain = text and "(" not in text
    return f"write `{text}` alone as the last line, or `output {text}`" if plain else ""


def train_inside(spot: Spot) -> Verdict | None:
    """`train { epochs 3 }` in the braces of a model, where `train` is taken for a stage."""
    if _in_train(spot):
        return None
    at, depth = spot.at - 1, 0
    while at >= max(spot.at - FAR, 1):
        depth += (spot.word(at) == "}") - (spot.word(at) == "{")
        if depth < 0:
            break
        at -= 1
    if depth >= 0 or spot.inside() != "LBRACE" or spot.word(at - 1) != "train":
        return None
    word = spot.tokens[at - 1]
    place = (word.start, word.end)
    if any(item.span[:2] == place for item in spot.machine.report.own()):
        return Verdict("", "", "")  # another line of the section has told it
    message = "a train section stands beside a model, not in its braces"
    return Verdict(PLACE, message, "close the model's braces before it", place)


def python_import(spot: Spot) -> Verdict | None:
    """`import torch`, `from torch import nn`."""
    if spot.before.text not in ("import", "from") or not spot.takes(STRING):
        return None
    where = spot.token.text if spot.token.kind == NAME else "blocks"
    fix = f'`import "{where}.nn"`; layers need no import, and no framework is loaded'
    if where in MODULES or where in ("numpy", "tensorflow", "math", "torchvision"):
        fix = "leave the line out: layers need no import, and no framework is loaded"
    elif spot.before.text == "from":
        names = spot.line_from(spot.token).partition(" import ")[2].strip()
        fix = f'`from "{where}.nn" import {names or "Block"}`; layers need no import'
    return Verdict(HABIT, "an import names a file, in quotes", fix)


def colon_block(spot: Spot) -> Verdict | None:
    """`if x:`, `for a in b:`, `model A:`."""
    if spot.token.text != ":" or not spot.takes("LBRACE") or spot.first.text not in HEADS:
        return None
    head = spot.machine.report.source.text[spot.first.start : spot.token.start].strip()
    body = spot.line_from(spot.after) if spot.after.kind not in (NL, END) else ""
    fix = f"write `{head} {{ {called(body) or '...'} }}`"
    return Verdict(HABIT, f"`{spot.first.text}` takes braces, not `:`", fix)


def dotted_call(spot: Spot) -> Verdict | None:
    """`nn.Linear(784, 10)`, `x.view(-1)`, `F.relu(x)`, `model.add(Dense(10))`."""
    if spot.token.text != "(" or spot.word(spot.at - 2) != ".":
        return None
    last, start = spot.before.text, spot.at - 2
    while spot.word(start) == "." and start > 0:
        start -= 2
    owner = spot.tokens[start + 1]
    inner = spot.bracketed(spot.at)
    place = (owner.start, spot.before.end)
    setting = spot.word(start - 1) if spot.word(start) == "=" else ""
    ours = setting_of(setting, f"{owner.text}.{last}({inner})")
    if ours:
        return Verdict(HABIT, "settings are words and numbers", f"write `{ours}`", place)
    if last == "add" and len(arguments(inner)) == 1 and owner.text not in MODULES:
        fix = f"write `{called(inner)}` on a line of its own"
        return Verdict(HABIT, "stages are not added, they follow one another", fix, place)
    if last == "Sequential":
        fix = f"lines follow one another, or are joined: `{chain(arguments(inner))}`"
    elif owner.text == "self":
        fix = _own_layer(spot, last, inner)
    elif last[:1].isupper():
        ours = spelled(last, arguments(inner), True)
        fix = f"write `{ours}`: no prefix, and what can be inferred is left out"
    elif last in LISTS:
        fix = LISTS[last].format(owner.text, inner or "x")
    else:
        line = _piped(owner.text, last, arguments(inner))
        fix = f"a value goes in by `->`: `{line}`{_rebound(spot, line)}"
    return Verdict(HABIT, "a name with a dot is not called", fix, place)


def _rebound(spot: Spot, line: str) -> str:
    """What to add where `x = …` binds the name again that it reads: `x -> relu`."""
    operand, _, stage = line.partition(" -> ")
    if not stage or spot.word(spot.line + 1) != "=" or spot.first.text != operand:
        return ""
    return f"\nnames are bound once: a line `{stage}` alone takes what the line before made"


def _own_layer(spot: Spot, name: str, inner: str) -> str:
    """`x = self.fc(x)`: the layer that `self.fc = …` says, written where it is used."""
    text = spot.machine.report.source.text
    found = re.search(rf"\bself\s*\.\s*{name}\s*=\s*([^\n#]+)", text)
    stage = called(found[1].rstrip(" ;}")) if found is not None else ""
    operand = inner.strip() or "x"
    if not stage:
        return f"write the layer where it is used: `{operand} -> Dense(10)`"
    return (
        f"write the layer where it is used: `{stage}` on a line of its own, or "
        f"`{operand} -> {stage}`"
    )


def _piped(owner: str, last: str, given: Sequence[Given]) -> str:
    """`x.view(-1, 10)`, `torch.flatten(x, 1)` as pipelines."""
    values = [one for one in given if not one.name]
    if last in ("cat", "concat", "concatenate", "stack"):
        items = ", ".join(value(one.text).strip("[]() ") for one in values[:1])
        return f"{'stack' if last == 'stack' else 'concat'}({items})"
    ours = METHODS.get(last, last)
    if owner in MODULES:
        return f"{values[0].text if values else 'x'} -> {ours}"
    sizes = [value(one.text) for one in values]
    if ours == "Reshape" and sizes and (sizes[0] == "-1" or BATCH.match(sizes[0])):
        sizes = sizes[1:]  # the batch is never written
        ours = "Flatten" if sizes in ([], ["-1"]) else ours
    if ours == "Flatten" or not sizes:
        return f"{owner} -> {ours}"
    return f"{owner} -> {ours}({', '.join(sizes)})"


def called_layer(spot: Spot) -> Verdict | None:
    """`Dense(10)(x)`."""
    if spot.token.text != "(" or spot.before.text not in (")", "]"):
        return None
    start = spot.opening(spot.at - 1) - 1
    while spot.word(start - 1) == "." and start > 1:
        start -= 2
    text = spot.machine.report.source.text
    stage = called(text[spot.tokens[start].start : spot.before.end]) if start >= 0 else "Dense(10)"
    operand = spot.bracketed(spot.at).strip() or "x"
    line = _fed(operand, stage)
    shown = f"({line})" if SIGNS.search(spot.line_from(spot.first)) else line
    fix = f"a value goes in by `->`: `{shown}`"
    if operand.startswith("["):
        ours = stage.lower().replace("enate", "")
        fix = f"values go in one by one: `{ours}({operand.strip('[] ')})`"
    if spot.word(spot.line + 1) == "=" and spot.first.text == operand:
        fix += f"\nnames are bound once: a line `{stage}` alone takes what the line before made"
    return Verdict(HABIT, "the result of a call is not called", fix)


def _fed(operand: str, stage: str) -> str:
    """What is given to a layer: `MultiHeadAttention(8)(x, x)` is `x -> SelfAttention(8)`."""
    first, *more = [one.text for one in arguments(operand) if not one.name] or [operand]
    if not more or operand.startswith("["):
        return f"{operand} -> {stage}"
    if all(other == first for other in more) or not stage.startswith("SelfAttention"):
        return f"{first} -> {stage}"
    inside = stage.partition("(")[2].rstrip(")")
    given = f"{inside}, context={more[0]}" if inside else f"context={more[0]}"
    return f"{first} -> Attention({given})"


def attribute_target(spot: Spot) -> Verdict | None:
    """`self.fc = nn.Linear(784, 10)`."""
    if spot.token.text != "=" or spot.word(spot.at - 2) != ".":
        return None
    text = spot.machine.report.source.text
    end = text.find("\n", spot.token.end)
    stage = called(text[spot.token.end : end if end >= 0 else len(text)].rstrip(" ;}"))
    name = spot.before.text
    fix = (
        f"write `{stage}` where it is used;\n"
        f"`shared {name} = {stage}` names one that is used more than once: `x -> {name}`"
    )
    place = (spot.first.start, spot.before.end)
    return Verdict(HABIT, "layers are not kept in attributes", fix, place)


def _in_train(spot: Spot) -> bool:
    return any(spot.machine.symbols[state] == "TRAIN" for state in spot.machine.states)


def train_assignment(spot: Spot) -> Verdict | None:
    """`epochs = 10`, `batch: 32` in a train section."""
    if spot.token.text not in ("=", ":") or spot.at != spot.line + 1:
        return None
    if not _in_train(spot):
        return None
    word = spot.before.text
    place = (spot.token.start, spot.token.end)
    end = spot.machine.report.source.text.find("\n", spot.token.end)
    rest = spot.machine.report.source.text[spot.token.end : end].strip(" ;}") if end > 0 else ""
    name, bracket, inner = value(rest).partition("(")
    ours = TRAINING.get(name, name.lower())
    written = f"{word} {ours}{bracket}{inner}"
    fix = f"write `{written}`: the word, a blank, its values"
    del spot.tokens[spot.at]
    message = f"a train section has no `{spot.token.text}`"
    return Verdict(HABIT, message, fix, place, go_on=spot.at)


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
    train_inside,
    train_assignment,
    attribute_target,
    comment_sign,
    python_import,
    colon_block,
    dotted_call,
    called_layer,
    typed_setting,
    assigned_stage,
    python_word,
)
