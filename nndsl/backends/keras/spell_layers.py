"""Dense, shapes, norms and noise in Keras."""

from __future__ import annotations

from collections.abc import Callable

from nndsl.backends.keras import layout
from nndsl.backends.keras.act import act_option
from nndsl.backends.keras.at import At, Option
from nndsl.backends.keras.choices import plain_rms
from nndsl.backends.keras.initial import init_option, initializer, regularizer, starts
from nndsl.backends.keras.spell_conv import margins, rank
from nndsl.backends.keras.spellings import Spelling, function, layer, with_batch
from nndsl.emit import build as b
from nndsl.emit.tree import Const, Expr, TupleE, Unary
from nndsl.ops.base import Init
from nndsl.ops.common import init_of
from nndsl.ops.numbers import OpenDim
from nndsl.ops.spatial import explicit

# ---- Dense and Embedding ----------------------------------------


def dense(at: At) -> Expr:
    tied = at.site.tied(at.step.owner)
    options = [*act_option(at), *starts(at)]
    if tied:
        return at.own_layer("TiedDense", at.get("units"), options=options)
    return at.layer("Dense", at.get("units"), options=options)


def dense_call(at: At, made: Expr) -> Expr:
    """On the last axis of the file's order; a vector without a batch gets one."""
    type_ = at.type()
    if type_.batched or type_.rank > 1:
        return at.result(at.apply(made, at.filed()))
    return with_batch(at, lambda x: at.apply(made, x))


def embedding(at: At) -> Expr:
    """Keras' own where no row is looked up twice (positions): see the helper for the others."""
    options = initializer(at, "embeddings_initializer", init_of(at.s.get("init")), _UNIFORM)
    options += regularizer(at, "embeddings_regularizer")
    if at.site.tied(at.step.owner):
        return at.own_layer("TiedEmbedding", at.get("vocab"), at.get("dim"), options=options)
    if at.type().batched and not at.frozen:
        return at.own_layer("SummedEmbedding", at.get("vocab"), at.get("dim"), options=options)
    return at.layer("Embedding", at.get("vocab"), at.get("dim"), options=options)


_UNIFORM = Init("uniform", (-0.05, 0.05))


def tied(at: At, shared: Expr | None) -> Expr:
    """`wte(x, reverse=True)`: the owner's matrix turned round."""
    assert shared is not None, "a tied layer has an owner"
    return at.result(at.apply(shared, at.filed(), options=[("reverse", True)]))


# ---- shapes ----------------------------------------


def flatten(at: At) -> Expr:
    if not at.type().batched:
        return b.call("ops.reshape", at.filed(), TupleE((Unary("-", Const(1)),)))
    if not at.type().rank:
        return b.call("ops.expand_dims", at.operand(), Unary("-", Const(1)))
    return at.apply(at.layer("Flatten"), at.filed())


def reshape(at: At) -> Expr:
    """In the file's order; an open size is what is left over."""
    wanted = at.s.dims("shape")
    sizes = tuple(
        Unary("-", Const(1)) if isinstance(dim, OpenDim) else at.code(dim) for dim in wanted
    )
    if sum(size == Unary("-", Const(1)) for size in sizes) > 1:
        raise at.refuse("a Reshape with two open dimensions", "leave one of them as -1")
    if at.type().batched:
        return at.apply(at.layer("Reshape", TupleE(sizes)), at.filed())
    return b.call("ops.reshape", at.filed(), TupleE(sizes))


def permute(at: At) -> Expr:
    order = at.s.ints("order")
    if not at.type().batched:
        return at.result(b.call("ops.transpose", at.filed(), TupleE(tuple(map(Const, order)))))
    made = at.layer("Permute", TupleE(tuple(Const(axis + 1) for axis in order)))
    return at.result(at.apply(made, at.filed()))


def pad(at: At) -> Expr:
    amount = explicit(_call(at), "amount", rank(at))
    each = tuple(TupleE((at.code(low), at.code(high))) for low, high in amount)
    none = TupleE((Const(0), Const(0)))
    front = (none,) if at.type().batched else ()
    sides = TupleE((*front, *each, none))
    if at.s.word("mode") == "reflect":
        return b.call("ops.pad", at.operand(), sides, mode="reflect")
    if at.is_default("value", 0.0) or at.is_default("value", 0):
        made = at.layer(f"ZeroPadding{rank(at)}D", margins(at, amount))
        return with_batch(at, lambda x: at.apply(made, x))
    return b.call("ops.pad", at.operand(), sides, constant_values=at.get("value"))


def crop(at: At) -> Expr:
    amount = explicit(_call(at), "amount", rank(at))
    made = at.layer(f"Cropping{rank(at)}D", margins(at, amount))
    return with_batch(at, lambda x: at.apply(made, x))


def _call(at: At):  # type: ignore[no-untyped-def]
    from nndsl.ops.base import Call

    return Call(at.s, tuple(v.type for v in at.step.ins), at.step.names)


def upsample(at: At) -> Expr:
    options: list[Option] = []
    if at.s.word("mode") == "bilinear":
        options.append(("interpolation", "bilinear"))
    made = at.layer(f"UpSampling{rank(at)}D", at.sizes("size"), options=options)
    return with_batch(at, lambda x: at.apply(made, x))


# ---- norms ----------------------------------------


def norm(cls: str, eps: float, *, momentum: bool = False) -> Callable[[At], Expr]:
    """A norm along the channels; numbers are printed where they are not Keras' own."""

    def make(at: At) -> Expr:
        options = at.option("epsilon", "eps", eps)
        if momentum:
            options += at.option("momentum", "momentum", 0.99)
        return at.layer(cls, options=[*options, *learned(at)])

    return make


def learned(at: At) -> list[Option]:
    """`center`, `scale` and their initialisers."""
    options = [*at.option("center", "center", True), *at.option("scale", "scale", True)]
    options += init_option(at, "gamma_initializer", "gamma_init", "ones")
    return options + init_option(at, "beta_initializer", "beta_init", "zeros")


def layer_norm(at: At) -> Expr:
    options = [*at.option("epsilon", "eps", 1e-3), *norm_axis(at)]
    return at.layer("LayerNormalization", options=[*options, *learned(at)])


def norm_axis(at: At) -> list[Option]:
    """Nothing for the last axis as it is held, else the last axes, in the file's order."""
    axes = at.s.ints("axis")
    if len(axes) == 1 and layout.index(at.type(), axes[0]) == -1:
        return []
    found = tuple(Unary("-", Const(n)) for n in range(len(axes), 0, -1))
    return [("axis", found[0] if len(found) == 1 else TupleE(found))]


def norm_call(at: At, made: Expr) -> Expr:
    """Axes that are not the last are moved there and back: Keras' torch backend wants it so."""
    if not norm_axis(at):
        return with_batch(at, lambda x: at.apply(made, x))
    axes, all_axes = at.s.ints("axis"), range(at.type().rank)
    order = (*(axis for axis in all_axes if axis not in axes), *axes)
    if order == tuple(all_axes):
        return at.result(with_batch(at, lambda _: at.apply(made, at.filed())))
    back = tuple(order.index(axis) for axis in all_axes)
    return at.result(moved(at, at.apply(made, moved(at, at.filed(), order)), back))


def moved(at: At, value: Expr, order: tuple[int, ...]) -> Expr:
    first, front = (1, (Const(0),)) if at.type().batched else (0, ())
    return b.call("ops.transpose", value, TupleE((*front, *(Const(a + first) for a in order))))


def rms_norm(at: At) -> Expr:
    if plain_rms(at.step):
        return at.layer("RMSNormalization", options=at.option("epsilon", "eps", 1e-6))
    options = norm_axis(at)
    options += at.option("epsilon", "eps", 1e-6) + at.option("scale", "scale", True)
    options += init_option(at, "gamma_initializer", "gamma_init", "ones")
    return at.own_layer("RMSNorm", options=options)


def group_norm(at: At) -> Expr:
    options = [*at.option("groups", "groups", 32), *at.option("epsilon", "eps", 1e-3)]
    return at.layer("GroupNormalization", options=[*options, *learned(at)])


def instance_norm(at: At) -> Expr:
    options: list[Option] = [("groups", Unary("-", Const(1))), *at.option("epsilon", "eps", 1e-3)]
    return at.layer("GroupNormalization", options=[*options, *learned(at)])


# ---- noise ----------------------------------------


def noise(cls: str, setting: str = "rate") -> Callable[[At], Expr]:
    def write(at: At) -> Expr:
        name = cls.format(rank(at)) if "{" in cls else cls
        made = at.layer(name, at.get(setting))
        return with_batch(at, lambda x: at.apply(made, x))

    return write


def drop_path(at: At) -> Expr:
    """Dropout of whole examples: one draw for all their elements."""
    shape = (Const(None), *(Const(1) for _ in range(at.type().rank)))
    made = at.layer("Dropout", at.get("rate"), options=[("noise_shape", TupleE(shape))])
    return at.apply(made, at.operand())


def pixel_shuffle(at: At) -> Expr:
    return at.apply(at.own_layer("PixelShuffle", at.get("n")), at.operand())


def pixel_unshuffle(at: At) -> Expr:
    return at.apply(at.own_layer("PixelUnshuffle", at.get("n")), at.operand())


SPELLINGS: dict[str, Spelling] = {
    "Dense": layer(dense, dense_call),
    "Embedding": layer(embedding, lambda at, made: at.apply(made, at.operand())),
    "Tied": Spelling(tied, None, True),
    "Flatten": function(flatten, inline=False),
    "Reshape": function(reshape, inline=False),
    "Permute": function(permute, inline=False),
    "Pad": function(pad, inline=False),
    "Crop": function(crop, inline=False),
    "Upsample": function(upsample, inline=False),
    "BatchNorm": layer(norm("BatchNormalization", 1e-3, momentum=True)),
    "LayerNorm": layer(layer_norm, norm_call),
    "RMSNorm": layer(rms_norm, norm_call),
    "GroupNorm": layer(group_norm),
    "InstanceNorm": layer(instance_norm),
    "Dropout": function(noise("Dropout"), inline=False),
    "SpatialDropout": function(noise("SpatialDropout{}D"), inline=False),
    "DropPath": function(drop_path, inline=False),
    "GaussianNoise": function(noise("GaussianNoise", "deviation"), inline=False),
    "GaussianDropout": function(noise("GaussianDropout"), inline=False),
    "PixelShuffle": function(pixel_shuffle, inline=False),
    "PixelUnshuffle": function(pixel_unshuffle, inline=False),
}
