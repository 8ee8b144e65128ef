"""Seeded miscompilations: what a backend might write that is wrong, as changes of emitted files.

A change is made behind the validator, so that only the comparison of the two frameworks can tell
it (tests/validate/test_seeded.py has those that the validator tells). Each stands for a mistake
that somebody makes who knows one framework and writes for the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from nndsl.backends.tensors import Move, Part, Slot
from nndsl.verify.job import Job
from nndsl.verify.plan import Planned

Change = Callable[[str], str]


class Mutation(NamedTuple):
    """target: whose file is changed; text: the change of it, or slots: of where weights are."""

    name: str
    target: str
    text: Change | None = None
    slots: Callable[[Slot], Slot] | None = None

    def applied(self, planned: Planned) -> Planned | None:
        """The plan with the mistake; None where the program has no place for it."""
        job = planned.jobs.get(self.target)
        if job is None:
            return None
        if self.slots is not None:
            slots = tuple(self.slots(slot) for slot in job.slots)
            if slots == job.slots:
                return None
            jobs: Mapping[str, Job] = {**planned.jobs, self.target: job._replace(slots=slots)}
            return planned._replace(jobs=jobs)
        assert self.text is not None
        files = planned.files[self.target]
        changed = {name: self.text(text) if name == job.module else text
                   for name, text in files.items()}  # fmt: skip
        if changed == dict(files):
            return None
        return planned._replace(files={**planned.files, self.target: changed})


def sub(pattern: str, new: str | Callable[[re.Match[str]], str], body: bool = True) -> Change:
    """Everywhere in the code; `body`: not in the docstring at its head."""

    def change(text: str) -> str:
        head, quotes, rest = text.partition('"""\n\n') if body else ("", "", text)
        return head + quotes + re.sub(pattern, new, rest)

    return change


def number(before: str, change: Callable[[float], float]) -> Change:
    """The number behind some words."""

    def other(found: re.Match[str]) -> str:
        return f"{found[1]}{change(float(found[2])):g}"

    return sub(rf"({before})(-?\d[\d.e-]*)", other)


def _gates(slot: Slot) -> Slot:
    """Gates in the other framework's order: what `gates` moves are left out, or two exchanged."""
    parts = []
    for part in slot.parts:
        moves = tuple(m for m in part.moves if m.kind != "gates")
        parts.append(Part(part.weight, moves))
    return Slot(slot.key, tuple(parts))


def _untransposed(slot: Slot) -> Slot:
    """Square matrices as they are."""
    parts = []
    for part in slot.parts:
        moves = tuple(
            Move("transpose", (0, 1)) if m == Move("transpose", (1, 0)) else m for m in part.moves
        )
        parts.append(Part(part.weight, moves))
    return Slot(slot.key, tuple(parts))


def _joined(slot: Slot) -> Slot:
    """What is joined of several weights, in the other order."""
    return Slot(slot.key, slot.parts[::-1])


TORCH: Mapping[str, Change] = {
    # convolutions and windows
    "padding off by one": number(r"padding=", lambda n: n + 1),
    "padding on the other side": sub(
        r"F\.pad\((.+?), \((-?\d), (-?\d)", lambda m: f"F.pad({m[1]}, ({m[3]}, {m[2]}"
    ),
    "stride forgotten": sub(r", stride=(\d|\([\d, ]+\))", ""),
    "dilation forgotten": sub(r", dilation=(\d|\([\d, ]+\))", ""),
    "groups forgotten": sub(r", groups=\d+", ""),
    "bias nobody asked for": sub(r", bias=False", ""),
    "output padding forgotten": sub(r", output_padding=(\d|\([\d, ]+\))", ""),
    "padding counted in a mean": sub(r", count_include_pad=False", ""),
    "mean for maximum": sub(r"F\.max_pool", "F.avg_pool"),
    "maximum for mean": sub(r"nn\.AvgPool", "nn.MaxPool"),
    "mean for global maximum": sub(r"\.amax\(", ".mean("),
    "corners aligned": sub(r'mode="bilinear"', 'mode="bilinear", align_corners=True'),
    "window edges as zeros": sub(r"-float\(\"inf\"\)", "0.0"),
    # norms
    "torch's eps": sub(r", eps=[\d.e-]+", ""),
    "eps of a thousandth more": number(r"eps=", lambda n: n + 1e-3),
    "momentum the other way round": number(r"momentum=", lambda n: 1 - n),
    "groups of a norm": number(r"nn\.GroupNorm\(", lambda n: 1.0),
    "root mean square for layer norm": sub(r"nn\.LayerNorm\(", "nn.RMSNorm("),
    "variance unbiased": sub(r"correction=0", "correction=1"),
    "statistics frozen wrongly": sub(r"\.requires_grad_\(False\)\.eval\(\)", ".eval()"),
    "bias frozen wrongly": sub(
        r"(        )(self\.apply\(init_weights\))",
        r"\1\2\n\1for _p in list(self.parameters())[:1]:"
        r"\n\1    _p.requires_grad_(False)",
    ),
    # activations
    "tanh for sigmoid": sub(r"torch\.sigmoid\(", "torch.tanh("),
    "relu for relu6": sub(r"F\.relu6\(|nn\.ReLU6\(", lambda m: m[0].replace("6", "")),
    "silu for mish": sub(r"F\.mish\(", "F.silu("),
    "silu for hard silu": sub(r"F\.hardswish\(", "F.silu("),
    "approximate gelu": sub(r"F\.gelu\((\w+)\)", r'F.gelu(\1, approximate="tanh")'),
    "slope forgotten": number(r"leaky_relu\(.*, |LeakyReLU\(", lambda n: n + 0.01),
    "limit of a shrink": number(r"[sS]oftshrink\((?:.*, )?", lambda n: n + 0.3),
    "shrink, soft for hard": sub(
        r"\.([hH])ardshrink", lambda m: f".{chr(ord(m[1]) + 11)}oftshrink"
    ),
    "elu's alpha": number(r"F\.elu\(.*, (?:alpha=)?|nn\.ELU\(", lambda n: n + 0.1),
    "celu for elu": sub(r"F\.elu\((\w+)\)", r"F.celu(\1, 0.8)"),
    "softmax along another axis": sub(r"(F\.softmax\([^()\n]+), dim=-?\d", r"\1, dim=0"),
    "softmax for log-softmax": sub(r"F\.log_softmax", "F.softmax"),
    # attention
    "causality forgotten": sub(r", is_causal=[\w.]+", ""),
    "scale of heads": sub(r"(scaled_dot_product_attention\(q, k, v)", r"\1, scale=1.0"),
    "mask of the other polarity": sub(r"attn_mask=allowed", "attn_mask=~allowed"),
    "window off by one": sub(r"\.abs\(\) < self\.window", ".abs() <= self.window"),
    "queries for keys": sub(r"q, k, v = (.*)", r"k, q, v = \1"),
    # recurrence
    "read from the wrong end": sub(r"x\.flip\(1\) if self\.reverse else x", "x"),
    "left as it was read": sub(r"out\.flip\(1\) if self\.reverse else out", "out"),
    "first result for last": sub(r"out = last\[0\]", "out = out[:, 0]"),
    "masked steps read": sub(r"out, last = self\.masked\(x, mask\)", "out, last = self.whole(x)"),
    "masked results kept": sub(r"out\.masked_fill\(~mask\[\.\.\., None\], 0\.0\)", "out"),
    # orders, layouts, sharing
    "axes of an image exchanged": sub(r"\.permute\(0, 3, 1, 2\)", ".permute(0, 3, 2, 1)"),
    "layout left before Flatten": sub(r"\.permute\([\d, ]+\)\.flatten\(1\)", ".flatten(1)"),
    "branches joined the other way": sub(
        r"torch\.cat\(\(([^,()]+), ([^,()]+)\)", r"torch.cat((\2, \1)"
    ),
    "stacked along another axis": sub(r"torch\.stack\((.*), dim=1\)", r"torch.stack(\1, dim=2)"),
    "shared layer copied": sub(
        r"self\.(\w+) = (nn\.(?:Linear|Conv1d|Conv2d)\(.*\))\n((?:.*\n)*?.*self\.\1\(.*self\.\1\()",
        lambda m: (
            f"self.{m[1]} = {m[2]}\n        self.copied = {m[2]}\n"
            + f"self.{m[1]}(".join(m[3].rsplit(f"self.{m[1]}(", 1)[:1])
            + "self.copied("
        ),
    ),
    "tied matrix untied": sub(
        r"(F\.linear\([^\n]*), (self\.\w+\.weight(?:\.T)?)\)", r"\1, torch.roll(\2, 1, 0))"
    ),
    "residual forgotten": sub(r"return x \+ (self\.\w+\(x\))", r"return \1"),
    "rolled the other way": sub(r"\broll\((\d), (\d)\)", r"roll(-\1, \2)"),
    "where exchanged": sub(
        r"torch\.where\((.+?), (\w[\w.]*), (\w[\w.]*)\)", r"torch.where(\1, \3, \2)"
    ),
    "floor for round": sub(r"torch\.round\(", "torch.floor("),
    "turn of a loop forgotten": sub(r"range\((\d+)\)", lambda m: f"range({int(m[1]) - 1})"),
    "constant off": number(r"x \* ", lambda n: n * 1.001),
    "penalty forgotten": sub(r"(\w+) = regularize\(", r"\1 = (lambda m, *a, **k: m)("),
    "penalty doubled": number(r"l2=", lambda n: 2 * n),
}

KERAS: Mapping[str, Change] = {
    "valid for same": sub(r'padding="same"', 'padding="valid"'),
    "same for causal": sub(r'padding="causal"', 'padding="same"'),
    "stride forgotten": sub(r", strides=(\d|\([\d, ]+\))", ""),
    "dilation forgotten": sub(r", dilation_rate=(\d|\([\d, ]+\))", ""),
    "bias nobody asked for": sub(r", use_bias=False", ""),
    "padding on the other side": sub(
        r"(ZeroPadding\dD\()\((\d), (\d)\)", r"\1(\3, \2)"),
    "cropped on the other side": sub(r"(Cropping1D\()\((\d), (\d)\)", r"\1(\3, \2)"),
    "edges of a maximum as zeros": sub(
        r"constant_values=-float\(.inf.\)", "constant_values=0.0"),
    "mean for maximum": sub(r"layers\.MaxPooling", "layers.AveragePooling"),
    "Keras' epsilon": sub(r",\s+epsilon=[\d.e-]+", ""),
    "epsilon of a thousandth more": number(r"epsilon=", lambda n: n + 1e-3),
    "momentum the other way round": number(r"momentum=", lambda n: 1 - n),
    "scale forgotten": sub(r",\s+scale=False", ""),
    "frozen statistics move": sub(r",\s+trainable=False", ""),
    "relu for tanh": sub(r'"tanh"', '"relu"'),
    "sigmoid for relu": sub(r'"relu"', '"sigmoid"'),
    "relu for gelu": sub(r'"gelu"', '"relu"'),
    "softmax along another axis": sub(r"ops\.softmax\((\w+), axis=-?\d", r"ops.softmax(\1, axis=0"),
    "causality forgotten": sub(r", use_causal_mask=True", ""),
    "mask of the other polarity": sub(r"attention_mask=(\w+) > -0\.5",
                                      r"attention_mask=\1 <= -0.5"),
    "mask of a recurrence turned": sub(
        r"((?<!attention_)mask=|, None, )(\w+) > -0\.5", r"\1\2 <= -0.5"),
    "read from the wrong end": sub(r",?\s*go_backwards=True", ""),
    "directions merged wrongly": sub(r'merge_mode="(\w+)"',
                                     lambda m: 'merge_mode="ave"' if m[1] != "ave"
                                     else 'merge_mode="sum"'),
    "reset before": sub(r"reset_after=False", "reset_after=True"),
    "axes of an image exchanged": sub(r"\(0, 3, 1, 2\)", "(0, 3, 2, 1)"),
    "layout left": sub(r"ops\.transpose\((\w+), \(0, 2, 3, 1\)\)", r"\1"),
    "joined the other way": sub(r"(concatenate\()\[(\w+), (\w+)\]", r"\1[\3, \2]"),
    "branches multiplied": sub(r"layers\.add\(", "layers.multiply("),
    "turn of a loop forgotten": sub(r"range\((\d+)\)", lambda m: f"range({int(m[1]) - 1})"),
    "penalty forgotten": sub(r",?\s*kernel_regularizer=[^\n]*?\)(?=[,)\n])", ""),
    "penalty doubled": number(r"L2\(", lambda n: 2 * n),
    "multiplier forgotten": sub(r",\s*depth_multiplier=\d", ""),
    "interpolation": sub(r'interpolation="bilinear"', 'interpolation="nearest"'),
    "variance for deviation": sub(r"ops\.std\(", "ops.var("),
    "sum for mean": sub(r"ops\.mean\(", "ops.sum("),
    "axis of a reduction": sub(r"(ops\.(?:sum|max|min|prod)\(\w+), axis=-?\d", r"\1, axis=1"),
}  # fmt: skip

MUTATIONS: tuple[Mutation, ...] = (
    *(Mutation(name, "torch", text=change) for name, change in TORCH.items()),
    *(Mutation(name, "keras", text=change) for name, change in KERAS.items()),
    Mutation("gates in the other order", "torch", slots=_gates),
    Mutation("square matrices as they are", "torch", slots=_untransposed),
    Mutation("queries, keys and values joined backwards", "torch", slots=_joined),
)
