"""The model up to its logits: losses are computed from them, never from probabilities.

The last softmax or sigmoid of an output stands in a layer of its own, and `logits_model` gives what
goes into it, as a second keras.Model on the same layers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from nndsl.backends.keras import layout
from nndsl.backends.training.derive import model_facts
from nndsl.emit import build as b
from nndsl.emit.tree import Docstring, Expr, FunctionDef, ListE, Name
from nndsl.ir.steps import GroupStep, OpStep, Plan, Program, Step, UseStep, Value
from nndsl.ops.base import Recipe, Type

FINAL = ("softmax", "sigmoid")
NAME = "logits_model"


class Final(NamedTuple):
    """The activation that makes an output: in which plan and step, by which sites from the root.

    word: softmax or sigmoid; fused: the step is a layer that has it as a setting.
    """

    plan: str
    value: int
    sites: tuple[str, ...]
    word: str
    fused: bool


def finals(program: Program) -> tuple[Final | None, ...]:
    """For each output of the model its last activation; None where there is none to be found."""
    root = program.plans[-1]
    return tuple(_final(program, root, result.value, ()) for result in root.body.outputs)


def _final(program: Program, plan: Plan, value: Value, sites: tuple[str, ...]) -> Final | None:
    step = _maker(plan.body.steps, value)
    if isinstance(step, OpStep):
        return _activation(plan, step, (*sites, step.site.name))
    if not isinstance(step, UseStep) or step.owner or step.frozen or len(sites) > 100:
        return None
    callee = program.plan(step.instance)
    if callee.definition.kind == "model":
        return None
    at = [out.id for out in step.outs].index(value.id)
    inner = callee.body.outputs[at].value
    return _final(program, callee, inner, (*sites, step.site.name))


def _maker(steps: Sequence[Step], value: Value) -> Step | None:
    """The step that makes a value, outside loops and branches."""
    for step in steps:
        if isinstance(step, OpStep | UseStep) and value.id in {out.id for out in step.outs}:
            return step
        if isinstance(step, GroupStep) and not step.frozen:
            made = step.body.out if step.out is not None and step.out.id == value.id else value
            found = _maker(step.body.steps, made) if made is not None else None
            if found is not None:
                return found
    return None


def _activation(plan: Plan, step: OpStep, sites: tuple[str, ...]) -> Final | None:
    if step.op.word in FINAL and step.symbol is None and _on_channels(step):
        return Final(plan.name, step.outs[0].id, sites, step.op.word, False)
    act = step.settings.items.get("act")
    if not isinstance(act, Recipe) or hasattr(act, "term") or step.owner or act.text not in FINAL:
        return None
    return Final(plan.name, step.outs[0].id, sites, act.text, True)


def _on_channels(step: OpStep) -> bool:
    """True for what Keras says by a word: along the axis that is last as it is held."""
    axis = step.settings.items.get("axis")
    return axis is None or layout.index(step.ins[0].type, step.settings.int("axis")) == -1


def without_activation(step: OpStep) -> OpStep:
    """The layer without the activation that stands behind it as a layer of its own."""
    return step._replace(settings=step.settings.with_(act=None))


def needed(program: Program) -> Mapping[int, str]:
    """The outputs that losses read as logits: their numbers, and what activation makes them."""
    facts = model_facts("", program.root)
    return {
        number: output.activation
        for number, output in enumerate(facts.outputs)
        if output.activation in FINAL
    }


def logits_function(names: Mapping[int, Expr], program: Program) -> FunctionDef | None:
    """`def logits_model(model)`; None where no output ends in a softmax or sigmoid.

    names: of the layers that hold the activations, by the number of the output.
    """
    wanted = needed(program)
    if not wanted:
        return None
    outs = list(_outputs(wanted, names, [r.value.type for r in program.root.outputs]))
    logits = outs[0] if len(outs) == 1 else ListE(tuple(outs))
    words = " and ".join(dict.fromkeys(wanted.values()))
    text = f"The same layers up to the last {words}: losses are computed from logits."
    made = b.call("keras.Model", b.dotted("model.input"), logits, name="logits")
    return b.func(NAME, ["model"], [Docstring(text), b.ret(made)], "keras.Model")


def _outputs(
    wanted: Mapping[int, str], names: Mapping[int, Expr], types: Sequence[Type]
) -> Iterator[Expr]:
    for number, type_ in enumerate(types):
        output = b.index("model.outputs", number)
        if number not in wanted:
            yield output
        elif number in names:
            layer = b.call(b.attr(Name("model"), "get_layer"), names[number])
            yield layout.as_filed(b.attr(layer, "input"), type_)
        else:
            yield _inverse(wanted[number], output)


def _inverse(word: str, output: Expr) -> Expr:
    """Logits from probabilities, where no layer can be named: inside a loop or branch."""
    safe = b.call("ops.clip", output, 1e-7, 1.0 if word == "softmax" else 1.0 - 1e-7)
    log = b.call("ops.log", safe)
    if word == "softmax":
        return log
    return b.binop(log, "-", b.call("ops.log1p", b.neg(safe)))
