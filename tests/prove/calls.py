"""A call of a layer with a given setting, on operands that fit: the proposals of the generator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import NamedTuple

from nndsl.compiler import check
from nndsl.ops.base import Op, Setting, Type
from nndsl.ops.registry import find, words
from prove.around import AROUND
from prove.values import OPERANDS, proposal
from support.calls import read_types

TRIES = 150  # proposals for a call
SIZES = (4, 6, 8, 2, 5, 3)
SHAPES = (
    "[4]", "[6]", "[8]", "[4, 6]", "[6, 8]", "[5, 4]", "[?T, 8]", "[6, 6, 4]", "[5, 7, 8]",
    "[8, 8, 4]", "[C=4, H=6, W=8]", "[4, 4, 4, 2]", "[3, 5, 4, 4]", "[C=2, D=4, H=4, W=4]",
)  # fmt: skip
# Functions that are not defined, or are steep, beyond some numbers.
NARROW = {"log", "log1p", "sqrt", "rsqrt", "reciprocal", "divide", "power", "tan", "exp", "expm1",
          "mod", "floor_divide", "prod", "norm", "std"}  # fmt: skip


class Pair(NamedTuple):
    """A layer and one of its settings; empty where it has none."""

    word: str
    setting: str


class Fragment(NamedTuple):
    """Lines that use a layer. definitions: blocks above the model; inputs: `x: [8]`; outs: names.

    pairs: what it gives of its layer, each with another value than the default.
    """

    definitions: tuple[str, ...]
    inputs: tuple[str, ...]
    lines: tuple[str, ...]
    outs: tuple[str, ...]
    pairs: tuple[Pair, ...]

    def model(self) -> str:
        """A model of it alone."""
        body = [f"input {each}" for each in self.inputs] + list(self.lines)
        body += [f"output o{i} = {name}" for i, name in enumerate(self.outs)]
        inner = "\n  ".join(body)
        return "\n".join([*self.definitions, f"model M {{\n  {inner}\n}}\n"])


@cache
def pairs() -> tuple[Pair, ...]:
    """Every layer with each of its settings, and every layer without."""
    found = []
    for word in words():
        op = find(word)
        assert op is not None
        found.append(Pair(word, ""))
        found += [Pair(word, each.name) for each in op.settings]
    return tuple(found)


def valid(text: str) -> bool:
    """True where the compiler's own check finds no error."""
    return not any(found.severity == "error" for found in check(text).diagnostics)


def fragment(pair: Pair, r: Random, tag: str) -> Fragment | None:
    """Lines that use a pair; None where no proposal fits. tag: makes the names its own."""
    op = find(pair.word)
    assert op is not None
    for _ in range(TRIES):
        for found in _Maker(op, pair, r, tag).forms():
            if valid(found.model()):
                return found
    return None


class _Maker:
    """One proposal: operands, settings, and the ways to write them."""

    def __init__(self, op: Op, pair: Pair, r: Random, tag: str) -> None:
        self.op, self.pair, self.r, self.tag = op, pair, r, tag
        self.inputs: list[str] = []
        self.given: list[Pair] = []
        self.rank = 1
        self.time = "6"
        self.width = "8"

    def forms(self) -> Iterator[Fragment]:
        special = SPECIAL.get(self.op.word)
        if special is not None:
            lines, out = special(self)
            yield self.made((), lines, out)
            return
        operands = [] if self.op.unbatched else self.operands()
        arguments = self.arguments()
        yield from self.written(operands, arguments)

    def made(
        self, definitions: tuple[str, ...], lines: tuple[str, ...], outs: tuple[str, ...]
    ) -> Fragment:
        given = dict.fromkeys([Pair(self.op.word, ""), *self.given])
        return Fragment(definitions, tuple(self.inputs), lines, outs, tuple(given))

    def input(self, type_: str) -> str:
        name = f"{self.tag}x{len(self.inputs)}"
        self.inputs.append(f"{name}: {type_}")
        return name

    # ---- operands ----------------------------------------------------------------------------

    def operands(self) -> list[str]:
        """The piped operands, as values."""
        count = self.op.operands.count("")
        if self.op.kind == "merge" and not count > 2:
            count = self.r.choice((1, 2, 2, 3)) if self.number_side() is None else 1
        elif self.number_side() is not None:
            count = max(1, count - 1)
        sketched = self.sketched(count)
        asked = self.op.setting(self.pair.setting)
        if asked is not None and asked.kind.group == "recipe" and count == 1:
            types = [self.r.choice(("[6, 8]", "[6, 6, 8]"))]
        elif sketched is not None and self.r.random() < 0.6:
            types = sketched
        else:
            shape = self.r.choice(SHAPES)
            other = self.op.word in NARROW and self.r.random() < 0.7
            kinds = ["" if other else t.partition("[")[0] for t in sketched or [""]]
            types = [f"{kinds[i % len(kinds)]}{shape}" for i in range(count)]
        self.measure(types[0] if types else "[8]")
        values = [self.value(each) for each in types]
        if self.op.word in NARROW:
            floats = ["int" not in each and "bool" not in each for each in types]
            values = [
                f"(0.5 + sigmoid({each}))" if real else f"(1 + {each})"
                for each, real in zip(values, floats, strict=True)
            ]
        return values

    def number_side(self) -> str | None:
        """The side that a number stands on, for operators."""
        sides = {"left", "right"} & {each.name for each in self.op.settings}
        return self.pair.setting if self.pair.setting in sides else None

    def measure(self, first: str) -> None:
        dims = [each.split("=")[-1].strip() for each in _dims_of(first)]
        self.rank = len(dims)
        self.time = dims[0] if dims else "6"
        self.width = dims[-1] if dims else "8"

    def sketched(self, count: int) -> list[str] | None:
        """Types like those of one of the layer's examples, with small sizes."""
        takes = [read_types(each.takes) for each in self.op.examples if each.takes]
        fits = [t for t in takes if sum(1 for name, _ in t if not name) >= count]
        if not fits:
            return None
        chosen = [type_ for name, type_ in self.r.choice(fits) if not name][:count]
        sizes = dict[object, str]()
        pool = list(SIZES)
        self.r.shuffle(pool)
        for type_ in chosen:
            for dim in (*type_.shape, *(d for part in type_.parts for d in part.shape)):
                small = dim if isinstance(dim, int) and dim <= 2 else pool[len(sizes) % len(pool)]
                sizes.setdefault(str(dim), str(small))
        return [_typed(type_, sizes) for type_ in chosen]

    def value(self, type_: str) -> str:
        if type_.startswith("state("):
            parts = [self.input(f"[{size}]") for size in type_[6:-1].split(",")]
            return f"pack_state({', '.join(parts)})"
        return self.input(type_)

    def keyword(self, name: str) -> str:
        """An operand that is given by keyword."""
        if name == "context":
            return self.input(f"[{self.r.choice((3, 5))}, {self.width}]")
        if name == "mask":
            return f"({self.input(f'[{self.time}]')} > -0.5)"
        if name == "initial":
            parts = [self.input("[4]") for _ in range(2 if self.op.word == "LSTM" else 1)]
            return f"pack_state({', '.join(parts)})"
        if name == "like":
            return self.input(self.r.choice(SHAPES))
        raise NotImplementedError(f"no value for the operand {name}")

    # ---- settings ----------------------------------------------------------------------------

    def arguments(self) -> list[str]:
        """Required settings, the one that is asked for, and some others."""
        found = []
        for each in self.op.settings:
            asked = each.name == self.pair.setting
            if self.number_side() is None and each.name in ("left", "right"):
                continue
            chance = 0.12 if self.pair.setting else 0.25
            if asked or each.required or self.r.random() < chance:
                text = self.argument(each)
                if text is not None:
                    found.append(text)
        return found

    def argument(self, setting: Setting) -> str | None:
        if setting.name in OPERANDS:
            required = setting.name in ("context", "like")
            if setting.name != self.pair.setting and not required and self.r.random() < 0.7:
                return None
            self.given.append(Pair(self.op.word, setting.name))
            return f"{setting.name}={self.keyword(setting.name)}"
        if setting.name in ("left", "right"):
            if setting.name != self.pair.setting:
                return None
            self.given.append(Pair(self.op.word, setting.name))
            if self.op.word.startswith("logical"):
                return self.r.choice(("true", "false"))
            return proposal(setting, self.r, self.rank)
        for _ in range(self.r.choice((1, 8, 8, 8))):
            value = proposal(setting, self.r, self.rank)
            if value != _shown(setting.default):
                break
        if setting.name.endswith("heads"):  # divides the channels of most operands
            value = self.r.choice(("1", "2", "4"))
        if setting.name == "units" and "initial" in self.op.operands:
            value = "4"
        self.given.append(Pair(self.op.word, setting.name))
        return f"{setting.name}={value}"

    # ---- what is written ---------------------------------------------------------------------

    def written(self, operands: list[str], arguments: list[str]) -> Iterator[Fragment]:
        word, tag = self.op.word, self.tag
        if self.op.unbatched:
            line = f"{tag}v = {self.input('[1]')} * cast({word}({', '.join(arguments)}), float)"
            yield self.made((), (line,), (f"{tag}v",))
            return
        side = self.number_side()
        if side is not None:
            number, *rest = arguments or ["2"]
            values = [number, *operands] if side == "left" else [*operands, number]
            yield from self.results(f"{word}({', '.join([*values, *rest])})")
            return
        inside = f"({', '.join(arguments)})" if arguments else ""
        if self.op.kind in ("function", "merge") or (
            self.op.kind == "activation" and self.r.random() < 0.5
        ):
            listed = ", ".join([*operands, *arguments])
            yield from self.results(f"{word}({listed})")
            if len(operands) != 1:
                return
        if len(operands) != 1:
            return
        stage, start = f"{word}{inside}", operands[0]
        around = list(AROUND)
        self.r.shuffle(around)
        for form in around[:2]:
            definitions, lines, expression = form(stage, start, tag, self.r)
            name = f"{tag}v"
            yield self.made(definitions, (*lines, f"{name} = {expression}"), (name,))
        yield from self.results(f"{start} -> {stage}")

    def results(self, expression: str) -> Iterator[Fragment]:
        """One result, several, or a recurrent state among them."""
        a, b, c, d = (f"{self.tag}{letter}" for letter in "vwyz")
        yield self.made((), (f"{a} = {expression}",), (a,))
        if len(self.op.results) > 1 or self.op.word == "split":
            again = f"{d} = {c} -> {self.op.word}(4, initial={b})"
            yield self.made((), (f"{a}, {b} = {expression}",), (a, b))
            yield self.made((), (f"{a}, {b} = {expression}", f"{c}, {d} = {b}"), (a, c, d))
            yield self.made((), (f"{a}, {b}, {c} = {expression}",), (a, b, c))
            if self.inputs:
                again = again.replace(f"{c} ->", f"{self.inputs[0].partition(':')[0]} ->")
                yield self.made((), (f"{a}, {b} = {expression}", again), (a, d))
        if self.op.word == "pack_state":
            use = f"{b} = {self.input('[5, 4]')} -> {{cell}}(4, initial={a})"
            for cell in ("LSTM", "GRU"):
                yield self.made((), (f"{a} = {expression}", use.format(cell=cell)), (b,))


def _dims_of(type_: str) -> list[str]:
    inside = type_.partition("[")[2].rpartition("]")[0]
    return [each for each in inside.split(",") if each.strip()]


def _typed(type_: Type, sizes: dict[object, str]) -> str:
    if type_.parts:
        return f"state({', '.join(sizes[str(part.shape[0])] for part in type_.parts)})"
    kind = "" if type_.dtype == "float" and type_.shape else type_.dtype
    dims = ", ".join(sizes[str(dim)] for dim in type_.shape)
    return f"{kind}[{dims}]" if type_.shape else kind


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, "name", value))


# ---- what is not called by name ------------------------------------------------------------------


def _sliced(maker: _Maker) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = maker.input("[6, 8, 4]")
    forms = {
        "starts": ("1:", "2:5", ":, 1:", "-3:, 2:"),
        "stops": (":4", "1:5", ":, :-1", ":, :, :2"),
        "steps": ("::2", ":, 1::3", "1:6:2", "::3, ::2"),
        "drop": ("0", "-1", ":, 2", "1, 3", ":, :, 0"),
    }
    asked = maker.pair.setting or maker.r.choice(tuple(forms))
    text = maker.r.choice(forms[asked])
    maker.given.append(Pair("slice", asked))
    value = maker.r.choice((name, f"({name} -> Dense(3))"))
    return (f"{maker.tag}v = {value}[{text}]",), (f"{maker.tag}v",)


def _tied(maker: _Maker) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tag = maker.tag
    name = f"{tag}s"
    maker.given += [Pair("Tied", "shape"), Pair("Tied", "view")]
    if maker.pair.setting == "weight" or maker.r.random() < 0.5:
        maker.given.append(Pair("Tied", "weight"))
        shared = f"shared {name} = Dense(5, bias={maker.r.choice(('true', 'false'))})"
        use = f"{maker.input('[8]')} -> {name} -> tanh -> {name}.transposed"
    else:
        shared = f"shared {name} = Embedding(7, 6)"
        use = f"{maker.input('int[5]')} -> {name} -> Dense(6) -> {name}.transposed"
    return (shared, f"{tag}v = {use}"), (f"{tag}v",)


def _opened(maker: _Maker) -> tuple[tuple[str, ...], tuple[str, ...]]:
    a, b, c, d = (f"{maker.tag}{letter}" for letter in "vwyz")
    more = maker.r.choice(("", ", bidirectional=true", ", sequences=true"))
    lines = (f"{a}, {b} = {maker.input('[5, 4]')} -> LSTM(3, state=true{more})", f"{c}, {d} = {b}")
    return lines, (a, c, d)


def _negative(maker: _Maker) -> tuple[tuple[str, ...], tuple[str, ...]]:
    name = maker.input(maker.r.choice(SHAPES))
    return (f"{maker.tag}v = -{name} -> tanh",), (f"{maker.tag}v",)


SPECIAL = {"slice": _sliced, "Tied": _tied, "open_state": _opened, "negative": _negative}
