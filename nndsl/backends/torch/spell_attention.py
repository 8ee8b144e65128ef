"""Attention in torch: own small modules around scaled_dot_product_attention."""

from __future__ import annotations

from nndsl.backends.torch.batches import together
from nndsl.backends.torch.layout import file_order
from nndsl.backends.torch.piece import Piece, Result, Row
from nndsl.backends.torch.starts import filler, regularized
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ir.steps import Part
from nndsl.ops.attention import PROJECTIONS
from nndsl.ops.numbers import term_of

ENDS = ("query", "output")  # what may be computed ahead of the layer, or behind it
KERNELS = tuple(f"{name}_kernel" for name in PROJECTIONS)


def _is_simple(view: OpView) -> bool:
    """True for the plain layer: heads that divide the channels, perhaps causal, with dropout."""
    s = view.settings
    heads = s.int("heads")
    whole = term_of(s.int("head_dim")) == term_of(view.x.channels // heads)
    return (
        whole
        and term_of(s.int("kv_heads")) == term_of(heads)
        and not s.flag("rope")
        and not s.has("window")
        and len(view.step.ins) == 1
        and not view.step.parts
        and _default_start(view)
    )


def _default_start(view: OpView) -> bool:
    return all(
        w.init.name == ("glorot_uniform" if w.name.endswith("kernel") else "zeros")
        for w in view.step.weights
    )


def _common(view: OpView) -> dict[str, Expr]:
    """dropout, causal and bias where they are not the helper's defaults."""
    s = view.settings
    args: dict[str, Expr] = {}
    if not (type(s.get("dropout")) in (int, float) and s.get("dropout") == 0):
        args["dropout"] = view.get("dropout")
    if s.items.get("causal", False) is not False:
        args["causal"] = view.get("causal")
    if s.get("bias") is not True:
        args["bias"] = view.get("bias")
    return args


def _simple(view: OpView) -> Expr:
    args = _common(view)
    layer = view.helper("SelfAttention", *args)
    made = b.call(layer, view.channels, view.get("heads"), **args)
    packed = (("query_kernel", "qkv.weight"), ("output_kernel", "out.weight"))
    return regularized(view, made, packed)


def _general(view: OpView) -> Expr:
    """The helper with every feature; only what is asked for is an argument."""
    s = view.settings
    heads = s.int("heads")
    args: dict[str, Expr] = {}
    memory = _memory_channels(view)
    if term_of(s.int("head_dim")) != term_of(view.x.channels // heads):
        args["head_dim"] = view.get("head_dim")
    if memory is not None:
        args["context_dim"] = memory
    if term_of(s.int("kv_heads")) != term_of(heads):
        args["kv_heads"] = view.get("kv_heads")
    args |= _common(view)
    if "rope" in s.items and s.flag("rope"):
        args["rope"] = view.get("rope_base")
    if s.has("window") if "window" in s.items else False:
        args["window"] = view.get("window")
    args |= _replaced(view)
    if not _default_start(view):
        args |= _starts(view)
    layer = view.helper("MultiHeadAttention", *args, *_operands(view))
    made = b.call(layer, view.channels, view.get("heads"), **args)
    return regularized(view, made, tuple((k, k.replace("_kernel", ".weight")) for k in KERNELS))


def _operands(view: OpView) -> tuple[str, ...]:
    """The helper's options that the operands ask for."""
    apart = "context" in view.step.names or _beside(view, "query") is not None
    found = ["context" if apart else "alone"]
    if "mask" not in view.step.names:
        return (*found, "maskless")
    mask = view.step.ins[view.step.names.index("mask")].type
    if mask.rank > 1 or not mask.batched:
        found.append("pairs")
    return (*found, "mask")


def _memory_channels(view: OpView) -> Expr | None:
    """The context's channels where they are not the sequence's own."""
    if "context" not in view.step.names:
        return None
    context = view.step.ins[view.step.names.index("context")].type
    same = term_of(context.channels) == term_of(view.x.channels)
    return None if same else view.code(context.channels)


def _replaced(view: OpView) -> dict[str, Expr]:
    """Modules in the place of projections; the identity for what `forward` computes around it."""
    beside = {part.setting for part in view.step.parts if _is_beside(view, part)}
    return {
        part.setting: b.call("nn.Identity")
        if part.setting in beside
        else view.low.part_module(part)
        for part in view.step.parts
    }


def _is_beside(view: OpView, part: Part) -> bool:
    """True for a recipe that is no run of modules, where it may stand ahead of the layer or behind
    it in `forward`: for queries and for the output."""
    from nndsl.backends.torch import chains

    out = part.body.out
    fitting = part.setting in ENDS and out is not None and out.type.batched == view.x.batched
    return fitting and not chains.fits(view.low, part.body, part.entry)


def _beside(view: OpView, setting: str) -> Part | None:
    """The recipe of a setting that `forward` computes around the layer."""
    return next((p for p in view.step.parts if p.setting == setting and _is_beside(view, p)), None)


def _inlined(view: OpView, part: Part, code: Expr) -> Expr:
    """What a recipe makes of a value, written where it stands."""
    flow, out = view.low.flow, part.body.out
    assert out is not None
    flow.bind(part.entry, code, file_order(part.entry.type))
    view.low.inline(part.body)
    return flow.read(out, file_order(out.type))


def _asked(view: OpView, x: Expr) -> tuple[Expr, Expr | None]:
    """The queries; the sequence that keys and values are of, where they are made apart."""
    part = _beside(view, "query")
    if part is None:
        return x, None
    x = view.variable(x)
    with view.low.flow.keeping(x):
        return _inlined(view, part, x), x


def _answered(view: OpView, result: Expr) -> Result:
    part = _beside(view, "output")
    return Result((result if part is None else _inlined(view, part, result),))


def _starts(view: OpView) -> dict[str, Expr]:
    kernel = next((w for w in view.step.weights if w.name.endswith("kernel")), None)
    bias = next((w for w in view.step.weights if w.name.endswith("bias")), None)
    found: dict[str, Expr] = {}
    if kernel is not None and kernel.init.name != "glorot_uniform":
        found["kernel_init"] = filler(view.low, view, kernel.init, kernel.fans, plain=True)
    if bias is not None and bias.init.name != "zeros":
        found["bias_init"] = filler(view.low, view, bias.init, bias.fans)
    return found


def _self(view: OpView) -> tuple[Piece, ...]:
    return (Piece(_simple(view) if _is_simple(view) else _general(view)),)


def _self_apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
    """Self-attention with a mask."""
    ref = view.module("", _general(view))
    queries, source = _asked(view, ins[0])
    mask = view.operand("mask")
    more = {} if mask is None else {"mask": mask}
    given = (queries,) if source is None else (queries, source)
    operands, single = together(view, ("",) * len(given), given)
    return _answered(view, single(b.call(ref, *operands, **more)))


def _cross(view: OpView, ins: tuple[Expr, ...]) -> Result:
    ref = view.module("", _general(view))
    queries, _ = _asked(view, ins[0])
    context, mask = view.operand("context"), view.operand("mask")
    assert context is not None
    more = {} if mask is None else {"mask": mask}
    (x, memory), single = together(view, ("", "context"), (queries, context))
    return _answered(view, single(b.call(ref, x, memory, **more)))


ROWS = {
    "SelfAttention": Row("file", pieces=_self, apply=_self_apply, batch=True),
    "Attention": Row("file", apply=_cross),
}
