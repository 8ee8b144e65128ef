"""Text of the model file as harmless Python text: string literals, comments and docstrings.

Nothing that is put in can end the literal or the comment, hide from the reader (control, format and
bidirectional characters are shown as escapes) or be read as a directive to a tool.
"""

import re
import unicodedata

_SPECIAL = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_QUOTE = '"'
_BRACES = {"{": "{{", "}": "}}"}
# `# type: ignore`, `# fmt: off` and their like, at the start of a comment or after `#` or `;`.
_DIRECTIVE = re.compile(
    r"((?:^|[#;])\s*)((?:type|fmt|yapf|isort|ruff|flake8|mypy|pylint|pyright|pragma|nosemgrep)"
    r"(?=\s*:)|noqa\b|nosec\b)",
    re.IGNORECASE,
)
_ENCODING = re.compile(r"coding(?=[:=])")  # PEP 263: decides on line 1 or 2 how a file is read


def columns(text: str) -> int:
    """The columns that text takes in a terminal: wide East Asian characters take two."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def quoted(text: str) -> str:
    """A string literal: in double quotes unless single ones save escapes."""
    if _is_plain(text) and '"' not in text:
        return f'"{text}"'
    quote = "'" if text.count('"') > text.count("'") else '"'
    return f"{quote}{escaped(text, quote)}{quote}"


def number_text(value: float) -> str:
    """A finite number as a person writes it: 3, 0.001, 1e-5, 1e16."""
    mantissa, mark, exponent = repr(value).partition("e")
    return f"{mantissa}e{int(exponent)}" if mark else mantissa


def escaped(text: str, quote: str, *, in_fstring: bool = False) -> str:
    """What stands between the quotes of a literal; braces doubled in an f-string."""
    special = {**_SPECIAL, quote: "\\" + quote, **(_BRACES if in_fstring else {})}
    return "".join(special.get(each) or _character(each) for each in text)


def comment_lines(text: str, width: int, *, opens_file: bool = False) -> list[str]:
    """`# …` lines of at most `width` columns where a space allows it; no text, no line."""
    result = []
    for line in text.split("\n"):
        harmless = _DIRECTIVE.sub(r"\1'\2'", _visible(line).strip())
        if opens_file:
            harmless = _ENCODING.sub("coding ", harmless)
        result += [f"# {each}".rstrip() for each in wrapped(harmless, width - 2)]
    return result if text.strip() else []


def comment_line(text: str) -> str:
    """One `# …` for the end of a line, however long; newlines become spaces."""
    lines = comment_lines(" ".join(text.split("\n")), 1 << 30)
    return lines[0] if lines else ""


def docstring_lines(text: str, width: int) -> list[str]:
    """The lines of a triple-quoted docstring without their indentation; no text, no line."""
    lines = _dedented(text)
    if not lines:
        return []
    first, *rest = lines
    if not rest:
        pieces = wrapped(_padded(first), width - 6)
        if len(pieces) == 1:
            return [f'"""{pieces[0]}{" " if pieces[0].endswith(_QUOTE) else ""}"""']
    else:
        pieces = wrapped(_padded(first), width - 3)
    body = [piece for line in rest for piece in wrapped(line, width)]
    return [f'"""{pieces[0]}', *pieces[1:], *body, '"""']


def wrapped(line: str, width: int) -> list[str]:
    """The line in pieces of at most `width` columns, broken at spaces, its indentation kept."""
    if columns(line) <= width:
        return [line]
    margin = line[: len(line) - len(line.lstrip(" "))]
    pieces: list[str] = []
    for word in line.split():
        if pieces and columns(pieces[-1]) + 1 + columns(word) <= width:
            pieces[-1] += " " + word
        else:
            pieces.append(margin + word)
    return pieces


def _dedented(text: str) -> list[str]:
    """Escaped lines without their common margin, the first aside, and without blank ends."""
    lines = [_doc_line(line) for line in text.expandtabs(4).split("\n")]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        return []
    margin = min((len(each) - len(each.lstrip()) for each in lines[1:] if each), default=0)
    return [lines[0].strip(), *(each[margin:] for each in lines[1:])]


def _doc_line(line: str) -> str:
    visible = _visible(line.replace("\\", "\\\\")).rstrip()
    return visible.replace('"""', '\\"\\"\\"')


def _padded(first: str) -> str:
    return " " + first if first.startswith('"') else first


def _visible(line: str) -> str:
    """Spaces of every kind as spaces, what cannot be seen as escapes."""
    if line.isascii() and line.isprintable():
        return line
    return "".join(
        " " if each.isspace() else each if each.isprintable() else _escape(each) for each in line
    )


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "\\" not in text


def _character(each: str) -> str:
    """Letters of every script and Latin-1 as they are, everything else as an escape."""
    return each if each.isprintable() and (each < "\u0100" or each.isalpha()) else _escape(each)


def _escape(each: str) -> str:
    code = ord(each)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
