"""What the functions that move, choose, add and drop axes mean, as terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from nndsl.ir.steps import OpStep
from nndsl.ops.base import Call
from nndsl.ops.numbers import Dim
from nndsl.ops.select import cuts_of
from nndsl.validate.source import Held, Made, Site
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit, join

Reader = Callable[[Site], Made]


def out_shape(site: Site) -> tuple[Dim, ...]:
    assert isinstance(site.step, OpStep)
    return site.step.outs[0].type.shape


def _reshape(site: Site) -> Held:
    front = site.x.shape[:1] if site.batched else ()
    return site.hold(site.meaning.reshape(site.x, (*front, *out_shape(site))))


def _permute(name: str) -> Reader:
    def read(site: Site) -> Held:
        order = [site.axis(axis) for axis in site.settings.ints(name)]
        front = [0] if site.batched else []
        return site.hold(site.meaning.permute(site.x, (*front, *order)))

    return read


def _expand(site: Site) -> Held:
    return site.hold(site.meaning.expand(site.x, site.axis(site.settings.int("axis"))))


def _squeeze(site: Site) -> Held:
    axes = [site.axis(axis) for axis in site.settings.ints("axis")]
    return site.hold(site.meaning.squeeze(site.x, axes))


def _amounts(site: Site) -> tuple[tuple[int, int], ...]:
    value = site.settings.get("amount")
    assert isinstance(value, tuple), value
    pairs = [pair for pair in value if isinstance(pair, tuple)]
    return tuple((whole(low), whole(high)) for low, high in pairs)


def whole(value: object) -> int:
    assert isinstance(value, int), value
    return value


def _pad(site: Site) -> Held:
    sides = [
        (axis, low, high) for axis, (low, high) in zip(site.spatial, _amounts(site), strict=True)
    ]
    mode = site.word_of("mode")
    value = site.settings.float("value") if mode == "constant" else 0.0
    return site.hold(site.meaning.pad(site.x, sides, value, mode))


def _crop(site: Site) -> Held:
    cuts = [
        (axis, low, -high or None, 1)
        for axis, (low, high) in zip(site.spatial, _amounts(site), strict=True)
    ]
    return site.hold(site.meaning.slice(site.x, cuts))


def _upsample(site: Site) -> Held:
    factor, mode = site.settings.ints("size"), site.word_of("mode")
    return site.hold(site.meaning.upsample(site.x, site.spatial, factor, mode))


def _take(site: Site) -> Held:
    axis = site.axis(site.settings.int("axis"))
    return site.hold(site.meaning.take(site.x, axis, site.settings.int("index")))


def _slice(site: Site) -> Held:
    assert isinstance(site.step, OpStep)
    cuts = cuts_of(Call(site.settings, (site.type,)))
    x, drops = site.x, []
    bounds: list[tuple[int, Dim | None, Dim | None, int]] = []
    for axis, (start, stop, step, drop) in enumerate(cuts):
        at = site.axis(axis)
        if drop:
            drops.append((at, whole(start)))
        else:
            bounds.append((at, start, stop, step or 1))
    x = site.meaning.slice(x, bounds)
    for at, index in reversed(drops):
        x = site.meaning.take(x, at, index)
    return site.hold(x)


def _split(site: Site) -> Made:
    axis = site.axis(site.settings.int("axis"))
    assert isinstance(site.step, OpStep)
    sizes = [out.type.shape[site.settings.int("axis")] for out in site.step.outs]
    made, at = [], 0
    for size in sizes:
        if not isinstance(size, int):
            raise Misfit("validation has no meaning for a split of an open axis")
        made.append(site.hold(site.meaning.slice(site.x, [(axis, at, at + size, 1)])))
        at += size
    return tuple(made)


def _gather(site: Site) -> Held:
    x, indices = site.held
    axis = site.settings.int("axis") + x.batched
    flags = (x.batched, indices.batched)
    return site.hold(site.meaning.gather(x.tensor, indices.tensor, axis, flags), any(flags))


def _along(word: str, *names: str) -> Reader:
    def read(site: Site) -> Held:
        axis = site.axis(site.settings.int("axis"))
        numbers = {name: site.settings.int(name) for name in names}
        return site.hold(site.meaning.along(word, site.x, axis, dtype=site.dtype, **numbers))

    return read


def _flip(site: Site) -> Held:
    x = site.x
    for axis in site.settings.ints("axis"):
        x = site.meaning.flip(x, site.axis(axis))
    return site.hold(x)


def _tile(site: Site) -> Held:
    x, shift = site.x, 1 if site.batched else 0
    for axis, times in enumerate(site.settings.ints("repeats")):
        x = site.meaning.tile(x, axis + shift, times)
    return site.hold(x)


def _repeat_axis(site: Site) -> Held:
    n, axis = site.settings.int("n"), site.axis(site.settings.int("axis"))
    return site.hold(site.meaning.merge(site.meaning.repeated(site.x, axis + 1, n), axis, axis + 1))


def _pixel_shuffle(site: Site) -> Held:
    """[H, W, C n n] -> [H, n, W, n, C] -> [H n, W n, C]; channel c n n + i n + j."""
    n, m = site.settings.int("n"), site.meaning
    channels = site.x.shape[site.channel]
    x = m.unmerge(site.x, site.channel, (channels // (n * n), n, n))
    shift = site.channel
    c, i, j = shift, shift + 1, shift + 2
    h, w = (p if p < shift else p + 2 for p in site.spatial)
    return site.hold(_woven(site, x, c, ((h, i), (w, j))))


def _woven(site: Site, x: Tensor, channel: int, pairs: Sequence[tuple[int, int]]) -> Tensor:
    """The spatial axes, each merged with its finer one, in the operand's axis order."""
    front = (0,) if site.batched else ()
    merged = dict(zip(site.spatial, pairs, strict=True))
    view = [x.view[0]] if front else []
    for p in range(len(front), site.x.rank):
        axes = merged.get(p, (channel,))
        view.append(tuple(atom for axis in axes for atom in x.view[axis]))
    return x.viewed(tuple(join(digits) for digits in view))


def _pixel_unshuffle(site: Site) -> Held:
    """[H n, W n, C] -> [H, W, C n n]."""
    n, m = site.settings.int("n"), site.meaning
    h, w = site.spatial
    x = m.unmerge(site.x, w, (site.x.shape[w] // n, n))
    x = m.unmerge(x, h, (site.x.shape[h] // n, n))
    moved = {p: p + (p > h) + (p > w) for p in range(site.x.rank)}
    digits = (*x.view[moved[site.channel]], *x.view[moved[h] + 1], *x.view[moved[w] + 1])
    view = [x.view[moved[p]] for p in range(site.x.rank)]
    view[site.channel] = join(digits)
    return site.hold(x.viewed(tuple(view)))


SHAPES: Mapping[str, Reader] = {
    "Crop": _crop,
    "Flatten": _reshape,
    "Pad": _pad,
    "Permute": _permute("order"),
    "PixelShuffle": _pixel_shuffle,
    "PixelUnshuffle": _pixel_unshuffle,
    "Reshape": _reshape,
    "Upsample": _upsample,
    "cumsum": _along("cumsum"),
    "expand": _expand,
    "flip": _flip,
    "gather": _gather,
    "repeat_axis": _repeat_axis,
    "roll": _along("roll", "shift"),
    "slice": _slice,
    "split": _split,
    "squeeze": _squeeze,
    "take": _take,
    "tile": _tile,
    "transpose": _permute("axes"),
}
