"""Calls as Keras and PyTorch have them, told in the spelling of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nndsl.diagnostics.model import fail
from nndsl.ir.mentions import is_layer
from nndsl.ops.base import Op
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.foreign import INFERRED, TORCH_NUMBERS, Given, setting_name, spelled, torch_sizes

if TYPE_CHECKING:
    from nndsl.ir.context import Context

NORMS = frozenset(["BatchNorm", "LayerNorm", "InstanceNorm", "RMSNorm"])  # no places for numbers
AXES = "axes count from 0 without the batch; -1, the last, is the channels"
# What one setting of theirs is here, where no other name says it.
INSTEAD: Mapping[str, str] = {
    "mask_zero": "a mask is a value, given where it is used: `real = tokens != 0`, and "
    "`LSTM(64, mask=real)`",
    "padding_idx": "a mask is a value, given where it is used: `real = tokens != 0`, and "
    "`SelfAttention(8, mask=real)`",
    "attn_mask": "a mask is `mask=real`, a bool value; a causal one is `causal=true`",
    "padding_mode": "put `Pad(1, reflect)` before it",
    "weights": "weights are loaded into the emitted code, not named in the file",
    "trainable": "write `frozen` before the layer",
    "dim": f"`axis` here, and {AXES}",
    "dims": f"`axis` here, and {AXES}",
    "activity_regularizer": "write a line: `loss activity = 0.01 * sum(_**2)`",
    "kernel_constraint": "there are no constraints on weights",
    "bias_constraint": "there are no constraints on weights",
}


LARGEST_KERNEL = 11  # AlexNet's


def check_call(context: Context, op: Op, word: str, args: Sequence[ast.Arg], span: Span) -> None:
    """NN102 for settings by their names elsewhere, NN105 for input sizes: `Linear(784, 10)`."""
    if not args:
        return
    if op.kind == "merge" and any(_is_stage(context, arg.value) for arg in args):
        stages = "; ".join(context.quoted(arg.value.span) for arg in args)
        what = f"`{op.word}` takes values in parentheses, and these are stages"
        raise fail("NN314", span, what, f"write `{op.word} {{ {stages} }}`: each is a branch")
    theirs = [arg for arg in args if arg.name and _is_theirs(op, arg.name)]
    norm = op.word in NORMS
    if not theirs and not norm and word not in TORCH_NUMBERS:
        return
    sizes = [arg for arg in args if arg.name is None and _is_size(context, arg.value, norm)]
    given = [Given(arg.name or "", context.quoted(arg.value.span), arg in sizes) for arg in args]
    sized = torch_sizes(word, given) or (norm and bool(sizes))
    sized = sized and not (word.startswith("Conv") and _ours(context, args))
    if not theirs and not sized:
        return
    whole = spelled(word if sized or not word.islower() else op.word, given, sized)
    fixes = [_instead(arg.name or "") for arg in theirs if _untranslated(context, arg)]
    if len(fixes) < len(theirs) or sized:
        fixes.insert(0, f"write `{whole}`" if "…" not in whole else _one_by_one(op, theirs))
    fix = "\n".join(fixes)
    if sized:
        message = f"`{word}` is given the size of its input, which is inferred here"
        raise fail("NN105", span, message, fix)
    names = ", ".join(f"`{arg.name}`" for arg in theirs)
    message = f"`{op.word}` has no setting{'s' if len(theirs) > 1 else ''} {names}"
    raise fail("NN102", theirs[0].span, message, fix)


def _ours(context: Context, args: Sequence[ast.Arg]) -> bool:
    """True for numbers that read as filters, kernel, stride: `Conv2d(64, 4, 2)`.

    PyTorch's are in, out, kernel: the second is no kernel, or the first is what arrives.
    """
    first, second, third = (_number(context, arg.value) for arg in args[:3])
    if second is None:
        return False
    arriving = context.flow.type.shape[-1:] if context.flow is not None else ()
    return second <= LARGEST_KERNEL and not (arriving == (first,) and (third or 0) > 2)


def _number(context: Context, expr: ast.Expr) -> int | None:
    if isinstance(expr, ast.Num) and isinstance(expr.value, int):
        return expr.value
    bound = context.lookup(expr.id) if isinstance(expr, ast.Name) else None
    return int(bound.what) if bound is not None and isinstance(bound.what, int) else None


def _instead(name: str) -> str:
    told = INSTEAD[name]
    return f"`{name}` is {told}" if told.startswith("`") else f"`{name}`: {told}"


def _untranslated(context: Context, arg: ast.Arg) -> bool:
    """True where another name would not be enough; `dim=-1` is `axis=-1`."""
    last = arg.name in ("dim", "dims") and context.quoted(arg.value.span) == "-1"
    return arg.name in INSTEAD and not last


def _is_stage(context: Context, expr: ast.Expr) -> bool:
    """True for a layer or a block that nothing goes into."""
    word = expr.func if isinstance(expr, ast.Call) else expr
    if not isinstance(word, ast.Name) or context.lookup(word.id) is not None:
        return False
    return is_layer(word.id, context)


def _is_theirs(op: Op, name: str) -> bool:
    """True for a setting of Keras' or PyTorch's that has another name here, or none."""
    if op.setting(name) is not None or name in op.operands:
        return False
    ours = setting_name(op.word, name)
    return name in INFERRED or name in INSTEAD or op.setting(ours) is not None


def _is_size(context: Context, expr: ast.Expr, unknown: bool) -> bool:
    """True for what is a number: `784`, `n`, `2 * n`; false for activations and words.

    unknown: what is said of settings whose value is not known.
    """
    match expr:
        case ast.Num():
            return True
        case ast.Name(word):
            bound = context.lookup(word)
            if bound is None or bound.what is None:
                return unknown and bound is not None
            return isinstance(bound.what, int | float)
        case ast.Binary(_, left, right):
            return all(_is_size(context, side, unknown) for side in (left, right))
    return False


def _one_by_one(op: Op, theirs: Sequence[ast.Arg]) -> str:
    """What each setting is called here."""
    found = []
    for arg in theirs:
        name = arg.name or ""
        ours = "left out" if name in INFERRED else f"`{setting_name(op.word, name)}`"
        if name not in INSTEAD:
            found.append(f"`{name}` is {ours} here")
    return ", ".join(found)
