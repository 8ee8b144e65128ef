"""What slides over the spatial axes of [spatial…, channels]: ranks, sizes, padding, results."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Value, Word
from nndsl.ops.kinds import Padding, Sizes
from nndsl.ops.numbers import (
    Dim,
    OpenDim,
    Sym,
    ceil_div,
    lift,
    same_dim,
    show_dim,
    surely_less,
    term_of,
)
from nndsl.ops.symbols import Term

Sides: TypeAlias = "tuple[tuple[int, int], ...]"

MOST_AXES = 3
LAYOUTS = ("", "[steps, channels]", "[height, width, channels]", "[depth, height, width, channels]")

KERNEL = Setting("kernel", Sizes(1), "size of the kernel along the spatial axes", required=True)
STRIDE = Setting("stride", Sizes(1), "step from one window to the next", default=1)
DILATION = Setting("dilation", Sizes(1), "step inside the kernel", default=1, keyword=True)
PADDING = Setting(
    "padding",
    Padding("valid", "same", "half", "causal"),
    "zeros around the input: `valid` none; `same` keeps ceil(n / stride) positions; `half` "
    "(kernel - 1) * dilation // 2 at both sides; `causal` all in front; or numbers",
    default=Word("valid"),
)


class Spatial(Op):
    """An op on one to three spatial axes; its rank-specific words ask for a number of them."""

    spatial_axes: ClassVar[int] = 0  # 0: one to three
    takes = "[spatial…, channels]: one to three spatial axes"

    def rank_of(self, call: Call) -> int:
        """The number of spatial axes of the operand; NN206 where it is not what is asked for."""
        given = call.x.rank - 1
        if given == self.spatial_axes if self.spatial_axes else 1 <= given <= MOST_AXES:
            return given
        wanted = LAYOUTS[self.spatial_axes] or "one to three spatial axes and channels"
        raise call.wrong(
            "NN206",
            f"{self.word} takes {wanted}, not {call.x.show()}",
            _rank_fix(call, given + 1 == (self.spatial_axes or 1)),
        )


def _rank_fix(call: Call, channels_missing: bool) -> str:
    if not channels_missing or not call.x.rank:
        return "the word without a rank fits one to three spatial axes"
    sizes = ", ".join(show_dim(d) for d in (*call.x.shape, 1))
    return f"give it an axis of channels: `-> Reshape({sizes})`, or [{sizes}] at the input"


def ranked(op: type[Spatial], *aliases: str) -> tuple[type[Spatial], ...]:
    """The words that ask for 1, 2 and 3 spatial axes; `{}` in an alias is the number of axes."""
    return tuple(_at_rank(op, n, aliases) for n in range(1, MOST_AXES + 1))


def _at_rank(op: type[Spatial], n: int, aliases: tuple[str, ...]) -> type[Spatial]:
    name = f"{op.word}{n}D"
    examples = tuple(_renamed(e, op.word, name) for e in op.examples if e.takes.count(",") == n)
    other = "[8, 8, 1]" if n == 1 else "[8, 1]"
    reject = Reject(examples[0].call, other, "NN206", f"{name} takes {LAYOUTS[n]}")
    facts: dict[str, object] = {
        "__doc__": f"`{op.word}` that asks for {LAYOUTS[n]}; otherwise as `{op.word}`.",
        "__module__": op.__module__,
        "word": name,
        "like": op.word,
        "aliases": tuple(alias.format(n) for alias in aliases),
        "takes": LAYOUTS[n],
        "spatial_axes": n,
        "examples": examples,
        "rejects": (reject,),
    }
    return type(name, (op,), facts)


def _renamed(example: Example, old: str, new: str) -> Example:
    return example._replace(call=new + example.call.removeprefix(old))


# ---- settings, one an axis ---------------------------------------------------------------------


def per_axis(call: Call, name: str, rank: int) -> tuple[int, ...]:
    """A setting as one number for each spatial axis; NN207 where a list has another length."""
    value = call.settings.get(name)
    if isinstance(value, int):
        return (value,) * rank
    numbers = call.settings.ints(name)
    if len(numbers) != rank:
        raise call.wrong(
            "NN207",
            f"`{name}` has {len(numbers)} numbers for {rank} spatial axes",
            f"give one number, or a list of {rank}",
        )
    return numbers


def extents(settings: Settings) -> tuple[int, ...]:
    """How far a kernel reaches along each axis: (kernel - 1) * dilation + 1."""
    pairs = zip(settings.ints("kernel"), settings.ints("dilation"), strict=True)
    return tuple((k - 1) * d + 1 for k, d in pairs)


def explicit(call: Call, name: str, rank: int) -> Sides:
    """A number, a list of numbers, or of pairs, as (before, after) for each axis; NN207."""
    value: Value = call.settings.get(name)
    if isinstance(value, int):
        return ((value, value),) * rank
    assert isinstance(value, tuple), (name, value)
    if len(value) != rank:
        raise call.wrong(
            "NN207",
            f"`{name}` has {len(value)} entries for {rank} spatial axes",
            f"give one number, or a list of {rank} numbers or pairs [before, after]",
        )
    return tuple(_pair(entry) for entry in value)


def _pair(entry: object) -> tuple[int, int]:
    if isinstance(entry, tuple):
        before, after = entry
        assert isinstance(before, int), entry
        assert isinstance(after, int), entry
        return before, after
    assert isinstance(entry, int), entry
    return entry, entry


def resolve_padding(call: Call, reach: tuple[int, ...]) -> Value:
    """The `padding` setting in explicit pairs; `same` stays a word, for it depends on sizes.

    reach: see `extents`.
    """
    word = call.settings.word("padding")
    if word == "same":
        return Word("same")
    if word == "valid":
        return ((0, 0),) * len(reach)
    if word == "half":
        return tuple(((r - 1) // 2, (r - 1) // 2) for r in reach)
    if word == "causal":
        return _causal(call, reach)
    return explicit(call, "padding", len(reach))


def _causal(call: Call, reach: tuple[int, ...]) -> Sides:
    if len(reach) != 1:
        raise call.wrong(
            "NN209",
            f"`causal` padding is for sequences [steps, channels], not {call.x.show()}",
            "give the sides as a list of pairs: `padding=[[2, 0], [1, 1]]`",
        )
    return ((reach[0] - 1, 0),)


# ---- what comes out ----------------------------------------------------------------------------


def is_one(stride: int) -> bool:
    """True for a stride that is 1 whatever the settings are (a check, never recorded)."""
    return not isinstance(stride, Sym) and stride == 1


def positions(
    call: Call, reach: tuple[int, ...], strides: tuple[int, ...], padding: Sides | None
) -> tuple[Dim, ...]:
    """How many windows fit along each spatial axis; NN203 where none does.

    (n + before + after - reach) // stride + 1, written with one division; with `same` (padding
    None) ceil(n / stride).
    """
    if padding is None:
        pairs = zip(call.x.spatial, strides, strict=True)
        return tuple(n if is_one(s) else ceil_div(n, s) for n, s in pairs)
    axes = zip(call.x.spatial, reach, strides, padding, strict=True)
    return tuple(_fitting(call, *axis) for axis in axes)


def _fitting(call: Call, n: Dim, reach: int, stride: int, padding: tuple[int, int]) -> Dim:
    padded = n + (padding[0] + padding[1])
    if surely_less(padded, reach):
        around = "" if same_dim(padded, n) else f" and {padding[0] + padding[1]} of padding"
        raise call.wrong(
            "NN203",
            f"a window of {int(reach)} does not fit {show_dim(n)} positions{around}",
            "use a smaller window or less stride before, or `padding=same`",
        )
    return (padded - reach + stride) // stride


def pairs_of(settings: Settings) -> Sides | None:
    """The explicit pairs of a resolved `padding`; None where it is `same`."""
    value = settings.get("padding")
    if isinstance(value, Word):
        return None
    assert isinstance(value, tuple), value
    return tuple(_pair(entry) for entry in value)


def sides(call: Call, reach: tuple[int, ...]) -> Sides | None:
    """(before, after) of each spatial axis, `same` included.

    `same`: total = max((ceil(n / s) - 1) s + reach - n, 0), the smaller half before (Keras' and
    TensorFlow's rule). None where that depends on a dimension that is open.
    """
    pairs = pairs_of(call.settings)
    if pairs is not None:
        return pairs
    strides = call.settings.ints("stride")
    found = [_same(*axis) for axis in zip(call.x.spatial, reach, strides, strict=True)]
    known = tuple(pair for pair in found if pair is not None)
    return known if len(known) == len(found) else None


def _same(n: Dim, reach: int, stride: int) -> tuple[int, int] | None:
    if is_one(stride):
        return (reach - 1) // 2, reach - 1 - (reach - 1) // 2
    if isinstance(n, OpenDim):
        return None
    size, step, extent = int(n), int(stride), int(reach)
    total = max((-(-size // step) - 1) * step + extent - size, 0)
    return total // 2, total - total // 2


def at_least_zero(number: int) -> int:
    """max(number, 0), keeping the formula."""
    value = max(int(number), 0)
    if not isinstance(number, Sym):
        return value
    return int_of(lift(value, Term("max", (term_of(number), term_of(0)))))


def int_of(number: int | float) -> int:
    """The same number, known to be whole."""
    assert isinstance(number, int), number
    return number
