"""The places of the templates for attention: parameters, masks, contexts that some call gives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

Places: TypeAlias = "dict[str, object]"

WIDTH = 88
CORE = ("kv_heads", "causal", "window", "rope_base", "dropout")
STARTS = ("use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer")
DEFAULTS = {
    "kv_heads": "None", "causal": "False", "window": "None", "rope_base": "None",
    "dropout": "0.0", "use_bias": "True", "kernel_initializer": '"glorot_uniform"',
    "bias_initializer": '"zeros"', "kernel_regularizer": "None",
}  # fmt: skip


def heads_attention(options: frozenset[str]) -> Places:
    """Of the attention between projected values, for itself and for what builds on it."""
    asked = _asked(options, "HeadsAttention", "Attention")
    core = [name for name in CORE if name in asked]
    operands = _operands(asked, ("query", "key", "value"), "dropout" in core)
    near = [name for name in ("causal", "window") if name in core]
    mask = "(attention_mask)" in asked
    always = mask and "(no attention_mask)" not in asked
    return {
        **{name: name in core for name in CORE},
        "mask": mask,
        "always": always,
        "given_mask": ", attention_mask" if mask else "",
        "taken_mask": ", mask" if mask else "",
        "or_none": "" if always else "; None where all do",
        "so_far": "seen" if mask else "None",
        "causal_window": len(near) > 1,
        "near": bool(near),
        "restricted": mask or bool(near),
        "explained": mask or "window" in core or "rope_base" in core,
        "anywhere": " and ".join(ANYWHERE[name] for name in near),
        "init": _def("__init__", ("self", "heads", *_defaults(core), "**kwargs")),
        "call": _def("call", operands),
        "spec": _def("compute_output_spec", operands),
        "config": _config(("heads", *core)),
    }


ANYWHERE = {"causal": "not self.causal", "window": "self.window is None"}


def attention(options: frozenset[str]) -> Places:
    asked = _asked(options, "Attention")
    starts = [name for name in STARTS if name in asked]
    both = _asked(options, "HeadsAttention", "Attention")
    mask, training = "(attention_mask)" in both, "dropout" in both or "(training)" in both
    context = _context(asked)
    # The core's call has what any use of it gives.
    operands = _operands(both, ("query", *context), "dropout" in both)
    given = [f"{name}={name}" for name, there in
             (("attention_mask", mask), ("training", training)) if there]  # fmt: skip
    head = ("self", "heads", "head_dim", *_defaults(starts), "**kwargs")
    return {
        **{name: name in starts for name in STARTS},
        "starts": bool(starts),
        "trainable": "trainable" in asked,
        "dense": _dense(asked),
        "kv_heads": "kv_heads" in both,
        "kv_width": "kv_width" if "kv_heads" in both else "width",
        **_contexts(context),
        "init": _def("__init__", head),
        "call": _def("call", operands),
        "spec": _def("compute_output_spec", operands),
        "result": _call("        result = super().call(", ("*projected", *given)),
        "config": _attention_config(starts),
    }


def masked_attention(options: frozenset[str]) -> Places:
    asked = _asked(options, "MaskedAttention")
    dropout = ["dropout"] if "dropout" in asked else []
    context = _context(asked)
    operands = _operands({*asked, "(attention_mask)"} - {"(no attention_mask)"},
                         ("query", *context), bool(dropout))  # fmt: skip
    head = ("self", "heads", "head_dim", *_defaults(dropout), "**kwargs")
    return {
        "dropout": bool(dropout),
        "dense": _dense(asked),
        **_contexts(context),
        "init": _def("__init__", head),
        "call": _def("call", operands),
        "spec": _def("compute_output_spec", operands),
        "config": _config(("heads", "head_dim", *dropout)),
    }


# ---- pieces ----------------------------------------


def _asked(options: Iterable[str], *helpers: str) -> set[str]:
    """`causal` for a parameter of these, `(context)` for what a call of them gives."""
    found: set[str] = set()
    for option in options:
        helper, dot, name = option.partition(".")
        if not dot:
            helper, bracket, name = option.partition("(")
            name = bracket + name
        if helper in helpers:
            found.add(name)
    return found


def _context(asked: set[str]) -> tuple[str, ...]:
    if "(context)" not in asked:
        return ()
    return ("context=None",) if "(no context)" in asked else ("context",)


def _contexts(context: tuple[str, ...]) -> Places:
    return {
        "both": context == ("context=None",),
        "source": "context" if context else "query",
        "contexts": "".join(f", {name.replace('context', 'context_shape')}" for name in context),
    }


def _operands(asked: set[str], values: Sequence[str], dropout: bool) -> tuple[str, ...]:
    """What a call takes: a default wherever some call leaves it out, or one before it may be."""
    found = ["self", *values]
    if "(attention_mask)" in asked:
        perhaps = "(no attention_mask)" in asked or "=" in found[-1]
        found.append("attention_mask=None" if perhaps else "attention_mask")
    if dropout or "(training)" in asked:
        found.append("training=None")
    return tuple(found)


def _defaults(names: Iterable[str]) -> list[str]:
    return [f"{name}={DEFAULTS[name]}" for name in names]


def _dense(asked: set[str]) -> str:
    """A projection; where some layer is frozen, its projections must be told."""
    frozen = ["trainable=self.trainable"] if "trainable" in asked else []
    items = ("units", *frozen, "dtype=self.dtype_policy", "name=name")
    return _call("        dense = layers.Dense(", items)


def _def(name: str, parameters: Sequence[str]) -> str:
    return _call(f"    def {name}(", parameters, ":")


def _call(head: str, items: Sequence[str], end: str = "") -> str:
    """As black breaks it: on one line, else all between the brackets on one, else one a line."""
    line = f"{head}{', '.join(items)}){end}"
    if len(line) <= WIDTH:
        return line
    indent = " " * (len(head) - len(head.lstrip()))
    inner = f"{indent}    {', '.join(items)}"
    if len(inner) <= WIDTH:
        return f"{head}\n{inner}\n{indent}){end}"
    return f"{head}\n" + "".join(f"{indent}    {item},\n" for item in items) + f"{indent}){end}"


def _config(names: Sequence[str]) -> str:
    pairs = ", ".join(f'"{name}": self.{name}' for name in names)
    short = f"        return {{**super().get_config(), {pairs}}}"
    if len(names) < 3 and len(short) <= WIDTH:
        return short
    listed = ", ".join(f'"{name}"' for name in names)
    line = "{**super().get_config(), **{name: getattr(self, name) for name in names}}"
    return f"        names = ({listed})\n        return {line}"


def _attention_config(starts: Sequence[str]) -> str:
    if not starts:
        return _config(("head_dim",))
    lines = ["**super().get_config()", '"head_dim": self.head_dim']
    for name in starts:
        kind = name.partition("_")[2] + "s"
        value = f"self.{name}"
        if name != "use_bias":
            value = f"keras.{kind}.serialize({value})"
        lines.append(f'"{name}": {value}')
    return "        return {\n" + "".join(f"            {line},\n" for line in lines) + "        }"
