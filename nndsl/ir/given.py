"""Layers whose weights are given as values: `Dense(vocab, kernel=transpose(bert.words.table))`.

Such a layer owns nothing of what it is given. It is written out as its formula (a matrix product,
a sum, the rows of a table), so that every later stage knows it already (decision 5).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from nndsl.diagnostics.model import Label, fail
from nndsl.ir.binding import Given, bind_op
from nndsl.ir.context import BROKEN, Many
from nndsl.ir.opcalls import OpCalls
from nndsl.ir.silent import Silent
from nndsl.ir.steps import Site, Value, WeightStep
from nndsl.ops import registry
from nndsl.ops.base import Op, Recipe, Settings, Type, Weight
from nndsl.ops.common import vector
from nndsl.ops.numbers import Dim, Sym, same_dim, show_shape
from nndsl.source import Span


class GivenWeights(OpCalls):
    """Calls of layers that are given some of their weights."""

    def call_op(
        self,
        op: object,
        given: list[Given],
        tensors: list[tuple[str, Value]],
        site: Site,
        span: Span,
    ) -> Value | Many:
        assert isinstance(op, Op)
        held = {name: value for name, value in tensors if name and name in op.given}
        if not held:
            return super().call_op(op, given, tensors, site, span)
        if self.owner:
            raise fail(
                "NN332",
                span,
                f"`{op.word}` is given its {_listed(tuple(held))}, so there is nothing to share",
                "use it where it is needed: the value that it is given is the same each time",
            )
        if any(value.type == BROKEN for _, value in tensors):
            raise Silent
        bound = Settings(self.settled(op, bind_op(op, given, span)))
        rest = [(name, value) for name, value in tensors if name not in held]
        return _FORMULAS[op.word](self, _Layer(op, bound, held, rest, site, span))

    def own_vector(self, layer: _Layer, name: str, size: int) -> Value:
        """A weight that the layer still makes itself, as a value."""
        weight: Weight = vector(name, size, layer.settings.get(f"{name}_init"))
        out = self.new_value(Type(weight.shape, batched=False), layer.span)
        site = layer.site._replace(name=f"{layer.site.name}_{name}", given=False)
        self.emit(WeightStep(site, weight._replace(name=site.name), out, self.frozen))
        return out

    def run_word(
        self, word: str, values: Sequence[Value], layer: _Layer, suffix: str = ""
    ) -> Value:
        """One function of the formula; the first stands at the layer's own place."""
        op = registry.find(word)
        assert op is not None, word
        site = layer.site
        if suffix:
            site = site._replace(name=f"{site.name}_{suffix}", given=False)
        made = super().call_op(op, [], [("", value) for value in values], site, layer.span)
        assert isinstance(made, Value)
        return made

    def run_act(self, layer: _Layer, value: Value) -> Value:
        recipe = layer.settings.get("act")
        if not isinstance(recipe, Recipe):
            return value
        site = layer.site._replace(name=f"{layer.site.name}_act", given=False)
        made = self.use_recipe(recipe, (), value, site, layer.span)
        assert isinstance(made, Value)
        return made


class _Layer:
    """One call: its settings, the weights that it is given, its other operands, and its place."""

    __slots__ = ("held", "op", "rest", "settings", "site", "span")

    def __init__(
        self,
        op: Op,
        settings: Settings,
        held: Mapping[str, Value],
        rest: list[tuple[str, Value]],
        site: Site,
        span: Span,
    ) -> None:
        self.op = op
        self.settings = settings
        self.held = held
        self.rest = rest
        self.site = site
        self.span = span


_Formula: TypeAlias = Callable[[GivenWeights, _Layer], Value]


def _dense(walk: GivenWeights, layer: _Layer) -> Value:
    """`act(x @ kernel + bias)`, with the kernel, the bias or both given."""
    s, x = layer.settings, layer.rest[0][1]
    units = s.int("units")
    kernel, bias = layer.held.get("kernel"), layer.held.get("bias")
    if bias is not None:
        _fits(walk, layer, "bias", (units,))
        _no_setting(layer, "bias", "bias_init")
    if kernel is None:
        made = _own_kernel(walk, layer)
    else:
        _checked_operand(walk, layer, x)
        _fits(walk, layer, "kernel", (x.type.shape[-1], units))
        _no_setting(layer, "kernel", "init", "l1", "l2")
        made = walk.run_word("matmul", [x, kernel], layer)
        if bias is None and _decided_flag(walk, s.get("bias")):
            bias = walk.own_vector(layer, "bias", units)
    if bias is not None:
        made = walk.run_word("add", [made, bias], layer, "sum")
    return walk.run_act(layer, made)


def _decided_flag(walk: GivenWeights, flag: object) -> bool:
    """Whether there is a bias: which steps there are, so that general walks fix it."""
    if isinstance(flag, Sym):
        walk.decided(flag, flag)
        return int(flag) != 0
    return flag is True


def _own_kernel(walk: GivenWeights, layer: _Layer) -> Value:
    """The layer without the bias that it is given and without what comes after it."""
    settings = {**layer.settings.items, "bias": False, "act": None}
    given = [Given(name, value, layer.span) for name, value in settings.items()]
    made = OpCalls.call_op(walk, layer.op, given, layer.rest, layer.site, layer.span)
    assert isinstance(made, Value)
    return made


def _checked_operand(walk: GivenWeights, layer: _Layer, x: Value) -> None:
    """The layer's own rules for what arrives: a last axis with a number, real numbers."""
    layer.op.infer(walk.call_of(layer.op, layer.settings, [("", x)], layer.span))


def _embedding(walk: GivenWeights, layer: _Layer) -> Value:
    """The rows of the given table that the ints of the input name."""
    s, x = layer.settings, layer.rest[0][1]
    _checked_operand(walk, layer, x)
    _fits(walk, layer, "table", (s.int("vocab"), s.int("dim")))
    _no_setting(layer, "table", "init", "l1", "l2")
    return walk.run_word("gather", [layer.held["table"], x], layer)


_FORMULAS: Mapping[str, _Formula] = {"Dense": _dense, "Embedding": _embedding}


def _fits(walk: GivenWeights, layer: _Layer, name: str, wanted: tuple[Dim, ...]) -> None:
    """NN211 where a weight that is given has not the shape that the layer's own would have."""
    value = layer.held[name]
    shape = value.type.shape
    if value.type.dtype == "float" and _same(shape, wanted):
        return
    fix = f"give a value of {show_shape(wanted)}"
    if len(shape) == 2 and _same(shape[::-1], wanted):
        fix = f"turn it round: `{name}=transpose(…)`"
    source = walk.origin.get(value.id)
    labels = [Label(source, f"this gives {value.type.show()}")] if source is not None else []
    raise fail(
        "NN211",
        layer.span,
        f"the `{name}` of this `{layer.op.word}` is {show_shape(wanted)}, not {value.type.show()}",
        fix,
        labels,
    )


def _same(left: tuple[Dim, ...], right: tuple[Dim, ...]) -> bool:
    return len(left) == len(right) and all(map(same_dim, left, right))


def _no_setting(layer: _Layer, weight: str, *names: str) -> None:
    """NN102 for what says how a weight starts or is penalised, where the weight is given."""
    for name in names:
        setting = layer.op.setting(name)
        if setting is not None and layer.settings.get(name) != setting.default:
            raise fail(
                "NN102",
                layer.span,
                f"`{layer.op.word}` is given its {weight}, so it takes no `{name}`",
                "say it where the weight is made",
            )


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(f"`{name}`" for name in names)
