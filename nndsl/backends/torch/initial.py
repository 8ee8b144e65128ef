"""`init_weights`: the function that starts every layer as the file's defaults say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndsl.backends.torch.helpers import HELPERS
from nndsl.backends.torch.options import resets
from nndsl.emit import build as b
from nndsl.emit.tree import Attr, Call, Docstring, Expr, FunctionDef, If, Name, Pass, Stmt

MODULE = Name("module")
KERNELS = (
    "Linear", "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d",
    "ConvTranspose3d",
)  # fmt: skip

KERNEL, TABLE = "kernel", "table"
KINDS = {KERNEL: KERNELS, TABLE: ("Embedding",)}
WORDS = {
    "kaiming_uniform_": "He-uniform", "he_normal_": "He-normal", "lecun_normal_": "LeCun-normal",
}  # fmt: skip


def init_weights(
    made: Iterable[str],
    helpers: Iterable[str],
    options: frozenset[str],
    fillers: Mapping[str, Expr] = {},
) -> FunctionDef:
    """The function, with a case for each kind of layer that the code makes.

    made: the classes of `nn` that it mentions. fillers: what starts kernels and tables where it is
    not the default.
    """
    used = {*made}
    if "MultiHeadAttention" in helpers and not resets(options):
        used.add("Linear")
        helpers = [name for name in helpers if name != "MultiHeadAttention"]
    started = "start" in helpers
    kernels = [b.dotted(f"nn.{name}") for name in KERNELS if name in used]
    own: list[Expr] = [Name(name) for name in helpers if HELPERS[name].resets]
    if "Recurrent" in helpers:
        own = [n for n in own if n not in (Name("LSTM"), Name("GRU"), Name("SimpleRNN"))]
    cases: list[tuple[Expr, list[Stmt]]] = []
    if kernels:
        cases.append((_is(kernels), _kernel(started, fillers.get(KERNEL))))
    if "Embedding" in used:
        cases.append((_is([b.dotted("nn.Embedding")]), _table(started, fillers.get(TABLE))))
    if own:
        cases.append((_is(own), [b.do(b.call("module.reset_parameters"))]))
    body: list[Stmt] = [Docstring(_doc(cases, kernels, "Embedding" in used, fillers))]
    if started and (kernels or "Embedding" in used):
        body.append(b.assign("started", b.call("getattr", MODULE, "started", b.tup())))
    body += _chain(cases)
    return b.func("init_weights", [b.param("module", "nn.Module")], body, b.const(None))


def _doc(
    cases: list[tuple[Expr, list[Stmt]]],
    kernels: list[Expr],
    table: bool,
    fillers: Mapping[str, Expr],
) -> str:
    said = []
    if kernels:
        said.append(f"{_word(fillers.get(KERNEL), 'Glorot-uniform')} kernels and zero biases")
    if table and TABLE in fillers:
        said.append(f"{_word(fillers[TABLE], '').lower()} embeddings")
    elif table:
        said.append("embeddings between -0.05 and 0.05")
    if not cases:
        return "Leaves every layer as torch starts it: ones and zeros."
    text = ", ".join(said) or "each layer by its own rule"
    return f"Starts the weights of one layer: {text}."


def _word(filler: Expr | None, default: str) -> str:
    """`Truncated-normal` for `partial(truncated_normal_, …)`."""
    if filler is None:
        return default
    function = filler.args[0] if isinstance(filler, Call) else filler
    name = function.name if isinstance(function, Attr) else getattr(function, "id", "")
    return WORDS.get(name, name.rstrip("_").replace("_", "-").capitalize())


def _filled(filler: Expr, weight: Expr) -> Stmt:
    """`partial(f, a=1)` done to a weight: `f(weight, a=1)`."""
    if isinstance(filler, Call):
        return b.do(Call(filler.args[0], (weight, *filler.args[1:]), filler.kwargs))
    return b.do(Call(filler, (weight,)))


def _is(kinds: list[Expr]) -> Expr:
    kind = kinds[0] if len(kinds) == 1 else b.tup(*kinds)
    return b.call("isinstance", MODULE, kind)


def _unless(name: str, started: bool) -> Expr | None:
    return b.compare(name, "not in", Name("started")) if started else None


def _kernel(started: bool, filler: Expr | None) -> list[Stmt]:
    fill = _filled(filler or b.dotted("nn.init.xavier_uniform_"), b.attr(MODULE, "weight"))
    bias = b.do(b.call("nn.init.zeros_", b.attr(MODULE, "bias")))
    given = b.compare(b.attr(MODULE, "bias"), "is not", None)
    unless = _unless("weight", started)
    first: Stmt = b.if_(unless, [fill]) if unless is not None else fill
    also = _unless("bias", started)
    return [first, b.if_(given if also is None else b.all_of(given, also), [bias])]


def _table(started: bool, filler: Expr | None) -> list[Stmt]:
    usual = b.call("partial", b.dotted("nn.init.uniform_"), b.neg(0.05), 0.05)
    fill = _filled(filler or usual, b.attr(MODULE, "weight"))
    unless = _unless("weight", started)
    return [b.if_(unless, [fill]) if unless is not None else fill]


def _chain(cases: list[tuple[Expr, list[Stmt]]]) -> list[Stmt]:
    """if, elif, elif."""
    result: tuple[Stmt, ...] = ()
    for test, body in reversed(cases):
        result = (If(test, tuple(body), result),)
    return list(result) or [Pass()]
