"""How weights start, and what penalises them, as arguments of Keras layers."""

from __future__ import annotations

from collections.abc import Mapping

from nndsl.backends.keras.at import At, Option
from nndsl.backends.keras.same import same
from nndsl.emit.tree import Attr, Call, Const, Expr, Name
from nndsl.ops.base import Init
from nndsl.ops.initializers import SCALINGS

PLAIN = frozenset(("zeros", "ones", *SCALINGS))

# For the others: Keras' class, its arguments, and its own defaults.
CLASSES: Mapping[str, tuple[str, tuple[str, ...], tuple[float, ...]]] = {
    "constant": ("Constant", ("",), ()),
    "normal": ("RandomNormal", ("mean", "stddev"), (0.0, 0.05)),
    "uniform": ("RandomUniform", ("", ""), ()),
    "truncated_normal": ("TruncatedNormal", ("mean", "stddev"), (0.0, 0.05)),
    "variance_scaling": ("VarianceScaling", ("",), ()),
    "orthogonal": ("Orthogonal", ("",), (1.0,)),
    "identity": ("Identity", ("",), (1.0,)),
}


def initializer(at: At, key: str, init: Init, default: Init | str) -> list[Option]:
    """`kernel_initializer=…`, or nothing where it is the layer's own default."""
    own = Init(default) if isinstance(default, str) else default
    if init.name == own.name and same(init.args, own.args):
        return []
    return [(key, initial(at, init))]


def initial(at: At, init: Init) -> Expr:
    """`"he_normal"`, `keras.initializers.RandomNormal(stddev=0.02)`."""
    if init.name in PLAIN:
        return Const(init.name)
    cls, names, defaults = CLASSES[init.name]
    if defaults and same(init.args, defaults):
        return Const(_word(cls))
    args: list[Expr] = []
    keywords: list[tuple[str, Expr]] = []
    for number, (name, value) in enumerate(zip(names, init.args, strict=True)):
        if name and same(value, defaults[number]):
            continue
        if name:
            keywords.append((name, at.code(value)))
        else:
            args.append(at.code(value))
    return Call(_keras("initializers", cls), tuple(args), tuple(keywords))


def _word(cls: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in cls).lstrip("_")


def _keras(module: str, cls: str) -> Expr:
    return Attr(Attr(Name("keras"), module), cls)


def regularizer(at: At, key: str = "kernel_regularizer") -> list[Option]:
    """`kernel_regularizer=keras.regularizers.L2(1e-4)`, where the layer has a penalty."""
    l1, l2 = (None if at.is_default(name, 0.0) or at.is_default(name, 0) else at.get(name)
              for name in ("l1", "l2"))  # fmt: skip
    if l1 is None and l2 is None:
        return []
    if l1 is not None and l2 is not None:
        made = Call(_keras("regularizers", "L1L2"), (l1, l2))
    else:
        cls, rate = ("L1", l1) if l2 is None else ("L2", l2)
        assert rate is not None
        made = Call(_keras("regularizers", cls), (rate,))
    return [(key, made)]


def starts(at: At, *, kernel: str = "kernel", bias: bool = True) -> list[Option]:
    """`use_bias`, initialisers and penalties of a layer with a kernel and a bias."""
    options: list[Option] = [] if at.is_default("bias", True) else [("use_bias", at.get("bias"))]
    options += initializer(at, f"{kernel}_initializer", _init(at, "init"), "glorot_uniform")
    if bias:
        options += initializer(at, "bias_initializer", _init(at, "bias_init"), "zeros")
    return options + regularizer(at, f"{kernel}_regularizer")


def _init(at: At, name: str) -> Init:
    from nndsl.ops.common import init_of

    return init_of(at.s.get(name))


def init_option(at: At, key: str, name: str, default: Init | str) -> list[Option]:
    """The initialiser that a setting names."""
    return initializer(at, key, _init(at, name), default)
