"""What the places of a helper's text hold: of each helper only what a program asks of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Asked = frozenset[str]
Places = dict[str, object]
RNNS = ("LSTM", "GRU", "SimpleRNN")
BASE = ("sequences", "state", "reverse", "merge", "kernel_init", "recurrent_init", "bias_init")
PARTS = ("query", "key", "value", "output")


def everything() -> frozenset[str]:
    """All options of all helpers."""
    return frozenset(f"{name}.{option}" for name, options in OPTIONS.items() for option in options)


def places(name: str, options: frozenset[str]) -> Places:
    """The places of a helper's template. options: `MultiHeadAttention.mask`, for all helpers."""
    found = _PLACES.get(name)
    return {} if found is None else found(options)


def _of(options: frozenset[str], *helpers: str) -> Asked:
    pairs = (option.split(".") for option in options)
    return frozenset(option for helper, option in pairs if helper in helpers)


def _flags(asked: Asked, *names: str) -> Places:
    return {name: name in asked for name in names}


def _self_attention(options: frozenset[str]) -> Places:
    asked = _of(options, "SelfAttention")
    return _flags(asked, "dropout", "causal", "bias") | {"options": bool(asked)}


def _perhaps(asked: Asked, behind: bool) -> bool:
    """True where a mask has a default. behind: it stands after a parameter that has one."""
    return "mask" in asked and ("maskless" in asked or behind)


def _same_pad(options: frozenset[str]) -> Places:
    return _flags(_of(options, "SamePad"), "mixed", "value")


# ---- attention ---------------------------------------------------------------------------------

ATTENTION = (
    "head_dim", "context_dim", "kv_heads", "dropout", "causal", "bias", "rope", "window", *PARTS,
    "kernel_init", "bias_init",
)  # fmt: skip


def resets(options: frozenset[str]) -> bool:
    """True where MultiHeadAttention starts its projections in its own way."""
    return bool(_of(options, "MultiHeadAttention") & {"kernel_init", "bias_init"})


def _attention(options: frozenset[str]) -> Places:
    asked = _of(options, "MultiHeadAttention")
    found = _flags(asked, *ATTENTION, "context", "mask")
    found |= {"options": bool(asked & set(ATTENTION)), "parts": bool(asked & set(PARTS))}
    found |= {"resets": resets(options), "both": {"context", "alone"} <= asked}
    found |= _attention_masks(asked) | _attention_words(asked)
    for part in PARTS:
        found[f"given_{part}"] = f"{part} or " if part in asked else ""
        found[f"replaced_{part}"] = part if part in asked else "None"
    return found


def _attention_masks(asked: Asked) -> Places:
    mask, window, causal = ("mask" in asked, "window" in asked, "causal" in asked)
    perhaps = _perhaps(asked, {"context", "alone"} <= asked)
    free = ["mask is None"] * perhaps + ["self.window is None"] * window
    unmasked = " and ".join(free) if perhaps or not mask else ""
    sure = mask and not perhaps
    causes = "self.causal and allowed is None" if window or mask else "self.causal"
    argument = causes if causal and not sure else ""
    keys = sure and not (window or causal or "pairs" in asked)
    return {
        "perhaps": perhaps, "restricted": mask or window, "keys": keys, "unmasked": unmasked,
        "or_none": " | None" if unmasked else "",
        "none_means": "; None for everywhere" if unmasked else "",
        "mask_argument": ", mask" if mask else "",
        "mask_parameter": ", mask: Tensor | None" if perhaps else ", mask: Tensor" if mask else "",
        "causal_argument": argument,
        "several": bool(argument) or bool(asked & {"dropout", "kv_heads"}),
        "masks": "(batch, keys)" if keys else MASKS,
    }  # fmt: skip


MASKS = "(batch, keys),\n    (batch, queries, keys), or the same without a batch"


def _attention_words(asked: Asked) -> Places:
    context, width = "context" in asked, "width" if "head_dim" in asked else "dim"
    summary = "Multi-head self-attention."
    if context:
        summary = "Multi-head attention of a sequence to a context."
    if context and "alone" in asked:
        summary = "Multi-head attention of a sequence to a context, by default to itself."
    return {
        "summary": summary,
        "explained": bool(asked & {"mask", "rope", "window"}),
        "width": width,
        "kv_width": "kv_width" if "kv_heads" in asked else width,
        "given": "given" if "context_dim" in asked else "dim",
        "bias_argument": ", bias=bias" if "bias" in asked else "",
        "kernel_start": _start(asked, "kernel_init", "nn.init.xavier_uniform_"),
        "bias_start": _start(asked, "bias_init", "nn.init.zeros_"),
        "short": not {"context", "alone"} <= asked and not _perhaps(asked, False),
        "operands": ", context: Tensor" * context + ", mask: Tensor" * ("mask" in asked),
        "memory": "context" if context else "x",
        "kv": "kv_heads" if "kv_heads" in asked else "heads",
    }


def _start(asked: Asked, name: str, usual: str) -> str:
    return f"self.{name}" if name in asked else usual


# ---- recurrent layers --------------------------------------------------------------------------


def _recurrent(options: frozenset[str]) -> Places:
    """Of the base class, and what it shares with the layers' own."""
    asked = _of(options, *RNNS)
    kinds = {option.split(".")[0] for option in options} & set(RNNS)
    lstm, mixed = kinds == {"LSTM"}, "LSTM" in kinds and len(kinds) > 1
    found = _flags(asked, *BASE, "initial") | {"masked": "mask" in asked, "mixed": mixed}
    two = bool(asked & {"bidirectional", "reverse"})
    perhaps = _perhaps(asked, "initial" in asked)
    gated = "GRU.reset_after" in options
    masked = "mask" in asked
    found |= {
        "options": bool(asked & set(BASE)), "two": two, "perhaps": perhaps, "stepped": gated,
        "native": "masked" if masked and not perhaps else "whole",
        "one_bias": gated or kinds != {"GRU"},
        "short": not perhaps and not asked & {"initial", *(("state",) if masked else ())},
        "brief": not perhaps and "initial" not in asked,
        "listed": asked & set(BASE) == {"sequences"},
        "operands": ", mask: Tensor" * masked, "way_argument": "way" if two else "",
        "times": " * (1 + self.rnn.bidirectional)" if two else "",
        "own": "not self.reset_after"
        if kinds == {"GRU"} else 'not getattr(self, "reset_after", True)',
    }  # fmt: skip
    return found | _state_words(asked, lstm, mixed, two) | _words(asked, perhaps)


def _state_words(asked: Asked, lstm: bool, mixed: bool, two: bool) -> Places:
    each = "[::2]" if lstm else "[:: self.parts]" if mixed else ""
    if mixed:
        lasting, unpacked = "last", "tuple(part for way in zip(*last) for part in way)"
    elif lstm:
        lasting = "(h, c)"
        unpacked = "tuple(part for way in zip(h, c) for part in way)" if two else "(h[0], c[0])"
    else:
        lasting, unpacked = "h", "tuple(h)"
    return {
        "lasting": lasting,
        "unpacked": unpacked,
        "packed": (
            "(torch.stack(initial[::2]), torch.stack(initial[1::2]))"
            if lstm
            else "torch.stack(initial)"
        ),
        "final": f"torch.cat(last{each}, dim=-1)" if two else "last[0]",
    }


def _words(asked: Asked, perhaps: bool) -> Places:
    gives = "the last result"
    gives += " or, with `sequences`, all of them" if "sequences" in asked else ""
    gives += "; with `state` also the last\n    state, a tuple" if "state" in asked else ""
    initial = ["initial"] if "initial" in asked else []
    mask = ["mask"] if "mask" in asked else []
    both = "Tensor | tuple[Tensor, tuple[Tensor, ...]]"
    return {
        "gives": gives,
        "result": both if "state" in asked else "Tensor",
        "arguments": ", ".join(["x", *initial]),
        "masked_arguments": ", ".join(["x", *initial, *mask]),
        "packed_arguments": ", ".join(["steps", *initial]),
        "native_arguments": ", ".join(["x", *initial, *([] if perhaps else mask)]),
        "bias_start": "bias_init" if "bias_init" in asked else "start_bias",
        "kernel_start": _start(asked, "kernel_init", "nn.init.xavier_uniform_"),
        "recurrent_start": _start(asked, "recurrent_init", "nn.init.orthogonal_"),
    }


def _layer(word: str) -> Callable[[frozenset[str]], Places]:
    def of(options: frozenset[str]) -> Places:
        asked = _of(options, word)
        found = _recurrent(options) | _flags(asked, "bias", "bidirectional", "reset_after")
        found["options"] = bool(asked & set(BASE))
        found["wide"] = bool(asked & {"bias", "bidirectional"})
        before = "; `reset_after` as in torch, else the gate acts first"
        found["reset_doc"] = before if "reset_after" in asked else ""
        return found

    return of


_OWN = (*BASE, "bias", "bidirectional", "initial", "mask", "maskless")
OPTIONS: Mapping[str, tuple[str, ...]] = {
    "SelfAttention": ("dropout", "causal", "bias"),
    "SamePad": ("mixed", "value"),
    "MultiHeadAttention": (*ATTENTION, "context", "alone", "mask", "maskless", "pairs"),
    "LSTM": _OWN,
    "GRU": (*_OWN, "reset_after"),
    "SimpleRNN": _OWN,
}
"""All that programs may ask of helpers."""

_PLACES: Mapping[str, Callable[[frozenset[str]], Places]] = {
    "SelfAttention": _self_attention,
    "MultiHeadAttention": _attention,
    "SamePad": _same_pad,
    "Recurrent": _recurrent,
    **{word: _layer(word) for word in RNNS},
}
