"""Calling an emitted class: the arguments of one use."""

from __future__ import annotations

from nndsl.backends.torch import acts
from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.signature import Signature, setting_name
from nndsl.backends.torch.view import OpView
from nndsl.emit.tree import Call, Expr, Name
from nndsl.ir.steps import Argument, OpStep, UseStep
from nndsl.ops.base import Recipe, Value


def class_call(low: Lowering, step: UseStep) -> tuple[Call, Signature]:
    """`Bottleneck(channels, 64, stride=2)` for one use of a block."""
    plan = low.shared.program.plan(step.instance)
    signature = low.shared.signatures[id(plan)]
    args: list[Expr] = [_dim(low, step, d.port, d.axis) for d in signature.dims]
    kwargs: list[tuple[str, Expr]] = []
    values = dict(step.args)
    for argument in signature.settings:
        value = values[argument.name]
        if not argument.required and same(value, argument.default):
            continue
        code = setting_code(low, step, value, argument)
        python = setting_name(argument.name)
        plain = argument.required or code == Name(python)
        if plain and not kwargs and len(args) == _place(signature, argument):
            args.append(code)
        else:
            kwargs.append((python, code))
    return Call(Name(signature.name), tuple(args), tuple(kwargs)), signature


def _place(signature: Signature, argument: Argument) -> int:
    return len(signature.dims) + signature.settings.index(argument)


def _dim(low: Lowering, step: UseStep, port: int, axis: int) -> Expr:
    from nndsl.backends.torch.walk import ports

    view = _view(low)
    return view.code(ports(step)[port].type.shape[axis])


def setting_code(low: Lowering, step: UseStep, value: Value, argument: Argument) -> Expr:
    """A setting's value as an argument; no activation is `nn.Identity`."""
    if value is None and is_act(argument):
        return acts.class_of(None, _view(low))
    if isinstance(value, Recipe):
        symbol = getattr(value, "term", None)
        return low.code(symbol) if symbol is not None else acts.class_of(value, _view(low))
    return _view(low).code(value)


def is_act(argument: Argument) -> bool:
    """True where the setting holds activations."""
    return isinstance(argument.value, Recipe)


def _view(low: Lowering) -> OpView:
    nothing: OpStep = None  # type: ignore[assignment]
    return OpView(low, nothing, ())


def same(left: Value, right: Value) -> bool:
    """True where a value is certainly the default: equal, of one type, and without a formula."""
    if isinstance(left, Recipe) and isinstance(right, Recipe):
        return left.key == right.key and not hasattr(left, "term")
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(map(same, left, right))  # type: ignore[arg-type]
    return left == right
