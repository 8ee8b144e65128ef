"""Plain statements on one line, at once: calls of names with names and numbers, and what they set.

Most lines of a long network are such. What is told here is what the tokens of `statements` put
together would be; whatever else a statement holds, or a line too long, is left to them.
"""

from nndsl.emit.binding import identifier
from nndsl.emit.quote import number_text, quoted
from nndsl.emit.tree import Assign, Attr, Call, Const, Expr, ExprStmt, Name, Return, Stmt


def flat(node: Stmt) -> str:
    """The text of a statement; empty for one that is not so plain."""
    if isinstance(node, Assign) and node.annotation is None and len(node.targets) == 1:
        target, value = _reference(node.targets[0]), node.value
        text = _text(value) if target and value is not None else ""
        return f"{target} = {text}" if text else ""
    if isinstance(node, ExprStmt):
        return _text(node.value)
    if isinstance(node, Return) and node.value is not None:
        text = _text(node.value)
        return f"return {text}" if text else ""
    return ""


def _reference(node: Expr) -> str:
    """`x`, `self.a.b`."""
    if isinstance(node, Attr) and isinstance(node.value, Name):  # as most are
        return f"{identifier(node.value.id)}.{identifier(node.name)}"
    names: list[str] = []
    while isinstance(node, Attr):
        names.append(identifier(node.name))
        node = node.value
    if not isinstance(node, Name):
        return ""
    names.append(identifier(node.id))
    return ".".join(reversed(names))


def _text(node: Expr) -> str:
    if isinstance(node, Name):
        return identifier(node.id)
    if isinstance(node, Attr):
        return _reference(node)
    if isinstance(node, Const):
        return _constant(node.value)
    return _call(node) if isinstance(node, Call) else ""


def _constant(value: float | bool | str | None) -> str:
    """A whole number from 0 up, a string, a word."""
    if value is None or isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return quoted(value)
    return number_text(value) if isinstance(value, int) and value >= 0 else ""


def _call(node: Call) -> str:
    function = _reference(node.func)
    if not function:
        return ""
    texts = [_text(each) for each in node.args]
    for name, value in node.kwargs:
        text = _text(value) if name else ""
        texts.append(f"{identifier(name)}={text}" if text else "")
    return f"{function}({', '.join(texts)})" if all(texts) else ""
