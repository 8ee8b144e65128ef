"""What a stage stands in: a loop, a block with settings, a shared or frozen part, branches."""

from __future__ import annotations

from random import Random
from typing import TypeAlias

# Definitions above the model, lines before, and the expression that uses the stage.
Around: TypeAlias = tuple[tuple[str, ...], tuple[str, ...], str]


def _residual(stage: str, start: str, tag: str, r: Random) -> Around:
    return (), (), f"{start} -> residual {{ {stage} }}"


def _repeat(stage: str, start: str, tag: str, r: Random) -> Around:
    return (), (), f"{start} -> repeat 2 {{ {stage} }}"


def _for(stage: str, start: str, tag: str, r: Random) -> Around:
    return (), (), f"{start} -> for k in [1, 2] {{ {stage}; _ * k }}"


def _frozen(stage: str, start: str, tag: str, r: Random) -> Around:
    return (), (), f"{start} -> tanh -> frozen {stage}"


def _shared(stage: str, start: str, tag: str, r: Random) -> Around:
    name = f"{tag}s"
    more = r.choice(("", f" -> {name}", f" -> tanh -> {name}"))
    return (), (f"shared {name} = {stage}",), f"{start} -> {name}{more}"


def _shared_beside(stage: str, start: str, tag: str, r: Random) -> Around:
    name = f"{tag}s"
    return (), (f"shared {name} = {stage}",), f"add({start} -> {name}, {start} -> tanh -> {name})"


def _block(stage: str, start: str, tag: str, r: Random) -> Around:
    name = f"Block{tag.upper()}"
    head = f"block {name}(n=2, act=tanh) {{ {stage}; act; _ * n }}"
    uses = r.choice(("{0}", "{0} -> {0}(3)", "{0}(act=sigmoid)", "repeat 2 {{ {0}(3) }}"))
    return (head,), (), f"{start} -> {uses.format(name)}"


def _wide(stage: str, start: str, tag: str, r: Random) -> Around:
    """The block's setting decides a size behind the layer."""
    name = f"Wide{tag.upper()}"
    head = f"block {name}(n=2) {{ {stage}; Dense(n + 1); _ + 1 }}"
    return (head,), (), f"add({start} -> {name}(3), {start} -> tanh -> {name}(3))"


def _recursion(stage: str, start: str, tag: str, r: Random) -> Around:
    name = f"Deep{tag.upper()}"
    head = f"block {name}(n) {{ if n > 0 {{ residual {{ {stage} -> {name}(n - 1) }} }} }}"
    return (head,), (), f"{start} -> {name}({r.choice((1, 2))})"


def _recipe(stage: str, start: str, tag: str, r: Random) -> Around:
    name = f"{tag}r"
    return (), (f"let {name} = {stage}",), f"{start} -> {name} -> tanh -> {name}"


def _branches(stage: str, start: str, tag: str, r: Random) -> Around:
    word = r.choice(("add", "concat", "stack", "maximum", "multiply"))
    return (), (), f"{start} -> {word} {{ {stage}; tanh -> {stage} }}"


AROUND = (_residual, _repeat, _for, _frozen, _shared, _shared_beside, _block, _wide, _recursion,
          _recipe, _branches)  # fmt: skip
