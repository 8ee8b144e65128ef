"""Random programs over the whole language: seed by seed, every layer with every setting.

A program has parts: uses of three (layer, setting) pairs, which go round all pairs with the seed,
so that a range of seeds covers them evenly; and, in some, a body of random lines
(support/random_models) with blocks, loops, lists, shared and frozen parts. A tenth of them has a
train section. The same seed gives the same program.
"""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from prove.calls import Fragment, Pair, fragment, pairs, valid
from support.random_models import random_model

USES = 3  # pairs in a program
STRIDE = 211  # a prime: neighbours in a program are no neighbours in the list
BASE = 0.25  # the share of programs with a body of random lines
TRAINED = 10  # one in so many is trained
STEPS = 20

SGD = """\
train {
  loss mse
  optimizer sgd(0.00390625, momentum=0.875)
  schedule cosine
  batch 4
  epochs 1
}
"""
ADAMW = """\
train {
  loss mse
  optimizer adamw(0.0009765625, beta1=0.875, beta2=0.9990234375, eps=1.1920928955078125e-07,
                  weight_decay=0.0078125)
  clip 1
  batch 4
  epochs 1
}
"""


class Generated(NamedTuple):
    """A file with one model. pairs: what it uses; steps: of training (few, without a section)."""

    seed: int
    text: str
    pairs: tuple[Pair, ...]
    steps: int


def program(seed: int) -> Generated:
    """The program of a seed."""
    r = Random(seed)
    trained = seed % TRAINED == TRAINED - 1
    parts: list[Fragment] = []
    for use in range(USES):
        asked = pairs()[(seed * USES + use) * STRIDE % len(pairs())]
        found = fragment(asked, r, "abc"[use])
        if found is not None:
            parts.append(found)
    if r.random() < BASE:
        parts.append(base(seed))
    train = r.choice((SGD, ADAMW)) if trained else ""
    while True:
        text = _trained(parts, train, r) if trained else _written(parts)
        if len(parts) < 2 or valid(text):
            break
        parts.pop(r.randrange(len(parts)))
    used = dict.fromkeys(pair for part in parts for pair in part.pairs)
    return Generated(seed, text, tuple(used), STEPS if trained else 2)


def base(seed: int) -> Fragment:
    """A body of random lines, as a block that is used once."""
    text = random_model(seed).text
    before, _, after = text.partition("model M {\n  input ")
    port, _, body = after.partition("\n")
    block = f"block Base {{\n{body}"
    return Fragment((before + block.rstrip(),), (port,), ("dv = x -> Base",), ("dv",), ())


def _written(parts: list[Fragment]) -> str:
    """Every result is an output."""
    return _model(parts, [f"output o{n} = {name}" for n, name in enumerate(_outs(parts))], "")


def _trained(parts: list[Fragment], train: str, r: Random) -> str:
    """One output, of which every real result is a part."""
    lines: list[str] = []
    names: list[str] = []
    for name in _outs(parts):
        for form in ("{0} -> Flatten -> Dense(3)", "cast({0}, float) -> Flatten -> Dense(3)",
                     "expand(mean({0})) -> Dense(3)"):  # fmt: skip
            line = f"t{name} = {form.format(name)}"
            kept = [name_ for name_ in _outs(parts) if name_ != name]
            probe = [line, f"output probe = t{name}", *(f"output p{n} = {n}" for n in kept)]
            if valid(_model(parts, probe, "")):
                lines.append(line)
                names.append(f"t{name}")
                break
    joined = " + ".join(names)
    return _model(parts, [*lines, f"output y = {joined}"], train)


def _outs(parts: list[Fragment]) -> list[str]:
    return [name for part in parts for name in part.outs]


def _model(parts: list[Fragment], ends: list[str], train: str) -> str:
    lines = [f"input {each}" for part in parts for each in part.inputs]
    lines += [line for part in parts for line in part.lines] + ends
    inner = "\n  ".join(lines)
    blocks = "".join(f"{each}\n" for part in parts for each in part.definitions)
    return f"{blocks}model M {{\n  {inner}\n}}\n{train}"
