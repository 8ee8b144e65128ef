"""Values for settings, by what each setting accepts: a new layer needs no line here.

A proposal is text of the language. It may not fit (a kernel wider than the image); whoever asks
keeps what the compiler's own check accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from nndsl.ops import kinds
from nndsl.ops.base import Setting
from nndsl.ops.initializers import INITIALIZERS
from nndsl.ops.registry import find, words

WHOLE = (1, 2, 3, 4, 6, 8)
SIGNED = (-2, -1, 0, 1, 2)
REAL = (0.0, 0.1, 0.25, 0.3, 0.5, 0.9, 1.0, 1.5, 2.0, 1e-3, 1e-5)
PARTS = ("Dense(4)", "Dense(8)", "Dense(8, bias=false)", "add { Dense(8); Dense(2) -> Dense(8) }",
         "Dense(4) -> tanh -> Dense(8)")  # fmt: skip
OPERANDS = {"context", "mask", "initial", "like"}  # values of the network, by keyword


def proposal(setting: Setting, r: Random, rank: int) -> str:
    """A value for a setting, other than its default where chance does not say otherwise.

    rank: of the operand; lists have an entry for each axis, or for each spatial one.
    """
    kind = setting.kind
    for type_, make in MAKERS.items():
        if isinstance(kind, type_):
            return make(kind, r, rank)
    raise NotImplementedError(f"no values for {type(kind).__name__} of {setting.name}")


def _int(kind: kinds.Int, r: Random, rank: int) -> str:
    choices = SIGNED if kind.low is None else WHOLE
    fits = [c for c in choices if (kind.low is None or c >= kind.low) and
            (kind.high is None or c <= kind.high)]  # fmt: skip
    return str(r.choice(fits))


def _float(kind: kinds.Float, r: Random, rank: int) -> str:
    low = -2.0 if kind.low is None else kind.low
    high = 2.0 if kind.high is None else kind.high
    fits = [c for c in (*REAL, -0.5) if low <= c <= high and not (kind.open_high and c == high)]
    return str(r.choice(fits or [low]))


def _flag(kind: object, r: Random, rank: int) -> str:
    return r.choice(("true", "false"))


def _sizes(kind: kinds.Sizes, r: Random, rank: int) -> str:
    choices = [c for c in (0, 1, 2, 3) if c >= kind.low]
    if r.random() < 0.6:
        return str(r.choice(choices))
    return _list(str(r.choice(choices)) for _ in range(max(1, rank - 1)))


def _ints(kind: kinds.Ints, r: Random, rank: int) -> str:
    """A shape, an order of axes, or some axes."""
    if kind.low is not None and kind.low > 0:
        return _list(str(r.choice((1, 2, 3))) for _ in range(r.choice((rank, rank, 1))))
    axes = list(range(rank))
    r.shuffle(axes)
    form = r.random()
    if form < 0.3:
        return str(r.choice((-1, 0, 1)))
    if form < 0.6:
        return _list(map(str, axes))
    return _list(map(str, sorted(axes[: r.randint(1, max(1, rank))])))


def _dims(kind: object, r: Random, rank: int) -> str:
    return r.choice(
        ("[-1]", "[-1, 2]", "[2, -1]", "[4, -1]", "[2, 2, -1]", "[-1, 1]", "[1, -1, 3]")
    )


def _one_of(kind: kinds.OneOf, r: Random, rank: int) -> str:
    return r.choice(kind.words)


def _padding(kind: kinds.Padding, r: Random, rank: int) -> str:
    form = r.random()
    if form < 0.6 and kind.words:
        return r.choice(tuple(kind.words))
    return str(r.choice((0, 1, 2))) if form < 0.7 else _margin(kind, r, rank)


def _margin(kind: object, r: Random, rank: int) -> str:
    if r.random() < 0.3:
        return str(r.choice((1, 2)))
    sides = [
        f"[{r.choice((0, 1, 2))}, {r.choice((0, 1, 2))}]"
        if r.random() < 0.6
        else str(r.choice((0, 1)))
        for _ in range(max(1, rank - 1))
    ]
    return _list(sides)


def activations() -> tuple[str, ...]:
    """Every activation that can be called without a required setting, and some with."""
    found = []
    for word in words():
        op = find(word)
        if op is not None and op.kind == "activation" and not op.reshapes:
            found.append(word)
    return tuple(found)


def activation(r: Random) -> str:
    """An activation, with or without its settings."""
    word = r.choice(activations())
    op = find(word)
    assert op is not None
    given = [
        f"{each.name}={proposal(each, r, 1)}"
        for each in op.settings
        if each.required or (r.random() < 0.5 and each.name != "axis")
    ]
    return f"{word}({', '.join(given)})" if given else word


def _act(kind: object, r: Random, rank: int) -> str:
    return "none" if r.random() < 0.05 else activation(r)


def _layer(kind: object, r: Random, rank: int) -> str:
    return r.choice(PARTS)


def initializer(r: Random) -> str:
    """A word, a word with its numbers, or a number."""
    if r.random() < 0.15:
        return str(r.choice((0.5, -0.25, 0, 1)))
    name = r.choice(tuple(INITIALIZERS))
    entry = INITIALIZERS[name]
    if entry.numbers and (not entry.defaults or r.random() < 0.6):
        numbers = sorted(r.sample((0.1, 0.2, 0.3, 0.5), len(entry.numbers)))
        return f"{name}({', '.join(map(str, numbers))})"
    return name


def _numbers(kind: object, r: Random, rank: int) -> str:
    form = r.random()
    if form < 0.6:
        return str(r.choice((2, 0.5, -1.5, 3, 0, 1)))
    row = lambda: _list(str(r.choice((0.5, 1.0, -2.0, 1.5))) for _ in range(3))  # noqa: E731
    return row() if form < 0.8 else _list(row() for _ in range(2))


EQUATIONS = ("td,sd->ts", "td,td->t", "td,de->te", "td->dt", "td->d", "ij,jk->ik", "td,sd->st")


def _text(kind: object, r: Random, rank: int) -> str:
    return f'"{r.choice(EQUATIONS)}"'


def _list(items: object) -> str:
    return f"[{', '.join(items)}]"  # type: ignore[arg-type]


Make = Callable[..., str]
# In order: a subclass stands before its class.
MAKERS: dict[type, Make] = {
    kinds.Margin: _margin,
    kinds.Padding: _padding,
    kinds.Dims: _dims,
    kinds.Ints: _ints,
    kinds.Int: _int,
    kinds.Float: _float,
    kinds.Flag: _flag,
    kinds.Sizes: _sizes,
    kinds.OneOf: _one_of,
    kinds.Act: _act,
    kinds.Layer: _layer,
    kinds.Initializer: lambda kind, r, rank: initializer(r),
    kinds.Numbers: _numbers,
    kinds.Text: _text,
}
