"""What the torch target's helper classes and functions mean, by their names and parameters.

Their texts are templates, not code trees: the conformance tests hold each to its meaning here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from nndsl.ops.initializers import Start
from nndsl.ops.numbers import Dim
from nndsl.validate.objects import Instance, Unreadable
from nndsl.validate.sequences import Sequences
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_activations import EACH, NUMBERED, as_module
from nndsl.validate.torch_init import FORGET, regularize, without, xavier_uniform, zeros
from nndsl.validate.torch_layers import _evaluates, _turned, batch_norm, dropout, linear
from nndsl.validate.torch_tensors import permute
from nndsl.validate.torch_values import (
    Parameter,
    State,
    core_of,
    module,
    per_axis,
    real,
    whole,
)
from nndsl.validate.views import Misfit

Fill = Callable[[object], object]


def same_pad(state: State, kernel: object, stride: object, value: object = 0.0) -> Instance:
    """Padding that keeps ceil(size / stride) positions; kernel is what a window reaches."""

    def run(x: object) -> Tensor:
        tensor = state.tensor(x)
        n = tensor.rank - 2
        axes = range(2, tensor.rank)
        window, steps = per_axis(kernel, n), per_axis(stride, n)
        return state.meaning.same_pad(tensor, axes, window, steps, real(value))

    return module("SamePad", run)


def padded_avg_pool(state: State, size: object, stride: object, sides: object = None) -> Instance:
    """The mean of what is no padding. sides: as for F.pad; without them, as `same`."""

    def run(x: object) -> Tensor:
        tensor = state.tensor(x)
        n = tensor.rank - 2
        window, steps = per_axis(size, n), per_axis(stride, n)
        axes = range(2, tensor.rank)
        if sides is None:
            return state.meaning.pool("AvgPool", tensor, axes, window, steps, "same")
        amounts = per_axis(sides, 2 * n)
        pairs = tuple(zip(amounts[::2], amounts[1::2], strict=True))[::-1]
        return state.meaning.pool("AvgPool", tensor, axes, window, steps, pairs)

    return module("PaddedAvgPool", run)


def permute_module(state: State, *dims: object) -> Instance:
    return module("Permute", lambda x: permute(state, x, *dims))


def _disturb(word: str) -> Callable[..., Instance]:
    def make(state: State, amount: object) -> Instance:
        number = real(amount)

        def run(x: object) -> Tensor:
            frozen = _evaluates(state, made)
            return state.meaning.disturb(word, state.tensor(x), frozen, number)

        made = module(word, run)
        return made

    return make


def named(make: Callable[..., Instance], parameter: str) -> Callable[..., Instance]:
    """The same with its one parameter under this name."""

    def run(state: State, *args: object, **kwargs: object) -> Instance:
        if kwargs.keys() - {parameter}:
            raise Unreadable(f"no parameter {sorted(kwargs)}")
        return make(state, *args, *kwargs.values())

    return run


def gather_each(state: State, x: object, indices: object, dim: object) -> Tensor:
    """The elements of an axis that each example's own indices name."""
    tensor = state.tensor(x)
    return state.meaning.gather(tensor, state.tensor(indices), whole(dim), (True, True))


def sinusoids(state: State, x: object, base: object = 10_000.0) -> Tensor:
    """Position codes of x's length and channels, without a batch."""
    shape = state.tensor(x).shape[-2:]
    return state.meaning.constant("sinusoids", shape, "float", base=real(base))


def round_to(state: State, value: object, divisor: object) -> int:
    """The nearest multiple of the divisor, never more than 10 % below the value."""
    number, by = real(value), whole(divisor)
    near = max(by, int(number + by / 2) // by * by)
    return near + by if near < 0.9 * number else near


# ---- attention -----------------------------------------------------------------------------------


def self_attention(
    state: State, dim: object, heads: object, dropout: object = 0.0, causal: object = False,
    bias: object = True,
) -> Instance:  # fmt: skip
    """Queries, keys and values from one matrix, one below the other, heads inside each."""
    width, count = whole(dim), whole(heads)
    names = ("query", "key", "value")
    kernels = {n: Parameter((width, width), lay=_turned) for n in (*names, "output")}
    shifts = {n: Parameter((width,)) for n in (*names, "output")} if bias else {}
    if width % count:
        raise Unreadable(f"{count} heads do not divide {width}")

    def run(x: object) -> Tensor:
        tensor, m = state.tensor(x), state.meaning
        q, k, v = (_project(m, tensor, kernels[n], shifts.get(n)) for n in names)
        made_ = m.attend(
            q, k, v, None, count, count, bool(causal), real(dropout),
            _evaluates(state, made), None, None,
        )  # fmt: skip
        return _project(m, made_, kernels["output"], shifts.get("output"))

    made = module("SelfAttention", run)
    core = core_of(made)
    for at, name in enumerate(names):
        core.parameters[f"qkv.weight@{name}"] = kernels[name]
        kernels[name].suffix = f"[{at * width}:{(at + 1) * width}]"
        if bias:
            core.parameters[f"qkv.bias@{name}"] = shifts[name]
            shifts[name].suffix = f"[{at * width}:{(at + 1) * width}]"
    core.parameters["out.weight"] = kernels["output"]
    if bias:
        core.parameters["out.bias"] = shifts["output"]

    def reset(_: State) -> None:
        for kernel in kernels.values():
            xavier_uniform(state, kernel)
        for shift in shifts.values():
            zeros(state, shift)

    core.reset = reset
    return made


def _project(m: Sequences, x: Tensor, kernel: Parameter, bias: Parameter | None) -> Tensor:
    return m.dense(x, kernel.own(m), None if bias is None else bias.own(m))


def multi_head_attention(
    state: State, dim: object, heads: object, head_dim: object = None,
    context_dim: object = None, kv_heads: object = None, dropout: object = 0.0,
    causal: object = False, bias: object = True, rope: object = None, window: object = None,
    query: object = None, key: object = None, value: object = None, output: object = None,
    kernel_init: object = None, bias_init: object = None,
) -> Instance:  # fmt: skip
    """Attention to a context, by default to the sequence itself; masks are True where it goes."""
    channels, count = whole(dim), whole(heads)
    width = (whole(head_dim) if head_dim else channels // count) * count
    kv_count = whole(kv_heads) if kv_heads else count
    kv_width = width // count * kv_count
    given = whole(context_dim) if context_dim else channels
    own = {
        "query": (query, channels, width), "key": (key, given, kv_width),
        "value": (value, given, kv_width), "output": (output, width, channels),
    }  # fmt: skip
    made = module("MultiHeadAttention", lambda *args, **kwargs: run(*args, **kwargs))
    for name, (replaced, rows, columns) in own.items():
        part = linear(state, rows, columns, bias) if replaced is None else replaced
        assert isinstance(part, Instance), part
        made.attributes[name] = part

    def run(x: object, context: object = None, mask: object = None) -> Tensor:
        tensor, m = state.tensor(x), state.meaning
        memory = tensor if context is None else state.tensor(context)
        sources = {"query": tensor, "key": memory, "value": memory}
        q, k, v = (
            state.tensor(state.run(made.attributes[n], source)) for n, source in sources.items()
        )
        attended = m.attend(
            q, k, v, _mask(state, mask), count, kv_count, bool(causal), real(dropout),
            _evaluates(state, made), None if rope is None else real(rope),
            None if window is None else whole(window),
        )  # fmt: skip
        return state.tensor(state.run(made.attributes["output"], attended))

    def reset(_: State) -> None:
        for name, (replaced, _rows, _columns) in own.items():
            if replaced is None:
                part = core_of(made.attributes[name]).parameters  # type: ignore[arg-type]
                _fill(state, kernel_init, part["weight"], xavier_uniform)
                if "bias" in part:
                    _fill(state, bias_init, part["bias"], zeros)

    core_of(made).reset = reset
    return made


def _fill(state: State, given: object, target: Parameter, usual: Callable[..., object]) -> None:
    if given is None:
        usual(state, target)
    else:
        state.run(given, target)


def _mask(state: State, mask: object) -> Tensor | None:
    """(batch, keys), (batch, queries, keys), or without a batch: [batch or 1, T or 1, S]."""
    if mask is None:
        return None
    tensor = state.tensor(mask)
    batched = bool(tensor.view and tensor.view[0]) and tensor.shape[0] == state.batch
    rest = tensor.rank - batched
    view = tensor.view if batched else ((), *tensor.view)
    if rest == 1:
        view = (view[0], (), view[1])
    return tensor.viewed(view)


# ---- recurrence ----------------------------------------------------------------------------------

GATES = {"LSTM": (0, 1, 2, 3), "GRU": (1, 0, 2), "SimpleRNN": (0,)}  # torch's, of the language's


def recurrent(kind: str) -> Callable[..., Instance]:
    def make(
        reader: State, /, channels: object, units: object, bias: object = True,
        bidirectional: object = False, reset_after: object = True, sequences: object = False,
        **options: object,
    ) -> Instance:  # fmt: skip
        """One bias a gate (GRU with reset_after: two); the forget gate's starts at 1."""
        known = {"state", "reverse", "merge", "kernel_init", "recurrent_init", "bias_init"}
        if options.keys() - known or (kind != "GRU" and reset_after is not True):
            raise Unreadable(f"{kind} does not take {sorted(options)}")
        state = reader
        size, inputs = whole(units), whole(channels)
        two = kind == "GRU" and bool(reset_after)
        ways = ("", "_reverse") if bidirectional else ("",)
        made = module(kind, lambda *args, **kwargs: run(*args, **kwargs))
        weights = {way: _cells(kind, inputs, size, bool(bias), two) for way in ways}
        for way, cells in weights.items():
            _register(made, cells, way)

        def run(x: object, initial: object = None, mask: object = None) -> object:
            tensor, m = state.tensor(x), state.meaning
            parts = 2 if kind == "LSTM" else 1
            states = _states(state, initial, parts * len(ways))
            masked = None if mask is None else state.tensor(mask)
            runs = []
            for at, way in enumerate(ways):
                own = {name: cell.own(m) for name, cell in weights[way].items()}
                begin = states[parts * at : parts * (at + 1)]
                backwards = bool(options.get("reverse")) or way == "_reverse"
                runs.append(
                    m.recurrent(kind, tensor, size, own, begin, masked, backwards,
                                bool(reset_after))
                )  # fmt: skip
            ends = [each[0] if sequences else each[1] for each in runs]
            how = str(options.get("merge", "concat"))
            result = ends[0] if len(ends) == 1 else m.joined(how, ends[0], ends[1])
            last = tuple(part for each in runs for part in each[1:])
            return (result, last) if options.get("state") else result

        def reset(_: State) -> None:
            for cells in weights.values():
                _fill(state, options.get("kernel_init"), cells["kernel"], xavier_uniform)
                _fill_recurrent(state, options.get("recurrent_init"), cells["recurrent_kernel"])
                if "bias" in cells:
                    _fill(state, options.get("bias_init"), cells["bias"], _usual(kind))

        core_of(made).reset = reset
        return made

    return make


def _cells(kind: str, inputs: int, units: int, bias: bool, two: bool) -> dict[str, Parameter]:
    wide = len(GATES[kind]) * units
    cells = {
        "kernel": Parameter((inputs, wide), lay=_turned),
        "recurrent_kernel": Parameter((units, wide), lay=_turned),
    }
    if bias:
        cells["bias"] = Parameter((2, wide) if two else (wide,))
    return cells


def _register(made: Instance, cells: Mapping[str, Parameter], way: str) -> None:
    keys = {"kernel": "weight_ih", "recurrent_kernel": "weight_hh", "bias": "bias_ih"}
    for name, parameter in cells.items():
        core_of(made).parameters[f"rnn.{keys[name]}_l0{way}"] = parameter


def _states(state: State, initial: object, count: int) -> tuple[Tensor, ...]:
    if initial is None:
        return ()
    if not isinstance(initial, list | tuple) or len(initial) != count:
        raise Misfit(f"an initial state of {count} parts is wanted")
    return tuple(state.tensor(part) for part in initial)


def _usual(kind: str) -> Callable[..., object]:
    if kind != "LSTM":
        return zeros

    def forget(state: State, bias: Parameter) -> Parameter:
        bias.start = FORGET
        return bias

    return forget


def _fill_recurrent(state: State, given: object, target: Parameter) -> None:
    if given is None:
        target.start = Start("orthogonal", (1.0,))
    else:
        state.run(given, target)


def drop_path(state: State, rate: object) -> Instance:
    return dropout(lambda x: range(1, x.rank))(state, rate)


def start(state: State, module: object, **fillers: object) -> Instance:
    """Fills parameters in their own way, and keeps init_weights from them."""
    assert isinstance(module, Instance), module
    found = core_of(module).parameters
    for name, fill in fillers.items():
        if name not in found:
            raise Unreadable(f"{module!r} has no parameter `{name}`")
        state.run(fill, found[name])
    module.attributes["started"] = tuple(fillers)
    return module


class Penalty:
    """What `penalty_of` returns: the sum that `regularize` asked for in a module and below."""

    def __init__(self, module: object) -> None:
        self.module = module


def penalty_of(state: State, model: object) -> Penalty:
    return Penalty(model)


FUNCTIONS: Mapping[str, Callable[..., object]] = {
    "exact_hard_sigmoid": EACH("hard_sigmoid"),
    "gather_each": gather_each, "penalty_of": penalty_of, "regularize": regularize,
    "round_to": round_to, "sinusoids": sinusoids, "start": start, "without": without,
}  # fmt: skip
BASES: Mapping[str, str] = dict.fromkeys(("LSTM", "GRU", "SimpleRNN"), "Recurrent")
CLASSES: Mapping[str, Callable[..., Instance]] = {
    "BatchNorm": batch_norm(),
    "DropPath": named(drop_path, "rate"),
    "GRU": recurrent("GRU"),
    "GaussianDropout": named(_disturb("GaussianDropout"), "rate"),
    "GaussianNoise": named(_disturb("GaussianNoise"), "deviation"),
    "HardSigmoid": as_module("HardSigmoid", EACH("hard_sigmoid")),
    "LSTM": recurrent("LSTM"),
    "MultiHeadAttention": multi_head_attention,
    "PaddedAvgPool": padded_avg_pool,
    "Permute": permute_module,
    "SamePad": same_pad,
    "SelfAttention": self_attention,
    "SimpleRNN": recurrent("SimpleRNN"),
    "Softplus": as_module("Softplus", EACH("softplus")),
    "Squareplus": as_module("Squareplus", NUMBERED("squareplus", b=4.0)),
}

__all__ = ["CLASSES", "FUNCTIONS", "Dim", "Sequence", "math"]
