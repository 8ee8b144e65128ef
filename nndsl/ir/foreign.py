"""Calls and words as Keras and PyTorch have them, told in the spelling of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl.diagnostics.model import fail
from nndsl.ops.base import Op
from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.foreign import INFERRED, Given, setting_name, spelled, torch_sizes

INPUT = "an input is a line of its own: `input image: [28, 28, 1]`"
HINTS: Mapping[str, str] = {
    "True": "write `true`",
    "False": "write `false`",
    "None": "write `none`",
    "Input": INPUT,
    "InputLayer": INPUT,
    "Sequential": "the lines of a model or block follow one another; nothing holds them",
    "Activation": "write the activation itself, such as `relu`",
    "Bidirectional": "`LSTM(64, bidirectional=true)`",
    "TimeDistributed": "write the layer alone: `Dense` works at every step of a sequence",
    "Lambda": "write the expression: `_ * 2`",
    "ModuleList": "`for` and `repeat` write layers out; a list may hold recipes",
    "range": "`for i in range(4) { ... }`, or `repeat 4 { ... }`",
    "print": "`nndsl params` prints the shapes of all layers",
    "self": "layers are not kept in attributes: write them where they are used",
}


def check_call(op: Op, word: str, args: Sequence[ast.Arg], span: Span) -> None:
    """NN102 for settings by their names elsewhere, NN105 for input sizes: `Linear(784, 10)`."""
    theirs = [
        arg
        for arg in args
        if arg.name
        and op.setting(arg.name) is None
        and arg.name not in op.operands
        and (arg.name in INFERRED or op.setting(setting_name(op.word, arg.name)) is not None)
    ]
    given = [Given(arg.name or "", shown(arg.value)) for arg in args]
    sized = torch_sizes(word, given)
    if not theirs and not sized:
        return
    whole = spelled(word if sized or not word.islower() else op.word, given)
    fix = f"write `{whole}`" if "…" not in whole else _one_by_one(op, theirs)
    if sized:
        message = f"`{word}` is given the size of its input, which is inferred here"
        raise fail("NN105", span, message, fix)
    names = ", ".join(f"`{arg.name}`" for arg in theirs)
    message = f"`{op.word}` has no setting{'s' if len(theirs) > 1 else ''} {names}"
    raise fail("NN102", theirs[0].span, message, fix)


def _one_by_one(op: Op, theirs: Sequence[ast.Arg]) -> str:
    """What each setting is called here."""
    found = []
    for arg in theirs:
        name = arg.name or ""
        ours = "left out" if name in INFERRED else f"`{setting_name(op.word, name)}`"
        found.append(f"`{name}` is {ours} here")
    return ", ".join(found)


def shown(expr: ast.Expr) -> str:
    """A number, a word or a list of them as it is written; `…` for everything else."""
    match expr:
        case ast.Num(text=text) | ast.Name(id=text):
            return text
        case ast.Str(value=text):
            return f"'{text}'"
        case ast.Bool(value=flag):
            return "true" if flag else "false"
        case ast.ListExpr(items=args):
            return f"[{', '.join(shown(arg.value) for arg in args)}]"
        case ast.TupleExpr(items=items):
            return f"({', '.join(map(shown, items))})"
    return "…"
