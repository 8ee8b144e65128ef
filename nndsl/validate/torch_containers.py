"""Containers of modules, and what every nn.Module can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from nndsl.validate.objects import Instance, Unreadable
from nndsl.validate.torch_values import (
    Module,
    Parameter,
    State,
    core_of,
    inner,
    named_parameters,
)


class Holder(Protocol):
    """What the methods need of the reading."""

    state: State

    def iterate(self, value: object) -> list[object]:
        """The items of a container."""


def _modules(args: object) -> list[Instance]:
    found = list(args) if isinstance(args, list | tuple) else [args]
    for each in found:
        if not isinstance(each, Instance):
            raise Unreadable(f"{each!r} is no module")
    return [each for each in found if isinstance(each, Instance)]


def _numbered(instance: Instance, modules: list[Instance]) -> None:
    first = len(instance.attributes)
    for at, each in enumerate(modules, first):
        instance.attributes[str(at)] = each


def sequential(state: State, *args: object) -> Instance:
    """Runs its modules in turn; a dict names them."""
    made = Instance(None, Module("Sequential", _never))
    if len(args) == 1 and isinstance(args[0], dict):
        for name, child in args[0].items():
            made.attributes[str(name)] = _modules(child)[0]
    else:
        _numbered(made, _modules(args))

    def run(x: object) -> object:
        for child in inner(made):
            x = state.run(child, x)
        return x

    core_of(made).run = run
    return made


def module_list(state: State, modules: object = ()) -> Instance:
    made = Instance(None, Module("ModuleList", _never))
    _numbered(made, _modules(modules))
    return made


def parameter_list(state: State, values: object = ()) -> Instance:
    """Parameters by number; it is iterated over and indexed like a list."""
    made = Instance(None, Module("ParameterList", _never))
    _enrol(made, values)
    return made


def _enrol(instance: Instance, values: object) -> None:
    if isinstance(values, Instance):
        values = items(values)
    found = values if isinstance(values, list | tuple) else (values,)
    parameters = core_of(instance).parameters
    for value in found:
        if not isinstance(value, Parameter):
            raise Unreadable(f"{value!r} is no parameter")
        parameters[str(len(parameters))] = value


def items(instance: Instance) -> list[object]:
    """What iterating over a container gives."""
    if core_of(instance).kind == "ParameterList":
        return list(core_of(instance).parameters.values())
    return list(inner(instance))


def module_dict(state: State, modules: object = None) -> Instance:
    made = Instance(None, Module("ModuleDict", _never))
    if isinstance(modules, dict):
        for name, child in modules.items():
            made.attributes[str(name)] = _modules(child)[0]
    return made


def _never(*args: object) -> object:
    raise Unreadable("a list of modules cannot be called")


CONTAINERS: Mapping[str, Callable[..., Instance]] = {
    "Sequential": sequential,
    "ModuleList": module_list,
    "ModuleDict": module_dict,
    "ParameterList": parameter_list,
}


# ---- methods -------------------------------------------------------------------------------------


def append(holder: Holder, instance: Instance, child: object) -> Instance:
    if core_of(instance).kind == "ParameterList":
        _enrol(instance, (child,))
        return instance
    _numbered(instance, _modules(child))
    return instance


def extend(holder: Holder, instance: Instance, more: object) -> Instance:
    if core_of(instance).kind == "ParameterList":
        _enrol(instance, more)
        return instance
    if isinstance(more, Instance):
        more = holder.iterate(more)
    if not isinstance(more, list | tuple):
        raise Unreadable(f"extend by {more!r}")
    _numbered(instance, _modules(more))
    return instance


def requires_grad(holder: Holder, instance: Instance, flag: object = True) -> Instance:
    for _, parameter in named_parameters(instance):
        parameter.trainable = bool(flag) and not parameter.fixed
    return instance


def train(holder: Holder, instance: Instance, mode: object = True) -> Instance:
    """nn.Module's own: the flag, then every child by its own method."""
    core_of(instance).training = bool(mode)
    for child in inner(instance):
        if child.cls is None and "train" not in child.attributes:
            train(holder, child, mode)  # a module of the framework has no other
            continue
        method = holder.state.runner.attribute(child, "train")
        holder.state.runner.call(method, (bool(mode),), {})
    return instance


def evaluate(holder: Holder, instance: Instance) -> object:
    method = holder.state.runner.attribute(instance, "train")
    return holder.state.runner.call(method, (False,), {})


def apply(holder: Holder, instance: Instance, function: object) -> Instance:
    """Children first, then the module itself."""
    for child in inner(instance):
        apply(holder, child, function)
    holder.state.run(function, instance)
    return instance


def modules(holder: Holder, instance: Instance) -> list[object]:
    return list(every(instance))


def every(root: Instance) -> Iterator[Instance]:
    """A module and all inside, each once, from the outside."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        instance = stack.pop()
        if id(instance) not in seen:
            seen.add(id(instance))
            yield instance
            if instance.attributes:
                stack.extend(reversed(inner(instance)))


def register_buffer(
    holder: Holder, instance: Instance, name: object, tensor: object, persistent: object = True
) -> None:
    core_of(instance).buffers[str(name)] = tensor


def register_parameter(holder: Holder, instance: Instance, name: object, param: object) -> None:
    if isinstance(param, Parameter):
        core_of(instance).parameters[str(name)] = param
    else:
        core_of(instance).parameters.pop(str(name), None)


METHODS: Mapping[str, Callable[..., object]] = {
    "append": append, "extend": extend, "requires_grad_": requires_grad, "train": train,
    "eval": evaluate, "apply": apply, "modules": modules, "register_buffer": register_buffer,
    "register_parameter": register_parameter,
}  # fmt: skip
ROOT_METHODS: Mapping[str, Callable[..., object]] = {"train": train, "eval": evaluate}
