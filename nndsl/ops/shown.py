"""Formulas as the language would write them, for dumps and messages; not for emitted code."""

from __future__ import annotations

from nndsl.ops.symbols import Const, Term


def show(term: Term) -> str:
    """A term as the language would write it."""
    match term.op, term.args:
        case "const", (value,):
            return str(value).lower() if isinstance(value, bool) or value is None else repr(value)
        case "var", (name,):
            return str(name)
        case "dim", (port, axis):
            return f"{port}.shape[{axis}]"
        case "open", (name, *_):
            return str(name)
        case "neg", (inner,):
            return f"-{_atom(inner)}"
        case "+", parts:
            text = _show(parts[0])
            for part in parts[1:]:
                shown = _show(part)
                text += f" - {shown[1:]}" if shown.startswith("-") else f" + {shown}"
            return text
        case (("*" | "/" | "//" | "%" | "**"), parts):
            return (f" {term.op} " if term.op != "**" else "**").join(_atom(p) for p in parts)
        case "cmp", (op, left, right):
            return f"{_show(left)} {op} {_show(right)}"
        case (("and" | "or"), parts):
            return f" {term.op} ".join(_atom(p) for p in parts)
        case "truth", (inner,):
            return _show(inner)
        case "not", (inner,):
            return f"not {_atom(inner)}"
        case "if", (cond, then, other):
            return f"{_show(then)} if {_show(cond)} else {_show(other)}"
        case "index", (sequence, at):
            return f"{_atom(sequence)}[{_show(at)}]"
        case "list", items:
            return f"[{', '.join(_show(i) for i in items)}]"
        case "call", (name, *rest):
            return f"{name}({', '.join(_show(r) for r in rest)})"
        case (("min" | "max"), rest):
            return f"{term.op}({', '.join(_show(r) for r in rest)})"
        case op, rest:
            return f"{op}({', '.join(_show(r) for r in rest)})"


def _show(arg: Term | Const) -> str:
    return show(arg) if isinstance(arg, Term) else str(arg)


_LOOSE = ("+", "neg", "cmp", "and", "or", "not", "if", "*", "//", "/", "%")


def _atom(arg: Term | Const) -> str:
    text = _show(arg)
    return f"({text})" if isinstance(arg, Term) and arg.op in _LOOSE else text
