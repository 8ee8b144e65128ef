"""Reads PyTorch code: the names of torch, and how modules, parameters and tensors behave."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nndsl.ops.initializers import Start
from nndsl.ops.numbers import OpenDim
from nndsl.validate import torch_activations, torch_helpers, torch_init, torch_layers, torch_tensors
from nndsl.validate.objects import (
    Arguments,
    Builtin,
    Class,
    Function,
    Instance,
    Runner,
    Space,
    Unreadable,
)
from nndsl.validate.source import BATCH
from nndsl.validate.terms import Tensor
from nndsl.validate.torch_containers import CONTAINERS, METHODS, ROOT_METHODS, items
from nndsl.validate.torch_index import index_tensor
from nndsl.validate.torch_values import (
    Constant,
    Device,
    Module,
    Parameter,
    Raw,
    State,
    core_of,
    real,
)
from nndsl.validate.views import Misfit

_MODULES: Mapping[str, Callable[..., Instance]] = {
    **torch_layers.MAKERS,
    **torch_activations.MODULES,
    **CONTAINERS,
}
_OPERATORS = {
    "+": "add", "-": "subtract", "*": "multiply", "/": "divide", "//": "floor_divide",
    "%": "mod", "**": "power", "&": "logical_and", "|": "logical_or", "^": "logical_xor",
}  # fmt: skip
_COMPARISONS = {
    "==": "equal", "!=": "not_equal", "<": "less", "<=": "less_equal", ">": "greater",
    ">=": "greater_equal",
}  # fmt: skip
_NO_MATTER = frozenset(("Tensor", "Sequence", "Callable", "annotations"))


class TorchReading:
    """The Reading of PyTorch code. `state.use` begins a run of forward."""

    def __init__(self) -> None:
        self.state = State(BATCH)
        self._members: dict[tuple[str, str], object] = {}

    # ---- names -----------------------------------------------------------------------------------

    def names(self) -> Mapping[str, object]:
        made: dict[str, object] = {name: Space(name) for name in _NO_MATTER}
        made |= {"torch": Space("torch"), "nn": Space("torch.nn"), "F": Space("torch.F")}
        made |= self._builtins(torch_helpers.FUNCTIONS)
        made |= self._builtins(torch_helpers.CLASSES)
        made |= self._builtins(torch_init.HELPERS)
        made["Recurrent"] = Builtin("Recurrent", _never)
        made["init_weights"] = Builtin("init_weights", self._init_weights)
        made["partial"] = Builtin("partial", _partial(self))
        made["isinstance"] = Builtin("isinstance", _is_instance)
        made["getattr"] = Builtin("getattr", self._getattr)
        made["sum"] = Builtin("sum", self._sum, True)
        return made

    def _builtins(self, table: Mapping[str, Callable[..., object]]) -> dict[str, object]:
        return {name: self._bound(name, run) for name, run in table.items()}

    def _bound(self, name: str, run: Callable[..., object]) -> Builtin:
        return Builtin(name, partial(run, self.state))

    def member(self, space: Space, name: str) -> object:
        key = (space.path, name)
        found = self._members.get(key)
        if found is None:
            found = self._members[key] = self._member(space, name)
        return found

    def _member(self, space: Space, name: str) -> object:
        path = f"{space.path}.{name}"
        tables: Mapping[str, Mapping[str, Callable[..., object]]] = {
            "torch": torch_tensors.TORCH,
            "torch.nn": _MODULES,
            "torch.nn.init": torch_init.INIT,
            "torch.F": {**torch_activations.FUNCTIONS, **torch_tensors.FUNCTIONAL},
            "torch.linalg": {"vector_norm": torch_tensors.vector_norm},
        }
        found = tables.get(space.path, {}).get(name)
        if found is not None:
            return self._bound(name, found)
        if path in ("torch.sigmoid", "torch.tanh"):
            return self._bound(name, torch_activations.FUNCTIONS[name])
        if path == "torch.nn.Parameter":
            return Builtin("Parameter", _parameter)
        if path == "torch.no_grad":
            return Builtin("no_grad", lambda: None)
        if path in ("torch.nn.Module", "torch.nn.init", "torch.linalg"):
            return Space(path)
        raise Unreadable(f"no meaning for `{path}`")

    # ---- attributes ------------------------------------------------------------------------------

    def attribute(self, runner: Runner, value: object, name: str) -> object:
        if isinstance(value, Instance):
            return self._of_module(value, name)
        tensor = self.state.maybe_tensor(value)
        if tensor is not None and name in torch_tensors.PROPERTIES:
            return torch_tensors.PROPERTIES[name](self.state, tensor)
        if tensor is not None and name in torch_tensors.METHODS:
            return Builtin(name, partial(torch_tensors.METHODS[name], self.state, tensor))
        if isinstance(value, Parameter) and name == "requires_grad_":
            return Builtin(name, partial(_requires_grad, value))
        raise Unreadable(f"no meaning for `.{name}` of {value!r}")

    def _of_module(self, instance: Instance, name: str) -> object:
        core = core_of(instance)
        if name in core.parameters:
            return core.parameters[name]
        if name in core.absent:
            return None
        if name == "reset_parameters" and core.reset is not None:
            return Builtin(name, partial(core.reset, self.state))
        if name in core.buffers:
            return core.buffers[name]
        if name in METHODS:
            return Builtin(name, partial(METHODS[name], self, instance))
        if name == "training":
            raise Unreadable("`.training` in emitted code: only modules decide by it")
        raise Unreadable(f"{instance!r} has no `{name}`")

    def base_method(self, runner: Runner, instance: Instance, name: str) -> object:
        if name == "__init__":
            return Builtin("nn.Module", partial(_begin, instance))
        if name in ROOT_METHODS:
            return Builtin(name, partial(ROOT_METHODS[name], self, instance))
        return self._of_module(instance, name)

    def set_attribute(self, runner: Runner, value: object, name: str, item: object) -> None:
        if not isinstance(value, Instance):
            raise Unreadable(f"assignment to `.{name}` of {value!r}")
        core = core_of(value)
        if not core.ready and isinstance(item, Instance | Parameter):
            raise Unreadable(f"{core.kind}: a module before nn.Module's own constructor has run")
        if isinstance(item, Parameter):
            core.parameters[name] = item
        else:
            value.attributes[name] = item

    # ---- calls -----------------------------------------------------------------------------------

    def create(self, runner: Runner, cls: Class) -> Instance:
        if cls.root() != Space("torch.nn.Module"):
            raise Unreadable(f"{cls.name} is no nn.Module")
        self.state.runner = runner
        return Instance(cls, Module(cls.name))

    def call(self, runner: Runner, value: object, arguments: Arguments) -> object:
        if not isinstance(value, Instance):
            raise Unreadable(f"a call of {value!r}")
        args, kwargs = arguments
        run = core_of(value).run
        self.state.runner = runner
        self.state.meaning.store.place = tuple(runner.stack[-3:])
        if run is None:
            return runner.call(runner.attribute(value, "forward"), args, kwargs)
        return run(*args, **kwargs)

    def _init_weights(self, instance: object) -> None:
        assert isinstance(instance, Instance), instance
        torch_init.default_start(self.state, instance)

    def _getattr(self, value: object, name: object, *default: object) -> object:
        if isinstance(value, Instance) and name in value.attributes:
            return value.attributes[str(name)]
        if default:
            return default[0]
        return self.state.runner.attribute(value, str(name))

    def _sum(self, values: object, begin: object = 0) -> object:
        """Python's sum: numbers, or tensors from the left."""
        if not isinstance(values, list | tuple):
            raise Unreadable(f"sum of {values!r}")
        tensors = [self.state.maybe_tensor(each) for each in values]
        if not any(tensors):
            return sum(real(each) if isinstance(each, float) else each for each in values)
        return self.state.meaning.chain(
            "add", [self.state.operand(each) for each in values if each != 0]
        )

    # ---- operators -------------------------------------------------------------------------------

    def binary(self, op: str, left: object, right: object) -> object:
        if isinstance(left, Raw) or isinstance(right, Raw):
            return _arithmetic(op, left, right)
        if op == "@":
            return self.state.meaning.matmul(self.state.tensor(left), self.state.tensor(right))
        word = _OPERATORS.get(op) or _COMPARISONS.get(op)
        if word is None:
            return NotImplemented
        if op == "//":
            left, right = map(torch_tensors.attached, (left, right))
        operands = [self.state.meaning.tensor(self.state.operand(v)) for v in (left, right)]
        kind = _dtype_of(op, operands)
        return self.state.meaning.each(word, *operands, dtype=kind)

    def unary(self, op: str, value: object) -> object:
        tensor = self.state.tensor(value)
        word = {"-": "negative", "~": "logical_not"}.get(op)
        if word is None:
            return NotImplemented
        return self.state.meaning.each(word, tensor)

    def index(self, runner: Runner, value: object, index: object) -> object:
        if isinstance(value, Instance):
            items = self.iterate(value)
            if not isinstance(index, int) or not -len(items) <= index < len(items):
                raise Unreadable(f"{value!r}[{index!r}]")
            return items[index]
        if isinstance(value, Space | Builtin):
            return value
        return index_tensor(self.state, self.state.tensor(value), index)

    def iterate(self, value: object) -> list[object]:
        if isinstance(value, Instance) and core_of(value).kind in CONTAINERS:
            return items(value)
        raise Unreadable(f"no meaning for iterating over {value!r}")


def _dtype_of(op: str, operands: list[Tensor]) -> str:
    if op in _COMPARISONS:
        return "bool"
    if op == "/":
        return "float"
    dtypes = {tensor.dtype for tensor in operands}
    if dtypes == {"bool"} and op not in "&|^":
        raise Misfit(f"bools and the operator {op}")
    return ""


def _arithmetic(op: str, left: object, right: object) -> object:
    """`0.02 * torch.randn(…)`, `0.5 + …`: another distribution."""
    raw, number, swapped = (left, right, False) if isinstance(left, Raw) else (right, left, True)
    if not isinstance(raw, Raw) or raw.start is None or not isinstance(number, int | float):
        raise Unreadable(f"{left!r} {op} {right!r}")
    if raw.start.distribution not in ("normal", "constant") or (swapped and op not in "+*"):
        raise Unreadable(f"{left!r} {op} {right!r}")
    mean, *spread = raw.start.numbers
    changed = {"*": mean * number, "+": mean + number}
    if op not in changed:
        raise Unreadable(f"{left!r} {op} {right!r}")
    wider = [each * abs(number) if op == "*" else each for each in spread]
    return Raw(raw.shape, Start(raw.start.distribution, (changed[op], *wider)), raw.dtype)


def _parameter(data: object, requires_grad: object = True) -> Parameter:
    if not isinstance(data, Raw):
        raise Unreadable(f"a parameter of {data!r}")
    shape = tuple(dim for dim in data.shape if not isinstance(dim, OpenDim))
    made = Parameter(shape, data.start)
    made.trainable = bool(requires_grad)
    return made


def _begin(instance: Instance) -> None:
    core_of(instance).ready = True


def _requires_grad(parameter: Parameter, flag: object = True) -> Parameter:
    parameter.trainable = bool(flag)
    return parameter


def _partial(reading: TorchReading) -> Callable[..., object]:
    def make(function: object, *args: object, **kwargs: object) -> Builtin:
        def run(*more: object, **other: object) -> object:
            return reading.state.runner.call(function, (*args, *more), {**kwargs, **other})

        return Builtin("partial", run)

    return make


def _is_instance(value: object, kinds: object) -> bool:
    names = kinds if isinstance(kinds, list | tuple) else (kinds,)
    if not isinstance(value, Instance):
        raise Unreadable(f"isinstance of {value!r}")
    own = core_of(value).kind
    return any(_kind(kind) in (own, torch_helpers.BASES.get(own)) for kind in names)


def _never(*args: object) -> object:
    raise Unreadable("a base class is not called")


def _kind(kind: object) -> str:
    if isinstance(kind, Builtin | Class | Function):
        return kind.name
    raise Unreadable(f"isinstance against {kind!r}")


__all__ = ["Constant", "Device", "TorchReading"]
