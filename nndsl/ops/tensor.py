"""Functions that move, add and drop axes. Axes are counted without the batch."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type
from nndsl.ops.broadcast import axis_of, plain_tensors
from nndsl.ops.kinds import Int, Ints
from nndsl.ops.numbers import Dim

_NUMPY = "numpy, per example"


class Transpose(Op):
    """The same elements with the axes in another order; without `axes` the last two change places.

    `axes` lists for each axis of the result which axis of the operand it is.
    """

    word = "transpose"
    formula = "transpose(x, axes)"
    kind = "function"
    takes = "a value with at least two axes"
    settings = (Setting("axes", Ints(), "the new order of all axes", symbolic=False),)
    examples = (
        Example("transpose", "[197, 768]", "[768, 197]", source=_NUMPY),
        Example("transpose(axes=[1, 2, 0])", "[4, 5, 6]", "[5, 6, 4]", source=_NUMPY),
    )
    rejects = (
        Reject("transpose", "[5]", "NN201", "one axis has no other order"),
        Reject("transpose(axes=[0, 1])", "[4, 5, 6]", "NN201", "axis 2 is missing"),
    )

    def resolve(self, call: Call) -> Settings:
        rank = call.x.rank
        if not call.settings.has("axes"):
            if rank < 2:
                self.refuse(call, f"`transpose` needs two axes, {call.x.show()} has {rank}")
            return call.settings.with_(axes=(*range(rank - 2), rank - 1, rank - 2))
        order = tuple(axis_of(self, call, axis, rank) for axis in call.settings.ints("axes"))
        if sorted(order) != list(range(rank)):
            fix = f"list every axis once, as in [{', '.join(map(str, reversed(range(rank))))}]"
            self.refuse(call, f"`axes` is no order of the {rank} axes of {call.x.show()}", fix)
        return call.settings.with_(axes=order)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, order = call.x, call.settings.ints("axes")
        roles = tuple(x.axes[i] for i in order) if x.axes else ()
        return (Type(tuple(x.shape[i] for i in order), x.dtype, roles, x.batched),)


class Expand(Op):
    """A new axis of size 1; `axis` is where it stands in the result, by default the last."""

    word = "expand"
    formula = "expand_dims(x, axis)"
    aliases = ("expand_dims", "unsqueeze")
    kind = "function"
    takes = "a value of any shape"
    settings = (Setting("axis", Int(), "the new axis", default=-1, symbolic=False),)
    examples = (
        Example("expand", "[28, 28]", "[28, 28, 1]", source=_NUMPY),
        Example("expand(0)", "bool[?T]", "bool[1, ?T]", source=_NUMPY),
    )
    rejects = (Reject("expand(3)", "[4]", "NN208", "the result has axes 0 and 1"),)

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank + 1)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, axis = call.x, call.settings.int("axis")
        roles = (*x.axes[:axis], "", *x.axes[axis:]) if x.axes else ()
        return (Type((*x.shape[:axis], 1, *x.shape[axis:]), x.dtype, roles, x.batched),)


class Squeeze(Op):
    """Takes away axes of size 1: those of `axis`, or all of them."""

    word = "squeeze"
    formula = "squeeze(x, axis)"
    kind = "function"
    takes = "a value with axes of size 1"
    settings = (Setting("axis", Ints(), "the axes to drop; all of size 1", symbolic=False),)
    examples = (
        Example("squeeze", "[1, 1, 512]", "[512]", source=_NUMPY),
        Example("squeeze(0)", "[1, ?T, 1]", "[?T, 1]", source=_NUMPY),
    )
    rejects = (Reject("squeeze(0)", "[4, 1]", "NN201", "axis 0 has size 4"),)

    def resolve(self, call: Call) -> Settings:
        shape, rank = call.x.shape, call.x.rank
        if not call.settings.has("axis"):
            ones = tuple(i for i, dim in enumerate(shape) if isinstance(dim, int) and dim == 1)
            return call.settings.with_(axis=ones)
        axes = sorted({axis_of(self, call, axis, rank) for axis in call.settings.ints("axis")})
        for axis in axes:
            dim = shape[axis]
            if not isinstance(dim, int) or int(dim) != 1:
                self.refuse(
                    call, f"`squeeze` drops axes of size 1, axis {axis} of {call.x.show()} is none"
                )
        return call.settings.with_(axis=tuple(axes))

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x, drop = call.x, call.settings.ints("axis")
        stay = [i for i in range(x.rank) if i not in drop]
        roles = tuple(x.axes[i] for i in stay) if x.axes else ()
        return (Type(tuple(x.shape[i] for i in stay), x.dtype, roles, x.batched),)


class Tile(Op):
    """The value repeated as a whole: `repeats` says how often along each axis, the last ones first.

    `tile([2, 1])` of rows a, b gives a, b, a, b. Fewer numbers than axes are for the last axes.
    """

    word = "tile"
    formula = "tile(x, repeats)"
    kind = "function"
    takes = "a value with axes"
    settings = (Setting("repeats", Ints(1), "how often, an axis each", required=True),)
    examples = (
        Example("tile([2, 3])", "[4, 5]", "[8, 15]", source=_NUMPY),
        Example("tile(3)", "[4, 5]", "[4, 15]", source=_NUMPY),
    )
    rejects = (Reject("tile([2, 2])", "[4]", "NN201", "there is one axis"),)

    def resolve(self, call: Call) -> Settings:
        repeats, rank = call.settings.ints("repeats"), call.x.rank
        if len(repeats) > rank:
            self.refuse(
                call,
                f"`tile` has {len(repeats)} numbers for the {rank} axes of {call.x.show()}",
                "add axes with expand first",
            )
        return call.settings.with_(repeats=(1,) * (rank - len(repeats)) + repeats)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        repeats = call.settings.ints("repeats")
        shape = [dim * n for dim, n in zip(call.x.shape, repeats, strict=True)]
        return (call.x.with_shape(shape),)


class RepeatAxis(Op):
    """Every element `n` times in a row along an axis: a, b becomes a, a, b, b."""

    word = "repeat_axis"
    formula = "repeat(x, n, axis)"
    aliases = ("repeat_interleave",)
    kind = "function"
    takes = "a value with axes"
    settings = (
        Setting("n", Int(1), "how often", required=True),
        Setting("axis", Int(), "the axis", default=0, symbolic=False),
    )
    examples = (
        Example("repeat_axis(3)", "[4, 5]", "[12, 5]", source="numpy.repeat, per example"),
        Example("repeat_axis(2, axis=-1)", "[4, 5]", "[4, 10]", source="numpy.repeat, per example"),
    )
    rejects = (Reject("repeat_axis(2, axis=1)", "[4]", "NN208", "there is axis 0 only"),)

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        dims: list[Dim] = list(call.x.shape)
        axis = call.settings.int("axis")
        dims[axis] = dims[axis] * call.settings.int("n")
        return (call.x.with_shape(dims),)


class Flip(Op):
    """The elements in reverse order along the axes of `axis`, all where none are given."""

    word = "flip"
    formula = "flip(x, axis)"
    kind = "function"
    takes = "a value with axes"
    settings = (Setting("axis", Ints(), "the axes to reverse; all", symbolic=False),)
    examples = (Example("flip(0)", "[?T, 8]", "[?T, 8]", source=_NUMPY),)
    rejects = (Reject("flip(1)", "[4]", "NN208", "there is axis 0 only"),)

    def resolve(self, call: Call) -> Settings:
        rank, s = call.x.rank, call.settings
        axes = s.ints("axis") if s.has("axis") else tuple(range(rank))
        return s.with_(axis=tuple(sorted({axis_of(self, call, axis, rank) for axis in axes})))

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        return (call.x,)


class Roll(Op):
    """The elements moved by `shift` places along an axis; those that leave come in at the start."""

    word = "roll"
    formula = "roll(x, shift, axis)"
    kind = "function"
    takes = "a value with axes"
    settings = (
        Setting("shift", Int(), "how many places; negative towards the start", required=True),
        Setting("axis", Int(), "the axis", default=0, symbolic=False),
    )
    examples = (Example("roll(-3, axis=1)", "[56, 56, 96]", "[56, 56, 96]", source=_NUMPY),)
    rejects = (Reject("roll(1, axis=1)", "[4]", "NN208", "there is axis 0 only"),)

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        return (call.x,)


class CumSum(Op):
    """The running sum along an axis: element i is the sum of elements 0 to i."""

    word = "cumsum"
    formula = "cumsum(x, axis)"
    kind = "function"
    takes = "a value with axes"
    settings = (Setting("axis", Int(), "the axis", default=0, symbolic=False),)
    examples = (Example("cumsum", "bool[?T]", "int[?T]", source=_NUMPY),)
    rejects = (Reject("cumsum(1)", "[4]", "NN208", "there is axis 0 only"),)

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        x = call.x
        return (Type(x.shape, "float" if x.dtype == "float" else "int", x.axes, x.batched),)


class PixelShuffle(Op):
    """Channels into space: [H, W, C * n * n] becomes [H * n, W * n, C].

    Channel `c * n * n + i * n + j` becomes row i and column j of channel c (torch's order, of
    arXiv:1609.05158; TensorFlow's depth_to_space has another).
    """

    word = "PixelShuffle"
    formula = """
        h, w, c = x.shape
        blocks = x.reshape(h, w, c // n**2, n, n).transpose(0, 3, 1, 4, 2)
        blocks.reshape(h * n, w * n, c // n**2)
        """
    aliases = ("pixel_shuffle",)
    takes = "[height, width, channels]"
    settings = (Setting("n", Int(1), "the factor in height and width", required=True),)
    examples = (
        Example("PixelShuffle(2)", "[8, 8, 64]", "[16, 16, 16]", source="torch.nn.PixelShuffle"),
        Example("PixelShuffle(3)", "[C=27, H=4, W=5]", "[C=3, H=12, W=15]",
                source="torch.nn.PixelShuffle"),
    )  # fmt: skip
    rejects = (
        Reject("PixelShuffle(2)", "[8, 8, 6]", "NN214", "6 is no multiple of 4"),
        Reject("PixelShuffle(2)", "[8, 4]", "NN201", "no image"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        _image(self, call)
        x, n = call.x, call.settings.int("n")
        if isinstance(x.channels, int) and int(x.channels) % int(n) ** 2:
            raise call.wrong(
                "NN214",
                f"`PixelShuffle({int(n)})` cannot spread {int(x.channels)} channels",
                f"make the channels a multiple of {int(n) ** 2}",
            )
        return (x.with_channels(x.channels // (n * n), [dim * n for dim in x.spatial]),)


class PixelUnshuffle(Op):
    """Space into channels, the inverse of PixelShuffle: [H, W, C] becomes [H/n, W/n, C * n * n]."""

    word = "PixelUnshuffle"
    formula = """
        h, w, c = x.shape
        blocks = x.reshape(h // n, n, w // n, n, c).transpose(0, 2, 4, 1, 3)
        blocks.reshape(h // n, w // n, c * n**2)
        """
    aliases = ("pixel_unshuffle",)
    takes = "[height, width, channels]"
    settings = (Setting("n", Int(1), "the factor in height and width", required=True),)
    examples = (
        Example("PixelUnshuffle(2)", "[8, 8, 3]", "[4, 4, 12]", source="torch.nn.PixelUnshuffle"),
        Example("PixelUnshuffle(4)", "[C=3, H=64, W=32]", "[C=48, H=16, W=8]",
                source="torch.nn.PixelUnshuffle"),
    )  # fmt: skip
    rejects = (Reject("PixelUnshuffle(2)", "[7, 8, 3]", "NN214", "7 is odd"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        _image(self, call)
        x, n = call.x, call.settings.int("n")
        if any(isinstance(dim, int) and int(dim) % int(n) for dim in x.spatial):
            raise call.wrong(
                "NN214",
                f"`PixelUnshuffle({int(n)})` cannot gather {call.x.show()}",
                f"pad or crop height and width to multiples of {int(n)}",
            )
        return (x.with_channels(x.channels * (n * n), [dim // n for dim in x.spatial]),)


def _image(op: Op, call: Call) -> None:
    plain_tensors(op, call)
    if call.x.rank != 3:
        op.refuse(call, f"`{op.word}` takes [height, width, channels], not {call.x.show()}")
