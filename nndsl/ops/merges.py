"""Merges that put values side by side: concat and stack. (The arithmetic ones are operators.)"""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Settings, Type
from nndsl.ops.broadcast import agree, axis_of, batched, common_dtype, names, plain_tensors
from nndsl.ops.kinds import Int
from nndsl.ops.numbers import Dim, same_dim


def _same_rank(op: Op, call: Call) -> None:
    if any(t.rank != call.x.rank for t in call.ins):
        shown = ", ".join(t.show() for t in call.ins)
        op.refuse(
            call,
            f"`{op.word}` takes values of one rank, not {shown}",
            "add an axis with expand, or remove one with squeeze or GlobalAvgPool",
        )


def _common(op: Op, call: Call, skip: int) -> list[Dim]:
    """The shape on which all operands agree, but for the axis `skip`; NN211 where they do not."""
    dims = list(call.x.shape)
    for other in call.ins[1:]:
        for axis, dim in enumerate(other.shape):
            if axis == skip:
                continue
            if not same_dim(dims[axis], dim):
                _differ(op, call, axis, other)
            dims[axis] = agree(dims[axis], dim)
    return dims


def _differ(op: Op, call: Call, axis: int, other: Type) -> None:
    message = f"`{op.word}` cannot join {call.x.show()} and {other.show()}: axis {axis} differs"
    fix = "bring the branches to one size (padding=same, a stride, cropping)"
    sizes = sorted(dim for dim in (call.x.shape[axis], other.shape[axis]) if isinstance(dim, int))
    if len(sizes) == 2 and sizes[1] - sizes[0] == 1 and sizes[1] % 2 and call.x.rank > 2:
        halves = f"a pool or a stride that halves {int(sizes[1])} gives {int(sizes[0]) // 2}"
        fix += f";\n{halves}: take an input size that can be halved as often"
    raise call.wrong("NN211", message, fix)


class Concat(Op):
    """The operands one after the other along an axis: `concat(a, b)`, or `concat { … }`.

    The axis is the channels' unless `axis` says another; all other axes must be equal. Axes are
    counted without the batch.
    """

    word = "concat"
    formula = "concatenate(operands, axis)"
    aliases = ("Concat", "Concatenate", "concatenate", "cat")
    kind = "merge"
    takes = "values of one rank, equal but for one axis"
    settings = (
        Setting("axis", Int(), "the axis that grows; the channels' where none is given",
                keyword=True, symbolic=False),
    )  # fmt: skip
    examples = (
        Example("concat", "[28, 28, 64], [28, 28, 128], [28, 28, 32]", "[28, 28, 224]",
                source="arithmetic: branches of an Inception block"),
        Example("concat(axis=0)", "[1, 768], [196, 768]", "[197, 768]",
                source="ViT-B/16: the class token before 14 * 14 patches"),
        Example("concat", "[C=3, H=8, W=8], [C=5, H=8, W=8]", "[C=8, H=8, W=8]",
                source="arithmetic: named axes, the channels come first"),
        Example("concat(axis=0)", "[?T, 8], [2, 8]", "[?T + 2, 8]", source="arithmetic"),
    )  # fmt: skip
    rejects = (
        Reject("concat", "[28, 28, 64], [14, 14, 64]", "NN211", "the images differ in size"),
        Reject("concat", "[4], [4, 4]", "NN201", "the ranks differ"),
        Reject("concat(axis=2)", "[4, 4], [4, 4]", "NN208", "there are axes 0 and 1"),
    )

    def resolve(self, call: Call) -> Settings:
        axis = call.settings.get("axis")
        found = call.x.channel_axis if axis is None else call.settings.int("axis")
        return call.settings.with_(axis=axis_of(self, call, found, call.x.rank))

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        _same_rank(self, call)
        axis = call.settings.int("axis")
        dims = _common(self, call, axis)
        total: Dim = call.x.shape[axis]
        for other in call.ins[1:]:
            total = total + other.shape[axis]
        dims[axis] = total
        dtype = common_dtype([t.dtype for t in call.ins])
        return (Type(tuple(dims), dtype, names(call, call.ins, call.x.rank), batched(call)),)


class Stack(Op):
    """The operands side by side along a new axis: `stack(a, b)`, or `stack { … }`.

    `axis` is where the new axis stands in the result, counted without the batch.
    """

    word = "stack"
    formula = "stack(operands, axis)"
    aliases = ("Stack",)
    kind = "merge"
    takes = "values of one shape"
    settings = (Setting("axis", Int(), "the new axis", default=0, keyword=True, symbolic=False),)
    examples = (
        Example("stack", "[8], [8], [8]", "[3, 8]", source="numpy.stack, per example"),
        Example("stack(axis=-1)", "[5, 8], [5, 8]", "[5, 8, 2]", source="numpy.stack, per example"),
    )
    rejects = (
        Reject("stack", "[4], [5]", "NN211", "the shapes differ"),
        Reject("stack(axis=2)", "[4], [4]", "NN208", "the result has two axes"),
    )

    def resolve(self, call: Call) -> Settings:
        axis = axis_of(self, call, call.settings.int("axis"), call.x.rank + 1)
        return call.settings.with_(axis=axis)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        _same_rank(self, call)
        axis, axes = call.settings.int("axis"), list(names(call, call.ins, call.x.rank))
        dims = _common(self, call, -1)
        dims.insert(axis, len(call.ins))
        if axes:
            axes.insert(axis, "")
        dtype = common_dtype([t.dtype for t in call.ins])
        return (Type(tuple(dims), dtype, tuple(axes), batched(call)),)
