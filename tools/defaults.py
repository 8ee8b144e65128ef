"""Defaults that Keras and PyTorch do not share, for docs/semantics.md.

Theirs are read from their signatures by tests/semantics/test_page.py, ours from the registries.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from nndsl.backends.training.words import LOSSES, OPTIMIZERS
from nndsl.ops.kinds import show_value
from nndsl.ops.registry import find

Value: TypeAlias = "int | float | bool | str | None"
NEEDED = "needed"  # there is no default


class Theirs(NamedTuple):
    """A setting and what the frameworks have for it.

    keras_value, torch_value: their defaults; keras_at, torch_at: whose, as `layers.Dense.units`
    below `keras` and `torch`; empty where they have no such argument. why: the choice.
    """

    word: str
    setting: str
    keras_value: Value
    torch_value: Value
    keras_at: str
    torch_at: str
    why: str

    @property
    def here(self) -> str:
        """Our default."""
        for words in (OPTIMIZERS, LOSSES):
            if self.word in words:
                found = {s.name: s.default for s in words[self.word].settings}
                return f"{found[self.setting]:g}"
        op = find(self.word)
        assert op is not None, self.word
        setting = op.setting(self.setting)
        assert setting is not None, (self.word, self.setting)
        return NEEDED if setting.required else show_value(setting.default)

    @property
    def keras(self) -> str:
        return _shown(self.keras_value, self.keras_at)

    @property
    def torch(self) -> str:
        return _shown(self.torch_value, self.torch_at)


def _shown(value: Value, at: str) -> str:
    return f"{value} (`{'.'.join(at.split('.')[-2:])}`)" if at else f"{value}"


EPS = "one number for all norms that subtract a mean"
ADAM = "it is added to the uncorrected root"
DEFAULTS = (
    Theirs("BatchNorm", "eps", 0.001, 1e-5, "layers.BatchNormalization.epsilon",
           "nn.BatchNorm2d.eps", EPS),
    Theirs("BatchNorm", "momentum", 0.99, 0.1, "layers.BatchNormalization.momentum",
           "nn.BatchNorm2d.momentum", "what is kept, PyTorch's is what comes in"),
    Theirs("LayerNorm", "eps", 0.001, 1e-5, "layers.LayerNormalization.epsilon",
           "nn.LayerNorm.eps", EPS),
    Theirs("GroupNorm", "eps", 0.001, 1e-5, "layers.GroupNormalization.epsilon",
           "nn.GroupNorm.eps", EPS),
    Theirs("GroupNorm", "groups", 32, NEEDED, "layers.GroupNormalization.groups",
           "nn.GroupNorm.num_groups", "the paper's number"),
    Theirs("InstanceNorm", "eps", 0.001, 1e-5, "layers.GroupNormalization.epsilon",
           "nn.InstanceNorm2d.eps", EPS),
    Theirs("InstanceNorm", "scale", True, False, "layers.GroupNormalization.scale",
           "nn.InstanceNorm2d.affine", "as all norms"),
    Theirs("RMSNorm", "eps", 1e-6, None, "layers.RMSNormalization.epsilon", "nn.RMSNorm.eps",
           "PyTorch's is the smallest step of the dtype: another one in each precision"),
    Theirs("leaky_relu", "slope", 0.2, 0.01, "activations.leaky_relu.negative_slope",
           "nn.LeakyReLU.negative_slope", "Keras' function; its layer has 0.3"),
    Theirs("gelu", "approximate", False, "none", "activations.gelu.approximate",
           "nn.GELU.approximate", "exact; `keras.ops.gelu` approximates by default"),
    Theirs("PReLU", "init", "Zeros", 0.25, "layers.PReLU.alpha_initializer", "nn.PReLU.init",
           "a relu at first; a slope for each channel (Keras: each element, PyTorch: one)"),
    Theirs("Dense", "init", "glorot_uniform", "U(±1 / sqrt(fan_in)), biases too",
           "layers.Dense.kernel_initializer", "", "and biases start at 0; likewise convolutions"),
    Theirs("Embedding", "init", "uniform", "N(0, 1)", "layers.Embedding.embeddings_initializer",
           "", "±0.05: small beside what is added to it"),
    Theirs("LSTM", "forget_one", True, "no: two biases, U(±1 / sqrt(units))",
           "layers.LSTM.unit_forget_bias", "", "a memory that keeps at first"),
    Theirs("LSTM", "recurrent_init", "orthogonal", "U(±1 / sqrt(units))",
           "layers.LSTM.recurrent_initializer", "", "it keeps lengths over many steps"),
    Theirs("sgd", "lr", 0.01, 0.001, "optimizers.SGD.learning_rate", "optim.SGD.lr", "Keras'"),
    Theirs("adam", "eps", 1e-7, 1e-8, "optimizers.Adam.epsilon", "optim.Adam.eps", ADAM),
    Theirs("adamw", "eps", 1e-7, 1e-8, "optimizers.AdamW.epsilon", "optim.AdamW.eps", ADAM),
    Theirs("adamw", "weight_decay", 0.004, 0.01, "optimizers.AdamW.weight_decay",
           "optim.AdamW.weight_decay", "Keras'"),
    Theirs("rmsprop", "lr", 0.001, 0.01, "optimizers.RMSprop.learning_rate", "optim.RMSprop.lr",
           "Keras'"),
    Theirs("rmsprop", "rho", 0.9, 0.99, "optimizers.RMSprop.rho", "optim.RMSprop.alpha", "Keras'"),
    Theirs("rmsprop", "eps", 1e-7, 1e-8, "optimizers.RMSprop.epsilon", "optim.RMSprop.eps",
           "under the root, as in Keras"),
)  # fmt: skip
