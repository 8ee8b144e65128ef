"""Layers of other packages in Keras: a layer whose `call` is what the package says."""

from __future__ import annotations

from collections.abc import Iterable

from nndsl.backends.foreign import INPUT, Classes, Foreign
from nndsl.backends.keras.at import At
from nndsl.backends.keras.helpers import HELPERS
from nndsl.backends.keras.initial import initial
from nndsl.backends.keras.naming import IMPORTS
from nndsl.emit import build as b
from nndsl.emit.names import safe
from nndsl.emit.tree import Call, ClassDef, DictE, Docstring, Expr, Param, Stmt, TupleE

MODULES = ("keras", "ops", "math")
# What keras.layers.Layer calls its own (Keras 3.15), which an attribute of ours would hide.
OWN = frozenset(
    ("activity_regularizer", "add_loss", "add_weight", "autocast", "build", "built", "call",
     "compute_dtype", "compute_mask", "compute_output_shape", "compute_output_spec", "dtype",
     "dtype_policy", "get_config", "get_weights", "input", "input_dtype", "input_spec", "losses",
     "metrics", "metrics_variables", "name", "non_trainable_variables", "non_trainable_weights",
     "output", "path", "quantization_mode", "quantize", "save_own_variables", "set_weights",
     "stateless_call", "supports_jit", "supports_masking", "symbolic_call", "trainable",
     "trainable_variables", "trainable_weights", "variable_dtype", "variables", "weights")
)  # fmt: skip


def classes() -> Classes:
    """The classes of a file of Keras."""
    return Classes("keras", MODULES, IMPORTS | frozenset(HELPERS))


def make(at: At) -> Expr:
    """The layer: for each weight its shape and its start, then the settings that it reads."""
    foreign = at.site.foreign(at.step)
    if foreign is None:
        word = at.step.op.word
        raise at.refuse(f"`{word}`", "rewrite it with other layers, or compile for another target")
    args: list[Expr] = []
    for weight in at.step.weights:
        if weight.l1 or weight.l2:
            raise at.refuse(f"penalties on weights of `{at.step.op.word}`", "leave l1 and l2 out")
        args += [TupleE(tuple(map(at.code, weight.shape))), initial(at, weight.init)]
    args += [at.get(name) for name in foreign.numbers]
    return at.make(b.name(foreign.name), args, (), "")


def _attribute(name: str) -> str:
    return safe(name, OWN)


def definitions(made: Iterable[Foreign]) -> tuple[ClassDef, ...]:
    """The classes as code."""
    return tuple(map(_class, made))


def _class(foreign: Foreign) -> ClassDef:
    body: list[Stmt] = [Docstring(foreign.doc)]
    kept = [f"{name}_{what}" for name, _ in foreign.weights for what in ("shape", "initializer")]
    kept += foreign.numbers
    if kept:
        body.append(_constructor(foreign, kept))
    if foreign.weights:
        params = [Param("self"), Param("input_shape")]
        body.append(b.func("build", params, [_weight(*each) for each in foreign.weights]))
    code = foreign.body(_attribute)
    body.append(b.func("call", [Param("self"), Param(INPUT)], [b.ret(code)]))
    if kept:
        body.append(_config(foreign, kept))
    return b.cls(foreign.name, ["layers.Layer"], body)


def _constructor(foreign: Foreign, kept: list[str]) -> Stmt:
    params = [Param("self"), *map(Param, kept), Param("kwargs", star="**")]
    start = Call(b.attr(b.call(b.name("super")), "__init__"), (), (("", b.name("kwargs")),))
    body: list[Stmt] = [b.do(start)]
    for name, _ in foreign.weights:
        shape, begin = f"{name}_shape", f"{name}_initializer"
        body.append(b.assign(f"self.{shape}", b.call("tuple", b.name(shape))))
        body.append(b.assign(f"self.{begin}", b.call("keras.initializers.get", b.name(begin))))
    body += [b.assign(f"self.{_attribute(name)}", b.name(name)) for name in foreign.numbers]
    return b.func("__init__", params, body)


def _weight(name: str, trained: bool) -> Stmt:
    given = [b.dotted(f"self.{name}_{what}") for what in ("shape", "initializer")]
    still = {} if trained else {"trainable": False}
    made = b.call("self.add_weight", *given, **still, name=name)
    return b.assign(f"self.{_attribute(name)}", made)


def _config(foreign: Foreign, kept: list[str]) -> Stmt:
    starts = {f"{name}_initializer" for name, _ in foreign.weights}
    items: list[tuple[str, Expr]] = []
    for name in kept:
        own = b.dotted(f"self.{_attribute(name) if name in foreign.numbers else name}")
        value = b.call("keras.initializers.serialize", own) if name in starts else own
        items.append((name, value))
    config = b.assign("config", b.dic([(b.const(name), value) for name, value in items]))
    base = b.call(b.attr(b.call(b.name("super")), "get_config"))
    merged = DictE(((None, base), (None, b.name("config"))))
    return b.func("get_config", [Param("self")], [config, b.ret(merged)])
