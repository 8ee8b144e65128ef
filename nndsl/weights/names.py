"""A map on a program: where in a foreign file each of the program's weights is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from typing import NamedTuple

from nndsl.analysis.weights import Owned
from nndsl.backends.tensors import Move, Part, Slot
from nndsl.weights.errors import WeightsError
from nndsl.weights.maps import Map, Piece, Rule, filled
from nndsl.weights.program import Program


class Named(NamedTuple):
    """slots: foreign tensors, made of the program's weights; equal: names of tensors that have
    another one; patterns: of names that are not read."""

    slots: tuple[Slot, ...]
    equal: Mapping[str, str]
    patterns: tuple[str, ...]

    def ignored(self, name: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.patterns)


class _Found(NamedTuple):
    """Where one weight is: a foreign tensor, which part of it, and what is done to the weight."""

    key: str
    part: Part
    piece: Piece | None
    line: int


def named(map_: Map, program: Program, names: Collection[str] | None = None) -> Named:
    """Raises WeightsError with a line for every weight that no rule fits, or not as it stands.

    names: those of the file that is read, which decide on the prefix.
    """
    prefix = map_.prefix
    if names is not None and not any(name.startswith(prefix) for name in names):
        prefix = ""
    found: list[_Found] = []
    wrong: list[str] = []
    for each in program.weights.values():
        try:
            found.append(_find(map_, prefix, each, program))
        except WeightsError as error:
            wrong += [f"`{map_.name}`: {problem}" for problem in error.problems]
    slots, more = _joined(map_, found)
    if wrong or more:
        raise WeightsError([*wrong, *more])
    keys = {slot.key for slot in slots}
    equal = {name: prefix + other for name, other in map_.equal.items() if prefix + other in keys}
    return Named(tuple(slots), equal, map_.ignored)


def _find(map_: Map, prefix: str, weight: Owned, program: Program) -> _Found:
    for rule in map_.rules:
        if match := rule.path.fullmatch(weight.path):
            key = prefix + _key(rule, match.groupdict())
            return _Found(key, Part(weight.path, _moves(rule, weight)), rule.piece, rule.line)
        if weight.step is not None and (match := rule.path.fullmatch(weight.home)):
            own, moves = _of_layer(map_, weight, program, rule)
            key = f"{prefix}{_key(rule, match.groupdict())}.{own}"
            return _Found(key, Part(weight.path, moves), None, rule.line)
    raise WeightsError([f"no rule fits `{weight.path}` {list(weight.shape)}"])


def _key(rule: Rule, indices: Mapping[str, str]) -> str:
    try:
        return filled(rule.foreign, {name: int(text) for name, text in indices.items()})
    except WeightsError as error:
        raise WeightsError([f"line {rule.line}: {error}"]) from None


def _moves(rule: Rule, weight: Owned) -> tuple[Move, ...]:
    """From the program's weight to the foreign tensor, or its part."""
    if rule.turn is None:
        return ()
    axes = rule.turn or tuple(reversed(range(len(weight.shape))))
    if len(axes) != len(weight.shape):
        raise WeightsError(
            [f"line {rule.line} turns {len(axes)} axes, `{weight.path}` has {len(weight.shape)}"]
        )
    back = tuple(sorted(range(len(axes)), key=lambda i: axes[i]))
    return (Move("transpose", back),)


def _of_layer(
    map_: Map, weight: Owned, program: Program, rule: Rule
) -> tuple[str, tuple[Move, ...]]:
    """A weight's name in its layer, and its moves, as the map's framework has them.

    Keras' files number the weights of a layer, which has them in the language's order.
    """
    assert weight.step is not None
    if rule.piece is not None or rule.turn is not None:
        raise WeightsError([f"line {rule.line} is for a layer; parts and turns are for a weight"])
    for number, slot in enumerate(program.target(map_.style).layer_tensors(weight.step)):
        if [part.weight for part in slot.parts] == [weight.weight.name]:
            return str(number) if map_.style == "keras" else slot.key, slot.parts[0].moves
    raise WeightsError([f"`{weight.path}` needs a rule of its own: its layer is packed there"])


def _joined(map_: Map, found: list[_Found]) -> tuple[list[Slot], list[str]]:
    """One slot for each foreign tensor, its parts in order; and what does not fit together."""
    groups: dict[str, list[_Found]] = {}
    for each in found:
        groups.setdefault(each.key, []).append(each)
    slots: list[Slot] = []
    wrong: list[str] = []
    for key, group in groups.items():
        pieces = [each.piece or Piece(1, 1, 0) for each in group]
        numbers = sorted(piece.number for piece in pieces)
        first = pieces[0]
        alike = all(piece[1:] == first[1:] for piece in pieces)
        if numbers != list(range(1, first.total + 1)) or not alike:
            paths = ", ".join(f"`{each.part.weight}` (line {each.line})" for each in group)
            wrong.append(
                f"`{map_.name}`: `{key}` is not made of {first.total} different parts, but of "
                f"{paths}"
            )
            continue
        group.sort(key=lambda each: each.piece.number if each.piece else 0)
        slots.append(Slot(key, tuple(each.part for each in group), first.axis))
    return slots, wrong
