"""Initialisation: a function for the defaults, and what starts a layer in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Expr
from nndsl.ir.steps import WeightReadStep, WeightStep
from nndsl.ops.base import Init, Weight
from nndsl.ops.numbers import Dim


def parameter(low: Lowering, step: WeightStep) -> Expr:
    """`nn.Parameter(…)` of a raw weight, started as the file says."""
    view = OpView(low, None, ())  # type: ignore[arg-type]
    shape = [view.code(d) for d in step.weight.shape]
    frozen = {"requires_grad": False} if step.frozen else {}
    made = _tensor(low, view, step.weight.init, step.weight.fans, shape)
    return b.call("nn.Parameter", made, **frozen)


def started_tensor(view: OpView, weight: Weight) -> Expr:
    """A tensor that begins as a layer's weight does."""
    shape = [view.code(dim) for dim in weight.shape]
    return _tensor(view.low, view, weight.init, weight.fans, shape)


def _tensor(
    low: Lowering, view: OpView, init: Init, fans: tuple[Dim, Dim], shape: list[Expr]
) -> Expr:
    numbers = [view.code(n) for n in init.args]
    match init.name, init.args:
        case (("zeros" | "ones"), _):
            return b.call(f"torch.{init.name}", *shape)
        case "constant", _:
            return b.call("torch.full", b.tup(*shape), *numbers)
        case "normal", (mean, _) if mean == 0:
            return b.binop(numbers[1], "*", b.call("torch.randn", *shape))
        case "normal", _:
            made = b.binop(numbers[1], "*", b.call("torch.randn", *shape))
            return b.binop(numbers[0], "+", made)
        case _:
            return b.call(filler(low, view, init, fans), b.call("torch.empty", *shape))


def filler(
    low: Lowering, view: OpView, init: Init, fans: tuple[Dim, Dim], plain: bool = False
) -> Expr:
    """A function that fills a tensor in place and returns it: `partial(nn.init.normal_, …)`."""
    numbers = [view.code(n) for n in init.args]
    match init.name:
        case "zeros" | "ones":
            return b.dotted(f"nn.init.{init.name}_")
        case "constant":
            return b.call("partial", b.dotted("nn.init.constant_"), val=numbers[0])
        case "normal" | "uniform":
            return b.call("partial", b.dotted(f"nn.init.{init.name}_"),
                          **dict(zip(_NAMES[init.name], numbers, strict=True)))  # fmt: skip
        case "truncated_normal":
            low.needs("truncated_normal_")
            return b.call("partial", b.name("truncated_normal_"), mean=numbers[0], std=numbers[1])
        case "orthogonal":
            return b.call("partial", b.dotted("nn.init.orthogonal_"), gain=numbers[0])
        case "identity":
            low.needs("identity_")
            return b.call("partial", b.name("identity_"), gain=numbers[0])
        case _:
            return (
                _plain(low, init.name)
                if plain and init.name in PLAIN
                else (_scaled(low, view, init, fans))
            )


PLAIN = {
    "glorot_uniform": "nn.init.xavier_uniform_",
    "he_uniform": "nn.init.kaiming_uniform_",
    "glorot_normal": "glorot_normal_",
    "he_normal": "he_normal_",
    "lecun_normal": "lecun_normal_",
}


def _plain(low: Lowering, name: str) -> Expr:
    """A filler that reads the fans off the tensor."""
    function = PLAIN[name]
    if not function.startswith("nn."):
        low.needs(function)
    return b.dotted(function)


_NAMES = {"normal": ("mean", "std"), "uniform": ("a", "b")}


def _scaled(low: Lowering, view: OpView, init: Init, fans: tuple[Dim, Dim]) -> Expr:
    low.needs("variance_scaling_")
    from nndsl.ops.initializers import scaling_of

    rule = scaling_of(init)
    assert rule is not None, init
    fan_in, fan_out = (view.code(f) for f in fans)
    fan: Expr = fan_in
    if rule.mode != "fan_in":
        fan = fan_in if fan_in == fan_out else b.binop(b.binop(fan_in, "+", fan_out), "/", 2)
    return b.call(
        "partial", b.name("variance_scaling_"), scale=rule.scale, fan=fan,
        uniform=rule.distribution == "uniform",
    )  # fmt: skip


def started(
    view: OpView, made: Expr, tensors: Tensors, plain: Sequence[str] = (),
    same_fans: Sequence[str] = (), none: bool = False,
) -> Expr:  # fmt: skip
    """A module whose weights start otherwise than `init_weights` does: `start(module, …)`.

    tensors: (weight of the language, parameter of the module). plain: parameters whose fans torch
    reads off the tensor as the compiler does; same_fans: those where only Glorot's sum is alike.
    none: `init_weights` leaves the module to torch's own ones and zeros.
    """
    weights = {w.name: w for w in view.step.weights}
    special = {}
    for name, parameter in tensors:
        weight = weights.get(name)
        if weight is None or _default(weight, parameter in (*plain, *same_fans), none):
            continue
        special[parameter] = filler(view.low, view, weight.init, weight.fans, parameter in plain)
    if special:
        view.low.needs("start")
        made = b.call("start", made, **special)
    return regularized(view, made, tensors)


DEFAULTS = {"kernel": "glorot_uniform", "bias": "zeros", "beta": "zeros", "gamma": "ones"}


def _default(weight: Weight, fans: bool, none: bool) -> bool:
    """True for what `init_weights` (or, with `none`, torch) does by itself."""
    init = weight.init
    if weight.name == "table":
        return init == Init("uniform", (-0.05, 0.05))
    if weight.name.endswith("kernel"):
        return init.name == "glorot_uniform" and fans
    return init.name == DEFAULTS.get(weight.name, "zeros")


Tensors: TypeAlias = "Sequence[tuple[str, str]]"


def regularized(view: OpView, made: Expr, tensors: Tensors) -> Expr:
    """Marks a module whose weights have an L1 or L2 penalty; `penalty` of the model reads that."""
    weights = {w.name: w for w in view.step.weights}
    for name, tensor in tensors:
        found = weights.get(name)
        if found is None or (_is_zero(found.l1) and _is_zero(found.l2)):
            continue
        view.low.shared.penalties = True
        view.low.needs("regularize")
        given = (("l1", found.l1), ("l2", found.l2))
        rates = {name: view.code(rate) for name, rate in given if not _is_zero(rate)}
        made = b.call("regularize", made, tensor, **rates)
    return made


def _is_zero(rate: float) -> bool:
    return type(rate) in (int, float) and rate == 0


def weight_view(low: Lowering, step: WeightReadStep) -> Expr:
    """The owner's tensor, turned into the language's layout."""
    from nndsl.backends.torch.weights import read_code

    return read_code(low, step)
