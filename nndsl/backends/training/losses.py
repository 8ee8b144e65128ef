"""Which loss and metrics each output has, and whether they fit it."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.backends.training.facts import ModelFacts, OutputFacts
from nndsl.backends.training.values import Chosen, Reader
from nndsl.backends.training.words import LOSSES, METRICS
from nndsl.diagnostics import Diagnostics, near
from nndsl.source import Span
from nndsl.syntax import ast

CLASSES = ("cross_entropy", "binary_cross_entropy")
WRONG_END = {"cross_entropy": "sigmoid", "binary_cross_entropy": "softmax"}
RIGHT_END = {"softmax": "cross_entropy", "sigmoid": "binary_cross_entropy"}
OPTIONS = {"cross_entropy": "smoothing", "huber": "delta", "smooth_l1": "beta"}


class LossSpec(NamedTuple):
    """The loss of one output, and what it is compared with.

    output: its position; kind: a word of LOSSES; option: smoothing, delta or beta of the kind;
    target: the name of the array; own: it is no input but an array of its own.
    """

    output: int
    kind: str
    option: float
    weight: float
    target: str
    own: bool

    def from_logits(self, facts: ModelFacts) -> bool:
        """True where the model's last softmax or sigmoid has to be left off for this loss."""
        end = facts.outputs[self.output].activation
        return self.kind in CLASSES and end in RIGHT_END


class MetricSpec(NamedTuple):
    """A metric of one output; `name` is its column."""

    output: int
    kind: str
    name: str


def output_name(facts: ModelFacts, position: int) -> str:
    """The user's name of an output, or a plain one."""
    return facts.outputs[position].name or ("output" if position == 0 else f"output{position + 1}")


def default_loss(facts: ModelFacts, position: int) -> LossSpec | None:
    """Softmax: cross_entropy; sigmoid: binary_cross_entropy; one bare number: mse; else classes.

    A model with `loss` lines may want none but these: only a softmax or sigmoid says that it wants
    one. None where nothing says it.
    """
    output = facts.outputs[position]
    if facts.terms and output.activation not in RIGHT_END:
        return None
    single = not output.shape or output.shape[-1] == 1
    plain = "mse" if single or output.activation else "cross_entropy"
    kind = RIGHT_END.get(output.activation, plain)
    return LossSpec(position, kind, 0.0, 1.0, _target_name(facts, position, kind), True)


def read_loss(expr: ast.Expr, facts: ModelFacts, position: int, reader: Reader) -> LossSpec | None:
    """The loss that a line of the section gives to an output."""
    inputs = tuple(each.name for each in facts.inputs)
    chosen = reader.choose(expr, LOSSES, "loss", inputs)
    if chosen is None or not _fits(chosen, facts.outputs[position], reader):
        return None
    option = chosen.number(OPTIONS[chosen.word]) if chosen.word in OPTIONS else 0.0
    target = chosen.text("target")
    own = not target
    if own:
        target = _target_name(facts, position, chosen.word)
    return LossSpec(position, chosen.word, option, chosen.number("weight"), target, own)


def settled(
    found: list[LossSpec | None], silent: set[int], facts: ModelFacts, span: Span, out: Diagnostics
) -> tuple[LossSpec, ...]:
    """The losses that there are; NN709 where an output's has to be said, or nothing is left.

    silent: the outputs that want none.
    """
    for position, loss in enumerate(found):
        if loss is None and position not in silent:
            words, called = "loss", "the output"
            if facts.outputs[position].name or len(found) > 1:
                name = output_name(facts, position)
                words, called = f"loss {name} =", f"the output `{name}`"
            message = f"the model has losses of its own: has {called} another one?"
            fix = f"`{words} none` for no, or a loss such as `{words} mse`"
            out.error("NN709", span, message, fix)
    if len(silent) == len(found) and not facts.terms:
        message = "nothing is left to train for: no output has a loss, nor has the model"
        out.error("NN709", span, message, "give an output a loss, or the model a `loss` line")
    chosen = [loss for loss in found if loss is not None]
    for loss in chosen:
        _one_label(loss, facts.outputs[loss.output], out)
    return tuple(loss for loss in chosen if _classes_last(loss, facts, span, out))


def _one_label(loss: LossSpec, output: OutputFacts, out: Diagnostics) -> None:
    """NN710, a warning, where a `Dense` gives classes at each position of a picture."""
    if loss.kind != "cross_entropy" or output.dense is None or len(output.shape) < 3:
        return
    positions = " x ".join(map(str, output.shape[:-1]))
    message = f"`Dense` gives {output.shape[-1]} numbers at each of {positions} positions here"
    fix = (
        "for one label of a picture, `Flatten` or `GlobalAvgPool` stands before it; where each "
        f"position\nhas a label, `Conv({output.shape[-1]}, 1)` gives the same and says so"
    )
    out.warning("NN710", output.dense, message, fix)


def _classes_last(loss: LossSpec, facts: ModelFacts, span: Span, out: Diagnostics) -> bool:
    """NN705 where classes stand on another axis than the last, along which they are compared."""
    output = facts.outputs[loss.output]
    last = len(output.shape) - 1
    if loss.kind != "cross_entropy" or output.classes in (-1, last):
        return True
    order = [axis for axis in range(last + 1) if axis != output.classes]
    name = output_name(facts, loss.output)
    out.error(
        "NN705", span,
        f"`cross_entropy` compares along the last axis, and the classes of `{name}` are axis "
        f"{output.classes} of {list(output.shape)}",
        f"move them before the activation: `Permute({', '.join(map(str, order))}, "
        f"{output.classes}) -> softmax`",
    )  # fmt: skip
    return False


def _target_name(facts: ModelFacts, position: int, kind: str) -> str:
    plain = "label" if kind in CLASSES else "target"
    several = len(facts.outputs) > 1
    name = facts.outputs[position].name or (output_name(facts, position) if several else plain)
    taken = {each.name for each in facts.inputs}
    return f"{name}_target" if name in taken else name


def _fits(chosen: Chosen, output: OutputFacts, reader: Reader) -> bool:
    kind = chosen.word
    if WRONG_END.get(kind) == output.activation:
        better = RIGHT_END[output.activation]
        reader.diagnostics.error(
            "NN705",
            chosen.span,
            f"`{kind}` does not go with an output that ends in {output.activation}",
            f"`loss {better}`, or end the output in {_end(kind)}",
        )
        return False
    if kind == "cross_entropy" and (not output.shape or output.shape[-1] < 2):
        reader.diagnostics.error(
            "NN705",
            chosen.span,
            f"`cross_entropy` wants a number for each class on the last axis, the output is"
            f" {list(output.shape)}",
            "`loss binary_cross_entropy` for yes or no",
        )
        return False
    return True


def _end(kind: str) -> str:
    return next(end for end, word in RIGHT_END.items() if word == kind)


def metric_fits(kind: str, loss: LossSpec, output: OutputFacts) -> bool:
    """Accuracy counts classes, top5 needs five of them, the others measure distances."""
    if kind == "accuracy":
        return loss.kind in CLASSES
    if kind == "top5":
        return loss.kind == "cross_entropy" and output.shape[-1] >= 5
    return loss.kind not in CLASSES


def make_metrics(
    kinds: tuple[str, ...], losses: tuple[LossSpec, ...], facts: ModelFacts
) -> tuple[MetricSpec, ...]:
    """Each metric for every output that it fits, in order; one output's go by bare names."""
    several = len(facts.outputs) > 1
    return tuple(
        MetricSpec(
            loss.output, kind, f"{output_name(facts, loss.output)}_{kind}" if several else kind
        )
        for kind in kinds
        for loss in losses
        if metric_fits(kind, loss, facts.outputs[loss.output])
    )


def default_metrics(losses: tuple[LossSpec, ...]) -> tuple[str, ...]:
    """Accuracy for classes, mean absolute error for the rest.

    None where the target of yes or no is an input: a picture's values are neither.
    """
    own = [loss for loss in losses if loss.own or loss.kind != "binary_cross_entropy"]
    kinds = ["accuracy" if loss.kind in CLASSES else "mae" for loss in own]
    return tuple(dict.fromkeys(kinds))


def known_metric(word: str, span: Span, reader: Reader) -> bool:
    """Whether there is such a metric; NN702 where there is none."""
    if word not in METRICS:
        close = near(word, METRICS) or METRICS
        listed = ", ".join(f"`{name}`" for name in close)
        given = f"`{word}`" if word else "this"
        fix = f"one of {listed}" if word else f"words without quotes and brackets, of {listed}"
        reader.diagnostics.error("NN702", span, f"{given} is no metric", fix)
    return word in METRICS


def read_metric(
    word: str, span: Span, losses: tuple[LossSpec, ...], facts: ModelFacts, reader: Reader
) -> str:
    """The metric if it is known and fits an output; otherwise a diagnostic and an empty string."""
    if not known_metric(word, span, reader):
        return ""
    if any(metric_fits(word, loss, facts.outputs[loss.output]) for loss in losses):
        return word
    kinds = ", ".join(dict.fromkeys(loss.kind for loss in losses)) or "none"
    fitting = ", ".join(f"`{kind}`" for kind in default_metrics(losses))
    message = f"`{word}` does not measure an output whose loss is {kinds}"
    reader.diagnostics.error("NN705", span, message, fitting and f"try {fitting}")
    return ""
