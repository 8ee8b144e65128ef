"""The value functions' shapes and dtypes, example by example, against numpy's own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nndsl.ops import symbols
from nndsl.ops.base import Call, Example, Op, Type
from nndsl.ops.numbers import Dim, OpenDim
from nndsl.ops.registry import find, words
from nndsl.ops.symbols import Term, const
from support.calls import read_call

Array = np.ndarray
OPEN = {Term("open", ("?T",)): const(6), Term("open", ("?S",)): const(5)}
KINDS = {"b": "bool", "i": "int", "f": "float"}
DTYPES = {"float": np.float32, "int": np.int64, "bool": np.bool_}


def _merge(combine: Callable[[Array, Array], Array]) -> Callable[..., Array]:
    def run(call: Call, *xs: Array) -> Array:
        left, right = (call.settings.get(name) for name in ("left", "right"))
        operands = [v for v in (left, *xs, right) if v is not None]
        result = operands[0]
        for other in operands[1:]:
            result = combine(result, other)
        return result

    return run


def _reduce(function: Callable[..., Array]) -> Callable[..., Array]:
    def run(call: Call, x: Array) -> Array:
        return function(x, axis=call.settings.get("axis"), keepdims=call.settings.flag("keepdims"))

    return run


def _plain(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda call, *xs: function(*xs)


def _slice(call: Call, x: Array) -> Array:
    columns = [call.settings.get(name) for name in ("starts", "stops", "steps", "drop")]
    return x[tuple(a if drop else slice(a, b, c) for a, b, c, drop in zip(*columns, strict=True))]


def _split(call: Call, x: Array) -> list[Array]:
    parts = call.settings.get("parts")
    cuts = parts if isinstance(parts, int) else np.cumsum(parts)[:-1]
    return np.split(x, cuts, axis=call.settings.int("axis"))


def _top_k(call: Call, x: Array) -> list[Array]:
    order = np.argsort(-x, axis=-1)[..., : call.settings.int("k")]
    return [np.take_along_axis(x, order, -1), order]


def _clip(call: Call, x: Array) -> Array:
    low, high = call.settings.get("low"), call.settings.get("high")
    return np.clip(x, -np.inf if low is None and x.dtype.kind == "f" else low, high)


def _where(call: Call, cond: Array, *xs: Array) -> Array:
    left, right = (call.settings.get(name) for name in ("left", "right"))
    return np.where(cond, *(v for v in (left, *xs, right) if v is not None))


def _axis(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda call, x: function(x, axis=call.settings.get("axis"))


def _index(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda call, x: function(
        x, axis=call.settings.int("axis"), keepdims=call.settings.flag("keepdims")
    )


NUMPY: dict[str, Callable[..., Array | list[Array]]] = {
    "add": _merge(np.add), "multiply": _merge(np.multiply), "subtract": _merge(np.subtract),
    "divide": _merge(np.divide), "maximum": _merge(np.maximum), "minimum": _merge(np.minimum),
    "average": _plain(lambda *xs: sum(xs) / len(xs)), "power": _merge(np.power),
    "floor_divide": _merge(np.floor_divide), "mod": _merge(np.mod),
    "equal": _merge(np.equal), "not_equal": _merge(np.not_equal), "less": _merge(np.less),
    "less_equal": _merge(np.less_equal), "greater": _merge(np.greater),
    "greater_equal": _merge(np.greater_equal), "logical_and": _merge(np.logical_and),
    "logical_or": _merge(np.logical_or), "logical_xor": _merge(np.logical_xor),
    "logical_not": _plain(np.logical_not), "where": _where,
    "exp": _plain(np.exp), "expm1": _plain(np.expm1), "log": _plain(np.log),
    "log1p": _plain(np.log1p), "sqrt": _plain(np.sqrt), "sin": _plain(np.sin),
    "cos": _plain(np.cos), "tan": _plain(np.tan), "negative": _plain(np.negative),
    "abs": _plain(np.abs), "sign": _plain(np.sign), "square": _plain(np.square),
    "floor": _plain(np.floor), "ceil": _plain(np.ceil), "round": _plain(np.round), "clip": _clip,
    "rsqrt": _plain(lambda x: 1 / np.sqrt(x)), "reciprocal": _plain(lambda x: 1 / x),
    "cast": lambda call, x: x.astype(DTYPES[call.settings.word("dtype")]),
    "concat": lambda call, *xs: np.concatenate(xs, axis=call.settings.int("axis")),
    "stack": lambda call, *xs: np.stack(xs, axis=call.settings.int("axis")),
    "sum": _reduce(np.sum), "prod": _reduce(np.prod), "mean": _reduce(np.mean),
    "var": _reduce(np.var), "std": _reduce(np.std), "max": _reduce(np.max),
    "min": _reduce(np.min), "any": _reduce(np.any), "all": _reduce(np.all),
    "logsumexp": _reduce(np.logaddexp.reduce),
    "norm": _reduce(lambda x, axis, keepdims: np.sqrt(np.sum(x * x, axis, keepdims=keepdims))),
    "argmax": _index(np.argmax), "argmin": _index(np.argmin),
    "transpose": lambda call, x: np.transpose(x, call.settings.ints("axes")),
    "expand": _axis(np.expand_dims), "squeeze": _axis(np.squeeze), "flip": _axis(np.flip),
    "cumsum": _axis(np.cumsum),
    "tile": lambda call, x: np.tile(x, call.settings.ints("repeats")),
    "repeat_axis": lambda call, x: np.repeat(
        x, call.settings.int("n"), axis=call.settings.int("axis")),
    "roll": lambda call, x: np.roll(x, call.settings.int("shift"), call.settings.int("axis")),
    "take": lambda call, x: np.take(x, call.settings.int("index"), call.settings.int("axis")),
    "gather": lambda call, x, at: np.take(x, at, axis=call.settings.int("axis")),
    "slice": _slice, "split": _split, "top_k": _top_k,
    "one_hot": lambda call, x: np.eye(call.settings.int("n"), dtype=np.float32)[x],
    "matmul": _plain(np.matmul),
    "einsum": lambda call, *xs: np.einsum(str(call.settings.get("equation")), *xs),
    "constant": lambda call: np.asarray(call.settings.get("value")),
    "full": lambda call: np.full(call.settings.ints("shape"), call.settings.get("value")),
    "eye": lambda call: np.eye(call.settings.int("n")),
    "arange": lambda call: np.arange(call.settings.int("n")),
    "zeros_like": _plain(np.zeros_like), "ones_like": _plain(np.ones_like),
    "noise": lambda call, x: np.random.default_rng(0).standard_normal(x.shape),
    "per_example": lambda call, x, like: x,
    "positions": lambda call, x: np.arange(len(x)),
}  # fmt: skip
# What numpy has no function for, and where it is tested: against the frameworks (conformance).
ELSEWHERE = {"erf", "sinusoids", "pack_state", "open_state"}


def closed(dim: Dim) -> int:
    """The dimension at T = 6 and S = 5."""
    if not isinstance(dim, OpenDim):
        return int(dim)
    value = symbols.substitute(dim.term, OPEN).args[0]
    assert isinstance(value, int)
    return value


def shape(type_: Type) -> tuple[int, ...]:
    return tuple(closed(dim) for dim in type_.shape)


def array(type_: Type) -> Array:
    drawn = np.random.default_rng(1).uniform(1, 2, shape(type_))
    return np.asarray(drawn).astype(DTYPES[type_.dtype])


FUNCTIONS = [
    op for w in words() if (op := find(w)) is not None and op.kind in ("function", "merge")
]
CASES = [(op, example) for op in FUNCTIONS if op.word in NUMPY for example in op.examples]


@pytest.mark.parametrize(("op", "example"), CASES, ids=[f"{e.call} of {e.takes}" for _, e in CASES])
def test_numpy_agrees(op: Op, example: Example) -> None:
    _, call = read_call(example.call, example.takes)
    outs = op.infer(call)
    made = NUMPY[op.word](call, *(array(type_) for type_ in call.ins))
    results = [np.asarray(r) for r in (made if isinstance(made, list) else [made])]
    assert [r.shape for r in results] == [shape(out) for out in outs]
    assert [KINDS[r.dtype.kind] for r in results] == [out.dtype for out in outs]


def test_no_function_is_forgotten() -> None:
    assert {op.word for op in FUNCTIONS} == set(NUMPY) | ELSEWHERE
