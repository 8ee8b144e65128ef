"""Functions that join, choose and move elements, and products of matrices, in torch."""

from __future__ import annotations

from nndsl.backends.torch.layout import Order, physical
from nndsl.backends.torch.piece import Result, Row
from nndsl.backends.torch.spell_conv import plain
from nndsl.backends.torch.spell_math import axes_code, kept
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.tree import Attr, Call, Const, Expr, Slice, Starred
from nndsl.ir.steps import MergeStep
from nndsl.ops.base import Call as Asked


def _listed(ins: tuple[Expr, ...]) -> Expr:
    """The operands of a join: a tuple, or a pushed list."""
    if ins and isinstance(ins[0], Starred):
        return ins[0].value
    return b.tup(*ins)


def _concat(view: OpView, ins: tuple[Expr, ...]) -> Result:
    axis = view.settings.int("axis")
    dim = view.order.index(axis) + (1 if view.out.batched else 0)
    return Result((b.call("torch.cat", _listed(_even(view, ins)), dim=dim),), (view.order,))


def _even(view: OpView, ins: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """Operands without a batch get one, so that they can stand beside those with one."""
    types = [v.type for v in view.step.ins]
    if not view.out.batched or all(t.batched for t in types) or len(types) != len(ins):
        return ins
    at = next(i for i, t in enumerate(types) if t.batched)
    model = view.variable(ins[at])
    size = b.index(b.attr(model, "shape"), 0)
    made = []
    for i, (code, type_) in enumerate(zip(ins, types, strict=True)):
        if i == at:
            made.append(model)
        elif type_.batched:
            made.append(code)
        else:
            made.append(b.call(b.attr(code, "expand"), size, *([-1] * type_.rank)))
    return tuple(made)


def _gathered_concat(step: MergeStep, listed: Expr, order: Order) -> Expr:
    type_ = step.out.type
    dim = physical(order, step.settings.int("axis"), type_.batched)
    return b.call("torch.cat", listed, dim=dim)


def _stack(view: OpView, ins: tuple[Expr, ...]) -> Result:
    dim = view.settings.int("axis") + (1 if view.out.batched else 0)
    return Result((b.call("torch.stack", _listed(_even(view, ins)), dim=dim),))


def _subscript(view: OpView, code: Expr, entries: dict[int, Expr]) -> Expr:
    """`code[:, entry]` with an entry for some of the file's axes."""
    items: list[Expr] = [Slice()] if view.x.batched else []
    items += [entries.get(axis, Slice()) for axis in view.order]
    while len(items) > 1 and items[-1] == Slice():
        items.pop()
    return b.index(code, *items)


def _take(view: OpView, ins: tuple[Expr, ...]) -> Result:
    axis = view.settings.int("axis")
    index = view.run(view.settings.int("index"), "index")
    return Result((_subscript(view, ins[0], {axis: index}),), (kept(view, (axis,)),))


def _slice(view: OpView, ins: tuple[Expr, ...]) -> Result:
    from nndsl.ops.select import cuts_of

    entries: dict[int, Expr] = {}
    dropped = []
    cuts = cuts_of(Asked(view.settings, (view.x,)))
    for axis, (start, stop, step, drop) in enumerate(cuts):
        if drop:
            dropped.append(axis)
            entries[axis] = view.run(start or 0, "index")
            continue
        ends = [None if v is None else view.run(v, "bound") for v in (start, stop)]
        by = None if step is None or plain(step) == 1 else view.run(step, "step")
        entries[axis] = Slice(ends[0], ends[1], by)
    return Result((_subscript(view, ins[0], entries),), (kept(view, tuple(dropped)),))


def _gather(view: OpView, ins: tuple[Expr, ...]) -> Result:
    axis = view.settings.int("axis")
    x, indices = view.x, view.step.ins[1].type
    if x.batched and indices.batched:
        dim = axis + 1
        return Result((b.call(view.helper("gather_each"), ins[0], ins[1], dim),))
    if axis == 0 or x.batched:
        return Result((_subscript(view, ins[0], {axis: ins[1]}),))
    code = _subscript(view, ins[0], {axis: ins[1]})
    if indices.batched:
        code = b.call(b.attr(code, "movedim"), axis, 0)
    return Result((code,))


def _split(view: OpView, ins: tuple[Expr, ...]) -> Result:
    axis = view.settings.int("axis")
    parts = view.settings.get("parts")
    dim = view.axis(axis)
    orders = (view.order,) * len(view.step.outs)
    if isinstance(parts, int):
        code = b.call(b.attr(ins[0], "chunk"), view.run(parts, "parts"), dim=dim)
    else:
        code = b.call(b.attr(ins[0], "split"), view.run(parts, "parts"), dim=dim)
    if len(orders) == 1:
        return Result(ins, orders)
    return Result((), orders, code)


def _top_k(view: OpView, ins: tuple[Expr, ...]) -> Result:
    return Result((), (), b.call(b.attr(ins[0], "topk"), view.run(view.settings.int("k"), "k")))


def _one_hot(view: OpView, ins: tuple[Expr, ...]) -> Result:
    code = b.call("F.one_hot", ins[0], view.run(view.settings.int("n"), "classes"))
    return Result((b.call(b.attr(code, "float")),))


def _expand(view: OpView, ins: tuple[Expr, ...]) -> Result:
    dim = view.settings.int("axis") + (1 if view.x.batched else 0)
    return Result((b.call(b.attr(ins[0], "unsqueeze"), dim),))


def _squeeze(view: OpView, ins: tuple[Expr, ...]) -> Result:
    axes = view.settings.ints("axis")
    if not axes:
        return Result(ins, (view.order,))
    code = b.call(b.attr(ins[0], "squeeze"), axes_code(view, axes))
    return Result((code,), (kept(view, axes),))


def _tile(view: OpView, ins: tuple[Expr, ...]) -> Result:
    repeats = view.settings.ints("repeats")
    sizes = [view.run(repeats[axis], "repeats") for axis in view.order]
    one = [1] if view.x.batched else []
    return Result((b.call(b.attr(ins[0], "repeat"), *one, *sizes),), (view.order,))


def _along(method: str, setting: str) -> Row:
    def apply(view: OpView, ins: tuple[Expr, ...]) -> Result:
        dim = view.axis(view.settings.int("axis"))
        args: list[Expr] = [view.run(view.settings.get(setting), setting)] if setting else []
        return Result((b.call(b.attr(ins[0], method), *args, dim),), (view.order,))

    return Row("any", apply=apply)


def _flip(view: OpView, ins: tuple[Expr, ...]) -> Result:
    axes = sorted(view.axis(axis) for axis in view.settings.ints("axis"))
    return Result((b.call(b.attr(ins[0], "flip"), *axes),), (view.order,))


# ---- products ----------------------------------------------------------------------------------


def _matmul(view: OpView, ins: tuple[Expr, ...]) -> Result:
    """`a @ b` per example: vectors and axes in front are brought to torch's broadcasting."""
    left, right = (v.type for v in view.step.ins)
    some = left.batched or right.batched
    a, c = ins
    turned = _turned(c)
    if turned is not None and right.rank == 2 and not right.batched and left.dtype == "float":
        twice = _turned(turned)
        linear = b.call("F.linear", a, turned)
        return Result((linear if twice is None else b.binop(a, "@", twice),))
    if (
        not some
        or (left.rank == right.rank and left.rank > 1)
        or (right.rank == 2 and not right.batched)
    ):
        return Result((b.binop(a, "@", c),))
    if left.rank == 1:
        a = b.call(b.attr(a, "unsqueeze"), -2)
    if right.rank == 1:
        c = b.call(b.attr(c, "unsqueeze"), -1)
    ranks = max(left.rank, 2), max(right.rank, 2)
    a = _deepen(a, left.batched, max(ranks) - ranks[0])
    c = _deepen(c, right.batched, max(ranks) - ranks[1])
    code: Expr = b.binop(a, "@", c)
    if right.rank == 1:
        code = b.call(b.attr(code, "squeeze"), -1)
    if left.rank == 1:
        code = b.call(b.attr(code, "squeeze"), -1 if right.rank == 1 else -2)
    return Result((code,))


def _turned(code: Expr) -> Expr | None:
    """The matrix that this code turns round: `w` of `w.T` and of `w.transpose(0, 1)`."""
    match code:
        case Attr(matrix, "T"):
            return matrix
        case Call(Attr(matrix, "transpose"), (Const(0), Const(1))):
            return matrix
        case _:
            return None


def _deepen(code: Expr, batched: bool, missing: int) -> Expr:
    """Axes of size 1 behind the batch."""
    for _ in range(missing if batched else 0):
        code = b.call(b.attr(code, "unsqueeze"), 1)
    return code


def _einsum(view: OpView, ins: tuple[Expr, ...]) -> Result:
    """The equation with a letter for the batch."""
    equation = str(view.settings.get("equation")).replace(" ", "")
    batch = next(letter for letter in "bnzyxwvutsrqpo" if letter not in equation)
    given, _, result = equation.partition("->")
    terms = [
        (batch if value.type.batched else "") + term
        for term, value in zip(given.split(","), view.step.ins, strict=True)
    ]
    out = (batch if view.out.batched else "") + result
    return Result((b.call("torch.einsum", Const(f"{','.join(terms)}->{out}"), *ins),))


ROWS = {
    "concat": Row("merge", apply=_concat, gathered=_gathered_concat),
    "stack": Row("file", apply=_stack),
    "take": Row("any", apply=_take),
    "slice": Row("any", apply=_slice),
    "gather": Row("file", apply=_gather),
    "split": Row("any", apply=_split),
    "top_k": Row("file", apply=_top_k),
    "one_hot": Row("file", apply=_one_hot),
    "expand": Row("file", apply=_expand),
    "squeeze": Row("any", apply=_squeeze),
    "tile": Row("any", apply=_tile),
    "repeat_axis": _along("repeat_interleave", "n"),
    "roll": _along("roll", "shift"),
    "cumsum": _along("cumsum", ""),
    "flip": Row("any", apply=_flip),
    "matmul": Row("file", apply=_matmul),
    "einsum": Row("file", apply=_einsum),
}
