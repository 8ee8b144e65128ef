"""Programs made to go wrong in the generaliser: what they count, by arithmetic of their own."""

from collections.abc import Callable, Iterable, Mapping

import pytest

from examples.front import ADVERSARIAL, elaborated, example, found, models, names
from examples.small import FEEDS
from nndsl.analysis.totals import totals
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax.format import format_source

# A count follows a network by hand: `conv(3, 8, 5)` is the weights of 3 x 3 from 8 to 5 channels.


def conv(kernel: int, channels: int, filters: int, axes: int = 2) -> int:
    return kernel**axes * channels * filters + filters


def dense(channels: int, units: int) -> int:
    return channels * units + units


def chain(channels: int, widths: Iterable[int]) -> int:
    """Dense layers one after another."""
    total = 0
    for width in widths:
        total += dense(channels, width)
        channels = width
    return total


def nested_carry() -> int:
    total, c = 0, 3
    for i, depth in enumerate((2, 3)):
        total += conv(1, c, c + 4)
        c += 4
        for j in range(depth):
            total += conv(3, c, 2 + j)
            c += 2 + j
            total += conv(1, c, c + i)
            c += i
        total += conv(1, c, 2 * c)
        c *= 2
    return total + dense(c, 5)


def triple_carry() -> int:
    total, c = 0, 3
    for a in (4, 6):
        for b in (5, 3):
            for _ in range(2):
                total += conv(1, c, c + b)
                c += b
            total += conv(1, c, a)
            c = a
        total += conv(3, a, a)
    return total


def use_before_update() -> int:
    total, c = 0, 3
    for w in (4, 6, 9):
        total += conv(1, c, c) + conv(1, c, w) + conv(3, w, c + w) + conv(1, c + w, c + 1)
        c += 1
    return total + dense(c, 4)


def let_leak() -> int:
    def outer(channels: int, width: int) -> int:
        twice, more = 2 * width, width + 1
        return conv(1, channels, twice) + conv(1, twice, 2 * more) + conv(1, 2 * more, more)

    return outer(2, 15) + outer(16, 3) + conv(1, 4, 18)


def wider() -> int:
    """1.5 times the channels to the nearest multiple of 4, ties up, never less than 90 %."""

    def stretch(c: int) -> int:
        near = max(4, int(1.5 * c + 2) // 4 * 4)
        return near + 4 if near < 0.9 * 1.5 * c else near

    total, c = 0, 3
    for extra, then in ((8, False), (3, True), (1, True), (2, True), (3, True)):
        total += conv(3, c, c + extra)
        c += extra
        if then:
            total += conv(1, c, stretch(c))
            c = stretch(c)
    return total + dense(c, c // 2)


def zero_turns() -> int:
    stacks = conv(3, 3, 5) + conv(3, 5, 5) + conv(1, 5, 5) + conv(3, 5, 7)
    return stacks + conv(1, 7, 2) + dense(9, 9)


def first_turn() -> int:
    total, c = 0, 3
    for w in (4, 6):
        total += conv(3, c, w) + conv(1, c, w) + 2 * conv(3, w, w)
        c = w
    total += 4 * 4
    total += conv(1, 6, 5) + 2 * conv(3, 5, 5)
    return total + conv(1, 5, 7) + 2 * conv(3, 7, 7) + dense(7, 3)


def both_sides() -> int:
    first = conv(3, 3, 4) + conv(1, 4, 8) + conv(1, 8, 6) + conv(1, 6, 6)
    loop = conv(1, 6, 7) + (conv(3, 7, 6) + conv(1, 6, 12)) + conv(1, 12, 7)
    last = conv(3, 7, 3) + conv(1, 3, 6)
    return first + loop + last + dense(6, 7)


def ends_in_if() -> int:
    def inverted(c: int, filters: int, expand: int) -> int:
        wide = c * expand
        return conv(1, c, wide) + conv(3, 1, wide) + conv(1, wide, filters)

    def basic(c: int, filters: int, *, same: bool) -> int:
        return (
            conv(3, c, filters) + conv(3, filters, filters) + (0 if same else conv(1, c, filters))
        )

    def mixed(c: int, filters: int, *, gate: bool) -> int:
        sums = 2 * filters if c == filters else 3 * filters
        gated = conv(1, filters, filters) if gate else 0
        return conv(3, c, filters) + gated + conv(1, sums, filters + 1)

    attention = 2 * dense(8, 8) + 2 * dense(6, 8)
    return sum((
        inverted(3, 4, 2), inverted(4, 4, 2), inverted(4, 8, 2), inverted(8, 4, 3),
        basic(4, 4, same=True), basic(4, 8, same=False), basic(8, 4, same=False),
        mixed(4, 4, gate=False), mixed(5, 5, gate=True), mixed(6, 4, gate=False),
        conv(3, 5, 5), conv(3, 5, 4) + conv(1, 5, 4), conv(3, 4, 8), conv(3, 8, 8) + conv(1, 8, 8),
        dense(8, 6), 2 * (dense(8, 8) + attention + 2 * 8), dense(8, 4) + 2 * 8, dense(4, 3),
    ))  # fmt: skip


def recursion() -> int:
    def fold(channels: int, width: int, depth: int) -> int:
        if depth == 0:
            return conv(3, channels, width)
        below = width + 2 * depth
        return conv(3, channels, width) + fold(width, below, depth - 1) + conv(1, below, width)

    def fractal(channels: int, width: int, depth: int) -> int:
        if depth == 0:
            return conv(3, channels, width)
        halves = fractal(channels, width, depth - 1) + fractal(width, width, depth - 1)
        return conv(3, channels, width) + halves

    tail = conv(1, 6, 9) + conv(1, 9, 11) + conv(1, 11, 12)
    return fold(3, 4, 2) + fractal(4, 6, 2) + tail + dense(12, 12)


def shuffled() -> int:
    def rounds(channels: int, dim: int) -> int:
        return conv(1, channels, dim) + chain(dim, (dim, dim, dim + 1, dim, dim))

    body = conv(3, 3, 8) + 2 * conv(3, 8, 8) + conv(3, 8, 4)
    return body + chain(4, (5,)) + rounds(5, 3) + rounds(3, 4) + chain(4, (6, 2))


def list_ends() -> int:
    first = chain(4, (8, 3 * 8, 16, 2 * 3))
    return first + dense(3, 16) + chain(2 * 16, (2, 3, 5, 3))


def long_lists() -> int:
    kernels, total, c = (3, 1, 3, 1, 3, 1, 3, 1), 0, 3
    for kernel, width in zip(kernels, range(4, 12), strict=True):
        total += conv(kernel, c, width)
        c = width
    return total + chain(11, (1, 10, 19, 1, 2, 3, 4, 5, 6))


def equal_concat() -> int:
    pairs = conv(1, 3, 3) + conv(3, 3, 3) + conv(1, 6, 6) + conv(3, 6, 6)
    return pairs + conv(1, 36, 3) + 2 * conv(1, 12, 3) + dense(6, 6)


def used_twice() -> int:
    both = conv(3, 3, 4) + conv(1, 4, 4)
    return both + conv(1, 12, 4) + conv(1, 28, 4) + dense(4, 2) + dense(4, 3)


def two_branches() -> int:
    branches = conv(1, 4, 4) + conv(1, 3, 4) + conv(1, 3, 4) + 2 * conv(3, 4, 4)
    return conv(3, 3, 4) + branches + dense(16, 2)


def shared_in_repeat() -> int:
    """`once`, two Layers of the loop, two `twice`, and one norm; never a copy for each use."""
    return dense(6, 6) + 2 * dense(6, 6) + 2 * dense(6, 6) + 2 * 6


def two_layouts() -> int:
    def look(channels: int, axes: int) -> int:
        return conv(3, channels, 4, axes) + 4 * 4

    images = look(3, 2) + look(2, 2) + conv(1, 4, 4)
    near = dense(3 * 2 * 4 + 4 * 6 * 5 + 6 * 4, 7)
    rows = dense(3, 4) + 4 * 3 * (4 + 3 + 1)
    return images + look(2, 1) + near + rows


def loop_layout() -> int:
    mixed = 2 * 4 + dense(4, 8) + dense(8, 4) + (9 * 4 + 4)
    attended = 4 * dense(4, 4) + conv(3, 4, 4, axes=1) + 2 * 4
    return conv(3, 3, 4) + conv(3, 4, 4) + 2 * mixed + 2 * attended + dense(36 * 4, 3)


def nested_pushes() -> int:
    total, c = 0, 3
    for w in (4, 6):
        total += conv(3, c, w) + 2 * conv(1, w, w)
        c = w
    for i, w in enumerate((6, 4)):
        c += w
        for _ in range(2):
            total += conv(1, c + w, w + i)
            c = w + i
    return total + conv(1, c, 3) + conv(1, c + 3, 2)


def activations_down() -> int:
    uppers = 4 * (5, 6)
    return chain(4, (*uppers, 5, 6, 5, 3, *(3 * (5, 6))))


def activations_along() -> int:
    """glu halves 6 to 3."""
    dense = chain(8, (4, 6)) + chain(3, (5, 5, 3))
    return dense + sum(9 * i * o + o for i, o in ((3, 4), (4, 6), (6, 3)))


def rings_and_losses() -> int:
    """Up and Down in turn: layers of 5 and 6, two batch norms; then eights, one of them shared."""
    up = dense(5, 5) + 4 * 5 + dense(5, 6) + 4 * 6
    return up + dense(6, 8) + 6 * dense(8, 8) + dense(8, 3)


def norms_down() -> int:
    """Seven pairs of 6: norms are 2 numbers a channel, batch norms 4, RMSNorm 1."""
    norms = 6 * 2 * (2 + 4 + 2 + 0 + 0 + 4 + 2 + 1)
    return chain(4, 16 * (6,)) + norms + dense(6, 3)


def names_layers() -> int:
    return chain(3, 15 * (4,))


def names_methods() -> int:
    return 14 * dense(4, 4)


def names_settings() -> int:
    words = (2, 3, 4, 5, 6, 7)
    return chain(4, (7, 7, 2, 7, 2, 3, 4, 5, 6, 7, 8, *words, 18))


def sums_that_broadcast() -> int:
    return 6 + 8 + dense(6 * 6, 3) + 2 * dense(2 * 8 * 8, 3)


def ranks_that_grow() -> int:
    return 2 * (dense(8, 6) + dense(6, 6)) + dense(8, 6) + dense(8, 3) + dense(3, 6)


def frozen_parts() -> int:
    attention = 4 * dense(8, 8)
    gru = 2 * 3 * (8 * 4 + 4 * 4 + 2 * 4)
    grouped = 2 * dense(8, 8) + 2 * dense(8, 4)
    separable = 3 * 8 + dense(8, 4)
    lstm = 2 * 4 * (8 * 3 + 3 * 3 + 3)
    frozen = 2 * attention + gru + 8 + dense(8, 8) + grouped + 4 * 8 + separable + 8 + lstm
    return frozen + dense(4, 8) + 8 + dense(6, 2)


def names_values() -> int:
    return 4 * dense(4, 4) + 2 * dense(4, 4) + 4 + dense(4, 1)


MOVING = {"first_turn": 2 * 4, "two_layouts": 3 * 2 * 4, "norms_down": 4 * 6 * 2,
          "rings_and_losses": 2 * 5 + 2 * 6}  # fmt: skip
FROZEN = {
    "frozen_parts": frozen_parts() - dense(4, 8) - 8 - dense(6, 2),
    "rings_and_losses": dense(8, 8),
}
COUNTS: Mapping[str, Callable[[], int]] = {
    count.__name__: count
    for count in (
        nested_carry, triple_carry, use_before_update, let_leak, wider, zero_turns, first_turn,
        both_sides, ends_in_if, recursion, long_lists, equal_concat, used_twice, two_branches,
        shared_in_repeat, two_layouts, loop_layout, nested_pushes, activations_down, norms_down,
        activations_along, rings_and_losses, list_ends, shuffled,
        names_layers, names_methods, names_settings, names_values,
        sums_that_broadcast, ranks_that_grow, frozen_parts,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", names(ADVERSARIAL))
def test_counts_by_hand(name: str) -> None:
    made = totals(elaborated(name).root)
    assert made.params == COUNTS[name]()
    assert made.non_trainable == MOVING.get(name, 0) + FROZEN.get(name, 0)


@pytest.mark.parametrize("name", names(ADVERSARIAL))
def test_check_finds_no_error(name: str) -> None:
    assert [(d.code, d.message) for d in found(name) if d.severity == "error"] == []


@pytest.mark.parametrize("name", names(ADVERSARIAL))
def test_takes_what_it_is_fed(name: str) -> None:
    assert len(models(name)) == 1
    inputs = elaborated(name).root.inputs
    assert {port.name: port.value.type.shape for port in inputs} == {
        port: feed.shape for port, feed in FEEDS[name].items()
    }


@pytest.mark.parametrize("name", names(ADVERSARIAL))
def test_is_in_the_one_format(name: str) -> None:
    text = example(name).read_text(encoding="utf-8")
    assert format_source(Source(f"{name}.nn", text), ALIASES) == text


def test_every_program_is_counted() -> None:
    assert set(COUNTS) == set(FEEDS) == set(names(ADVERSARIAL))
