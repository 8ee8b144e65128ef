"""Embedding, attention, recurrence, selection and raw values, as terms (see `meaning`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl.ops.numbers import Dim
from nndsl.validate.layers import Layers
from nndsl.validate.layouts import settings
from nndsl.validate.readings import Result
from nndsl.validate.terms import Tensor, alike
from nndsl.validate.views import Misfit, View, fresh


class Sequences(Layers):
    """What works on ints and on sequences [batch, steps, channels]."""

    def embedding(self, ids: Tensor, table: Tensor) -> Tensor:
        """Rows of a table [vocab, dim] as a new last axis."""
        if ids.dtype != "int" or table.rank != 2:
            raise Misfit(f"rows of {table.shape} chosen by {ids.dtype}s")
        result = Result((*range(ids.rank), ~0), (table.shape[1],))
        return self.store.apply("Embedding", (), [ids], [table], results=[result])[0]

    def one_hot(self, ids: Tensor, classes: int) -> Tensor:
        result = Result((*range(ids.rank), ~0), (classes,))
        return self.store.apply("one_hot", settings(n=classes), [ids], results=[result])[0]

    def gather(self, x: Tensor, indices: Tensor, axis: int, batched: tuple[bool, bool]) -> Tensor:
        """numpy's take along an axis; with the batch in front of both, example by example."""
        both = all(batched)
        inner = indices.shape[1:] if batched[1] else indices.shape
        front = x.shape[1:axis] if batched[0] else x.shape[:axis]
        head = x.shape[:1] if batched[0] else indices.shape[:1] if batched[1] else ()
        shape = (*head, *front, *inner, *x.shape[axis + 1 :])
        named = settings(axis=axis - batched[0], together=both, batched=batched)
        term = self.store.term("gather", named, [x.operand(), indices.operand()], [_bare(shape)])
        return Tensor(term, 0, _view(shape), x.dtype)

    def top_k(self, x: Tensor, k: int) -> tuple[Tensor, Tensor]:
        """The largest along the last axis, and where they are."""
        axes = (*range(x.rank - 1), ~0)
        results = [Result(axes, (k,), x.dtype), Result(axes, (k,), "int")]
        made = self.store.apply("top_k", settings(k=k), [x], acting=[x.rank - 1], results=results)
        return made[0], made[1]

    def noise(self, like: Tensor) -> Tensor:
        """Standard normal numbers, drawn anew at each run, that lie as another value does."""
        result = Result(tuple(range(like.rank)))
        return self.store.apply("noise", (), [like], results=[result], unique=True)[0]

    # ---- attention -------------------------------------------------------------------------------

    def attend(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, heads: int, kv_heads: int,
        causal: bool, dropout: float, frozen: bool, rope: float | None, window: int | None,
    ) -> Tensor:  # fmt: skip
        """Scaled dot-product attention of projected sequences, heads side by side.

        q [B, T, heads * d], k and v [B, S, kv_heads * d]. mask: bool, true attends; [S] or [T, S]
        per example, perhaps batched, laid out as [B or 1, T or 1, S]. rope: the base, or none.
        """
        if k.shape != v.shape or q.rank != 3 or k.rank != 3:
            raise Misfit(f"attention of {q.shape} to {k.shape} and {v.shape}")
        rate = 0.0 if frozen or not self.training else float(dropout)
        named = settings(
            heads=heads, kv_heads=kv_heads, causal=causal, dropout=rate,
            rope=None if rope is None else float(rope), window=window,
        )  # fmt: skip
        operands = [q.operand(), k.operand(), v.operand()]
        if mask is not None:
            if mask.dtype != "bool" or mask.rank != 3:
                raise Misfit(f"a mask of {mask.dtype}{mask.shape}")
            operands.append(mask.operand())
        term = self.store.term("Attention", named, operands, [_bare(q.shape)], unique=rate > 0)
        return Tensor(term, 0, _view(q.shape))

    # ---- recurrence ------------------------------------------------------------------------------

    def recurrent(
        self, kind: str, x: Tensor, units: int, weights: Mapping[str, Tensor],
        initial: Sequence[Tensor], mask: Tensor | None, backwards: bool, reset_after: bool = True,
    ) -> tuple[Tensor, ...]:  # fmt: skip
        """One direction of a recurrent layer: the results of all steps, then the last state.

        weights: kernel [in, gates * units], recurrent_kernel, perhaps bias; gates in the language's
        order. initial: the state's parts, none for zeros. mask: bool [B, T]. backwards: reads from
        the end; results stay at their steps.
        """
        if x.rank != 3:
            raise Misfit(f"{kind} on {x.shape}")
        batch, steps, channels = x.shape
        gates = {"LSTM": 4, "GRU": 3, "SimpleRNN": 1}[kind]
        wanted = {"kernel": (channels, gates * units), "recurrent_kernel": (units, gates * units)}
        for name, shape in wanted.items():
            if weights[name].shape != shape:
                raise Misfit(f"{kind}: a {name} of {weights[name].shape}, not {shape}")
        named = settings(
            kind=kind, units=units, backwards=backwards, masked=mask is not None,
            weights=tuple(sorted(weights)), states=len(initial),
            reset_after=reset_after and kind == "GRU",
        )  # fmt: skip
        operands = [x, *(weights[name] for name in sorted(weights)), *initial]
        if mask is not None:
            operands.append(mask)
        parts = 2 if kind == "LSTM" else 1
        shapes: list[tuple[Dim, ...]] = [(batch, steps, units), *[(batch, units)] * parts]
        term = self.store.term(
            "Recurrent", named, [each.operand() for each in operands], [_bare(s) for s in shapes]
        )
        return tuple(Tensor(term, at, _view(shape)) for at, shape in enumerate(shapes))

    def joined(self, how: str, forward: Tensor, backward: Tensor) -> Tensor:
        """The results of both directions."""
        if how == "concat":
            return self.concat([forward, backward], forward.rank - 1)
        alike(forward, backward)
        if how == "average":
            return self.average([forward, backward])
        return self.each({"sum": "add", "multiply": "multiply"}[how], forward, backward)


def _bare(shape: Sequence[Dim]) -> tuple[Dim, ...]:
    return tuple(dim for dim in shape if dim != 1)


def _view(shape: Sequence[Dim]) -> View:
    return fresh(shape)[1]
