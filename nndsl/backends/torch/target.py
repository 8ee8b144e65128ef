"""The target `torch`: programs to nn.Module classes, classes and helpers to the text of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nndsl.backends.base import Emitted, Header
from nndsl.backends.constants import with_constants
from nndsl.backends.torch import spell_foreign
from nndsl.backends.torch.common_start import Mentions, with_common_start
from nndsl.backends.torch.differences import DIFFERENCES
from nndsl.backends.torch.families import joined
from nndsl.backends.torch.helpers import FORMULAS, HELPERS, included
from nndsl.backends.torch.initial import KINDS, init_weights
from nndsl.backends.torch.layout import boundary_order
from nndsl.backends.torch.naming import VARIABLES
from nndsl.backends.torch.own_activations import OWN, with_own
from nndsl.backends.torch.sequences import lower_plans
from nndsl.diagnostics import Diagnostics, Failure
from nndsl.emit.names import safe
from nndsl.emit.tree import Stmt
from nndsl.ir.steps import OpStep, Program
from nndsl.ops.base import Type

if TYPE_CHECKING:
    from nndsl.analysis.weights import Owned
    from nndsl.backends.tensors import Slot


def _rename(program: Program) -> None:
    """Classes whose names the file's imports or helpers own get a suffix."""
    for plan in program.plans:
        plan.name = safe(plan.name, VARIABLES | frozenset(HELPERS))


class TorchTarget:
    """PyTorch: a class per block, images channels first."""

    name = "torch"
    differences = DIFFERENCES

    def lower(self, program: Program, diagnostics: Diagnostics) -> Emitted | None:
        """A class for each plan, callees first; None after a diagnostic (NN601)."""
        _rename(program)
        failed = diagnostics.failed
        root = program.plans[-1]
        try:
            shared, code = lower_plans(program, diagnostics)
            code = joined(program.plans, code)
        except Failure as failure:
            diagnostics.add(failure.diagnostic)
            return None
        if diagnostics.failed and not failed:
            return None
        common = with_common_start(code, {} if "MultiHeadAttention" in shared.helpers else KINDS)
        code, mentions = common.code, common.mentions
        if program.exact:
            code = [*with_own(code)]
            mentions = Mentions(code)
            shared.helpers.update(OWN & mentions.names)
        mentioned = mentions.names
        if "start" not in mentioned:
            shared.helpers.discard("start")
        helpers = included({*shared.helpers, *(FORMULAS & mentioned)})
        options = frozenset(shared.options)
        foreign = tuple(shared.foreign.made.values())
        own: list[Stmt] = [*spell_foreign.definitions(foreign)]
        own.append(init_weights(mentions.classes, helpers, options, common.fillers))
        made = with_constants((*own, *code), program)
        notes = tuple(sorted(shared.notes))
        first = frozenset(p.name for p in program.plans if id(p) in shared.sequences)
        bare = shared.finals.get(id(root), frozenset())
        logits = frozenset(i for i, r in enumerate(root.body.outputs) if r.value.id in bare)
        return Emitted(made, helpers, root.name, notes, options, foreign, first, logits)

    def render(self, emitted: Emitted, header: Header) -> str:
        """The text of the model file."""
        from nndsl.backends.torch.render import render_file

        return render_file(emitted, header)

    def tensors(self, weights: Sequence[Owned], keys: Mapping[str, str]) -> tuple[Slot, ...]:
        """Where the weights are in the module's state_dict."""
        from nndsl.backends.torch.places import model_slots

        return tuple(model_slots(weights, keys))

    def layer_tensors(self, step: OpStep) -> tuple[Slot, ...]:
        """Where the module of a layer has them."""
        from nndsl.backends.torch.weights import slots

        return slots(step.op.like or step.op.word, step.settings, step.weights)

    def axes(self, type_: Type) -> tuple[int, ...]:
        """Images and volumes channels first."""
        return boundary_order(type_)


TARGET = TorchTarget()
