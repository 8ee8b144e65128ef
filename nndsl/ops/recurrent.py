"""Recurrent layers, their state, and how the two directions of a sequence meet."""

from __future__ import annotations

from typing import ClassVar

from nndsl.ops.base import Call, Example, Init, Op, Reject, Setting, Settings, Type, Weight, Word
from nndsl.ops.broadcast import batched, wants
from nndsl.ops.common import BIAS, BIAS_INIT, INIT, L1, L2, channel_dim, init_of
from nndsl.ops.initializers import FORGET_ONE, fans_of
from nndsl.ops.kinds import Any, Flag, Initializer, Int, OneOf
from nndsl.ops.numbers import Dim, product, same_dim

UNITS = Setting("units", Int(1), "size of the state", required=True)


def _flag(name: str, doc: str, default: bool = False) -> Setting:
    return Setting(name, Flag(), doc, default=default, keyword=True, symbolic=False)


SEQUENCES = _flag("sequences", "gives the result of every step, [T, units]")
STATE = _flag("state", "gives the last state as a second result")
REVERSE = _flag("reverse", "reads the sequence from its end")
BIDIRECTIONAL = _flag("bidirectional", "reads it both ways, with weights of their own")
MERGE = Setting(
    "merge", OneOf("concat", "sum", "average", "multiply"), "how the two directions meet",
    default=Word("concat"), keyword=True, symbolic=False,
)  # fmt: skip
MASK = Setting("mask", Any(), "bool[T]: false steps are skipped", keyword=True)
INITIAL = Setting("initial", Any(), "the state to begin with; zeros", keyword=True)
RECURRENT_INIT = Setting(
    "recurrent_init", Initializer(), "initialiser of the recurrent kernel",
    default=Word("orthogonal", (1.0,)), keyword=True,
)  # fmt: skip
SHARED = (UNITS, SEQUENCES, STATE, REVERSE, BIDIRECTIONAL, MERGE, MASK, INITIAL)
STARTS = (BIAS, INIT, RECURRENT_INIT, BIAS_INIT, L1, L2)


class _Recurrent(Op):
    """What the three share: directions, state, mask and the work of a step."""

    takes = "[T, channels]"
    operands: ClassVar[tuple[str, ...]] = ("", "mask", "initial")
    results = ("", "state")
    gates: ClassVar[int]
    carried: ClassVar[tuple[str, ...]] = ("h",)  # the parts of the state

    def resolve(self, call: Call) -> Settings:
        _sequence(self, call)
        if call.settings.flag("reverse") and call.settings.flag("bidirectional"):
            self.refuse(
                call,
                f"a bidirectional `{self.word}` reads both ways already",
                "leave `reverse` out, or reverse the sequence with flip(0)",
            )
        return call.settings

    def infer(self, call: Call) -> tuple[Type, ...]:
        _mask(call)
        self._initial(call)
        s, steps, some = call.settings, call.x.shape[0], batched(call)
        units = s.int("units")
        both = s.flag("bidirectional") and s.word("merge") == "concat"
        width = 2 * units if both else units
        shape: tuple[Dim, ...] = (steps, width) if s.flag("sequences") else (width,)
        result = Type(shape, "float", call.x.axes if s.flag("sequences") else (), some)
        return (result, self.state(call, some)) if s.flag("state") else (result,)

    def state(self, call: Call, some: bool) -> Type:
        """The state's type: `h` (LSTM: `h, c`), and the same again for the way back."""
        ways = 2 if call.settings.flag("bidirectional") else 1
        part = Type((call.settings.int("units"),), "float", (), some)
        return Type((), "state", (), some, (part,) * len(self.carried) * ways)

    def _initial(self, call: Call) -> None:
        """NN217 where the initial state is not one of this layer's."""
        given = call.named("initial")
        if given is None:
            return
        wanted = self.state(call, True)
        if [p.shape for p in given.parts] != [p.shape for p in wanted.parts]:
            raise call.wrong(
                "NN217",
                f"`{self.word}` begins with {wanted.show()}, not with {given.show()}",
                "a state comes from such a layer with state=true, or from pack_state",
            )

    def weights(self, call: Call) -> tuple[Weight, ...]:
        forward = self._direction(call, "")
        if not call.settings.flag("bidirectional"):
            return forward
        return (*forward, *self._direction(call, "backward_"))

    def _direction(self, call: Call, prefix: str) -> tuple[Weight, ...]:
        s, channels = call.settings, channel_dim(call, 1)
        units = s.int("units")
        wide = self.gates * units
        kernel = Weight(
            f"{prefix}kernel", (channels, wide), init_of(s.get("init")), True, (channels, wide),
            s.float("l1"), s.float("l2"),
        )  # fmt: skip
        recurrent = Weight(
            f"{prefix}recurrent_kernel", (units, wide), init_of(s.get("recurrent_init")), True,
            (units, wide),
        )  # fmt: skip
        if not s.flag("bias"):
            return kernel, recurrent
        shape = self.bias_shape(call, wide)
        return (
            kernel,
            recurrent,
            Weight(f"{prefix}bias", shape, self.bias_init(call), True, fans_of(shape)),
        )

    def bias_shape(self, call: Call, wide: int) -> tuple[int, ...]:
        return (wide,)

    def bias_init(self, call: Call) -> Init:
        return init_of(call.settings.get("bias_init"))

    def macs(self, call: Call, outs: tuple[Type, ...]) -> Dim:
        """Both kernels once for every step; gates and states are elementwise."""
        s, (steps, channels) = call.settings, call.x.shape
        units = s.int("units")
        ways = 2 if s.flag("bidirectional") else 1
        return product((ways * self.gates, units, steps)) * (channels + units)


def _sequence(op: Op, call: Call) -> None:
    wants(op, call, call.x, "float")
    if call.x.rank != 2:
        op.refuse(
            call,
            f"`{op.word}` takes a sequence [T, channels], not {call.x.show()}",
            "a recurrent layer before it gives its last step: `sequences=true` there gives all;"
            "\nof a picture `Reshape(49, 64)` makes steps, `expand(axis=0)` one step of a vector",
        )


def _mask(call: Call) -> None:
    """NN216 where the mask is not bool[T]."""
    mask, steps = call.named("mask"), call.x.shape[0]
    if mask is None:
        return
    if mask.dtype != "bool" or mask.rank != 1 or not same_dim(mask.shape[0], steps):
        raise call.wrong(
            "NN216",
            f"a mask here is {Type((steps,), 'bool').show()}, not {mask.show()}",
            "true steps are read; make it by a comparison, as in `tokens != 0`",
        )


class LSTM(_Recurrent):
    """Long short-term memory: the last result [units], or all of them with `sequences=true`.

    `i, f, g, o = split(x kernel + h recurrent_kernel + bias)`, `c = sigmoid(f) c + sigmoid(i)
    tanh(g)`, `h = sigmoid(o) tanh(c)`: one bias, gates in the order i, f, g, o, forget bias
    starting at 1 (Keras). `state=true` gives the state as a second result, one value that `h, c =
    last` opens; `initial=` takes one. Steps where `mask` is false leave the state as it is and give
    0. `reverse=true` reads from the end; results stay at their steps. `bidirectional=true` has a
    second set of weights for the way back (`backward_kernel`, …) and joins the results by `merge`;
    its state holds h, c and then the way back's h, c.
    """

    word = "LSTM"
    formula = """
        def step(x, h, c, kernel, recurrent_kernel, bias):
            i, f, g, o = split(x @ kernel + h @ recurrent_kernel + bias, 4)
            c = sigmoid(f) * c + sigmoid(i) * tanh(g)
            return sigmoid(o) * tanh(c), c

        read(step, x, **sequence)
        """
    gates = 4
    carried = ("h", "c")
    settings: ClassVar[tuple[Setting, ...]] = (
        *SHARED,
        _flag("forget_one", "where bias_init is zeros, the forget gate's bias starts at 1", True),
        *STARTS,
    )
    examples = (
        Example("LSTM(64)", "[28, 28]", "[64]", params=23_808, macs=659_456,
                source="Keras: 4 * 64 * (28 + 64 + 1); 28 * 4 * 64 * (28 + 64)"),
        Example("LSTM(256, sequences=true, state=true)", "[?T, 256], mask=bool[?T]",
                "[?T, 256], state([256], [256])", params=525_312,
                source="Keras: 4 * 256 * (256 + 256 + 1)"),
        Example("LSTM(64, bidirectional=true)", "[80, 128]", "[128]", params=98_816,
                source="keras.layers.Bidirectional(LSTM(64)): 2 * 4 * 64 * (128 + 64 + 1)"),
        Example("LSTM(8, sequences=true)", "[?T, 4], initial=state([8], [8])", "[?T, 8]",
                params=416, source="Keras: 4 * 8 * (4 + 8 + 1)"),
    )  # fmt: skip
    rejects = (
        Reject("LSTM(8)", "[4]", "NN201", "a vector is no sequence"),
        Reject("LSTM(8)", "int[5]", "NN210", "tokens must be embedded first"),
        Reject("LSTM(8)", "[5, 4], mask=bool[6]", "NN216", "there are 5 steps"),
        Reject("LSTM(8)", "[5, 4], initial=state([8])", "NN217", "h and c are wanted"),
        Reject("LSTM(8, reverse=true, bidirectional=true)", "[5, 4]", "NN201", "both already"),
    )

    def bias_init(self, call: Call) -> Init:
        plain = super().bias_init(call)
        if call.settings.flag("forget_one") and plain.name == "zeros":
            return Init(FORGET_ONE)
        return plain


class GRU(_Recurrent):
    """The gated recurrent unit (arXiv:1406.1078).

    `z, r = sigmoid(x kernel + h recurrent_kernel + bias)`, a candidate `g` with tanh, and
    `h = z h + (1 - z) g`; gates in the order z, r, g (Keras). With `reset_after` (the default, as
    in torch) r multiplies after the recurrent matrix, and there are two biases, [2, 3 units]: the
    input's and the recurrence's; without it r multiplies h before, and there is one. All else as
    in LSTM; the state is h alone.
    """

    word = "GRU"
    formula = """
        def step(x, h, kernel, recurrent_kernel, bias):
            if reset_after:
                own, back = broadcast_to(bias, (2, 3 * units))
                z, r, g = split(x @ kernel + own, 3)
                z_h, r_h, g_h = split(h @ recurrent_kernel + back, 3)
                g = tanh(g + sigmoid(r + r_h) * g_h)
            else:
                z, r, g = split(x @ kernel + bias, 3)
                to_z, to_r, to_g = split(recurrent_kernel, 3, axis=1)
                z_h = h @ to_z
                g = tanh(g + (sigmoid(r + h @ to_r) * h) @ to_g)
            z = sigmoid(z + z_h)
            return (z * h + (1 - z) * g,)

        read(step, x, **sequence)
        """
    gates = 3
    settings: ClassVar[tuple[Setting, ...]] = (
        *SHARED,
        _flag("reset_after", "the reset gate acts after the recurrent matrix", True),
        *STARTS,
    )
    examples = (
        Example("GRU(4)", "[10, 5]", "[4]", params=132,
                source="measured in Keras and torch: 3 * 4 * (5 + 4 + 2)"),
        Example("GRU(4, reset_after=false)", "[10, 5]", "[4]", params=120,
                source="measured in Keras: 3 * 4 * (5 + 4 + 1)"),
        Example("GRU(32, sequences=true, state=true)", "[10, 16]", "[10, 32], state([32])",
                params=4_800, macs=46_080,
                source="Keras: 3 * 32 * (16 + 32 + 2); 10 * 3 * 32 * (16 + 32)"),
    )  # fmt: skip
    rejects = (Reject("GRU(8)", "[2, 3, 4]", "NN201", "no sequence of vectors"),)

    def bias_shape(self, call: Call, wide: int) -> tuple[int, ...]:
        return (2, wide) if call.settings.flag("reset_after") else (wide,)


class SimpleRNN(_Recurrent):
    """The plain recurrent layer: `h = tanh(x kernel + h recurrent_kernel + bias)`, one bias.

    Settings, masks and states as in LSTM; the state is h alone.
    """

    word = "SimpleRNN"
    formula = """
        def step(x, h, kernel, recurrent_kernel, bias):
            return (tanh(x @ kernel + h @ recurrent_kernel + bias),)

        read(step, x, **sequence)
        """
    aliases = ("RNN",)
    gates = 1
    settings: ClassVar[tuple[Setting, ...]] = (*SHARED, *STARTS)
    examples = (
        Example("SimpleRNN(4)", "[10, 5]", "[4]", params=40, macs=360,
                source="measured in Keras: 4 * (5 + 4 + 1); 10 * 4 * (5 + 4)"),
        Example("SimpleRNN(4, sequences=true, reverse=true)", "[?T, 5]", "[?T, 4]", params=40,
                source="Keras"),
        Example("SimpleRNN(4, bidirectional=true, merge=sum, sequences=true)", "[10, 5]",
                "[10, 4]", params=80, source="keras.layers.Bidirectional(merge_mode='sum')"),
    )  # fmt: skip
    rejects = (Reject("SimpleRNN(0)", "[5, 4]", "NN104", "a state has a number at least"),)


class PackState(Op):
    """A recurrent state made of tensors: `pack_state(h, c)` for an LSTM, of `h` for a GRU."""

    word = "pack_state"
    formula = "operands"
    kind = "function"
    takes = "vectors of one size"
    operands = ("", "")
    examples = (
        Example("pack_state", "[8], [8]", "state([8], [8])", source="arithmetic"),
        Example("pack_state", "[8]", "state([8])", source="arithmetic"),
    )
    rejects = (Reject("pack_state", "[8, 8]", "NN217", "a part of a state is a vector"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        for part in call.ins:
            wants(self, call, part, "float")
            if part.rank != 1 or not same_dim(part.shape[0], call.x.shape[0]):
                raise call.wrong(
                    "NN217",
                    f"the parts of a state are vectors of one size, not {part.show()}",
                    "project with Dense",
                )
        return (Type((), "state", (), batched(call), call.ins),)


class OpenState(Op):
    """The tensors of a recurrent state; written as `h, c = last` rather than called."""

    word = "open_state"
    formula = "x"
    kind = "function"
    takes = "a recurrent state"
    examples = (Example("open_state", "state([8], [8])", "[8], [8]", source="arithmetic"),)
    rejects = (Reject("open_state", "[8]", "NN212", "a tensor has no parts"),)

    def infer(self, call: Call) -> tuple[Type, ...]:
        if call.x.dtype != "state":
            raise call.wrong(
                "NN212",
                f"`open_state` opens a recurrent state, not {call.x.show()}",
                "take several elements with split or subscripts",
            )
        return call.x.parts
