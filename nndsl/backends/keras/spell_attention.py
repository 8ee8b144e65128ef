"""Attention in Keras: the framework's layer where it means the same, else a helper's."""

from __future__ import annotations

from nndsl.backends.keras.aligned import alone, in_one_batch
from nndsl.backends.keras.at import At, Option
from nndsl.backends.keras.choices import native_attention
from nndsl.backends.keras.initial import init_option, regularizer, starts
from nndsl.backends.keras.same import equal_numbers
from nndsl.backends.keras.spellings import Spelling
from nndsl.emit.tree import Call, Expr
from nndsl.ops.attention import PROJECTIONS


def native(at: At) -> bool:
    return native_attention(at.step) and at.exact() is None


def grouped(at: At) -> bool:
    return not equal_numbers(at.s.int("heads"), at.s.int("kv_heads"))


def attention(at: At) -> Expr:
    """The layer, with its projections."""
    if not native(at):
        return own(at)
    options = [*_dropout(at), *_starts(at)]
    if grouped(at):
        sizes = at.get("head_dim"), at.get("heads"), at.get("kv_heads")
        if at.frozen:
            return at.own_composite("FrozenGroupAttention", *sizes, options=options)
        return at.composite("GroupQueryAttention", *sizes, options=options)
    if at.frozen:
        return at.own_composite("FrozenAttention", at.get("heads"), at.get("head_dim"),
                                options=options)  # fmt: skip
    return at.composite("MultiHeadAttention", at.get("heads"), at.get("head_dim"), options=options)


def _starts(at: At) -> list[Option]:
    options = at.option("use_bias", "bias", True)
    options += init_option(at, "kernel_initializer", "init", "glorot_uniform")
    options += init_option(at, "bias_initializer", "bias_init", "zeros")
    return options + regularizer(at)


def own(at: At) -> Expr:
    """A helper with projections of its own: a short one where there is no more than a mask."""
    if _only_masked(at):
        return at.own_layer("MaskedAttention", at.get("heads"), at.get("head_dim"),
                            options=_dropout(at))  # fmt: skip
    options = [*core_options(at), *_starts(at)]
    return at.own_layer("Attention", at.get("heads"), at.get("head_dim"), options=options)


def _only_masked(at: At) -> bool:
    s = at.s.items
    plain = not (s.get("rope") or s.get("causal") or s.get("window") is not None or grouped(at))
    return plain and "mask" in at.step.names and not _starts(at)


def core_options(at: At) -> list[Option]:
    """What the scores depend on: groups, causality, window, rotation, dropout."""
    s, options = at.s.items, list[Option]()
    if grouped(at):
        options.append(("kv_heads", at.get("kv_heads")))
    if "causal" in s:
        options += at.option("causal", "causal", False)
    if s.get("window") is not None:
        options.append(("window", at.get("window")))
    if s.get("rope"):
        options.append(("rope_base", at.get("rope_base")))
    return options + _dropout(at)


def _dropout(at: At) -> list[Option]:
    """None where it is frozen."""
    return [] if at.frozen else at.option("dropout", "dropout", 0.0)


def write(at: At, shared: Expr | None) -> Expr:
    if at.step.parts:
        return composed(at)
    made = shared or attention(at)
    if native(at):
        return _native_call(at, made)
    operands, back = in_one_batch(at, ("", "context"))
    return back(at.apply(made, *operands, options=_mask(at)))


def _mask(at: At) -> list[Option]:
    """The mask as the helper takes it: with an axis for the batch in front."""
    mask = at.named("mask")
    if mask is None:
        return []
    return [("attention_mask", mask if at.type_named("mask").batched else alone(mask))]


def _native_call(at: At, made: Expr) -> Expr:
    operands, back = in_one_batch(at, ("", "context"))
    if operands[1:] == [] and not at.type().batched:
        operands[0] = at.site.assign(operands[0])
    options: list[Option] = []
    if "causal" in at.s.items:
        options += at.option("use_causal_mask", "causal", False)
    return back(at.apply(made, operands[0], operands[-1], options=options))


# ---- projections that the file replaces ----------------------------------------


def composed(at: At) -> Expr:
    """The four projections one by one, and the attention itself between them."""
    for part in at.step.parts:
        if part.setting != "output":
            at.site.part(part, at.operand())
    query, key, value = (_projected(at, name) for name in PROJECTIONS[:3])
    core = at.own_layer("HeadsAttention", at.get("heads"), options=core_options(at),
                        suffix="_heads")  # fmt: skip
    result = at.site.assign(at.apply(core, query, key, value, options=_mask(at)))
    return _projected(at, "output", result)


def _projected(at: At, name: str, given: Expr | None = None) -> Expr:
    part = next((part for part in at.step.parts if part.setting == name), None)
    if part is not None and given is not None:
        at.site.part(part, given)
    if part is not None and part.body.out is not None:
        return at.site.read(part.body.out)
    source = given
    if source is None:
        context = at.named("context")
        source = at.filed() if name == "query" or context is None else context
    made = at.layer("Dense", _width(at, name), options=starts(at), suffix=f"_{name}")
    return Call(made, (source,))


def _width(at: At, name: str) -> Expr:
    if name == "output":
        return at.code(at.out.channels)
    heads = "heads" if name == "query" else "kv_heads"
    width = at.s.int(heads) * at.s.int("head_dim")
    return at.code(width)


SPELLINGS: dict[str, Spelling] = {
    "SelfAttention": Spelling(write, attention),
    "Attention": Spelling(write, attention),
}
