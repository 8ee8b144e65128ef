"""Products of matrices and of any axes: `a @ b` and einsum. Axes are counted without the batch."""

from __future__ import annotations

from typing import NoReturn

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type
from nndsl.ops.broadcast import agree, batched, broadcast, common_dtype, plain_tensors
from nndsl.ops.kinds import Text
from nndsl.ops.numbers import Dim, product, same_dim

_NUMPY = "numpy, per example"


class Matmul(Op):
    """The matrix product `a @ b` of the last two axes; axes before them broadcast.

    A vector is a row on the left and a column on the right, and its axis goes away (numpy's rule).
    """

    word = "matmul"
    formula = "a @ b"
    kind = "function"
    takes = "[..., n, k] and [..., k, m]"
    operands = ("", "")
    examples = (
        Example("matmul", "[8, 5, 64], [64, 7]", "[8, 5, 7]", macs=17_920,
                source="numpy, per example; 8 * 5 * 64 * 7"),
        Example("matmul", "[?T, 64], [64, ?T]", "[?T, ?T]", source=_NUMPY),
        Example("matmul", "[64], [64, 7]", "[7]", macs=448, source="numpy, per example; 64 * 7"),
        Example("matmul", "[64], [64]", "float", macs=64, source="numpy: a dot product"),
    )  # fmt: skip
    rejects = (
        Reject("matmul", "[5, 64], [32, 7]", "NN211", "64 and 32 differ"),
        Reject("matmul", "[5, 64], float", "NN201", "a scalar is no matrix"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        if len(call.ins) != 2 or any(not t.shape for t in call.ins):
            self.refuse(call, "`@` takes two values with axes", "multiply by a number with *")
        left, right = call.ins
        if not same_dim(left.shape[-1], right.shape[-2:][0]):
            raise call.wrong(
                "NN211",
                f"`@` cannot multiply {left.show()} by {right.show()}: the inner sizes differ",
                "transpose one of them, or project it",
            )
        outer = broadcast(self, call, [Type(t.shape[:-2]) for t in call.ins])
        shape = (*outer, *left.shape[-2:-1], *(right.shape[-1:] if right.rank > 1 else ()))
        return (Type(shape, common_dtype([t.dtype for t in call.ins]), (), batched(call)),)

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product((*outs[0].shape, call.x.shape[-1]))


class Einsum(Op):
    """Sums of products by letters, one for each axis per example: `einsum("td,sd->ts", a, b)`.

    Letters that the result leaves out are summed over. The batch has no letter.
    """

    word = "einsum"
    formula = "einsum(equation, *operands)"
    kind = "function"
    takes = "values whose axes are named by letters"
    settings = (
        Setting("equation", Text(), "letters of the operands and of the result", required=True,
                symbolic=False),
    )  # fmt: skip
    operands = ("", "")
    examples = (
        Example('einsum("td,sd->ts")', "[5, 64], [7, 64]", "[5, 7]", macs=2_240,
                source="numpy, per example; 5 * 7 * 64"),
        Example('einsum("hwc->c")', "[4, 4, 8]", "[8]", macs=0, source=_NUMPY),
    )  # fmt: skip
    rejects = (
        Reject('einsum("td,sd->ts")', "[5, 64], [7, 32]", "NN211", "d is 64 and 32"),
        Reject('einsum("td->t")', "[5]", "NN201", "two letters for one axis"),
        Reject('einsum("td")', "[5, 4]", "NN201", "no result is named"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        terms, result = self.terms(call)
        sizes: dict[str, Dim] = {}
        for term, type_ in zip(terms, call.ins, strict=True):
            for letter, dim in zip(term, type_.shape, strict=True):
                if not same_dim(sizes.setdefault(letter, dim), dim):
                    self._differ(call, letter, sizes[letter], dim)
                sizes[letter] = agree(sizes[letter], dim)
        dtype = common_dtype([t.dtype for t in call.ins])
        return (Type(tuple(sizes[letter] for letter in result), dtype, (), batched(call)),)

    def terms(self, call: Call) -> tuple[list[str], str]:
        """The letters of each operand, and of the result; NN201 where they do not fit."""
        text = str(call.settings.get("equation")).replace(" ", "")
        given, arrow, result = text.partition("->")
        terms = given.split(",")
        letters = "".join(terms)
        if not arrow or not all(c.isalpha() and c.isascii() for c in letters + result):
            self.refuse(call, f"`{text}` is no equation of letters", 'as in "td,sd->ts"')
        if len(terms) != len(call.ins) or any(
            len(term) != type_.rank or len(set(term)) < len(term)
            for term, type_ in zip(terms, call.ins, strict=True)
        ):
            shown = ", ".join(t.show() for t in call.ins)
            self.refuse(call, f"`{text}` does not fit {shown}", "one letter for every axis")
        if len(set(result)) < len(result) or set(result) - set(letters):
            self.refuse(call, f"`{result}` is no result of `{given}`", "use each letter once")
        return terms, result

    def _differ(self, call: Call, letter: str, left: Dim, right: Dim) -> NoReturn:
        raise call.wrong("NN211", f"`{letter}` of the equation is {left!r} and {right!r}")

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        """One for each combination of letters; a single operand is only summed."""
        terms, _ = self.terms(call)
        if len(terms) < 2:
            return 0
        sizes = {
            letter: dim
            for term, type_ in zip(terms, call.ins, strict=True)
            for letter, dim in zip(term, type_.shape, strict=True)
        }
        return product(tuple(sizes.values()))
