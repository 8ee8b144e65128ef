"""Runs the formula of a layer as docs/semantics.md prints it, on numpy arrays in double precision.

An op's `formula` is a program; here it gets the names that the page promises.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Mapping, Sequence
from inspect import cleandoc

import numpy as np

from nndsl.ops.base import Call, Op, Recipe, Tensor, Type, Value, Word
from nndsl.ops.numbers import OpenDim
from nndsl.ops.operators import Arithmetic, Merge
from nndsl.ops.registry import find
from nndsl.ops.spatial import Spatial
from semantics import notation
from support.calls import bound, read_call

Array = np.ndarray
LENGTH = 6  # stands for every open dimension
# Layers whose formula has the channels last, whatever the input's axes; all that are Spatial too.
CHANNELS_LAST = ("BatchNorm", "GroupNorm", "InstanceNorm", "PReLU", "PixelShuffle",
                 "PixelUnshuffle")  # fmt: skip
ABSENT = {"gamma": 1.0}  # what stands for a weight that a layer is told not to have; else 0
DTYPES = {"float": float, "int": int, "bool": bool}
# Of names that Python and numpy share, the formulas have Python's.
PYTHON = ("abs", "bool", "enumerate", "int", "len", "max", "min", "range", "slice", "sum", "tuple",
          "zip")  # fmt: skip
NAMES = {
    **{name: getattr(np, name) for name in dir(np) if not name.startswith("_")},
    **{name: value for name, value in vars(notation).items() if not name.startswith("_")},
    **{name: getattr(builtins, name) for name in PYTHON},
}


def run(formula: str, names: Mapping[str, object]) -> tuple[object, dict[str, object]]:
    """The value of the last line, and every name that the others bind."""
    tree = ast.parse(cleandoc(formula))
    last = tree.body.pop()
    assert isinstance(last, ast.Expr), formula
    space = {**NAMES, **names}
    exec(compile(tree, "<formula>", "exec"), space)
    with np.errstate(all="ignore"):
        return eval(compile(ast.Expression(last.value), "<formula>", "eval"), space), space  # noqa: S307 - our own text


def layer(
    call: str, takes: str, operands: Sequence[object], weights: Mapping[str, Array],
    training: bool = False,
) -> tuple[list[Array], dict[str, object]]:  # fmt: skip
    """All results of a call on a batch, in the order of the file's axes, and the last names.

    operands: arrays, a batch in front where the type has one; a state is a tuple of them.
    """
    op, resolved = read_call(call, takes)
    names = _settings(op, call, takes, resolved) | {"training": training}
    names |= {w.name: ABSENT.get(w.name, 0.0) for w in _all_weights(op, resolved)}
    names |= {name: np.asarray(w, float) for name, w in weights.items()}
    if op.word == "Tied":
        names["owner"] = next(iter(names[w] for w in weights))
    if op.word == "BatchNorm":
        results, space = _whole(op, resolved, operands[0], names)
        return [results], space
    count = _batch(resolved, operands)
    space: dict[str, object] = {}
    each = []
    for i in range(count or 1):
        mine = [_example(x, t, i) for x, t in zip(operands, resolved.ins, strict=True)]
        value, space = run(op.formula, names | _operands(op, resolved, mine, names))
        each.append(_flat(_back(op, resolved, value)))
    outs = [t for out in op.infer(resolved) for t in (out.parts or (out,))]
    columns = list(zip(*each, strict=True))[: len(outs)]
    stacked = [
        np.stack(column) if out.batched else column[0]
        for column, out in zip(columns, outs, strict=True)
    ]
    return stacked, space


def _all_weights(op: Op, call: Call) -> Sequence[object]:
    """The weights that the layer has at most: with every bias, scale and shift."""
    flags = {n: True for n in ("bias", "scale", "center") if op.setting(n) is not None}
    return op.weights(call._replace(settings=call.settings.with_(**flags)))


def _settings(op: Op, call: str, takes: str, resolved: Call) -> dict[str, object]:
    names = {name: _plain(value) for name, value in resolved.settings.items.items()}
    given = bound(call, takes).items
    if isinstance(op, Spatial) and "padding" in given:  # the page says what its words mean
        names["padding"] = _padding(given["padding"], resolved.x.rank - 1)
        if "output_padding" in given:
            more = given["output_padding"]
            more = more if isinstance(more, tuple) else (more,) * (resolved.x.rank - 1)
            names["output_padding"] = more
    act = given.get("act")
    names["act"] = (lambda x: x) if not isinstance(act, Recipe) else _activation(act.text)
    return names


def _padding(value: Value, rank: int) -> object:
    if isinstance(value, Word):
        return value.name
    entries = value if isinstance(value, tuple) else (value,) * rank
    return [entry if isinstance(entry, tuple) else (entry, entry) for entry in entries]


def _activation(text: str) -> object:
    op = find(text.partition("(")[0])
    assert op is not None
    _, call = read_call(text, "[1]")
    names = {name: _plain(value) for name, value in call.settings.items.items()}
    return lambda x: run(op.formula, names | {"x": x, "axis": -1})[0]


def _plain(value: Value) -> object:
    if isinstance(value, Word):
        return DTYPES.get(value.name, value.name)
    if isinstance(value, OpenDim):
        return LENGTH
    if isinstance(value, tuple):
        return tuple(_plain(v) for v in value)
    return None if isinstance(value, Tensor) else value


def _batch(call: Call, operands: Sequence[object]) -> int:
    for x, type_ in zip(operands, call.ins, strict=True):
        if type_.batched:
            return len(x[0] if isinstance(x, tuple) else x)  # type: ignore[arg-type]
    return 0


def _example(x: object, type_: Type, i: int) -> object:
    if isinstance(x, tuple):
        return tuple(_double(part[i]) for part in x)
    assert isinstance(x, np.ndarray)
    return _double(x[i] if type_.batched else x)


def _double(x: Array) -> Array:
    return x.astype(float) if x.dtype.kind == "f" else x


def _operands(
    op: Op, call: Call, values: list[object], names: Mapping[str, object]
) -> dict[str, object]:
    """`x` or `a`, `b`, `c`; those with a name by it; `rank`, `spatial` and `inside`."""
    found: dict[str, object] = {n: None for n in op.operands if n}
    found |= {n: v for n, v in zip(call.names, values, strict=True) if n}
    if values and _moves(op, call):
        values = [np.moveaxis(values[0], call.x.channel_axis, -1), *values[1:]]  # type: ignore[call-overload]
    if isinstance(op, Arithmetic):
        values = [v.astype(int) if v.dtype.kind == "b" else v for v in values]  # type: ignore[attr-defined]
    left, right = (names.get(n) for n in ("left", "right"))
    if op.word == "where":
        plain = [values[0], *(v for v in (left, *values[1:], right) if v is not None)]
    else:
        plain = [v for v in (left, *values, right) if v is not None]
    if isinstance(op, Merge) and "operands" not in op.formula and len(plain) != 2:
        fold = functools.partial(_pair, op.formula)
        plain = [functools.reduce(fold, plain[:-1]), plain[-1]] if len(plain) > 2 else plain
        if len(plain) == 1:
            plain = [plain[0], 0 if op.word == "add" else plain[0]]
    found |= dict(zip("abc", plain, strict=False)) | {"operands": tuple(plain)}
    if values:
        found["x"] = values[0]
        rank = np.ndim(values[0]) - 1 if not isinstance(values[0], tuple) else 0
        found["channels"] = call.x.channel_axis
        found |= {"rank": rank, "spatial": tuple(range(rank)),
                  "inside": tuple(range(rank, 2 * rank))}  # fmt: skip
    if "read(" in op.formula:
        found["sequence"] = _sequence(call, {**names, **found})
    return found


def _pair(formula: str, a: object, b: object) -> object:
    return run(formula, {"a": a, "b": b})[0]


def _sequence(call: Call, names: Mapping[str, object]) -> dict[str, object]:
    """The settings of a recurrent layer, as `read` takes them."""
    kinds = ("kernel", "recurrent_kernel", "bias")
    ways = [[names[kind] for kind in kinds]]
    if names["bidirectional"]:
        ways.append([names[f"backward_{kind}"] for kind in kinds])
    step, units = names["x"], int(names["units"])  # type: ignore[call-overload]
    parts = 2 if call.settings.items.get("forget_one") is not None else 1
    mask, initial = names["mask"], names["initial"]
    return {
        "ways": ways,
        "initial": initial if initial is not None else [np.zeros(units)] * (parts * len(ways)),
        "mask": np.ones(len(step), bool) if mask is None else mask,  # type: ignore[arg-type]
        **{name: names[name] for name in ("reverse", "sequences", "merge")},
    }


def _moves(op: Op, call: Call) -> bool:
    return isinstance(op, Spatial) or op.word in CHANNELS_LAST


def _back(op: Op, call: Call, value: object) -> object:
    """The channels where the input has them, as long as the result has its axes."""
    if _moves(op, call) and np.ndim(value) == call.x.rank:  # type: ignore[arg-type]
        return np.moveaxis(value, -1, call.x.channel_axis)  # type: ignore[call-overload]
    return value


def _whole(
    op: Op, call: Call, x: object, names: Mapping[str, object]
) -> tuple[Array, dict[str, object]]:
    """BatchNorm: its x has the batch in front."""
    assert isinstance(x, np.ndarray)
    moved = np.moveaxis(_double(x), call.x.channel_axis + 1, -1)
    spatial = tuple(range(moved.ndim - 1))
    value, space = run(op.formula, names | {"x": moved, "spatial": spatial})
    return np.moveaxis(np.asarray(value), -1, call.x.channel_axis + 1), space


def _flat(value: object) -> list[Array]:
    if isinstance(value, tuple | list):
        return [each for item in value for each in _flat(item)]
    return [np.asarray(value)]
