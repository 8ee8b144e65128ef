"""What stands around constructor and forward: training mode of frozen parts, losses, penalties."""

from __future__ import annotations

from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.shared import Shared
from nndsl.emit import build as b
from nndsl.emit.tree import Docstring, Expr, Name, Stmt
from nndsl.ops.base import Type


def annotation(type_: Type) -> Expr:
    """`Tensor`, or a tuple of them for a recurrent state."""
    if not type_.parts:
        return Name("Tensor")
    return b.index("tuple", *(Name("Tensor") for _ in type_.parts))


def freeze(frozen: list[str]) -> list[Stmt]:
    """No gradient, and inference from the start."""
    if len(frozen) == 1:
        return [b.do(_rest(b.dotted(f"self.{frozen[0]}")))]
    parts = b.tup(*(b.dotted(f"self.{name}") for name in frozen))
    return [b.for_("module", parts, b.do(_rest(Name("module"))))]


def _rest(module: Expr) -> Expr:
    return b.call(b.attr(b.call(b.attr(module, "requires_grad_"), False), "eval"))


def train(frozen: list[str]) -> Stmt:
    """Frozen parts stay in inference mode."""
    parts = [b.do(b.call(f"self.{name}.eval")) for name in frozen]
    body: list[Stmt] = [
        Docstring("Frozen parts stay as in evaluation."),
        b.do(b.call(b.attr(b.call("super"), "train"), b.name("mode"))),
        *parts,
        b.ret(b.name("self")),
    ]
    params = [b.param("self"), b.param("mode", "bool", True)]
    return b.func("train", params, body, "nn.Module")


def clear(low: Lowering) -> list[Stmt]:
    """Forgets the loss terms of the run before."""
    if not low.shared.losses:
        return []
    if low.has_losses and not low.shared.inner_losses:
        return [b.do(b.call("self.losses.clear"))]
    losses = b.call("getattr", Name("module"), "losses", b.lst())
    return [b.for_("module", b.call("self.modules"), b.do(b.call(b.attr(losses, "clear"))))]


def of_root(shared: Shared, low: Lowering) -> list[Stmt]:
    """The methods that a training script calls."""
    found: list[Stmt] = []
    if shared.losses:
        found.append(_extra_losses(low))
    if shared.penalties:
        found.append(_penalty())
    return found


def _extra_losses(low: Lowering) -> Stmt:
    doc = "The sum of the loss terms of the last run, each a mean over the batch."
    if low.has_losses and not low.shared.inner_losses:
        total: Expr = b.call("sum", b.dotted("self.losses"))
    else:
        losses = b.call("getattr", Name("module"), "losses", b.lst())
        total = b.call("sum", b.gen(b.call("sum", losses), "module", b.call("self.modules")))
    return b.func("extra_losses", ["self"], [Docstring(doc), b.ret(total)], "Tensor")


def _penalty() -> Stmt:
    doc = "The L1 and L2 penalties of the weights that ask for one."
    return b.func("penalty", ["self"], [Docstring(doc), b.ret(b.call("penalty_of", Name("self")))],
                  "Tensor")  # fmt: skip
