"""The kinds of settings: what each accepts by position and by keyword, and in what form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from nndsl.diagnostics.model import did_you_mean, fail
from nndsl.ops.base import Kind, Recipe, Tensor, Value, Word
from nndsl.ops.numbers import OpenDim
from nndsl.source import Span

MOST_BITS = 200  # of a number that is written out
SIZE_BITS = 63  # what the shapes of both frameworks can hold


def _is_int(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor)


def show_value(value: Value) -> str:
    """A setting's value as the language writes it."""
    match value:
        case None:
            return "none"
        case bool():
            return "true" if value else "false"
        case int():
            large = int(value).bit_length() > MOST_BITS
            return f"a number of {digits(int(value))} digits" if large else str(int(value))
        case float():
            return repr(float(value))
        case str():
            return repr(value)
        case Word(name, args):
            return f"{name}({', '.join(show_value(a) for a in args)})" if args else name
        case Recipe():
            return value.text
        case Tensor():
            return "a value"
        case OpenDim():
            return repr(value)
        case _:
            return f"[{', '.join(show_value(v) for v in value)}]"


def digits(number: int) -> int:
    """How many decimal digits a whole number has, within one: large ones are not written out."""
    return max(1, round(number.bit_length() * 0.30103))


class _Checked(Kind):
    def wrong(self, value: Value, where: Span, setting: str, fix: str = "") -> NoReturn:
        """NN104: a setting got a value of another kind or out of its bounds."""
        message = f"`{setting}` wants {self.label}, not {show_value(value)}"
        raise fail("NN104", where, message, fix or f"give {self.label}")


class Int(_Checked):
    """A whole number within bounds."""

    group = "number"

    def __init__(self, low: int | None = None, high: int | None = None) -> None:
        self.low, self.high = low, high
        bound = "" if low is None else f" of at least {low}"
        self.label = f"a whole number{bound}" + ("" if high is None else f" and at most {high}")

    def accepts(self, value: Value) -> bool:
        return _is_number(value)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if isinstance(value, float) and value.is_integer():
            self.wrong(value, where, setting, f"write `{int(value)}`; `//` divides whole numbers")
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(value, where, setting)
        low, high, plain = self.low, self.high, int(value)
        if plain.bit_length() > SIZE_BITS:
            message = f"`{setting}` is given a number of {digits(plain)} digits"
            raise fail("NN104", where, message, f"sizes are below 2**{SIZE_BITS}")
        if (low is not None and plain < low) or (high is not None and plain > high):
            self.wrong(value, where, setting)
        return value


class Float(_Checked):
    """A number within bounds (`open_high`: the upper bound itself is out)."""

    group = "number"

    def __init__(
        self, low: float | None = None, high: float | None = None, open_high: bool = False
    ) -> None:
        self.low, self.high, self.open_high = low, high, open_high
        parts = [] if low is None else [f"from {low:g}"]
        if high is not None:
            parts.append(f"{'below' if open_high else 'to'} {high:g}")
        self.label = " ".join(["a number", *parts])

    def accepts(self, value: Value) -> bool:
        return _is_number(value)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.wrong(value, where, setting)
        plain = float(value)
        too_low = self.low is not None and plain < self.low
        too_high = self.high is not None and (
            plain >= self.high if self.open_high else plain > self.high
        )
        if too_low or too_high or plain != plain:
            percent = self.high == 1 and 1 < plain <= 100
            self.wrong(
                value, where, setting, f"{plain:g} percent is {plain / 100:g}" if percent else ""
            )
        return value


class Flag(_Checked):
    """true or false; by keyword. A symbolic flag is an int that carries its formula."""

    group = "flag"
    label = "true or false"

    def accepts(self, value: Value) -> bool:
        return isinstance(value, bool)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if isinstance(value, bool) or (isinstance(value, int) and hasattr(value, "term")):
            return value
        self.wrong(value, where, setting)


class Sizes(_Checked):
    """A whole number for every spatial axis, or a list with one each; kept as given."""

    group = "number"

    def __init__(self, low: int = 1) -> None:
        self.low = low
        self.label = f"a whole number of at least {low}, or a list with one for each axis"

    def accepts(self, value: Value) -> bool:
        return _is_number(value) or (isinstance(value, tuple) and self._fits(value))

    def _fits(self, value: Value) -> bool:
        if isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor):
            return bool(value) and all(_is_int(v) and int(v) >= self.low for v in value)  # type: ignore[arg-type]
        return isinstance(value, int) and not isinstance(value, bool) and int(value) >= self.low

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if not self._fits(value):
            self.wrong(value, where, setting)
        return value


class Ints(_Checked):
    """A list of whole numbers (a shape, an order of axes); one number is a list of one."""

    group = "list"

    def __init__(self, low: int | None = None) -> None:
        self.low = low
        self.label = "a list of whole numbers" + ("" if low is None else f" of at least {low}")

    def accepts(self, value: Value) -> bool:
        return _is_int(value) or (
            isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor)
        )

    def check(self, value: Value, where: Span, setting: str) -> Value:
        items: Value = (value,) if _is_int(value) else value
        if not isinstance(items, tuple) or isinstance(items, Word | Recipe | Tensor):
            self.wrong(value, where, setting)
        for item in items:
            if not _is_int(item) or (self.low is not None and int(item) < self.low):  # type: ignore[arg-type]
                self.wrong(value, where, setting)
        return items


class Dims(Ints):
    """The sizes of a shape: whole numbers, open dimensions, and -1 for what is left."""

    def __init__(self) -> None:
        super().__init__()
        self.label = "a list of sizes, at most one of them -1"

    def accepts(self, value: Value) -> bool:
        return _is_int(value) or isinstance(value, OpenDim) or _is_list(value)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        items: Value = (value,) if _is_int(value) or isinstance(value, OpenDim) else value
        if not isinstance(items, tuple) or not _is_list(items) or not all(map(self._size, items)):
            self.wrong(value, where, setting)
        return items

    @staticmethod
    def _size(value: object) -> bool:
        if isinstance(value, OpenDim):
            return True
        return isinstance(value, int) and not isinstance(value, bool) and int(value) >= -1


class OneOf(_Checked):
    """One of a few words."""

    group = "word"

    def __init__(self, *words: str) -> None:
        self.words = words
        self.label = " or ".join((", ".join(words[:-1]), words[-1])) if words[1:] else words[0]

    def accepts(self, value: Value) -> bool:
        return isinstance(value, Word) and value.name in self.words

    def check(self, value: Value, where: Span, setting: str) -> Value:
        name = value if isinstance(value, str) else getattr(value, "name", None)
        if isinstance(name, str) and name in self.words:
            return Word(name)
        fix = did_you_mean(name, self.words) if isinstance(name, str) else ""
        self.wrong(value, where, setting, fix)


class Padding(_Checked):
    """A word (`same`, `half`, …), a number for all sides, or a list: one or a pair an axis."""

    group = "word"
    words: Sequence[str]

    def __init__(self, *words: str) -> None:
        self.words = words
        self.label = f"{', '.join(words)}, a whole number, or a list with one or a pair an axis"

    def accepts(self, value: Value) -> bool:
        return isinstance(value, Word) and value.name in self.words

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if isinstance(value, str) and value in self.words:
            return Word(value)
        if isinstance(value, Word):
            if value.name in self.words:
                return value
            self.wrong(value, where, setting, did_you_mean(value.name, self.words))
        if self._sides(value) or (
            isinstance(value, tuple)
            and not isinstance(value, Recipe | Tensor)
            and all(self._sides(v) or self._pair(v) for v in value)
        ):
            return value
        self.wrong(value, where, setting)

    @staticmethod
    def _sides(value: Value) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and int(value) >= 0

    def _pair(self, value: Value) -> bool:
        return isinstance(value, tuple) and len(value) == 2 and all(self._sides(v) for v in value)


class Margin(Padding):
    """How much at each side: a number for all, or a list with one or a pair an axis."""

    group = "number"

    def __init__(self) -> None:
        super().__init__()
        self.label = "a whole number, or a list with one or a pair for each axis"

    def accepts(self, value: Value) -> bool:
        return _is_int(value) or _is_list(value)


class Act(_Checked):
    """An activation, or none."""

    group = "recipe"
    label = "an activation such as relu, or none"

    def accepts(self, value: Value) -> bool:
        return isinstance(value, Recipe) and bool(value.act)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if value is None or (isinstance(value, Recipe) and value.act):
            return value
        self.wrong(value, where, setting, "put other stages after the layer: `Dense(10) -> …`")


class Layer(_Checked):
    """A layer, block or pipeline of them, or none."""

    group = "recipe"
    label = "a layer or block, or none"

    def accepts(self, value: Value) -> bool:
        return isinstance(value, Recipe) and not value.act

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if value is None or isinstance(value, Recipe):
            return value
        self.wrong(value, where, setting)


class Initializer(_Checked):
    """An initialiser by its Keras name, a number (constant), or a call such as `normal(0.02)`."""

    group = "word"
    label = "an initialiser such as he_normal, zeros or normal(0.02)"

    @property
    def words(self) -> tuple[str, ...]:
        """The words that it knows."""
        from nndsl.ops.initializers import INITIALIZERS

        return tuple(INITIALIZERS)

    def accepts(self, value: Value) -> bool:
        from nndsl.ops.initializers import INITIALIZERS

        return isinstance(value, Word) and value.name in INITIALIZERS

    def check(self, value: Value, where: Span, setting: str) -> Value:
        from nndsl.ops.initializers import check_initializer

        if isinstance(value, int | float) and not isinstance(value, bool):
            return Word("constant", (value,))
        if isinstance(value, Word):
            return check_initializer(value, where, setting)
        self.wrong(value, where, setting)


class Any(_Checked):
    """A value of the graph (a tensor), by keyword: its name is an operand of the op."""

    group = "tensor"
    label = "a value of the network"

    def accepts(self, value: Value) -> bool:
        return isinstance(value, Tensor)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if value is None or isinstance(value, Tensor):
            return value
        self.wrong(value, where, setting)


class Text(_Checked):
    """A string."""

    group = "text"
    label = "a string in quotes"

    def accepts(self, value: Value) -> bool:
        return isinstance(value, str)

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if isinstance(value, str):
            return value
        self.wrong(value, where, setting)


class Numbers(_Checked):
    """A number or a (nested) list of numbers: the contents of a constant."""

    group = "list"
    label = "a number or a list of numbers"

    def accepts(self, value: Value) -> bool:
        return (
            _is_number(value)
            or isinstance(value, bool)
            or (isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor))
        )

    def check(self, value: Value, where: Span, setting: str) -> Value:
        if isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor):
            checked = tuple(self.check(v, where, setting) for v in value)
            return value if hasattr(value, "term") else checked
        if isinstance(value, int | float):
            return value
        self.wrong(value, where, setting)
