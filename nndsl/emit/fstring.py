"""F-strings as literals that Python 3.11 reads, too: no quotes of their own kind, no backslash."""

from collections.abc import Callable
from typing import TypeAlias

from nndsl.emit.binding import CONDITION
from nndsl.emit.quote import escaped
from nndsl.emit.tokens import STRING, Tokens
from nndsl.emit.tree import Expr, FString, Interp

Write: TypeAlias = Callable[[Tokens, Expr, int], None]

_UNSAFE_IN_FSTRING = frozenset("\\'\"#{}")  # inside a string within an f-string, before Python 3.12
_SPEC = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 <>=^+-,._%")


def fstring(node: FString, write: Write) -> str:
    """The literal; a string within takes the quotes that the literal does not."""
    fields = [part if isinstance(part, str) else _field(part, write) for part in node.parts]
    is_text = [isinstance(part, str) for part in node.parts]
    outside = "".join(field for field, text in zip(fields, is_text, strict=True) if text)
    inside = "".join(field for field, text in zip(fields, is_text, strict=True) if not text)
    quote = "'" if outside.count('"') > outside.count("'") and '"' not in inside else '"'
    pieces = [
        escaped(field, quote, in_fstring=True) if text else "{" + field.replace('"', "'") + "}"
        for field, text in zip(fields, is_text, strict=True)
    ]
    return f"f{quote}{''.join(pieces)}{quote}"


def _field(part: Expr | Interp, write: Write) -> str:
    """What stands between the braces, strings in double quotes as yet."""
    if not isinstance(part, Interp):
        part = Interp(part)
    if not _SPEC.issuperset(part.spec) or part.conversion not in ("", "r", "s", "a"):
        raise ValueError(f"not a format: {part.spec!r} {part.conversion!r}")
    inner = Tokens()
    write(inner, part.value, CONDITION)
    for kind, piece in zip(inner.kinds, inner.pieces, strict=True):
        if kind == STRING and _UNSAFE_IN_FSTRING.intersection(piece.strip()[1:-1]):
            raise ValueError(f"a string that cannot stand in an f-string: {piece}")
    text = "".join(inner.pieces)
    conversion = "!" + part.conversion if part.conversion else ""
    spec = ":" + part.spec if part.spec else ""
    return (" " if text.startswith("{") else "") + text + conversion + spec
