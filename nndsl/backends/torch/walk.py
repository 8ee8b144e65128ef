"""The steps of a body, one function a kind: what each adds to the constructor and to `forward`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nndsl.backends.guards import guard_text
from nndsl.backends.torch import loops, merges, sides, starts
from nndsl.backends.torch.batches import alone, in_batch, widened
from nndsl.backends.torch.layout import (
    Order,
    file_order,
    physical,
    reorder,
    widen,
)
from nndsl.backends.torch.lower import Lowering, result_order
from nndsl.backends.torch.measured import measure
from nndsl.backends.torch.piece import Piece, Result, Row
from nndsl.backends.torch.place import Kept
from nndsl.backends.torch.table import row_of
from nndsl.backends.torch.uses_of import class_call
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Assert, Expr, Name
from nndsl.ir.steps import (
    AssertStep,
    GroupStep,
    GuardStep,
    IfStep,
    LetStep,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    OwnStep,
    PopStep,
    PushStep,
    Step,
    UseStep,
    Value,
    WeightReadStep,
    WeightStep,
)

# ---- layers ------------------------------------------------------------------------------------


def op(low: Lowering, step: OpStep) -> None:
    """A layer, activation or function."""
    row = row_of(low, step)
    low.flow.busy.clear()
    if row is None:
        for out in step.outs:
            low.flow.bind(out, Name("missing"), file_order(out.type))
        return
    single = len(step.ins) == 1 and not step.parts and not step.stack
    if row.pieces is not None and (single or row.apply is None):
        _in_a_row(low, step, row)
    else:
        _applied(low, step, row)


def _in_a_row(low: Lowering, step: OpStep, row: Row) -> None:
    """A layer of one operand, piece by piece."""
    assert row.pieces is not None
    value, out = step.ins[0], step.outs[0]
    order = row.wanted(step, value, low.flow.order(value))
    single = row.batch and not value.type.batched
    view = OpView(low, in_batch(step) if single else step, order)
    pieces = list(row.pieces(view))
    code = low.flow.read(value, order, inside=bool(pieces))
    code = widened(code) if single else code
    order = result_order(view)
    if out.id in low.final_ids:
        code, order = _final(low, view, pieces, code, order)
    for piece in pieces:
        code = link(low, view, piece, code)
    code = alone(code) if single else code
    low.flow.bind(out, code, order, bool(pieces) and pieces[-1].seam)


def _final(
    low: Lowering, view: OpView, pieces: list[Piece], code: Expr, order: Order
) -> tuple[Expr, Order]:
    """Leaves the last activation of the model out: `forward` puts it on `logits`."""
    last = pieces.pop()
    for piece in pieces:
        code = link(low, view, piece, code)
    pieces.clear()
    wanted = low.lay_ends(view.out)
    code = reorder(code, order, wanted, view.out.batched)
    view.order = wanted
    row = row_of(low, view.step)
    assert row is not None
    assert row.pieces is not None
    last = row.pieces(view)[-1]
    assert last.call is not None
    low.finals[view.step.outs[0].id] = last.call
    return code, wanted


def link(low: Lowering, view: OpView, piece: Piece, code: Expr) -> Expr:
    """One piece around the value: the function, or the module kept by the constructor."""
    same = piece.seam and view.order and view.out.rank == view.x.rank
    code = low.flow.temporary(code, view.out if same else None, view.order, piece.seam)
    if piece.call is not None and not low.locals_in(piece.module):
        return piece.call(code)
    if piece.module is None:
        assert piece.call is not None, view.step.op.word
        return piece.call(code)
    return b.call(view.module(piece.name, piece.module), code)


def _applied(low: Lowering, step: OpStep, row: Row) -> None:
    """A call with several operands or results, or without a module."""
    assert row.apply is not None
    view, operands = operands_of(low, step, row)
    bind_result(low, step.outs, row.apply(view, operands), view)


def operands_of(low: Lowering, step: OpStep, row: Row) -> tuple[OpView, tuple[Expr, ...]]:
    """The piped and positional operands, each in the order that the row wants."""
    values = [v for v, name in zip(step.ins, step.names or ("",) * len(step.ins), strict=True)
              if not name]  # fmt: skip
    if step.stack and step.stack in low.lists:
        for value in values:
            low.uses[value.id] -= 1
        order = low.lay(values[0].type)
        return OpView(low, step, order), (b.star(step.stack),)
    if row.want == "merge":
        return merged(low, step, values)
    orders = [row.wanted(step, v, low.flow.order(v)) for v in values]
    first = orders[0] if orders else ()
    codes = [low.flow.read(v, o) for v, o in zip(values, orders, strict=True)]
    return OpView(low, step, first), tuple(codes)


def merged(low: Lowering, step: OpStep, values: list[Value]) -> tuple[OpView, tuple[Expr, ...]]:
    """All operands in the order of the first with the result's rank, real numbers ahead of masks,
    with axes of size 1 where they have fewer; broadcasting is then torch's own."""
    rank = max((v.type.rank for v in values), default=0)
    some = any(v.type.batched for v in values)
    full = [v for v in values if v.type.rank == rank]
    full.sort(key=lambda v: v.type.dtype != "float")
    order = next((low.flow.order(v) for v in full if v.type.batched == some), None)
    order = low.flow.order(full[0]) if order is None else order
    codes = []
    for value in values:
        given = low.flow.order(value)
        code = low.flow.read(value)
        codes.append(widen(code, value.type, given, rank, order, some))
    return OpView(low, step, order, merged=True), tuple(codes)


def bind_result(
    low: Lowering, outs: tuple[Value, ...], result: Result, view: OpView | None = None
) -> None:
    """Names the results of a call."""
    orders = [
        (result.orders[i] if i < len(result.orders) else None) or file_order(out.type)
        for i, out in enumerate(outs)
    ]
    if result.many is not None:
        targets = [_target(low, out) for out in outs]
        low.flow.out.append(b.assign(b.target(*targets), result.many))
        for out, target, order in zip(outs, targets, orders, strict=True):
            low.flow.bind(out, Name(target), order)
        return
    for out, code, order in zip(outs, result.code, orders, strict=True):
        low.flow.bind(out, code, order)


def _target(low: Lowering, out: Value) -> str:
    """A variable for one of several results; `_` for one that nobody reads."""
    if not low.uses.get(out.id):
        return "_"
    label = low.body.labels.get(out.id, "")
    if label:
        return low.flow.label(label)
    return low.names.variables.fresh("state" if out.type.parts else "x")


# ---- blocks, shared layers, weights ------------------------------------------------------------


def use(low: Lowering, step: UseStep) -> None:
    """A block: its class made in the constructor, called in `forward`."""
    made, _ = class_call(low, step)
    low.flow.busy.clear()
    ref = low.keep_module(step, "", made)
    lay = low.lay_in(step)
    operands = tuple(low.flow.read(value, lay(value.type)) for value in ports(step))
    final = step.outs[0].id in low.final_ids
    code = b.call(b.attr(ref, "logits") if final else ref, *operands)
    if final:
        low.finals[step.outs[0].id] = low.shared.last[id(low.shared.program.plan(step.instance))][0]
    orders = tuple(lay(out.type) for out in step.outs)
    if len(step.outs) == 1:
        bind_result(low, step.outs, Result((code,), orders))
    else:
        bind_result(low, step.outs, Result((), orders, code))


def ports(step: UseStep) -> tuple[Value, ...]:
    """The operands in the order of the block's inputs."""
    named = dict(zip(step.names, step.ins, strict=True))
    return tuple(named[port.name if port.name in named else ""] for port in step.instance.inputs)


def own(low: Lowering, step: OwnStep) -> None:
    """`shared x = …`: makes the modules here; the uses refer to them."""
    first = step.use
    if first is None:
        return
    if isinstance(first, UseStep):
        made, _ = class_call(low, first)
        low.keep_module(first._replace(frozen=step.frozen, owner=step.site.name), "", made)
        return
    row = row_of(low, first)
    if row is None:
        return
    saved = low.flow
    low.flow = saved.blank(first.ins)
    op(low, first._replace(frozen=step.frozen, owner=step.site.name))
    low.flow = saved


def weight(low: Lowering, step: WeightStep) -> None:
    """A raw weight: a parameter of the class."""
    made = starts.parameter(low, step)
    ref = low.place.keep(Kept(step.site.name, made, "nn.ParameterList"))
    low.places[step.site.name] = ref
    low.flow.bind(step.out, ref, file_order(step.out.type))


def weight_read(low: Lowering, step: WeightReadStep) -> None:
    """Another layer's weight as a value, in the language's layout."""
    low.flow.bind(step.out, starts.weight_view(low, step), file_order(step.out.type))


# ---- braces, stacks, terms ---------------------------------------------------------------------


def group(low: Lowering, step: GroupStep) -> None:
    low.inline(step.body)
    low.alias(step.out, step.body.out)


def let(low: Lowering, step: LetStep) -> None:
    if step.term.op == "dim":  # a constructor knows it as `in_height`
        low.vars[step.name] = low.code(step.term)
        measure(low, step)
        return
    """A number with a name: a local of the constructor, dropped later if nothing reads it."""
    name = low.names.locals.fresh(step.name)
    low.place.init.append(b.assign(name, low.code(step.term)))
    low.vars[step.name] = Name(name)
    measure(low, step)


def guard(low: Lowering, step: GuardStep) -> None:
    """A choice that was settled for all uses: other arguments are refused."""
    test = low.code(step.cond)
    wrong = b.not_(test) if step.expected else test
    message = b.const(guard_text(low.plan.definition.name, step, test))
    low.place.init.append(b.if_(wrong, [b.raise_("ValueError", message)]))


def push(low: Lowering, step: PushStep) -> None:
    if step.stack in low.known:
        low.known[step.stack].append(step.value)
        return
    if step.stack not in low.lists:
        low.flow.drop(step.value)
        return
    low.flow.settle_mentions(step.stack)
    code = low.flow.read(step.value, low.lay(step.value.type), inside=False)
    low.flow.out.append(b.do(b.call(b.attr(step.stack, "append"), code)))


def pop(low: Lowering, step: PopStep) -> None:
    if step.stack in low.known:
        _known(low, step, low.known[step.stack])
        return
    if step.stack not in low.lists:
        low.alias(step.out, step.pushed)
        return
    low.flow.settle_mentions(step.stack)
    owner = Name(step.stack)
    code: Expr = b.call(b.attr(owner, "pop")) if step.index is None else b.index(owner, step.index)
    low.flow.bind(step.out, code, low.lay(step.out.type))


def _known(low: Lowering, step: PopStep, values: list[Value]) -> None:
    """What a list gives that stands for its values one by one: the push counts as a reading."""
    if step.index is None:
        low.alias(step.out, values.pop())
        return
    value = values[step.index]
    low.flow.bind(step.out, low.flow.settle(value), low.flow.order(value))


def loss(low: Lowering, step: LossStep) -> None:
    """A loss term: kept, averaged over the batch, until `extra_losses` takes it."""
    low.shared.losses = True
    code = low.flow.read(step.value, inside=False)
    mean = b.call(b.attr(low.flow.temporary(code), "mean"))
    low.flow.out.append(b.do(b.call("self.losses.append", mean)))
    low.has_losses = True
    low.shared.inner_losses |= not low.root


def check(low: Lowering, step: AssertStep) -> None:
    """`shape[…]`: equalities that only a run can tell."""
    if not step.open:
        return
    order = low.flow.order(step.value)
    variable = low.flow.settle(step.value)
    low.flow.drop(step.value)
    for axis, term in step.open:
        at = physical(order, axis, step.value.type.batched)
        size = b.index(b.attr(variable, "shape"), at)
        wanted = low.run_term(term, "size", "", step.site.name)
        low.flow.out.append(Assert(b.compare(size, "==", wanted)))


WALKS: Mapping[type[Step], Callable[[Lowering, Any], None]] = {
    OpStep: op,
    UseStep: use,
    OwnStep: own,
    WeightStep: weight,
    WeightReadStep: weight_read,
    MergeStep: merges.merge,
    IfStep: sides.choose,
    LoopStep: loops.loop,
    GroupStep: group,
    GuardStep: guard,
    LetStep: let,
    PushStep: push,
    PopStep: pop,
    LossStep: loss,
    AssertStep: check,
}
