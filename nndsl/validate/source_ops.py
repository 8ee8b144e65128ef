"""What each layer of the language means, as terms; functions are in `source_values`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nndsl.ir.flatten import LAST
from nndsl.ops.base import Word
from nndsl.ops.conv_transpose import crops
from nndsl.ops.spatial import pairs_of
from nndsl.validate.meaning import Sides
from nndsl.validate.sequences import Sequences
from nndsl.validate.source import BATCH, Held, Made, Site
from nndsl.validate.source_values import VALUES, activated
from nndsl.validate.terms import Tensor
from nndsl.validate.views import Misfit

Reader = Callable[[Site], Made]


def read_op(site: Site) -> Made:
    """The results of one operation. Misfit where the vocabulary lacks its word."""
    found = READERS.get(site.word)
    foreign = found is None and any(each.op is site.op for each in site.source.foreign)
    if foreign:
        found = _foreign
    if found is None:
        raise Misfit(f"validation has no meaning for `{site.op.word}`")
    alike = site.word not in PER_EXAMPLE and not foreign
    if alike or all(held.batched for held in _sequences(site)):
        return found(site)
    return _in_batch(site, found)


def _sequences(site: Site) -> list[Held]:
    """The operands that the layer reads example by example; a state has no part here."""
    context = site.named("context") if site.word == "Attention" else None
    return [site.held[0], *(() if context is None else (context,))]


def _in_batch(site: Site, reader: Reader) -> Made:
    """A layer on values without a batch (rule `no batch`): as on each example of the others'
    batch, or on a batch of one."""
    some, m = site.some, site.meaning
    lifted = {id(held): _lifted(m, held, some) for held in _sequences(site) if not held.batched}
    site.held = [lifted.get(id(held), held) for held in site.held]
    made = reader(site)
    if some or not isinstance(made, Held):
        return made
    return Held(m.squeeze(made.tensor, [0]), False)


def _lifted(m: Sequences, held: Held, some: bool) -> Held:
    wide = m.expand(held.tensor, 0)
    return Held(m.broadcast(wide, (BATCH, *wide.shape[1:])) if some else wide, True)


def _acted(site: Site, made: Tensor) -> Held:
    """The result after the layer's own activation (rule `activation`)."""
    recipe = site.recipe("act")
    if recipe is None:
        return site.hold(made)
    return site.hold(activated(site, made, recipe))


def _foreign(site: Site) -> Made:
    from nndsl.validate.foreign import source_reader

    made = source_reader(site.source.foreign)(site)
    return _acted(site, made.tensor)


def _sides(site: Site) -> Sides:
    value = site.settings.get("padding")
    if isinstance(value, Word):
        return value.name
    return pairs_of(site.settings) or ()


def _dense(site: Site) -> Held:
    kernel = site.named("kernel")
    tensor = site.need("kernel") if kernel is None else kernel.tensor
    bias = site.named("bias")
    given = site.weight("bias") if bias is None else bias.tensor
    return _acted(site, site.meaning.dense(site.x, tensor, given))


def _tied(site: Site) -> Held:
    path = f"{site.home}.{site.settings.get('weight')}"
    table = site.meaning.weight(path, site.settings.ints("shape"))
    return site.hold(site.meaning.dense(site.x, site.meaning.permute(table, (1, 0))))


def _conv(site: Site) -> Held:
    s, kernel = site.settings, site.need("kernel")
    if kernel.shape[-2] == 1 and s.int("groups") > 1:
        kernel = _as_depthwise(site, kernel, s.int("groups"))
    return _acted(site, _convolved(site, site.x, kernel, site.weight("bias"), s.int("groups")))


def _as_depthwise(site: Site, kernel: Tensor, groups: int) -> Tensor:
    """The weight of a grouped convolution with one channel a group (rule `depthwise`)."""
    key = dict(kernel.term.settings)["key"]
    size, outs = kernel.shape[:-2], kernel.shape[-1]
    weight = site.meaning.weight(key, (*size, groups, outs // groups))
    return site.meaning.depthwise_kernel(weight)


def _convolved(site: Site, x: Tensor, kernel: Tensor, bias: Tensor | None, groups: int) -> Tensor:
    s = site.settings
    return site.meaning.conv(
        x, kernel, bias, site.spatial, site.channel, s.ints("stride"), _sides(site),
        s.ints("dilation"), groups,
    )  # fmt: skip


def _channels(site: Site) -> int:
    channels = site.x.shape[site.channel]
    assert isinstance(channels, int), channels
    return channels


def _depthwise(site: Site) -> Held:
    kernel = site.meaning.depthwise_kernel(site.need("kernel"))
    return _acted(site, _convolved(site, site.x, kernel, site.weight("bias"), _channels(site)))


def _separable(site: Site) -> Held:
    depthwise = site.meaning.depthwise_kernel(site.need("depthwise_kernel"))
    between = _convolved(site, site.x, depthwise, None, _channels(site))
    ones = (1,) * len(site.spatial)
    made = site.meaning.conv(
        between, site.need("pointwise_kernel"), site.weight("bias"), site.spatial, site.channel,
        ones, ((0, 0),) * len(ones), ones, 1,
    )  # fmt: skip
    return _acted(site, made)


def _conv_transpose(site: Site) -> Held:
    made = site.meaning.conv_transpose(
        site.x, site.need("kernel"), site.weight("bias"), site.spatial, site.channel,
        site.settings.ints("stride"), crops(site.settings),
    )  # fmt: skip
    return _acted(site, made)


def _pool(site: Site) -> Held:
    s = site.settings
    return site.hold(
        site.meaning.pool(
            site.word, site.x, site.spatial, s.ints("size"), s.ints("stride"), _sides(site)
        )
    )


def _global(op: str) -> Reader:
    def read(site: Site) -> Held:
        keep = site.settings.flag("keepdims")
        return site.hold(site.meaning.reduce(op, site.x, site.spatial, keep))

    return read


def _batch_norm(site: Site) -> Held:
    s = site.settings
    moving = [site.need("moving_mean"), site.need("moving_variance")]
    scale = [site.weight("gamma"), site.weight("beta")]
    return site.hold(
        site.meaning.batch_norm(
            site.x, site.channel, scale, moving, s.float("eps"), s.float("momentum"), site.frozen
        )
    )


def _axis_norm(site: Site) -> Held:
    axes = [site.axis(axis) for axis in site.settings.ints("axis")]
    scale = [site.weight("gamma"), site.weight("beta")]
    eps = site.settings.float("eps")
    return site.hold(site.meaning.layer_norm(site.word, site.x, axes, scale, eps))


def _group_norm(site: Site) -> Held:
    s = site.settings
    groups = s.int("groups") if site.word == "GroupNorm" else _channels(site)
    scale = [site.weight("gamma"), site.weight("beta")]
    made = site.meaning.group_norm(site.x, site.channel, groups, scale, s.float("eps"))
    return site.hold(made)


def _prelu(site: Site) -> Held:
    alpha = site.need("alpha")
    view = tuple(alpha.view[0] if p == site.channel else () for p in range(site.x.rank))
    return site.hold(site.meaning.each("PReLU", site.x, alpha.viewed(view)))


def _embedding(site: Site) -> Held:
    return site.hold(site.meaning.embedding(site.x, site.need("table")))


def _attention(site: Site) -> Held:
    s, m = site.settings, site.meaning
    context = site.named("context")
    memory = site.x if context is None else context.tensor
    q, k, v = (
        _projected(site, name, source)
        for name, source in (("query", site.x), ("key", memory), ("value", memory))
    )
    rope = s.float("rope_base") if s.items.get("rope") else None
    made = m.attend(
        q, k, v, _mask(site), s.int("heads"), s.int("kv_heads"), bool(s.items.get("causal")),
        s.float("dropout"), site.frozen, rope, _window(site),
    )  # fmt: skip
    if any(part.setting == LAST for part in getattr(site.step, "parts", ())):
        return site.hold(made)
    return site.hold(m.dense(made, site.need("output_kernel"), site.weight("output_bias")))


def _projected(site: Site, name: str, source: Tensor) -> Tensor:
    replaced = site.part(name)
    if replaced is not None:
        return replaced
    return site.meaning.dense(source, site.need(f"{name}_kernel"), site.weight(f"{name}_bias"))


def _window(site: Site) -> int | None:
    value = site.settings.items.get("window")
    return value if isinstance(value, int) else None


def _mask(site: Site) -> Tensor | None:
    """The mask as [batch or 1, T or 1, S]."""
    held = site.named("mask")
    if held is None:
        return None
    view = held.tensor.view
    batch, rest = (view[:1], view[1:]) if held.batched else (((),), view)
    return held.tensor.viewed((*batch, *((),) * (2 - len(rest)), *rest))


def _recurrent(site: Site) -> Made:
    s = site.settings
    both = s.flag("bidirectional")
    initial, mask = site.named("initial"), site.named("mask")
    states = () if initial is None else initial.parts
    half = len(states) // 2 if both else len(states)
    masked = None if mask is None else mask.tensor
    forward = _direction(site, "", states[:half], masked, s.flag("reverse"))
    runs = [forward]
    if both:
        runs.append(_direction(site, "backward_", states[half:], masked, True))
    sequences = s.flag("sequences")
    ends = [run[0] if sequences else run[1] for run in runs]
    how = site.word_of("merge")
    made = site.hold(site.meaning.joined(how, ends[0], ends[1]) if both else ends[0])
    if not s.flag("state"):
        return made
    parts = tuple(part for run in runs for part in run[1:])
    return made, Held(parts[0], site.batched, parts)


def _direction(
    site: Site, prefix: str, initial: tuple[Tensor, ...], mask: Tensor | None, backwards: bool
) -> tuple[Tensor, ...]:
    weights = {
        name: tensor
        for name in ("kernel", "recurrent_kernel", "bias")
        if (tensor := site.weight(prefix + name)) is not None
    }
    reset_after = bool(site.settings.items.get("reset_after", True))
    return site.meaning.recurrent(
        site.word, site.x, site.settings.int("units"), weights, initial, mask, backwards,
        reset_after,
    )  # fmt: skip


# Layers that take their operands example by example: a batch in front.
PER_EXAMPLE = frozenset(
    ("Attention", "AvgPool", "Conv", "ConvTranspose", "DepthwiseConv", "GRU", "GroupNorm",
     "InstanceNorm", "LSTM", "MaxPool", "SelfAttention", "SeparableConv", "SimpleRNN")
)  # fmt: skip

READERS: Mapping[str, Reader] = {
    **VALUES,
    "Attention": _attention,
    "AvgPool": _pool,
    "BatchNorm": _batch_norm,
    "Conv": _conv,
    "ConvTranspose": _conv_transpose,
    "Dense": _dense,
    "DepthwiseConv": _depthwise,
    "Embedding": _embedding,
    "GRU": _recurrent,
    "GlobalAvgPool": _global("mean"),
    "GlobalMaxPool": _global("max"),
    "GroupNorm": _group_norm,
    "InstanceNorm": _group_norm,
    "LSTM": _recurrent,
    "LayerNorm": _axis_norm,
    "MaxPool": _pool,
    "PReLU": _prelu,
    "RMSNorm": _axis_norm,
    "SelfAttention": _attention,
    "SeparableConv": _separable,
    "SimpleRNN": _recurrent,
    "Tied": _tied,
}
