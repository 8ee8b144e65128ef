"""What changes a shape and computes nothing: flatten, reshape, permute, pad, crop, upsample."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type, Word
from nndsl.ops.common import floats
from nndsl.ops.kinds import Dims, Float, Ints, Margin, OneOf, Sizes
from nndsl.ops.numbers import (
    Dim,
    OpenDim,
    Sym,
    product,
    same_dim,
    show_dim,
    show_shape,
    surely_less,
    term_of,
)
from nndsl.ops.spatial import Sides, Spatial, explicit, per_axis, ranked
from nndsl.ops.symbols import variables


class Flatten(Op):
    """All elements in one axis, in the order of the file's axes (the last one fastest)."""

    word = "Flatten"
    formula = "x.reshape(-1)"
    examples = (
        Example("Flatten", "[28, 28]", "[784]", macs=0, source="arithmetic: 28 * 28"),
        Example("Flatten", "[C=16, H=5, W=5]", "[400]", source="LeNet-5 in PyTorch: 16 * 5 * 5"),
        Example("Flatten", "[?T, 4]", "[4*?T]", source="arithmetic"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        return (Type((call.x.elements,), call.x.dtype, (), call.x.batched),)


class Reshape(Op):
    """The same elements in another shape, in the order of the file's axes (the last one fastest).

    One size may be -1: what the others leave. Names of axes are gone afterwards, and the channels
    are the last axis.
    """

    word = "Reshape"
    formula = "x.reshape(shape)"
    aliases = ("View",)
    settings = (Setting("shape", Dims(), "sizes of the result, one perhaps -1", required=True),)
    examples = (
        Example("Reshape(-1, 768)", "[14, 14, 768]", "[196, 768]", macs=0,
                source="ViT-B/16: 14 * 14 patches"),
        Example("Reshape(7, 7, 64)", "[3136]", "[7, 7, 64]", source="arithmetic: 7 * 7 * 64"),
        Example("Reshape(-1, 8, 64)", "[?T, 512]", "[?T, 8, 64]", source="eight heads of 64"),
    )  # fmt: skip
    rejects = (
        Reject("Reshape(10, 10)", "[99]", "NN205", "99 elements are not 100"),
        Reject("Reshape(-1, 4)", "[6, 3]", "NN205", "18 is no multiple of 4"),
        Reject("Reshape(-1, 4)", "[?T, 3]", "NN205", "3 * ?T is a multiple of 4 for some ?T only"),
        Reject("Reshape(-1, -1)", "[4]", "NN205", "one size at most is left over"),
        Reject("Reshape(4, 4)", "[?T, 8]", "NN205", "the length is known at run time only"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        wanted = call.settings.dims("shape")
        known = [d for d in wanted if not same_dim(d, -1)]
        if len(wanted) - len(known) > 1 or any(same_dim(d, 0) for d in known):
            raise self._wrong(call, "one size at most may be -1, and none 0")
        total, by = _cancelled(list(call.x.shape), known)
        if len(known) == len(wanted):
            if not same_dim(total, by):
                raise self._wrong(call, f"{_count(call.x.shape)} are not {_count(tuple(known))}")
            return (Type(wanted, call.x.dtype, (), call.x.batched),)
        if isinstance(by, OpenDim) or not _divides(by, total):
            shown = f"{_count(call.x.shape)} are no multiple of {_count(tuple(known))}"
            raise self._wrong(call, shown)
        shape = tuple(total // by if same_dim(d, -1) else d for d in wanted)
        return (Type(shape, call.x.dtype, (), call.x.batched),)

    def _wrong(self, call: Call, why: str) -> Exception:
        wanted = show_shape(call.settings.dims("shape"))
        return call.wrong(
            "NN205",
            f"{call.x.show()} does not reshape to {wanted}: {why}",
            "use -1 for the size that should be what is left",
        )


def _count(shape: tuple[Dim, ...]) -> str:
    return f"{show_dim(product(shape))} elements"


def _divides(by: int, total: Dim) -> bool:
    """True where `total` is a multiple of `by`, for every size of what is open.

    A formula over the settings of a block was looked at where the block is called.
    """
    if not isinstance(total, OpenDim):
        return int(total) % int(by) == 0
    settled = not isinstance(by, Sym) and not variables(total.term)
    return not settled or same_dim(total // by * by, total)


def _cancelled(have: list[Dim], wanted: list[Dim]) -> tuple[Dim, Dim]:
    """The elements on both sides, without the sizes that both have."""
    terms = [term_of(d) for d in have]
    over: list[Dim] = []
    for dim in wanted:
        if term_of(dim) in terms:
            at = terms.index(term_of(dim))
            del terms[at], have[at]
        else:
            over.append(dim)
    return product(tuple(have)), product(tuple(over))


class Permute(Op):
    """The axes in another order: axis i of the result is axis `order[i]` of the value.

    Axes count from 0, without the batch. Names of axes move along.
    """

    word = "Permute"
    formula = "transpose(x, order)"
    settings = (
        Setting("order", Ints(), "old axes in their new order", required=True, symbolic=False),
    )
    examples = (
        Example("Permute(1, 0)", "[5, 8]", "[8, 5]", macs=0, source="numpy.transpose"),
        Example("Permute(2, 0, 1)", "[28, 20, 3]", "[3, 28, 20]", source="numpy.transpose"),
        Example("Permute(1, 2, 0)", "[C=3, H=8, W=9]", "[H=8, W=9, C=3]",
                source="torch.permute"),
    )  # fmt: skip
    rejects = (
        Reject("Permute(2, 1)", "[5, 8]", "NN208", "axes count from 0 here, from 1 in Keras"),
        Reject("Permute(0, 0)", "[5, 8]", "NN208", "every axis comes once"),
    )

    def resolve(self, call: Call) -> Settings:
        rank = call.x.rank
        given = [int(axis) for axis in call.settings.ints("order")]
        order = tuple(axis + rank if axis < 0 else axis for axis in given)
        if sorted(order) != list(range(rank)):
            raise call.wrong(
                "NN208",
                f"`order` {given} does not name each axis of {call.x.show()} once",
                f"axes count from 0 without the batch: 0 to {rank - 1}",
            )
        return call.settings.with_(order=order)

    def infer(self, call: Call) -> tuple[Type, ...]:
        x, order = call.x, call.settings.ints("order")
        axes = tuple(x.axes[i] for i in order) if x.axes else ()
        return (Type(tuple(x.shape[i] for i in order), x.dtype, axes, x.batched),)


class Margins(Spatial):
    """What Pad and Crop share: an amount at each side of each spatial axis."""

    def resolve(self, call: Call) -> Settings:
        rank = self.rank_of(call)
        return call.settings.with_(amount=explicit(call, "amount", rank))

    def sides(self, call: Call) -> Sides:
        """(before, after) for each spatial axis."""
        return explicit(call, "amount", call.x.rank - 1)


class Pad(Margins):
    """Puts a border around the spatial axes: zeros (or `value`), or the reflected inside.

    `reflect` mirrors without repeating the border itself: 3 2 | 1 2 3 | 2 1.
    """

    word = "Pad"
    formula = """
        border = [*amount, (0, 0)]
        pad(x, border, constant_values=value) if mode == "constant" else pad(x, border, mode)
        """
    aliases = ("ZeroPad", "ZeroPadding")
    settings = (
        Setting("amount", Margin(), "positions at each side", default=1),
        Setting("mode", OneOf("constant", "reflect"), "what is put there", Word("constant")),
        Setting("value", Float(), "the number that `constant` puts", default=0.0, keyword=True),
    )
    examples = (
        Example("Pad(3)", "[224, 224, 3]", "[230, 230, 3]", macs=0,
                source="Keras' summary of ResNet-50, conv1_pad"),
        Example("Pad([[0, 1], [0, 1]])", "[C=4, H=56, W=55]", "[C=4, H=57, W=56]",
                source="Keras' MobileNet, ZeroPadding2D(((0, 1), (0, 1)))"),
        Example("Pad(2, reflect)", "[?T, 8]", "[?T + 4, 8]", source="torch, ReflectionPad1d(2)"),
        Example("Pad([1, 0, 2])", "[4, 4, 4, 1]", "[6, 4, 8, 1]",
                source="Keras, ZeroPadding3D((1, 0, 2))"),
    )  # fmt: skip
    rejects = (
        Reject("Pad(1)", "[784]", "NN206", "there is no spatial axis"),
        Reject("Pad([1, 2, 3])", "[8, 8, 1]", "NN207", "two spatial axes"),
        Reject("Pad(4, reflect)", "[4, 4, 1]", "NN203", "three positions can be reflected"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        sides = self.sides(call)
        if call.settings.word("mode") == "reflect":
            self._check_reflection(call, sides)
        axes = zip(call.x.spatial, sides, strict=True)
        spatial = tuple(n + (before + after) for n, (before, after) in axes)
        return (call.x.with_channels(call.x.channels, spatial),)

    def _check_reflection(self, call: Call, sides: Sides) -> None:
        for n, pair in zip(call.x.spatial, sides, strict=True):
            amount = max(int(pair[0]), int(pair[1]))
            if surely_less(n, amount + 1):
                raise call.wrong(
                    "NN203",
                    f"{show_dim(n)} positions cannot be reflected by {amount}",
                    "a reflection leaves out the border itself: pad less than the size",
                )


class Crop(Margins):
    """Cuts positions off the spatial axes, at both sides of each."""

    word = "Crop"
    formula = "x[tuple(slice(low, n - high) for n, (low, high) in zip(x.shape, amount))]"
    aliases = ("Cropping",)
    settings = (Setting("amount", Margin(), "positions cut off each side", default=1),)
    examples = (
        Example("Crop(4)", "[64, 64, 512]", "[56, 56, 512]", macs=0,
                source="U-Net, figure 1: 64 * 64 cropped to 56 * 56"),
        Example("Crop([[1, 0], [2, 2]])", "[28, 28, 3]", "[27, 24, 3]",
                source="Keras, Cropping2D(((1, 0), (2, 2)))"),
        Example("Crop(1)", "[?T, 8]", "[?T - 2, 8]", source="Keras, Cropping1D(1)"),
        Example("Crop([1, 2, 0])", "[6, 6, 6, 1]", "[4, 2, 6, 1]",
                source="Keras, Cropping3D((1, 2, 0))"),
    )  # fmt: skip
    rejects = (Reject("Crop(2)", "[4, 8, 1]", "NN203", "nothing would be left"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        axes = zip(call.x.spatial, self.sides(call), strict=True)
        spatial = tuple(n - (before + after) for n, (before, after) in axes)
        for n, left in zip(call.x.spatial, spatial, strict=True):
            if surely_less(left, 1):
                raise call.wrong(
                    "NN203",
                    f"a crop of {show_dim(n - left)} leaves nothing of {show_dim(n)} positions",
                    "crop less",
                )
        return (call.x.with_channels(call.x.channels, spatial),)


class Upsample(Spatial):
    """Enlarges the spatial axes by whole factors: `nearest` repeats, `bilinear` interpolates.

    `nearest`: position i of the result is position i // size. `bilinear` (images): position i is
    read at (i + 0.5) / size - 0.5, held at the borders (corners are not aligned), as in both
    frameworks.
    """

    word = "Upsample"
    formula = """
        for axis, factor in enumerate(size):
            n = x.shape[axis]
            if mode == "nearest":
                x = take(x, arange(n * factor) // factor, axis)
            else:
                at = clip((arange(n * factor) + 0.5) / factor - 0.5, 0, n - 1)
                low = floor(at).astype(int)
                share = along(at - low, (axis,), x)
                high = minimum(low + 1, n - 1)
                x = (1 - share) * take(x, low, axis) + share * take(x, high, axis)
        x
        """
    aliases = ("UpSampling", "Upsampling")
    settings = (
        Setting("size", Sizes(1), "the factor of each spatial axis", default=2),
        Setting("mode", OneOf("nearest", "bilinear"), "how values come about", Word("nearest")),
    )
    examples = (
        Example("Upsample(2)", "[32, 32, 512]", "[64, 64, 512]", macs=0,
                source="Keras, UpSampling2D(2)"),
        Example("Upsample([2, 3], bilinear)", "[C=3, H=4, W=5]", "[C=3, H=8, W=15]",
                source="PyTorch, Upsample(scale_factor=(2, 3), mode='bilinear')"),
        Example("Upsample(4)", "[?T, 16]", "[4*?T, 16]", source="Keras, UpSampling1D(4)"),
        Example("Upsample(2)", "[2, 3, 4, 8]", "[4, 6, 8, 8]", source="Keras, UpSampling3D(2)"),
    )  # fmt: skip
    rejects = (
        Reject("Upsample(2, bilinear)", "[10, 4]", "NN209", "bilinear is for images"),
        Reject("Upsample", "[10]", "NN206", "there is no spatial axis"),
    )

    def resolve(self, call: Call) -> Settings:
        rank = self.rank_of(call)
        floats(call)
        if call.settings.word("mode") == "bilinear" and rank != 2:
            raise call.wrong(
                "NN209",
                f"`bilinear` is for [height, width, channels], not {call.x.show()}",
                "use `nearest`",
            )
        return call.settings.with_(size=per_axis(call, "size", rank))

    def infer(self, call: Call) -> tuple[Type, ...]:
        axes = zip(call.x.spatial, call.settings.ints("size"), strict=True)
        return (call.x.with_channels(call.x.channels, tuple(n * size for n, size in axes)),)


Pad1D, Pad2D, Pad3D = ranked(Pad, "ZeroPad{}D", "ZeroPad{}d", "ZeroPadding{}D")
Crop1D, Crop2D, Crop3D = ranked(Crop, "Cropping{}D")
Upsample1D, Upsample2D, Upsample3D = ranked(Upsample, "UpSampling{}D")
