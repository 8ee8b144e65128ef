"""Where a model's weights are in the state_dict of the emitted module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from nndsl.analysis.weights import Owned
from nndsl.backends.tensors import Part, Slot
from nndsl.backends.torch.weights import slots


def model_slots(weights: Sequence[Owned], keys: Mapping[str, str]) -> Iterator[Slot]:
    """The tensors of a module. keys: by a weight's path, the tensor that the validator found.

    Of a weight that fills several tensors (a GRU's two biases) `keys` names the first; the others
    stand beside it.
    """
    for home, group in groupby(weights, lambda each: each.home):
        mine = list(group)
        step = mine[0].step
        if step is None:
            yield Slot(keys[mine[0].path], (Part(mine[0].path),))
            continue
        names = {each.weight.name: keys[each.path] for each in mine}
        word = step.op.like or step.op.word
        if word == "SelfAttention" and not _packed(names):
            word = "MultiHeadAttention"
        for slot in slots(word, step.settings, step.weights):
            parts = tuple(Part(f"{home}.{part.weight}", part.moves) for part in slot.parts)
            yield Slot(_beside(names[slot.parts[0].weight], slot.key), parts)


def _packed(names: Mapping[str, str]) -> bool:
    """True where queries, keys and values are rows of one matrix: `qkv.weight[0:8]`."""
    return any("qkv" in key for key in names.values())


def _beside(key: str, own: str) -> str:
    """The key of a layer's tensor `own` from the key of one beside it; rows are left out."""
    folder = key.partition("[")[0].rpartition(".")[0]
    name = own.rpartition(".")[2]
    return f"{folder}.{name}" if folder else name
