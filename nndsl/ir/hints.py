"""Words of Keras' and PyTorch's that the language has no word for: what is written instead."""

from __future__ import annotations

from collections.abc import Mapping

INPUT = "an input is a line of its own: `input image: [28, 28, 1]`"
LOSS = "a loss is a word of the train section: `train {{ loss {0} }}`"
LOOKUP = "inputs are numbers: prepare the data outside of the network"
RANDOM = "a file says nothing of how pictures are varied: do it where the data is loaded"
CELL = "write the whole layer, `{0}(64)`: it goes through the steps by itself"
WEIGHT = "a weight of one's own is a line: `weight w: [64] = zeros`"
LINES = "lines follow one another: `Dense(64, relu)`, and `Dense(10)` on the next line"
LOOPS = "`for` and `repeat` write layers out: `repeat 4 { Dense(64, relu) }`"
GLOBAL = "`Global{0}Pool(keepdims=true)` gives one position; other sizes are pooled by `{0}Pool`"
TRANSFORMER = (
    "it is built of lines: `residual { LayerNorm -> SelfAttention(8) }` and\n"
    "`residual { LayerNorm -> Dense(2048, relu) -> Dense(512) }`, in a block"
)
MODE = (
    "nothing asks whether the network trains: `Dropout(0.5)`, noise and batch norms know it, "
    "so write them alone"
)

HINTS: Mapping[str, str] = {
    "True": "write `true`",
    "False": "write `false`",
    "None": "write `none`",
    "Input": INPUT,
    "InputLayer": INPUT,
    "Sequential": LINES,
    "Activation": "write the activation itself, such as `relu`",
    "Bidirectional": "`LSTM(64, bidirectional=true)`",
    "TimeDistributed": "write the layer alone: `Dense` works at every step of a sequence",
    "Lambda": "write the expression: `_ * 2`",
    "Rescaling": "write the expression: `_ / 255`; pictures from files are divided already",
    "Normalization": "write the expression: `(_ - 0.13) / 0.31`",
    "ModuleList": LOOPS,
    "ModuleDict": LOOPS,
    "ParameterList": LOOPS,
    "Parameter": WEIGHT,
    "Module": "a reusable part is `block Name(settings) { … }`",
    "Layer": "a reusable part is `block Name(settings) { … }`",
    "Masking": "a mask is a value: `real = x != 0`, then `LSTM(64, mask=real)`",
    "RepeatVector": "`expand(axis=0) -> tile([10, 1])` repeats a vector 10 times",
    "Unflatten": "write `Reshape(4, 4, 8)`",
    "Dot": "`sum(a * b, axis=-1)`, or `a @ b` for matrices",
    "CosineSimilarity": "`sum(a * b, axis=-1) / (norm(a, axis=-1) * norm(b, axis=-1))`",
    "PairwiseDistance": "`norm(a - b, axis=-1)`",
    "EinsumDense": "a weight and its product: `weight w: [64, 32]`, then `einsum(_, w, …)`",
    "GroupQueryAttention": "write `SelfAttention(8, kv_heads=2)`",
    "AdditiveAttention": "`SelfAttention(1)` and `Attention(1, context=memory)` multiply instead",
    "Transformer": TRANSFORMER,
    "TransformerEncoder": TRANSFORMER,
    "TransformerEncoderLayer": TRANSFORMER,
    "TransformerDecoderLayer": TRANSFORMER,
    "Resizing": "write `Upsample(2)` for a whole factor, or prepare the data outside",
    "UpsamplingBilinear2d": "write `Upsample(2, bilinear)`",
    "UpsamplingNearest2d": "write `Upsample(2)`",
    "ReflectionPad1d": "write `Pad(1, reflect)`",
    "ReflectionPad2d": "write `Pad(1, reflect)`",
    "ConstantPad2d": "write `Pad(1, value=0.5)`",
    "SyncBatchNorm": "write `BatchNorm`",
    "AlphaDropout": "write `Dropout(0.1)`",
    "AdaptiveAvgPool1d": GLOBAL.format("Avg"),
    "AdaptiveAvgPool2d": GLOBAL.format("Avg"),
    "AdaptiveAvgPool3d": GLOBAL.format("Avg"),
    "AdaptiveMaxPool1d": GLOBAL.format("Max"),
    "AdaptiveMaxPool2d": GLOBAL.format("Max"),
    "AdaptiveMaxPool3d": GLOBAL.format("Max"),
    "LSTMCell": CELL.format("LSTM"),
    "GRUCell": CELL.format("GRU"),
    "SimpleRNNCell": CELL.format("SimpleRNN"),
    "RNNCell": CELL.format("SimpleRNN"),
    "CrossEntropyLoss": LOSS.format("cross_entropy"),
    "NLLLoss": LOSS.format("cross_entropy"),
    "BCELoss": LOSS.format("binary_cross_entropy"),
    "BCEWithLogitsLoss": LOSS.format("binary_cross_entropy"),
    "MSELoss": LOSS.format("mse"),
    "L1Loss": LOSS.format("mae"),
    **dict.fromkeys(
        ("CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup",
         "StringLookup", "TextVectorization"), LOOKUP,
    ),
    **dict.fromkeys(
        ("AutoContrast", "AugMix", "CenterCrop", "RandomBrightness", "RandomContrast",
         "RandomCrop", "RandomFlip", "RandomRotation", "RandomZoom"), RANDOM,
    ),
    **dict.fromkeys(
        ("randn", "randn_like", "rand", "rand_like", "normal_like", "random_normal", "normal",
         "epsilon", "sample"), "`noise(like=x)` is normal noise in the shape of the value `x`",
    ),
    "unsqueeze": "`expand(x, axis=0)` makes an axis of size 1",
    "expand_dims": "`expand(x, axis=0)` makes an axis of size 1",
    "range": "`for i in range(4) { ... }`, or `repeat 4 { ... }`",
    "print": "`nndsl params` prints the shapes of all layers",
    "self": "layers are not kept in attributes: write them where they are used",
    "causal": "write `causal=true`: `SelfAttention(8, causal=true)`",
    "training": MODE,
    "is_training": MODE,
}  # fmt: skip
