"""Maps: what another model calls the program's weights, as a text of one rule a line.

    layout torch
    conv_bn.conv                   <- conv1
    cell2[i][j].conv_bn1.conv      <- layer{i + 1}.{j + 1}.conv1
    layer[i].self_attention.query_kernel <- h.{i}.attn.c_attn.weight, part 1 of 3 along 1
    ignore *.attn.bias

On the left is a layer or a weight of the program; a letter in brackets is an index. On the right is
a foreign name; in braces are numbers: indices, lists of numbers, `+ - * // %`. docs/weights.md.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias, cast

from nndsl.weights.errors import WeightsError, refuse

Style: TypeAlias = Literal["torch", "keras"]
STYLES = ("torch", "keras")
FOLDER = Path(__file__).resolve().parent / "maps"
SUFFIX = ".map"
LARGEST = 1_000_000  # characters of a map
LONGEST = 500  # characters of a piece of a name
INDEX = re.compile(r"\[([a-z_]\w*)\]")
PART = re.compile(r"part (\d+) of (\d+)(?: along (\d+))?")
TURN = re.compile(r"transpose((?: \d+)*)")


class Piece(NamedTuple):
    """A part of a foreign tensor: which (from 1), of how many equal ones, along which axis."""

    number: int
    total: int
    axis: int


class Rule(NamedTuple):
    """One line. path: fits what is on the left; foreign: texts and, between them, numbers.

    turn: the axes of the foreign tensor in the program's order, `()` for all reversed, None as is.
    """

    line: int
    path: re.Pattern[str]
    foreign: tuple[str | ast.expr, ...]
    piece: Piece | None
    turn: tuple[int, ...] | None


class Map(NamedTuple):
    """style: whose layouts a layer's weights have; prefix: of foreign names, where the file has it.

    ignored: patterns of names that are not read; equal: names of tensors that have another one.
    """

    name: str
    style: Style
    prefix: str
    rules: tuple[Rule, ...]
    ignored: tuple[str, ...]
    equal: Mapping[str, str]


def shipped() -> list[str]:
    """The names of the maps that nndsl brings."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def find_map(word: str | os.PathLike[str]) -> Map:
    """A map that nndsl brings, by its name, or that of a file; raises WeightsError, OSError."""
    name = os.fspath(word)
    path = FOLDER / f"{name}{SUFFIX}" if name in shipped() else Path(name)
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise refuse(
            f"there is no map `{name}`: give a file, or one of {', '.join(shipped())}"
        ) from None
    except UnicodeDecodeError:
        raise refuse(f"`{name}` is no UTF-8 text") from None
    if len(text) > LARGEST:
        raise refuse(f"`{name}` is too long for a map")
    return read_map(text, name)


def read_map(text: str, name: str = "map") -> Map:
    """Raises WeightsError with a line for everything that cannot be read."""
    style, prefix = "torch", ""
    rules: list[Rule] = []
    ignored: list[str] = []
    equal: dict[str, str] = {}
    wrong: list[str] = []
    for number, line in _lines(text):
        try:
            match line.split(maxsplit=1):
                case ["layout", word] if word in STYLES:
                    style = word
                case ["prefix", word] if " " not in word:
                    prefix = word
                case ["ignore", words]:
                    ignored += words.split()
                case ["equal", words] if len(words.split(" = ")) == 2:
                    left, right = words.split(" = ")
                    equal[left.strip()] = right.strip()
                case _:
                    rules.append(_rule(number, line))
        except (WeightsError, SyntaxError) as error:
            wrong.append(f"`{name}`, line {number}: {error}")
    if wrong:
        raise WeightsError(wrong)
    return Map(name, cast("Style", style), prefix, tuple(rules), tuple(ignored), equal)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        plain = line.partition("#")[0].strip()
        if plain:
            yield number, plain


def _rule(number: int, line: str) -> Rule:
    left, arrow, right = line.partition("<-")
    if not arrow:
        raise refuse("a rule is `PROGRAM <- FOREIGN`; other lines begin with layout, prefix, "
                     "ignore or equal")  # fmt: skip
    foreign, *steps = _split(right)
    piece: Piece | None = None
    turn: tuple[int, ...] | None = None
    for step in steps:
        if found := PART.fullmatch(step):
            piece = _piece(*(int(n or 0) for n in found.groups()))
        elif found := TURN.fullmatch(step):
            turn = tuple(int(n) for n in found[1].split())
            if sorted(turn) != list(range(len(turn))):
                raise refuse(f"`{step}` names every axis once, from 0")
        else:
            raise refuse(f"`{step}` is neither `part N of M along AXIS` nor `transpose AXES`")
    path = _path(left.strip())
    return Rule(number, path, tuple(_template(foreign, set(path.groupindex))), piece, turn)


def _piece(number: int, count: int, axis: int) -> Piece:
    if not 1 <= number <= count:
        raise refuse(f"there is no part {number} of {count}")
    return Piece(number, count, axis)


def _split(text: str) -> list[str]:
    """What stands between commas outside of braces."""
    return [part.strip() for part in re.split(r",(?![^{]*\})", text)]


def _path(text: str) -> re.Pattern[str]:
    """`cell[i].conv`: equal letters are equal numbers."""
    if not text or " " in text:
        raise refuse(f"`{text}` is no layer or weight of a program")
    pattern, at, seen = "", 0, set[str]()
    for found in INDEX.finditer(text):
        name = found[1]
        pattern += re.escape(text[at : found.start()])
        pattern += rf"\[(?P={name})\]" if name in seen else rf"\[(?P<{name}>\d+)\]"
        seen.add(name)
        at = found.end()
    return re.compile(pattern + re.escape(text[at:]))


# ---- names with numbers in them ------------------------------------------------------------------


def _template(text: str, known: set[str]) -> Iterator[str | ast.expr]:
    """`layer{i + 1}.conv` in pieces."""
    if not text or " " in re.sub(r"\{[^{}]*\}", "", text):
        raise refuse(f"`{text}` is no foreign name")
    for piece in re.split(r"(\{[^{}]*\})", text):
        if len(piece) > LONGEST:
            raise refuse(f"`{piece[:LONGEST]}...` is too long for a name")
        if piece.startswith("{"):
            inner = ast.parse(piece[1:-1].strip(), mode="eval").body
            for node in ast.walk(inner):
                if isinstance(node, ast.Name) and node.id not in known:
                    raise refuse(f"`{node.id}` in `{piece}` is no index on the left")
            yield inner
        elif piece:
            yield piece


def filled(pieces: Sequence[str | ast.expr], indices: Mapping[str, int]) -> str:
    """A foreign name with the numbers in it; raises WeightsError."""
    return "".join(p if isinstance(p, str) else str(_number(p, indices)) for p in pieces)


def _number(node: ast.expr, indices: Mapping[str, int]) -> int:
    match node:
        case ast.Constant(value=int(value)):
            return value
        case ast.Name(id=name):
            return indices[name]
        case ast.Subscript(value=ast.List(elts=items), slice=index):
            at = _number(index, indices)
            if not 0 <= at < len(items):
                raise refuse(f"`{ast.unparse(node)}` has no item {at}")
            return _number(items[at], indices)
        case ast.BinOp(left=first, op=op, right=second):
            return _calculated(op, _number(first, indices), _number(second, indices), node)
    raise refuse(f"`{ast.unparse(node)}` is no number of indices")


def _calculated(op: ast.operator, left: int, right: int, node: ast.expr) -> int:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.FloorDiv() if right:
            return left // right
        case ast.Mod() if right:
            return left % right
    raise refuse(f"`{ast.unparse(node)}` cannot be worked out")
