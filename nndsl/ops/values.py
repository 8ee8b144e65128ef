"""Values that a file makes itself: constants, positions of an example, random noise."""

from __future__ import annotations

from nndsl.ops.base import Call, Example, Op, Recipe, Reject, Setting, Tensor, Type, Value, Word
from nndsl.ops.broadcast import common_dtype, number_dtype, plain_tensors, wants
from nndsl.ops.kinds import Any, Float, Int, Ints, Numbers
from nndsl.ops.lists import length_of
from nndsl.ops.numbers import OpenDim, lift
from nndsl.ops.symbols import Term

_NUMPY = "numpy"


def shape_of(value: Value) -> tuple[int, ...] | None:
    """The shape of nested lists of numbers; None where they are ragged or empty.

    A list with a formula has a length with one.
    """
    if not isinstance(value, tuple) or isinstance(value, Word | Recipe | Tensor):
        return ()
    inner = {shape_of(item) for item in value}
    if len(inner) != 1:
        return None
    shape = inner.pop()
    if shape is None:
        return None
    term = getattr(value, "term", None)
    if not isinstance(term, Term):
        return (len(value), *shape)
    length = lift(len(value), length_of(term))
    assert isinstance(length, int)
    return (length, *shape)


def _dtypes(value: Value) -> list[str]:
    if isinstance(value, tuple) and not isinstance(value, Word | Recipe | Tensor):
        return [dtype for item in value for dtype in _dtypes(item)]
    return [number_dtype(value)]


class Constant(Op):
    """The numbers of the list, as a value without a batch: `constant([[0, 1], [1, 0]])`.

    It has the widest dtype of its numbers: bools, ints or floats.
    """

    word = "constant"
    formula = "array(value)"
    kind = "function"
    takes = "nothing"
    operands = ()
    unbatched = True
    settings = (Setting("value", Numbers(), "the numbers", required=True),)
    examples = (
        Example("constant([0.485, 0.456, 0.406])", "", "[3]", source="ImageNet's mean colour"),
        Example("constant([[1, 2], [3, 4], [5, 6]])", "", "int[3, 2]", source=_NUMPY),
        Example("constant(0.5)", "", "float", source=_NUMPY),
    )
    rejects = (Reject("constant([[1, 2], [3]])", "", "NN201", "the rows differ in length"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        value = call.settings.get("value")
        shape = shape_of(value)
        if shape is None:
            self.refuse(call, "the lists in `constant` must be full and of equal length")
        return (Type(shape, common_dtype(_dtypes(value)), (), False),)


class Full(Op):
    """A value without a batch that is the same number everywhere: `full([3, 4], value=0.5)`."""

    word = "full"
    formula = "full(shape, value)"
    kind = "function"
    takes = "nothing"
    operands = ()
    unbatched = True
    settings = (
        Setting("shape", Ints(1), "the shape", required=True),
        Setting("value", Float(), "the number", default=0.0, keyword=True),
    )
    examples = (
        Example("full([3, 4], value=0.5)", "", "[3, 4]", source="numpy.full"),
        Example("full([3], value=1)", "", "int[3]", source="numpy.full"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        dtype = number_dtype(call.settings.get("value"))
        return (Type(call.settings.ints("shape"), dtype, (), False),)


class Eye(Op):
    """The identity matrix [n, n], without a batch."""

    word = "eye"
    formula = "eye(n)"
    kind = "function"
    takes = "nothing"
    operands = ()
    unbatched = True
    settings = (Setting("n", Int(1), "rows and columns", required=True),)
    examples = (Example("eye(4)", "", "[4, 4]", source="numpy.eye"),)
    rejects = (Reject("eye(0)", "", "NN104", "a matrix has a row at least"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        n = call.settings.int("n")
        return (Type((n, n), "float", (), False),)


class Arange(Op):
    """0, 1, … n - 1 as ints, without a batch."""

    word = "arange"
    formula = "arange(n)"
    kind = "function"
    takes = "nothing"
    operands = ()
    unbatched = True
    settings = (Setting("n", Int(1), "how many", required=True),)
    examples = (Example("arange(77)", "", "int[77]", source="numpy.arange"),)
    rejects = (Reject("arange(0)", "", "NN104", "it has an element at least"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        return (Type((call.settings.int("n"),), "int", (), False),)


class ZerosLike(Op):
    """Zeros of a value's shape and dtype."""

    word = "zeros_like"
    formula = "zeros_like(x)"
    kind = "function"
    takes = "a value of any shape"
    examples = (Example("zeros_like", "[?T, 8]", "[?T, 8]", source="numpy.zeros_like"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        return (call.x,)


class OnesLike(Op):
    """Ones (or trues) of a value's shape and dtype."""

    word = "ones_like"
    formula = "ones_like(x)"
    kind = "function"
    takes = "a value of any shape"
    examples = (Example("ones_like", "bool[?T]", "bool[?T]", source="numpy.ones_like"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        return (call.x,)


class Noise(Op):
    """Independent standard normal numbers of the shape of `like`: drawn anew for every example.

    They are drawn in training and in inference alike; no gradient goes to `like`.
    """

    word = "noise"
    formula = "standard_normal(like.shape)"
    kind = "function"
    takes = "like=[...]"
    operands = ("like",)
    settings = (Setting("like", Any(), "the value whose shape it has", keyword=True),)
    examples = (Example("noise", "like=[2]", "[2]", source="the latent noise of a VAE"),)
    rejects = (Reject("noise", "", "NN201", "no shape is known"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if not call.ins:
            self.refuse(call, "`noise` needs a shape", "noise(like=mu)")
        plain_tensors(self, call)
        x = call.x
        return (Type(x.shape, "float", x.axes, x.batched),)


class PerExample(Op):
    """A value without a batch, once for each example of `like`: `per_example(queries, like=image)`.

    One that has a batch stays as it is. Most often this goes without saying: values with and
    without a batch meet, and a loop repeats what flows into it where its rounds give a batch.
    """

    word = "per_example"
    formula = "x"
    kind = "function"
    takes = "[...], like=[...]"
    operands = ("", "like")
    settings = (Setting("like", Any(), "a value that has the batch", keyword=True),)
    examples = (
        Example("per_example", "[100, 256], like=[800, 800, 3]", "[100, 256]",
                source="the object queries of DETR, arXiv:2005.12872"),
    )  # fmt: skip
    rejects = (Reject("per_example", "[100, 256]", "NN201", "whose examples is not said"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        if len(call.ins) != 2 or call.names != ("", "like"):
            self.refuse(
                call, "`per_example` needs to know whose examples", "per_example(x, like=y)"
            )
        return (call.x._replace(batched=any(type_.batched for type_ in call.ins)),)


class Positions(Op):
    """The positions 0, 1, … T - 1 of a sequence: ints along the first axis of x, without a batch.

    `positions(tokens) -> Embedding(1024, 768)` is GPT-2's learned position embedding.
    """

    word = "positions"
    formula = "arange(len(x))"
    kind = "function"
    takes = "[T, ...]"
    examples = (
        Example("positions", "int[?T]", "int[?T]", source="GPT-2"),
        Example("positions", "[197, 768]", "int[197]", source="numpy.arange"),
    )
    rejects = (Reject("positions", "int", "NN201", "a scalar is no sequence"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        plain_tensors(self, call)
        if not call.x.shape:
            self.refuse(call, "`positions` takes a sequence [T, ...], not a scalar")
        return (Type(call.x.shape[:1], "int", (), False),)


class Sinusoids(Op):
    """The fixed position code of arXiv:1706.03762 (section 3.5), of x's shape, without a batch.

    `[t, 2i] = sin(t / base**(2i / C))` and `[t, 2i + 1] = cos(t / base**(2i / C))`.
    """

    word = "sinusoids"
    formula = """
        steps, channels = x.shape
        angles = outer(arange(steps), base ** -(arange(0, channels, 2) / channels))
        stack([sin(angles), cos(angles)], axis=-1).reshape(x.shape)
        """
    aliases = ("sinusoidal_positions",)
    kind = "function"
    takes = "[T, C] with an even C"
    settings = (Setting("base", Float(1.0), "the longest wavelength is 2 pi times this",
                        default=10_000.0),)  # fmt: skip
    examples = (Example("sinusoids", "[?T, 512]", "[?T, 512]", source="arXiv:1706.03762"),)
    rejects = (
        Reject("sinusoids", "[8, 5]", "NN201", "sines and cosines come in pairs"),
        Reject("sinusoids", "int[8]", "NN210", "it is added to embeddings"),
    )

    def infer(self, call: Call) -> tuple[Type, ...]:
        wants(self, call, call.x, "float")
        shape = call.x.shape
        if len(shape) != 2 or isinstance(shape[1], OpenDim) or int(shape[1]) % 2:
            self.refuse(call, f"`sinusoids` takes [T, C] with an even C, not {call.x.show()}")
        return (Type(shape, "float", (), False),)
