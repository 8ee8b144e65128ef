"""Plans to classes: signatures by fixpoint, then constructor, forward and the methods around."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nndsl.backends.docs import doc_of
from nndsl.backends.torch import methods
from nndsl.backends.torch.annotations import parameter
from nndsl.backends.torch.coalesce import coalesce
from nndsl.backends.torch.conditions import share
from nndsl.backends.torch.functions import with_functions
from nndsl.backends.torch.hoist import hoist
from nndsl.backends.torch.lower import Lowering
from nndsl.backends.torch.prune import prune, tidy
from nndsl.backends.torch.rename import renames
from nndsl.backends.torch.shared import Shared
from nndsl.backends.torch.signature import Signature, full_signature
from nndsl.emit import build as b
from nndsl.emit.tree import Assign, ClassDef, Docstring, Expr, Param, Stmt
from nndsl.emit.unpack import unpacked
from nndsl.emit.walk import names
from nndsl.ir.grouping import uses_in
from nndsl.ir.steps import Plan, Result


class Lowered:
    """A class as written: its tree, and the lowering that wrote it."""

    def __init__(self, tree: ClassDef, low: Lowering, live: frozenset[str]) -> None:
        self.tree = tree
        self.low = low
        self.live = live


def declare_ahead(shared: Shared) -> bool:
    """True where a plan calls one that comes after it; then all have a signature to begin with."""
    plans = shared.program.plans
    place = {id(plan): i for i, plan in enumerate(plans)}
    ahead = any(
        place[id(shared.program.plan(instance))] > i
        for i, plan in enumerate(plans)
        for instance in uses_in(plan.body)
    )
    if ahead:
        for plan in plans:
            shared.signatures.setdefault(id(plan), full_signature(plan).only(frozenset()))
    return ahead


def lower_plan(plan: Plan, shared: Shared, root: bool) -> ClassDef:
    """The class of a plan; its signature is the least one that the constructor reads."""
    full = full_signature(plan)
    signature = full.only(frozenset())
    renamed: Mapping[str, str] = {}
    running: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    while True:
        shared.signatures[id(plan)] = signature
        lowered = _attempt(plan, shared, signature, root, renamed, running, numbered)
        if not lowered.low.measured.asked <= running:
            running |= lowered.low.measured.asked
            continue
        larger = full.only(lowered.live | frozenset(signature.python))
        if larger == signature and not renamed and renames(lowered.low.kept):
            renamed = renames(lowered.low.kept)
        elif larger == signature and not numbered and lowered.low.repeated():
            numbered = lowered.low.repeated()
        elif larger == signature:
            shared.places[id(plan)] = lowered.low.places
            shared.last[id(plan)] = tuple(lowered.low.finals.values())
            return lowered.tree
        signature = larger


def _attempt(
    plan: Plan,
    shared: Shared,
    signature: Signature,
    root: bool,
    renamed: Mapping[str, str],
    running: frozenset[str],
    numbered: frozenset[str],
) -> Lowered:
    finals = shared.finals.get(id(plan), frozenset())
    low = Lowering(plan, shared, signature, root, finals, renamed, running, numbered)
    if root:
        low.hold()
    low.steps(plan.body.steps)
    results = [_result(low, result) for result in plan.body.outputs]
    init = coalesce(prune(low.top.init), low.names.locals.bases)
    arguments = frozenset(signature.python)
    init = share(tidy(hoist(init, arguments, low.names.locals)), arguments)
    init = with_functions(init, plan.definition, arguments, low.names.locals)
    live = names(*init) if full_signature(plan).python else frozenset[str]()
    body: list[Stmt] = []
    doc = doc_of(plan)
    if doc:
        body.append(Docstring(doc))
    body.append(_constructor(low, signature, init, root))
    body += _forwards(low, results)
    if low.top.frozen:
        body.append(methods.train(low.top.frozen))
    if root:
        body += methods.of_root(shared, low)
    return Lowered(b.cls(plan.name, ["nn.Module"], body), low, live)


def _result(low: Lowering, result: Result) -> Expr:
    """An output as `forward` (or `logits`) returns it."""
    value = result.value
    order = low.lay_ends(value.type)
    return low.flow.read(value, order, inside=False)


def _constructor(low: Lowering, signature: Signature, init: list[Stmt], root: bool) -> Stmt:
    params = [Param("self"), *_params(low.plan, signature)]
    body: list[Stmt] = [b.do(b.call(b.attr(b.call(b.name("super")), "__init__")))]
    if low.has_losses:
        body.append(b.assign("self.losses", b.lst(), annotation=b.index("list", b.name("Tensor"))))
    body += init
    if low.top.frozen:
        body += methods.freeze(low.top.frozen)
    if root:
        body.append(b.do(b.call("self.apply", b.name("init_weights"))))
    return b.func("__init__", params, body)


def _params(plan: Plan, signature: Signature) -> Iterable[Param]:
    """Parameters; a default only where none without one follows."""
    yield from (b.param(d.python, "int") for d in signature.dims)
    last = max((i for i, a in enumerate(signature.settings) if a.required), default=-1)
    for i, argument in enumerate(signature.settings):
        yield parameter(plan, argument, i > last and not argument.required)


def _forwards(low: Lowering, results: list[Expr]) -> list[Stmt]:
    """`forward`, or `logits` and a `forward` that puts the last activation on it."""
    ports = zip(low.ports, low.body.inputs, strict=True)
    params = [Param("self"), *(b.param(p, methods.annotation(v.value.type)) for p, v in ports)]
    outs = [methods.annotation(r.value.type) for r in low.body.outputs]
    returns = outs[0] if len(outs) == 1 else b.index("tuple", *outs)
    body = [*_before(low), *low.prelude, *unpacked(low.flow.out, low.measured.places)]
    stacks = [s for s in low.body.stacks if s in low.lists]
    body = [*(b.assign(s, b.lst()) for s in stacks), *body]
    value = results[0] if len(results) == 1 else b.tup(*results)
    last = low.body.outputs[0].value
    comment = low.flow.closing(last, value, low.lay_ends(last.type)) if len(results) == 1 else ""
    body = ended(body, value, comment)
    if not low.finals:
        return [b.func("forward", params, body, returns)]
    logits = b.func("logits", params, body, returns)
    return [logits, b.func("forward", params, _activated(low), returns)]


def ended(body: list[Stmt], value: Expr, comment: str = "") -> list[Stmt]:
    """The statements and the return; a variable that is set only to be returned is left out."""
    last = body[-1] if body else None
    if isinstance(last, Assign) and last.targets == (value,) and last.value is not None:
        return [*body[:-1], b.ret(last.value, last.comment)]
    return [*body, b.ret(value, comment)]


def _before(low: Lowering) -> list[Stmt]:
    """The terms of an earlier run are forgotten."""
    return methods.clear(low) if low.root else []


def _activated(low: Lowering) -> list[Stmt]:
    """The last activations on what `logits` gives."""
    call = b.call("self.logits", *(b.name(port) for port in low.ports))
    outputs = low.body.outputs
    if len(outputs) == 1:
        return [b.ret(low.finals[outputs[0].value.id](call))]
    targets = [r.name or f"output{i + 1}" for i, r in enumerate(outputs)]
    made = [
        low.finals[r.value.id](b.name(t)) if r.value.id in low.finals else b.name(t)
        for r, t in zip(outputs, targets, strict=True)
    ]
    return [b.assign(b.target(*targets), call), b.ret(b.tup(*made))]
