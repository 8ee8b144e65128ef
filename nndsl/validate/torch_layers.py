"""What the modules of torch.nn mean, from PyTorch's documentation (2.13, docs.pytorch.org/docs).

Each function has the constructor's own parameters, so that Python binds the arguments as torch
would. Weights are given in the language's layout with the way to torch's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nndsl.ops.initializers import Start
from nndsl.validate.objects import Instance, Unreadable
from nndsl.validate.sequences import Sequences
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_values import (
    Parameter,
    State,
    axis_of,
    module,
    per_axis,
    real,
    sizes,
    whole,
)
from nndsl.validate.views import Misfit

ZEROS, ONES = Start("constant", (0.0,)), Start("constant", (1.0,))
NORMAL = Start("normal", (0.0, 1.0))
Maker = Callable[..., Instance]


def _turned(meaning: Sequences, weight: Tensor) -> Tensor:
    """[in, out] -> [out, in]"""
    return meaning.permute(weight, (1, 0))


def _conv_lay(meaning: Sequences, kernel: Tensor) -> Tensor:
    """[k…, in, out] -> [out, in, k…]"""
    n = kernel.rank - 2
    return meaning.permute(kernel, (n + 1, n, *range(n)))


def _depthwise_lay(meaning: Sequences, kernel: Tensor) -> Tensor:
    """[k…, channels, multiplier] -> [channels * multiplier, 1, k…]"""
    return _conv_lay(meaning, meaning.depthwise_kernel(kernel))


def _own_conv(meaning: Sequences, weight: Tensor) -> Tensor:
    """[out, in, k…] -> [k…, in, out]"""
    return meaning.permute(weight, (*range(2, weight.rank), 1, 0))


def linear(
    state: State, in_features: object, out_features: object, bias: object = True
) -> Instance:
    """y = x A' + b; weight [out, in]."""
    rows, columns = whole(in_features), whole(out_features)
    weight = Parameter((rows, columns), lay=_turned)
    shift = Parameter((columns,)) if bias else None

    def run(x: object) -> Tensor:
        tensor = state.tensor(x)
        return state.meaning.dense(
            tensor, weight.own(state.meaning), shift.own(state.meaning) if shift else None
        )

    return module("Linear", run, weight=weight, bias=shift)


def conv(n: int) -> Maker:
    def make(
        state: State, in_channels: object, out_channels: object, kernel_size: object,
        stride: object = 1, padding: object = 0, dilation: object = 1, groups: object = 1,
        bias: object = True, padding_mode: object = "zeros",
    ) -> Instance:  # fmt: skip
        """Cross-correlation on [batch, channels, …]; weight [out, in / groups, k…]."""
        inputs, outputs, parts = whole(in_channels), whole(out_channels), whole(groups)
        size, steps = per_axis(kernel_size, n), per_axis(stride, n)
        spread = per_axis(dilation, n)
        if padding_mode != "zeros" or inputs % parts or outputs % parts:
            raise Unreadable(f"Conv{n}d({inputs}, {outputs}, groups={parts})")
        if parts > 1 and parts == inputs:
            weight = Parameter((*size, inputs, outputs // inputs), lay=_depthwise_lay)
        else:
            weight = Parameter((*size, inputs // parts, outputs), lay=_conv_lay)
        shift = Parameter((outputs,)) if bias else None
        sides = _conv_sides(padding, n, size, spread, steps)

        def run(x: object) -> Tensor:
            tensor, m = state.tensor(x), state.meaning
            _expect_rank(tensor, n + 2, f"Conv{n}d")
            kernel = _own_conv(m, weight.tensor(m))
            return m.conv(
                tensor, kernel, shift.own(m) if shift else None, range(2, n + 2), 1, steps, sides,
                spread, parts,
            )  # fmt: skip

        return module(f"Conv{n}d", run, weight=weight, bias=shift)

    return make


def _conv_sides(
    padding: object, n: int, size: Sequence[int], dilation: Sequence[int], stride: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """`padding` a number, one each, "valid", or "same" (stride 1: the odd one goes after)."""
    if padding == "valid":
        return ((0, 0),) * n
    if padding == "same":
        if any(step != 1 for step in stride):
            raise Unreadable('padding="same" with a stride')
        total = [(k - 1) * d for k, d in zip(size, dilation, strict=True)]
        return tuple((each // 2, each - each // 2) for each in total)
    return tuple((side, side) for side in per_axis(padding, n))


def conv_transpose(n: int) -> Maker:
    def make(
        state: State, in_channels: object, out_channels: object, kernel_size: object,
        stride: object = 1, padding: object = 0, output_padding: object = 0, groups: object = 1,
        bias: object = True, dilation: object = 1, padding_mode: object = "zeros",
    ) -> Instance:  # fmt: skip
        """(n - 1) stride - 2 padding + kernel + output_padding; weight [in, out, k…]."""
        inputs, outputs = whole(in_channels), whole(out_channels)
        size, steps = per_axis(kernel_size, n), per_axis(stride, n)
        if whole(groups) != 1 or set(per_axis(dilation, n)) != {1} or padding_mode != "zeros":
            raise Unreadable(f"ConvTranspose{n}d with groups, dilation or a padding mode")
        extra = per_axis(output_padding, n)
        if any(each >= step for each, step in zip(extra, steps, strict=True) if each):
            raise Unreadable(f"ConvTranspose{n}d: output_padding must be smaller than stride")
        crop = tuple(
            (side, side - more) for side, more in zip(per_axis(padding, n), extra, strict=True)
        )
        weight = Parameter((*size, outputs, inputs), lay=_conv_lay)
        shift = Parameter((outputs,)) if bias else None

        def run(x: object) -> Tensor:
            tensor, m = state.tensor(x), state.meaning
            _expect_rank(tensor, n + 2, f"ConvTranspose{n}d")
            return m.conv_transpose(
                tensor, weight.own(m), shift.own(m) if shift else None, range(2, n + 2), 1, steps,
                crop,
            )  # fmt: skip

        return module(f"ConvTranspose{n}d", run, weight=weight, bias=shift)

    return make


def _expect_rank(x: Tensor, rank: int, what: str) -> None:
    if x.rank != rank:
        raise Misfit(f"{what} on {x.shape}")


# ---- norms ---------------------------------------------------------------------------------------


def batch_norm(n: int = 0) -> Maker:
    """nn.BatchNorm{n}d; without n the helper for every rank."""

    def make(
        state: State, num_features: object, eps: object = 1e-5, momentum: object = 0.1,
        affine: object = True, track_running_stats: object = True,
    ) -> Instance:  # fmt: skip
        """momentum is the new batch's part; axis 1 is normalised."""
        name, channels = f"BatchNorm{n}d" if n else "BatchNorm", whole(num_features)
        weight = Parameter((channels,), ONES) if affine else None
        bias = Parameter((channels,), ZEROS) if affine else None
        mean = Parameter((channels,), ZEROS, trainable=False)
        variance = Parameter((channels,), ONES, trainable=False)
        if not track_running_stats:
            raise Unreadable("a BatchNorm that does not track statistics")
        kept, small = 1.0 - real(momentum), real(eps)

        def run(x: object) -> Tensor:
            tensor, m = state.tensor(x), state.meaning
            if n and tensor.rank != n + 2 and not (n == 1 and tensor.rank == 2):
                raise Misfit(f"{name} on {tensor.shape}")
            scale = _owned(made, m, "weight", "bias")
            moving = [mean.own(m), variance.own(m)]
            return m.batch_norm(tensor, 1, scale, moving, small, kept, _evaluates(state, made))

        made = module(
            name, run, weight=weight, bias=bias, running_mean=mean,
            running_var=variance,
        )  # fmt: skip
        return made

    return make


def _owned(instance: Instance, meaning: Sequences, *names: str) -> list[Tensor | None]:
    """Parameters of a module by name as tensors; none where it has none (now)."""
    from nndsl.validate.torch_values import core_of

    found = core_of(instance).parameters
    return [found[name].own(meaning) if name in found else None for name in names]


def _evaluates(state: State, instance: Instance) -> bool:
    """True where a module is in evaluation while the model trains."""
    from nndsl.validate.torch_values import core_of

    return not core_of(instance).training


def layer_norm(
    state: State, normalized_shape: object, eps: object = 1e-5,
    elementwise_affine: object = True, bias: object = True,
) -> Instance:  # fmt: skip
    """Over the last axes, of `normalized_shape`."""
    shape = sizes([normalized_shape])
    weight = Parameter(shape, ONES) if elementwise_affine else None
    shift = Parameter(shape, ZEROS) if elementwise_affine and bias else None
    small = real(eps)

    def run(x: object) -> Tensor:
        tensor, m = state.tensor(x), state.meaning
        axes = _last(tensor, shape, "LayerNorm")
        scale = _owned(made, m, "weight", "bias")
        return m.layer_norm("LayerNorm", tensor, axes, scale, small)

    made = module("LayerNorm", run, weight=weight, bias=shift)
    return made


def rms_norm(
    state: State, normalized_shape: object, eps: object = None, elementwise_affine: object = True
) -> Instance:
    """Without an eps torch takes the type's smallest step, which the language cannot say."""
    shape = sizes([normalized_shape])
    if eps is None:
        raise Unreadable("RMSNorm without eps depends on the dtype")
    weight = Parameter(shape, ONES) if elementwise_affine else None
    small = real(eps)

    def run(x: object) -> Tensor:
        tensor, m = state.tensor(x), state.meaning
        axes = _last(tensor, shape, "RMSNorm")
        return m.layer_norm("RMSNorm", tensor, axes, [*_owned(made, m, "weight"), None], small)

    made = module("RMSNorm", run, weight=weight)
    return made


def _last(x: Tensor, shape: Sequence[object], what: str) -> range:
    if x.shape[x.rank - len(shape) :] != tuple(shape):
        raise Misfit(f"{what} over {tuple(shape)} on {x.shape}")
    return range(x.rank - len(shape), x.rank)


def group_norm(
    state: State, num_groups: object, num_channels: object, eps: object = 1e-5,
    affine: object = True,
) -> Instance:  # fmt: skip
    groups, channels, small = whole(num_groups), whole(num_channels), real(eps)
    weight = Parameter((channels,), ONES) if affine else None
    shift = Parameter((channels,), ZEROS) if affine else None
    if channels % groups:
        raise Unreadable("GroupNorm: num_channels must be divisible by num_groups")

    def run(x: object) -> Tensor:
        m = state.meaning
        return m.group_norm(state.tensor(x), 1, groups, _owned(made, m, "weight", "bias"), small)

    made = module("GroupNorm", run, weight=weight, bias=shift)
    return made


# ---- the rest ------------------------------------------------------------------------------------


def embedding(
    state: State, num_embeddings: object, embedding_dim: object, padding_idx: object = None
) -> Instance:
    if padding_idx is not None:
        raise Unreadable("an Embedding with padding_idx zeroes a row")
    weight = Parameter((whole(num_embeddings), whole(embedding_dim)), NORMAL)
    return module(
        "Embedding",
        lambda ids: state.meaning.embedding(state.tensor(ids), weight.own(state.meaning)),
        weight=weight,
    )


def prelu(state: State, num_parameters: object = 1, init: object = 0.25) -> Instance:
    weight = Parameter((whole(num_parameters),), Start("constant", (real(init),)))

    def run(x: object) -> Tensor:
        tensor, m = state.tensor(x), state.meaning
        alpha = weight.own(m)
        return m.each("PReLU", tensor, alpha.viewed((*alpha.view, *((),) * (tensor.rank - 2))))

    return module("PReLU", run, weight=weight)


def dropout(shared: Callable[[Tensor], Sequence[int]]) -> Maker:
    def make(state: State, p: object = 0.5, inplace: object = False) -> Instance:
        rate = real(p)

        def run(x: object) -> Tensor:
            tensor = state.tensor(x)
            frozen = _evaluates(state, made)
            return state.meaning.dropout(tensor, rate, shared(tensor), frozen)

        made = module("Dropout", run)
        return made

    return make


def flatten(state: State, start_dim: object = 1, end_dim: object = -1) -> Instance:
    return module("Flatten", lambda x: flattened(state, x, start_dim, end_dim))


def flattened(state: State, x: object, start_dim: object = 0, end_dim: object = -1) -> Tensor:
    tensor = state.tensor(x)
    first, last = axis_of(start_dim, tensor.rank), axis_of(end_dim, tensor.rank)
    return state.meaning.merge(tensor, first, last)


def unflatten(state: State, dim: object, unflattened_size: object) -> Instance:
    return module("Unflatten", lambda x: unflattened(state, x, dim, unflattened_size))


def unflattened(state: State, x: object, dim: object, size: object) -> Tensor:
    tensor = state.tensor(x)
    return state.meaning.unmerge(tensor, axis_of(dim, tensor.rank), sizes([size]))


def identity(state: State, *args: object, **kwargs: object) -> Instance:
    return module("Identity", lambda x: x)


MAKERS: dict[str, Maker] = {
    **{f"Conv{n}d": conv(n) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": conv_transpose(n) for n in (1, 2, 3)},
    **{f"BatchNorm{n}d": batch_norm(n) for n in (1, 2, 3)},
    "Dropout": dropout(lambda x: ()),
    **{f"Dropout{n}d": dropout(lambda x: range(2, x.rank)) for n in (1, 2, 3)},
    "Embedding": embedding,
    "Flatten": flatten,
    "GroupNorm": group_norm,
    "Identity": identity,
    "LayerNorm": layer_norm,
    "Linear": linear,
    "PReLU": prelu,
    "RMSNorm": rms_norm,
    "Unflatten": unflatten,
}
