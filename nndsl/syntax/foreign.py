"""Layers as Keras and PyTorch write them, in the spelling of the language: for fixes only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nndsl._record import NamedTuple

# PyTorch's word: ours, and how many sizes come first that are inferred here.
TORCH: Mapping[str, tuple[str, int]] = {
    "Linear": ("Dense", 1),
    "LazyLinear": ("Dense", 0),
    "Bilinear": ("Dense", 2),
    **{f"Conv{n}d": (f"Conv{n}D", 1) for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": (f"ConvTranspose{n}D", 1) for n in (1, 2, 3)},
    **{f"BatchNorm{n}d": ("BatchNorm", 1) for n in (1, 2, 3)},
    **{f"InstanceNorm{n}d": ("InstanceNorm", 1) for n in (1, 2, 3)},
    "BatchNorm": ("BatchNorm", 1),
    "InstanceNorm": ("InstanceNorm", 1),
    "RMSNorm": ("RMSNorm", 1),
    **{f"MaxPool{n}d": (f"MaxPool{n}D", 0) for n in (1, 2, 3)},
    **{f"AvgPool{n}d": (f"AvgPool{n}D", 0) for n in (1, 2, 3)},
    "LayerNorm": ("LayerNorm", 1),
    "LSTM": ("LSTM", 1),
    "GRU": ("GRU", 1),
    "RNN": ("SimpleRNN", 1),
    "MultiheadAttention": ("SelfAttention", 1),
    "MultiHeadAttention": ("SelfAttention", 0),
    "ReLU": ("relu", 0),
    "GELU": ("gelu", 0),
    "SiLU": ("silu", 0),
    "Tanh": ("tanh", 0),
    "Sigmoid": ("sigmoid", 0),
    "Softmax": ("softmax", 0),
}
# How many numbers a word of PyTorch's has at least, where the first are sizes that are inferred.
TORCH_NUMBERS: Mapping[str, int] = {
    "Linear": 2,
    **{f"Conv{n}d": 3 for n in (1, 2, 3)},
    **{f"ConvTranspose{n}d": 3 for n in (1, 2, 3)},
    **{f"BatchNorm{n}d": 1 for n in (1, 2, 3)},
    "LayerNorm": 1,
    "LSTM": 2,
    "GRU": 2,
    "MultiheadAttention": 2,
}
RENAMED: Mapping[str, str] = {
    "activation": "act",
    "kernel_size": "kernel",
    "strides": "stride",
    "pool_size": "size",
    "use_bias": "bias",
    "dilation_rate": "dilation",
    "out_features": "units",
    "out_channels": "filters",
    "hidden_size": "units",
    "p": "rate",
    "epsilon": "eps",
    "kernel_initializer": "init",
    "bias_initializer": "bias_init",
    "embeddings_initializer": "init",
    "recurrent_initializer": "recurrent_init",
    "depth_multiplier": "multiplier",
    "return_sequences": "sequences",
    "return_state": "state",
    "go_backwards": "reverse",
    "num_heads": "heads",
    "key_dim": "head_dim",
    "num_embeddings": "vocab",
    "embedding_dim": "dim",
    "input_dim": "vocab",
    "output_dim": "dim",
    "num_groups": "groups",
    "negative_slope": "slope",
    "kernel_regularizer": "l2",
    "depthwise_initializer": "init",
    "embeddings_regularizer": "l2",
    "keepdim": "keepdims",
    "dim": "axis",
    "dims": "axis",
    "interpolation": "mode",
    "target_shape": "shape",
    "affine": "scale",
}
# Their words of a train section, in ours.
TRAINING: Mapping[str, str] = {
    **dict.fromkeys(
        ("sparse_categorical_crossentropy", "categorical_crossentropy", "crossentropy",
         "CrossEntropyLoss", "NLLLoss"), "cross_entropy",
    ),
    **dict.fromkeys(
        ("binary_crossentropy", "BCELoss", "BCEWithLogitsLoss"), "binary_cross_entropy"
    ),
    "MSELoss": "mse",
    "L1Loss": "mae",
    "SmoothL1Loss": "smooth_l1",
    "learning_rate": "lr",
    "epsilon": "eps",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "label_smoothing": "smoothing",
}  # fmt: skip
INFERRED = frozenset(
    ["in_features", "in_channels", "num_features", "normalized_shape", "input_shape", "input_size",
     "embed_dim", "batch_first", "inplace", "data_format", "name", "device", "dtype", "d_model",
     "num_channels"]
)  # fmt: skip
FIRST = ("vocab", "dim", "filters", "units", "heads", "kernel", "size", "rate", "act")
CONSTANTS: Mapping[str, str] = {"True": "true", "False": "false", "None": "none"}
PAIR = re.compile(r"[(\[]\s*(\w+)\s*(?:,\s*\1\s*)+,?\s*[)\]]")
START = re.compile(r"(?:\w+\.)*(\w+)\(\)")
CAPITAL = re.compile(r"([A-Z])")
NUMBER = re.compile(r"[\d_]+\Z")
PENALTY = re.compile(r"(?:\w+\.)*[lL]([12])(?:\((?:l[12]=)?(.*)\))?")


class Given(NamedTuple):
    """An argument as it is written; `name` is empty where it has none.

    number: it is known to be one; a number that is written out is seen by itself.
    """

    name: str
    text: str
    number: bool = False


def setting_name(word: str, name: str) -> str:
    """Our name of a setting of theirs; empty for none."""
    pools = "Pool" in word and name == "kernel_size"
    return "size" if pools else RENAMED.get(name, "")


def spelled(word: str, given: Sequence[Given], prefixed: bool = False) -> str:
    """A call of Keras' or PyTorch's in our words: `Linear(784, 10)` is `Dense(10)`.

    prefixed: the word had a prefix, so that it is surely theirs.
    """
    if word == "Activation" and len(given) == 1:
        return value(given[0].text)
    ours, sizes = TORCH.get(word, (word, 0))
    plain = [one.text for one in given if not one.name]
    drop = sizes if prefixed or torch_sizes(word, given) else 0
    named = dict(_named(word, one) for one in given if one.name)
    named = {name: text for name, text in named.items() if name not in INFERRED}
    parts = [value(text) for text in plain[drop:]]
    for name in FIRST:
        if name in named and (name in ("act", "kernel") or len(named) + len(parts) > 0):
            parts.append(value(named.pop(name)))
    parts += [f"{name}={value(text)}" for name, text in named.items()]
    return f"{ours}({', '.join(parts)})" if parts else ours


def _named(word: str, one: Given) -> tuple[str, str]:
    """A setting by our name: `kernel_regularizer=l2(0.01)` is `l2=0.01`, `initializers.HeNormal()`
    is `he_normal`."""
    penalty = PENALTY.fullmatch(value(one.text)) if one.name.endswith("_regularizer") else None
    if penalty is not None:
        return f"l{penalty[1]}", penalty[2] or "0.01"
    start = START.fullmatch(one.text) if one.name.endswith("_initializer") else None
    text = CAPITAL.sub(r"_\1", start[1]).lower().strip("_") if start is not None else one.text
    return setting_name(word, one.name) or one.name, text


def setting_of(name: str, text: str) -> str:
    """`kernel_regularizer=regularizers.l1(1e-4)` as `l1=1e-4`; empty for what is no setting."""
    ours, given = _named("", Given(name, text))
    return f"{ours}={value(given)}" if name in RENAMED or ours != name else ""


def torch_sizes(word: str, given: Sequence[Given]) -> bool:
    """True where the first number of a word of PyTorch's is a size that is inferred here."""
    plain = [one for one in given if not one.name]
    numbers = sum(1 for one in plain if one.number or NUMBER.match(one.text))
    numbers += any(one.name in ("kernel_size", "out_features", "out_channels") for one in given)
    return word in TORCH_NUMBERS and numbers >= TORCH_NUMBERS[word]


def value(text: str) -> str:
    """A value without quotes, with our constants, and `(3, 3)` as one number."""
    text = text.strip()
    if text[:1] in ("'", '"') and text[1:-1].isidentifier():
        return text[1:-1]
    same = PAIR.fullmatch(text)
    if same is not None:
        return same[1]
    if text.startswith("(") and text.endswith(")") and "," in text:
        return f"[{text[1:-1].strip(' ,')}]"
    return CONSTANTS.get(text, text)


def arguments(text: str) -> list[Given]:
    """The arguments in the text between two parentheses."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    found = []
    for part in filter(None, map(str.strip, parts)):
        name, equals, rest = part.partition("=")
        keyword = bool(equals) and name.strip().isidentifier()
        found.append(Given(name.strip(), rest.strip()) if keyword else Given("", part))
    return found


def called(text: str) -> str:
    """A call in their words, with its prefix, in ours; as it is where it is no call."""
    found = re.fullmatch(r"\s*((?:\w+\s*\.\s*)*)(\w+)\s*\((.*)\)\s*", text, re.DOTALL)
    return (
        spelled(found[2], arguments(found[3]), bool(found[1]))
        if found is not None
        else text.strip()
    )


def chain(given: Sequence[Given]) -> str:
    """`Sequential([Dense(4), ReLU()])` as a pipeline."""
    items = [one.text for one in given if not one.name]
    if len(items) == 1 and items[0][:1] == "[":
        items = [one.text for one in arguments(items[0].strip("[] \t\r\n"))]
    return " -> ".join(map(called, items))
