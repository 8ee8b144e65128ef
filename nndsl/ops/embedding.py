"""Embedding, a table of vectors, and the use of another layer's matrix turned round."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Reject, Setting, Type, Weight, Word
from nndsl.ops.broadcast import wants
from nndsl.ops.common import L1, L2, floats, init_of
from nndsl.ops.kinds import Initializer, Int, Ints, OneOf, Text
from nndsl.ops.numbers import Dim, product, same_dim, show_dim


class Embedding(Op):
    """A table of `vocab` vectors of size `dim`: every int of the input becomes its row.

    Ints of any shape; the vectors are a new last axis. Row 0 is a row like the others: a mask is a
    value of the file (`tokens != 0`), never implied. The weight is `table` (vocab, dim), started
    evenly between -0.05 and 0.05 as Keras does; or a value that is given, `table=w`.
    """

    word = "Embedding"
    formula = "table[x]"
    takes = "ints of any shape"
    given = ("table",)
    settings = (
        Setting("vocab", Int(1), "how many rows", required=True),
        Setting("dim", Int(1), "size of a vector", required=True),
        Setting("init", Initializer(), "initialiser of the table",
                default=Word("uniform", (-0.05, 0.05))),
        L1,
        L2,
    )  # fmt: skip
    examples = (
        Example("Embedding(50257, 768)", "int[?T]", "[?T, 768]", params=38_597_376, macs=0,
                source="wte of GPT-2 small: 50257 * 768"),
        Example("Embedding(10, 4, init=normal(0.02))", "int", "[4]", params=40, macs=0,
                source="arithmetic: 10 * 4"),
    )  # fmt: skip
    rejects = (
        Reject("Embedding(10, 4)", "[5]", "NN212", "rows are named by ints"),
        Reject("Embedding(0, 4)", "int[5]", "NN104", "a table has a row at least"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        x = call.x
        wants(self, call, x, "int")
        role = "" if "C" in x.axes else "C"
        roles = (*x.axes, role) if x.axes else ()
        return (Type((*x.shape, call.settings.int("dim")), "float", roles, x.batched),)

    def weights(self, call: Call) -> tuple[Weight, ...]:
        s = call.settings
        shape = (s.int("vocab"), s.int("dim"))
        init = init_of(s.get("init"))
        return (Weight("table", shape, init, True, shape, s.float("l1"), s.float("l2")),)


class Tied(Op):
    """Another layer's matrix turned round: `wte.transposed` maps [..., dim] to [..., vocab].

    Written as a dot after a shared layer, not called by name. It owns no weight: `y = x @ w.T` with
    the owner's matrix, whose name is `weight` and whose shape is `shape`. As in arXiv:1608.05859.
    """

    word = "Tied"
    formula = "x @ owner.T"
    takes = "[..., the matrix' second size]"
    settings = (
        Setting("weight", Text(), "the owner's weight", default="table", keyword=True,
                symbolic=False),
        Setting("view", OneOf("transposed"), "how it is used", default=Word("transposed"),
                keyword=True, symbolic=False),
        Setting("shape", Ints(1), "the shape of the owner's weight", required=True, keyword=True),
    )  # fmt: skip
    examples = (
        Example("Tied(shape=[50257, 768])", "[5, 768]", "[5, 50257]", macs=192_986_880,
                source="GPT-2's logits: 5 * 768 * 50257 multiplications, no new weight"),
        Example("Tied(shape=[784, 32], weight='kernel')", "[32]", "[784]", macs=25_088,
                source="arithmetic: the decoder of a tied autoencoder, 32 * 784"),
    )  # fmt: skip
    rejects = (Reject("Tied(shape=[100, 64])", "[5, 32]", "NN211", "64 is wanted"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        x, shape = call.x, call.settings.ints("shape")
        floats(call)
        name = call.settings.get("weight")
        if len(shape) != 2:
            self.refuse(call, f"`{name}` has {len(shape)} axes; only a matrix can be transposed")
        if not x.shape or not same_dim(x.shape[-1], shape[1]):
            raise call.wrong(
                "NN211",
                f"the transposed `{name}` takes [..., {show_dim(shape[1])}], not {x.show()}",
                f"project to {show_dim(shape[1])} channels first",
            )
        return (Type((*x.shape[:-1], shape[0]), "float", x.axes, x.batched),)

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        return product((*call.x.shape, call.settings.ints("shape")[0]))
