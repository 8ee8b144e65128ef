"""Convolutions and pools in Keras."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from nndsl.backends.keras.act import act_option, acted
from nndsl.backends.keras.at import At, Option
from nndsl.backends.keras.choices import as_groups, strided_after
from nndsl.backends.keras.initial import init_option, initializer, regularizer, starts
from nndsl.backends.keras.perhaps import padding_test
from nndsl.backends.keras.same import all_same, equal_numbers, same
from nndsl.backends.keras.spellings import Spelling, layer, with_batch
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, Index, Slice, TupleE
from nndsl.ir.steps import OpStep
from nndsl.ops.base import Call, Init
from nndsl.ops.conv_transpose import crops
from nndsl.ops.numbers import Sym
from nndsl.ops.spatial import Sides, at_least_zero, extents, pairs_of, sides

Wrap: TypeAlias = "Callable[[At, Expr], Expr]"


def rank(at: At) -> int:
    """The number of spatial axes."""
    return at.type().rank - 1


def is_zero(pairs: Sides) -> bool:
    return all(all_same(pair, 0) for pair in pairs)


def closed_sides(at: At) -> Sides:
    """The padding in numbers, `same` included; open sizes have no such numbers."""
    found = sides(Call(at.s, tuple(v.type for v in at.step.ins), at.step.names), extents(at.s))
    if found is None:
        raise at.refuse("`padding=same` with stride and dilation on an open dimension",
                        "give the padding as numbers, or the dimension a size")  # fmt: skip
    return found


def is_same(at: At, pairs: Sides) -> bool:
    """True where explicit sides are what Keras' own `same` pads (stride 1, plain numbers)."""
    reach = extents(at.s)
    return all_same(at.s.ints("stride"), 1) and all(
        same(low, (r - 1) // 2) and same(high, r - 1 - (r - 1) // 2)
        for (low, high), r in zip(pairs, reach, strict=True)
    )


def is_causal(at: At, pairs: Sides) -> bool:
    """True for all of the kernel's reach in front, whatever the arguments are."""
    if len(pairs) != 1:
        return False
    (low, high), reach = pairs[0], extents(at.s)[0]
    return same(high, 0) and not same(low, 0) and equal_numbers(low, reach - 1)


def zero_padding(at: At, x: Expr, pairs: Sides) -> Expr:
    """`layers.ZeroPadding2D(…)(x)`, on the way to the result; not for a kernel that needs none."""
    made = at.layer(f"ZeroPadding{rank(at)}D", margins(at, pairs), suffix="_pad")
    test = padding_test(at, pairs)
    if test is None:
        return at.site.assign(at.apply(made, x))
    return at.site.perhaps(test, lambda value: at.apply(made, value), x)


def margins(at: At, pairs: Sides) -> Expr:
    """One number for all sides, one an axis, or a pair an axis."""
    if all(equal_numbers(low, high) for low, high in pairs):
        return at.together(low for low, _ in pairs)
    each = tuple(TupleE((at.code(low), at.code(high))) for low, high in pairs)
    return each[0] if len(each) == 1 else TupleE(each)


def padding_option(at: At, causal: bool = False) -> list[Option]:
    """`padding="same"` or `"causal"`, where Keras pads by itself what is meant."""
    pairs = pairs_of(at.s)
    if pairs is None:
        return [] if strided_after(at.s) else [("padding", "same")]
    if is_zero(pairs) or strided_after(at.s):
        return []
    if is_same(at, pairs):
        return [("padding", "same")]
    return [("padding", "causal")] if causal and is_causal(at, pairs) else []


def padded(at: At, x: Expr, causal: bool = False) -> Expr:
    """The operand with the zeros that Keras does not put there itself."""
    pairs = closed_sides(at) if strided_after(at.s) else pairs_of(at.s)
    if pairs is None or is_zero(pairs) or padding_option(at, causal):
        return x
    return zero_padding(at, x, pairs)


def stepped(at: At, result: Expr) -> Expr:
    """Every stride-th position, where the convolution itself has stride 1."""
    if not strided_after(at.s):
        return result
    steps = tuple(Slice(None, None, at.code(step)) for step in at.s.ints("stride"))
    return Index(result, TupleE((Slice(), *steps)))


def inside(at: At) -> list[Option]:
    """The activation of a layer whose result is not sliced: it has that itself."""
    return [] if strided_after(at.s) else act_option(at)


def behind(at: At, result: Expr) -> Expr:
    """The activation as a layer, on what a slice or a crop leaves."""
    if not act_option(at):
        return result
    [(_, act)] = act_option(at)
    layer = at.layer("Activation", b.value(act), suffix="_act")
    return at.apply(layer, at.site.assign(result))


def window_options(at: At) -> list[Option]:
    """Strides and dilation, where they are not 1."""
    options: list[Option] = []
    if not all_same(at.s.ints("stride"), 1) and not strided_after(at.s):
        options.append(("strides", at.sizes("stride")))
    if not all_same(at.s.ints("dilation"), 1):
        options.append(("dilation_rate", at.sizes("dilation")))
    return options


def applied(causal: bool = False, acts: bool = True) -> Wrap:
    """The call of a convolution, with what goes before and after it; acts: its activation too."""

    def call(at: At, made: Expr) -> Expr:
        result = with_batch(at, lambda x: stepped(at, at.apply(made, padded(at, x, causal))))
        return behind(at, result) if acts and strided_after(at.s) else result

    return call


# ---- the convolutions ----------------------------------------


def conv(at: At) -> Expr:
    causal = rank(at) == 1
    options = [*window_options(at), *padding_option(at, causal), *at.option("groups", "groups", 1)]
    options += [*inside(at), *starts(at)]
    return at.layer(f"Conv{rank(at)}D", at.get("filters"), at.sizes("kernel"), options=options)


def conv_call(at: At, made: Expr) -> Expr:
    return applied(causal=rank(at) == 1)(at, made)


def depthwise(at: At) -> Expr:
    """Keras' DepthwiseConv; where it has none, a convolution with a group for each channel."""
    if as_groups(at.step):
        return grouped(at)
    options = [*window_options(at), *padding_option(at)]
    options += at.option("depth_multiplier", "multiplier", 1)
    options += [*inside(at), *starts(at, kernel="depthwise")]
    return at.layer(f"DepthwiseConv{rank(at)}D", at.sizes("kernel"), options=options)


def grouped(at: At, weight: str = "kernel", suffix: str = "") -> Expr:
    """A depthwise convolution as one with a group for each channel. The half of a separable one
    (then `weight` says which) has no bias and no activation."""
    channels = at.code(at.type().channels)
    kernel = at.weight(weight)
    assert kernel is not None
    options = [*window_options(at), *padding_option(at), ("groups", channels)]
    whole = weight == "kernel"
    options += inside(at) if whole else []
    if not whole or not at.is_default("bias", True):
        options.append(("use_bias", at.get("bias") if whole else False))
    options += initializer(at, "kernel_initializer", grouped_start(kernel.init, kernel.fans),
                           "glorot_uniform")  # fmt: skip
    options += init_option(at, "bias_initializer", "bias_init", "zeros") if whole else []
    options += regularizer(at)
    made = (
        channels if at.is_default("multiplier", 1) else b.binop(channels, "*", at.get("multiplier"))
    )
    cls = f"Conv{rank(at)}D"
    return at.layer(cls, made, at.sizes("kernel"), options=options, suffix=suffix)


def grouped_start(init: Init, fans: tuple[object, object]) -> Init:
    """The same distribution in numbers: a grouped kernel has other fans than a depthwise one."""
    from nndsl.ops.initializers import describe

    start = describe(init, (int(fans[0]), int(fans[1])))  # type: ignore[call-overload]
    return Init(start.distribution, start.numbers)


def separable(at: At) -> Expr:
    options = [*window_options(at), *padding_option(at)]
    options += at.option("depth_multiplier", "multiplier", 1)
    options += act_option(at)
    if not at.is_default("bias", True):
        options.append(("use_bias", at.get("bias")))
    for kernel in ("depthwise", "pointwise"):
        options += init_option(at, f"{kernel}_initializer", "init", "glorot_uniform")
        options += regularizer(at, f"{kernel}_regularizer")
    options += init_option(at, "bias_initializer", "bias_init", "zeros")
    cls = f"SeparableConv{rank(at)}D"
    return at.layer(cls, at.get("filters"), at.sizes("kernel"), options=options)


def write_separable(at: At, shared: Expr | None) -> Expr:
    """Keras has it for one and two axes and equal strides; else its two convolutions."""
    if not as_groups(at.step):
        return acted(at, applied()(at, separable(at) if shared is None else shared))
    if shared is not None:
        raise at.refuse("a shared SeparableConv on three axes, or with strides that differ",
                        "share a block of DepthwiseConv -> Conv(filters, 1)")  # fmt: skip
    made = applied(acts=False)(at, grouped(at, "depthwise_kernel", "_depthwise"))
    return acted(at, at.apply(pointwise(at), at.site.assign(made)))


def pointwise(at: At) -> Expr:
    options = [*act_option(at), *starts(at)]
    cls = f"Conv{rank(at)}D"
    return at.layer(cls, at.get("filters"), 1, options=options, suffix="_pointwise")


def transposed(at: At) -> Expr:
    options: list[Option] = []
    if not all_same(at.s.ints("stride"), 1):
        options.append(("strides", at.sizes("stride")))
    if pairs_of(at.s) is None:
        options.append(("padding", "same"))
    options += [*([] if cuts(at) else act_option(at)), *starts(at)]
    cls = f"Conv{rank(at)}DTranspose"
    return at.layer(cls, at.get("filters"), at.sizes("kernel"), options=options)


def transposed_call(at: At, made: Expr) -> Expr:
    return with_batch(at, lambda x: cropped(at, at.apply(made, extended(at, x))))


def _spare(at: At) -> list[tuple[int, int]]:
    """What has to be cut off Keras' `valid` result, which has n * stride + max(kernel - stride, 0)
    positions; negative where positions are missing at the end."""
    axes = zip(crops(at.s), at.s.ints("kernel"), at.s.ints("stride"), strict=True)
    return [(low, high + at_least_zero(step - kernel)) for (low, high), kernel, step in axes]


def _short(at: At) -> list[bool]:
    """The axes that are longer than Keras makes them: `output_padding` past the full result."""
    return [] if pairs_of(at.s) is None else [int(high) < 0 for _, high in _spare(at)]


def extended(at: At, x: Expr) -> Expr:
    """One more position of zeros at the end, where the result is too short: it adds only bias."""
    short = _short(at)
    return zero_padding(at, x, tuple((0, int(more)) for more in short)) if any(short) else x


def cuts(at: At) -> Sides:
    """What an explicit `padding` cuts off Keras' `valid` result; empty where it cuts nothing."""
    if pairs_of(at.s) is None:
        return ()
    axes = zip(_spare(at), _short(at), at.s.ints("stride"), strict=True)
    found = tuple((low, high + step if short else high) for (low, high), short, step in axes)
    return () if is_zero(found) else found


def cropped(at: At, result: Expr) -> Expr:
    """The result without what the padding cuts off, and then its activation."""
    found = cuts(at)
    if not found:
        return result
    made = at.layer(f"Cropping{rank(at)}D", margins(at, found), suffix="_crop")
    return behind(at, at.apply(made, at.site.assign(result)))


def around(step: OpStep) -> bool:
    """True where zeros go before the layer's call, or a slice, a crop or an activation after it."""
    s = step.settings
    pairs = pairs_of(s)
    return ("dilation" in s.items and strided_after(s)) or not (pairs is None or is_zero(pairs))


# ---- pools ----------------------------------------


def pool(kind: str) -> Callable[[At], Expr]:
    def make(at: At) -> Expr:
        options: list[Option] = []
        size, stride = at.s.ints("size"), at.s.ints("stride")
        if not all(equal_numbers(a, c) for a, c in zip(size, stride, strict=True)):
            options.append(("strides", at.sizes("stride")))
        if pairs_of(at.s) is None:
            options.append(("padding", "same"))
        return at.layer(f"{kind}Pooling{rank(at)}D", at.sizes("size"), options=options)

    return make


def max_pool_call(at: At, made: Expr) -> Expr:
    """What is padded never wins: it is minus infinity."""
    pairs = pairs_of(at.s)
    if pairs is None or is_zero(pairs):
        return with_batch(at, lambda x: at.apply(made, x))
    return with_batch(at, lambda x: at.apply(made, at.site.assign(infinite(at, x, pairs))))


def infinite(at: At, x: Expr, pairs: Sides) -> Expr:
    each = tuple(TupleE((at.code(low), at.code(high))) for low, high in pairs)
    none = TupleE((Const(0), Const(0)))
    return b.call("ops.pad", x, TupleE((none, *each, none)),
                  constant_values=Const(float("-inf")))  # fmt: skip


def average_inside(at: At, pairs: Sides | None) -> Expr:
    size, stride = at.code(at.s.get("size")), at.code(at.s.get("stride"))
    if pairs is None:
        return at.own_layer("PaddedAveragePool", size, stride, "same")
    each = tuple(TupleE((at.code(low), at.code(high))) for low, high in pairs)
    return at.own_layer("PaddedAveragePool", size, stride, TupleE(each))


def even_same(at: At) -> bool:
    """True where `same` pads both sides alike: else Keras' torch backend counts the padding."""
    odd = all(not isinstance(n, Sym) and n % 2 == 1 for n in at.s.ints("size"))
    return odd and all_same(at.s.ints("stride"), 1)


def padded_average(at: At) -> Expr:
    """The mean of what is no padding: `same` is Keras' own, other sides a helper's."""
    pairs = pairs_of(at.s)
    if even_same(at) if pairs is None else is_zero(pairs):
        return pool("Average")(at)
    return average_inside(at, pairs)


def global_pool(kind: str) -> Callable[[At], Expr]:
    def make(at: At) -> Expr:
        options = at.option("keepdims", "keepdims", False)
        return at.layer(f"Global{kind}Pooling{rank(at)}D", options=options)

    return make


SPELLINGS: dict[str, Spelling] = {
    "Conv": layer(conv, conv_call, around),
    "DepthwiseConv": layer(depthwise, applied(), around),
    "SeparableConv": Spelling(write_separable, separable, around=around),
    "ConvTranspose": layer(transposed, transposed_call, around),
    "MaxPool": layer(pool("Max"), max_pool_call, around),
    "AvgPool": layer(padded_average),
    "GlobalAvgPool": layer(global_pool("Average")),
    "GlobalMaxPool": layer(global_pool("Max")),
}
