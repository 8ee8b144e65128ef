"""How PyTorch code starts weights: torch.nn.init and the starting helpers, as distributions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import prod, sqrt

from nndsl.ops.initializers import FORGET_ONE, Start
from nndsl.validate.objects import Instance, Unreadable
from nndsl.validate.torch_values import Parameter, Raw, State, core_of, named_parameters, real

CUT = 0.87962566103423978  # deviation of a standard normal cut at two deviations
Fillable = Parameter | Raw


def _target(value: object) -> Fillable:
    if isinstance(value, Parameter | Raw):
        return value
    raise Unreadable(f"{value!r} is no tensor that can be filled")


def _filled(target: object, start: Start) -> Fillable:
    found = _target(target)
    if isinstance(found, Parameter):
        found.start = start
        return found
    return Raw(found.shape, start, found.dtype)


def _torch_shape(state: State, target: object) -> tuple[int, ...]:
    found = _target(target)
    shape = state.laid_shape(found) if isinstance(found, Parameter) else found.shape
    return tuple([dim for dim in shape if isinstance(dim, int)])


def fans(state: State, target: object) -> tuple[int, int]:
    """(fan_in, fan_out) as torch reads them off [out, in, k…]."""
    shape = _torch_shape(state, target)
    if len(shape) < 2:
        raise Unreadable("fans of a tensor with fewer than two axes")
    field = prod(shape[2:])
    return shape[1] * field, shape[0] * field


def constant(state: State, tensor: object, val: object) -> Fillable:
    return _filled(tensor, Start("constant", (real(val),)))


def zeros(state: State, tensor: object) -> Fillable:
    return _filled(tensor, _start("constant", 0.0))


def ones(state: State, tensor: object) -> Fillable:
    return _filled(tensor, _start("constant", 1.0))


def normal(state: State, tensor: object, mean: object = 0.0, std: object = 1.0) -> Fillable:
    return _filled(tensor, Start("normal", (real(mean), real(std))))


def uniform(state: State, tensor: object, a: object = 0.0, b: object = 1.0) -> Fillable:
    return _filled(tensor, Start("uniform", (real(a), real(b))))


def trunc_normal(
    state: State, tensor: object, mean: object = 0.0, std: object = 1.0, a: object = -2.0,
    b: object = 2.0,
) -> Fillable:  # fmt: skip
    """The cut is absolute; the language's is at two deviations."""
    middle, deviation = real(mean), real(std)
    low, high = real(a), real(b)
    if abs(middle - 2 * deviation - low) > 1e-9 or abs(middle + 2 * deviation - high) > 1e-9:
        raise Unreadable(f"a normal cut at {low} and {high}, not at two deviations")
    return _filled(tensor, Start("truncated_normal", (middle, deviation)))


@lru_cache(maxsize=1024)
def _start(distribution: str, *numbers: float) -> Start:
    return Start(distribution, numbers)


def _even(tensor: object, limit: float) -> Fillable:
    return _filled(tensor, _start("uniform", -limit, limit))


def _cut(tensor: object, variance: float) -> Fillable:
    return _filled(tensor, Start("truncated_normal", (0.0, sqrt(variance) / CUT)))


def xavier_uniform(state: State, tensor: object, gain: object = 1.0) -> Fillable:
    return _even(tensor, real(gain) * sqrt(6 / sum(fans(state, tensor))))


def kaiming_uniform(state: State, tensor: object, a: object = 0.0) -> Fillable:
    """With its defaults: leaky_relu with slope 0, fan_in: variance 2 / fan_in."""
    return _even(tensor, sqrt(6 / ((1 + real(a) ** 2) * fans(state, tensor)[0])))


def glorot_normal(state: State, weight: object) -> Fillable:
    return _cut(weight, 2 / sum(fans(state, weight)))


def he_normal(state: State, weight: object) -> Fillable:
    return _cut(weight, 2 / fans(state, weight)[0])


def lecun_normal(state: State, weight: object) -> Fillable:
    return _cut(weight, 1 / fans(state, weight)[0])


def orthogonal(state: State, tensor: object, gain: object = 1.0) -> Fillable:
    return _filled(tensor, Start("orthogonal", (real(gain),)))


def identity(state: State, weight: object, gain: object = 1.0) -> Fillable:
    return _filled(weight, Start("identity", (real(gain),)))


def truncated_normal(
    state: State, weight: object, mean: object = 0.0, std: object = 0.05
) -> Fillable:
    """Cut at two deviations."""
    return _filled(weight, Start("truncated_normal", (real(mean), real(std))))


def variance_scaling(
    state: State, weight: object, fan: object, scale: object = 1.0, uniform: object = False
) -> Fillable:
    """Variance scale / fan: uniform, or a normal distribution cut at two deviations."""
    variance = real(scale) / real(fan)
    return _even(weight, sqrt(3 * variance)) if uniform else _cut(weight, variance)


INIT: Mapping[str, Callable[..., Fillable]] = {
    "constant_": constant, "zeros_": zeros, "ones_": ones, "normal_": normal,
    "uniform_": uniform, "trunc_normal_": trunc_normal, "xavier_uniform_": xavier_uniform,
    "kaiming_uniform_": kaiming_uniform, "orthogonal_": orthogonal, "eye_": identity,
}  # fmt: skip
HELPERS: Mapping[str, Callable[..., Fillable]] = {
    "glorot_normal_": glorot_normal, "he_normal_": he_normal, "lecun_normal_": lecun_normal,
    "identity_": identity, "truncated_normal_": truncated_normal,
    "variance_scaling_": variance_scaling,
}  # fmt: skip


# ---- modules started by the helpers `start`, `regularize`, `without` -----------------------------


def regularize(
    state: State, module: object, name: object, l1: object = 0.0, l2: object = 0.0
) -> Instance:
    """Adds l1 * sum(abs(w)) + l2 * sum(w**2) of one weight to the model's penalty."""
    assert isinstance(module, Instance), module
    found = [parameter for key, parameter in parts_of(module) if key == name]
    if not found:
        raise Unreadable(f"{module!r} has no weight `{name}`")
    for parameter in found:
        parameter.l1 += real(l1)
        parameter.l2 += real(l2)
    return module


def parts_of(module: Instance) -> list[tuple[str, Parameter]]:
    """The weights of a module by their keys; several have one key where one tensor holds them."""
    return list(named_parameters(module))


def without(state: State, module: object, name: object) -> Instance:
    """The module without one of its parameters."""
    assert isinstance(module, Instance), module
    if core_of(module).parameters.pop(str(name), None) is None:
        raise Unreadable(f"{module!r} has no parameter `{name}`")
    core_of(module).absent.add(str(name))
    return module


def default_start(state: State, instance: Instance) -> None:
    """What the helper `init_weights` does to one module, unless `start` has filled a parameter.

    Kernels of Linear and convolutions Glorot uniform, biases 0, tables even within 0.05; modules
    of our own that start themselves do so; all others keep torch's ones and zeros.
    """
    core = core_of(instance)
    done = instance.attributes.get("started", ())
    assert isinstance(done, tuple), done
    own = core.reset
    if own is not None:
        own(state)
        return
    for name, parameter in core.parameters.items():
        if name in done:
            continue
        if core.kind == "Embedding":
            uniform(state, parameter, -0.05, 0.05)
        elif core.kind == "Linear" or core.kind.startswith("Conv"):
            (xavier_uniform if name == "weight" else zeros)(state, parameter)


FORGET = Start(FORGET_ONE, ())
