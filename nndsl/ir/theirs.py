"""Calls of words that only Keras and PyTorch have, written as lines of the language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.syntax.foreign import Given, arguments, called, chain, value

LONGEST = 200  # characters of a call that are looked at


def behind(text: str, at: int) -> str | None:
    """What stands in the parentheses that open at a place; None where there are none."""
    depth = 0
    if text[at : at + 1] != "(":
        return None
    for end, sign in enumerate(text[at : at + LONGEST], at):
        depth += (sign in "([{") - (sign in ")]}")
        if not depth:
            return text[at + 1 : end]
    return None


def written(word: str, inside: str, name: str) -> str:
    """The line for a call such as `Input(shape=(28, 28))`; empty for words without one.

    inside: the text in its parentheses. name: what the line binds.
    """
    spell = SPELLED.get(word)
    given = arguments(inside)
    return spell(given, name) if spell is not None and given else ""


def in_our_words(text: str, bound: Callable[[str], bool]) -> tuple[str, str]:
    """A pipeline in the language's spelling, and the value that its call holds in parentheses.

    bound: whether a word is a name of the file. `tower(a)` is `tower` with the operand `a`,
    `Conv2d(1, 32, 3)` is `Conv2D(32, 3)` with none.
    """
    first, arrow, rest = text.partition(" -> ")
    word, _, _ = first.partition("(")
    inside = behind(first, len(word))
    given = arguments(inside) if inside and first.endswith(")") else []
    if len(given) == 1 and not given[0].name and (given[0].text == "_" or bound(given[0].text)):
        return f"{word}{arrow}{rest}", given[0].text
    return f"{called(first)}{arrow}{rest}", ""


def _input(given: Sequence[Given], name: str) -> str:
    shape = next((one.text for one in given if one.name in ("shape", "input_shape", "")), "")
    kind = next((value(one.text) for one in given if one.name == "dtype"), "")
    sizes = ", ".join(filter(None, map(str.strip, shape.strip("()[] ").split(","))))
    kind = "int" if kind.startswith("int") else "bool" if kind.startswith("bool") else ""
    return f"input {name or 'x'}: {kind}[{sizes.replace('None', '?T')}]" if sizes else ""


def _both_ways(given: Sequence[Given], name: str) -> str:
    inner = called(given[0].text)
    return f"{inner[:-1]}, bidirectional=true)" if inner.endswith(")") else ""


SPELLED: Mapping[str, Callable[[Sequence[Given], str], str]] = {
    "Input": _input,
    "InputLayer": _input,
    "Sequential": lambda given, name: chain(given),
    "Bidirectional": _both_ways,
    "TimeDistributed": lambda given, name: called(given[0].text),
    "Activation": lambda given, name: value(given[0].text),
}
