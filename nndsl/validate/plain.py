"""Python's own part of the interpreted code: numbers, strings, lists and the functions on them."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping

from nndsl.ops.numbers import OpenDim
from nndsl.validate.objects import Builtin, Unknown, Unreadable

LONGEST = 1_000_000  # items of a list that interpreted code may make
WIDEST = 4_096  # bits of a whole number

_BINARY: Mapping[str, Callable[..., object]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "//": operator.floordiv, "%": operator.mod, "**": operator.pow,
    "<<": operator.lshift, ">>": operator.rshift, "&": operator.and_, "|": operator.or_,
    "^": operator.xor,
}  # fmt: skip
_COMPARE: Mapping[str, Callable[..., object]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
    ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_UNARY: Mapping[str, Callable[..., object]] = {
    "-": operator.neg, "+": operator.pos, "~": operator.invert,
}  # fmt: skip


def is_plain(value: object) -> bool:
    """True for Python's own values and sizes known only at run time."""
    return value is None or isinstance(value, int | float | str | list | tuple | dict | OpenDim)


def binary(op: str, left: object, right: object) -> object:
    """left op right within the budgets of size; Unreadable where Python would raise."""
    _check_size(op, left, right)
    try:
        return _BINARY[op](left, right)
    except (TypeError, ValueError, ArithmeticError, KeyError) as error:
        raise Unreadable(f"{left!r} {op} {right!r}: {error}") from None


def _check_size(op: str, left: object, right: object) -> None:
    too_wide = (
        op in ("**", "<<")
        and isinstance(left, int)
        and isinstance(right, int)
        and abs(right) * max(left.bit_length(), 1) > WIDEST
    )
    too_long = op == "*" and any(
        isinstance(many, list | tuple | str) and isinstance(times, int)
        and len(many) * times > LONGEST
        for many, times in ((left, right), (right, left))
    )  # fmt: skip
    if too_wide or too_long:
        raise Unreadable(f"{left!r} {op} {right!r} is too large")


def _is(left: object, right: object) -> bool:
    """A framework's class is one thing wherever it is named; a reading makes it anew each time."""
    if isinstance(left, Builtin) and isinstance(right, Builtin):
        return left.name == right.name
    return left is right


def compare(op: str, left: object, right: object) -> object:
    """left op right; Unknown where it depends on a size known only at run time."""
    if op in ("is", "is not"):
        return _is(left, right) == (op == "is")
    if op in ("in", "not in"):
        return _contains(right, left) == (op == "in")
    if (isinstance(left, OpenDim) or isinstance(right, OpenDim)) and left != right:
        return Unknown(f"{left!r} {op} {right!r}", op, (left, right))
    try:
        return _COMPARE[op](left, right)
    except TypeError as error:
        raise Unreadable(f"{left!r} {op} {right!r}: {error}") from None


def _contains(many: object, item: object) -> bool:
    if isinstance(many, list | tuple | dict | range):
        return item in many
    if isinstance(many, str) and isinstance(item, str):
        return item in many
    raise Unreadable(f"`in` of {many!r}")


def unary(op: str, value: object) -> object:
    try:
        return _UNARY[op](value)
    except TypeError as error:
        raise Unreadable(f"{op}{value!r}: {error}") from None


def truth(value: object) -> bool | Unknown:
    """Python's truth of a plain value."""
    if isinstance(value, Unknown):
        return value
    if isinstance(value, OpenDim):
        return Unknown(repr(value))
    if value is None or isinstance(value, int | float | str | list | tuple | dict | range):
        return bool(value)
    raise Unreadable(f"the truth of {value!r}")


def items(value: object) -> list[object]:
    """The items of a plain iterable."""
    if isinstance(value, list | tuple | dict | str | range):
        if len(value) > LONGEST:
            raise Unreadable(f"more than {LONGEST} items")
        return list(value)
    raise Unreadable(f"{value!r} has no items")


# ---- methods of lists, strings and dicts ---------------------------------------------------------

_METHODS: Mapping[type, frozenset[str]] = {
    list: frozenset(
        ("append", "pop", "extend", "insert", "reverse", "index", "count", "copy", "clear")
    ),
    tuple: frozenset(("index", "count")),
    dict: frozenset(("items", "keys", "values", "get", "update", "pop", "setdefault", "copy")),
    str: frozenset(("join", "format", "lower", "upper", "startswith", "endswith", "split")),
}
_AS_LISTS = frozenset(("items", "keys", "values"))


def method(value: object, name: str) -> object:
    """A method of a list, tuple, dict or string."""
    for kind, known in _METHODS.items():
        if isinstance(value, kind) and name in known:
            return Builtin(f"{kind.__name__}.{name}", _guarded(getattr(value, name), name))
    raise Unreadable(f"{value!r} has no attribute `{name}` that is known here")


def _guarded(function: Callable[..., object], name: str) -> Callable[..., object]:
    def run(*args: object) -> object:
        try:
            result = function(*args)
        except (TypeError, ValueError, LookupError) as error:
            raise Unreadable(f"{name}: {error}") from None
        return list(result) if name in _AS_LISTS else result  # type: ignore[call-overload]

    return run


# ---- functions -----------------------------------------------------------------------------------


def count(*bounds: object) -> range:
    """Python's range, of whole numbers."""
    if not all(type(bound) is int for bound in bounds) or not 1 <= len(bounds) <= 3:
        raise Unreadable(f"range{bounds!r}")
    numbers = [bound for bound in bounds if isinstance(bound, int)]
    if len(numbers) == 3 and numbers[2] == 0:
        raise Unreadable("range with a step of 0")
    return range(*numbers)


def _len(value: object) -> int:
    if isinstance(value, list | tuple | dict | str | range) and not isinstance(value, Once):
        return len(value)
    raise Unreadable(f"len of {value!r}")


def _numeric(function: Callable[..., object], name: str) -> Callable[..., object]:
    def run(*args: object) -> object:
        flat = [each for arg in args for each in (arg if isinstance(arg, list | tuple) else (arg,))]
        if not all(isinstance(each, int | float | str) for each in flat):
            raise Unreadable(f"{name} of {args!r}")
        try:
            return function(*args)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise Unreadable(f"{name}{args!r}: {error}") from None

    return run


_NUMERIC: Mapping[str, Callable[..., object]] = {
    "int": int, "float": float, "min": min, "max": max, "sum": sum, "abs": abs, "round": round,
    "str": str, "bool": bool, "sorted": sorted,
    "math.ceil": math.ceil, "math.floor": math.floor, "math.sqrt": math.sqrt,
    "math.log": math.log, "math.log2": math.log2, "math.exp": math.exp, "math.prod": math.prod,
}  # fmt: skip


def numeric() -> dict[str, object]:
    """The functions that take numbers, by their names in emitted code."""
    return {
        name: Builtin(name, _numeric(run, name), name in ("sorted", "sum", "min", "max"))
        for name, run in _NUMERIC.items()
    }


def constructors() -> dict[str, object]:
    """Functions on sequences, which the interpreter calls with lists."""
    lists: dict[str, Callable[..., object]] = {
        "enumerate": lambda many, start=0: Once((at + start, x) for at, x in enumerate(many)),
        "zip": _zip,
        "reversed": lambda many: Once(list(many)[::-1]),
        "list": lambda many=(): list(many),
        "tuple": lambda many=(): tuple(many),
        "any": lambda many: any(truth(x) is True for x in many),
        "all": lambda many: all(truth(x) is True for x in many),
    }
    return {
        "len": Builtin("len", _len),
        "dict": Builtin("dict", lambda many=(), **more: {**dict(many), **more}),
        **{name: Builtin(name, run, True) for name, run in lists.items()},
    }


class Once(list[object]):
    """What an iterator gives: it may be gone through, and has no items or length."""


def _zip(*many: list[object], strict: bool = False) -> list[object]:
    if strict and len({len(each) for each in many}) > 1:
        raise Unreadable("zip(strict=True) of lists of different lengths")
    return Once(zip(*many, strict=False))


def format_value(value: object, conversion: str, spec: str) -> str:
    """One field of an f-string."""
    if not isinstance(value, int | float | str):
        raise Unreadable(f"{value!r} in an f-string")
    converted: dict[str, Callable[[object], str]] = {"r": repr, "s": str, "a": ascii}
    try:
        return format(converted[conversion](value) if conversion else value, spec)
    except ValueError as error:
        raise Unreadable(f"format {spec!r} of {value!r}: {error}") from None
