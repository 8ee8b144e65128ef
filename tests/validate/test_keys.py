"""The validator's keys against the frameworks': every weight is where its path is said to lie."""

import re
from functools import reduce
from typing import Any

import pytest

from nndsl.backends.base import Header
from nndsl.ir.flatten import FlatOp, FlatWeight, flatten, show_path
from nndsl.ops.base import Weight
from nndsl.validate import validate
from validate.programs import Case, of_example, of_text, target

EXAMPLES = ("lenet", "two_norms", "frozen", "recursive_unet", "seq2seq", "albert", "gpt2", "vit")
RECIPES = """
block LoRA(rank=4) {
  let c = channels(input)
  add { Dense(c, bias=false); Dense(rank, bias=false) -> Dense(c, bias=false, init=zeros) }
}
model M {
  input x: [?T, 16]
  SelfAttention(4, query=LoRA(rank=8), output=LoRA)
  SelfAttention(4, value=Dense(16))
  Conv(8, 3, stride=2, padding=same) -> relu -> MaxPool(2, padding=same)
  take(0) -> Dense(3)
}
"""


def model(case: Case) -> "Any":  # noqa: ANN401 - a class of either framework
    """The model of the emitted text, in the real framework."""
    header = Header("0", "case.nn", "M", (), (), 0, 0, "", case.emitted.notes)
    names: dict[str, Any] = {}
    exec(target(case.target).render(case.emitted, header), names)
    return names[case.emitted.entry]()


def weights(case: Case) -> dict[str, Weight]:
    """The program's weights by their paths."""
    found: dict[str, Weight] = {}
    for item in flatten(case.program.root):
        if isinstance(item, FlatOp):
            for weight in getattr(item.step, "weights", ()):
                found[f"{show_path(item.home)}.{weight.name}"] = weight
        elif isinstance(item, FlatWeight) and not hasattr(item.step, "path"):
            found[show_path(item.home)] = item.step.weight
    return found


def cases(name: str) -> list[Case]:
    return [*(of_example(example, name) for example in EXAMPLES), of_text(RECIPES, name)]


@pytest.mark.framework
def test_torch_has_these_keys() -> None:
    import torch

    for case in cases("torch"):
        with torch.device("meta"):
            state = model(case).state_dict(keep_vars=True)
        paths = validate(case.program, case.emitted, "torch").paths
        keys = {re.sub(r"\[\d+:\d+\]$", "", key) for key in paths.values()}
        own = {key for key in state if not key.endswith("num_batches_tracked")}
        first = {id(tensor): key for key, tensor in reversed(list(state.items()))}
        assert keys == {key for key in own if first[id(state[key])] == key}, case.program.root
        sizes = {path: weight.count for path, weight in weights(case).items()}
        assert sum(sizes.values()) == sum(state[key].numel() for key in keys)


@pytest.mark.framework
def test_keras_has_these_variables() -> None:
    import keras

    for case in cases("keras"):
        keras.backend.clear_session()
        built = model(case)
        paths = validate(case.program, case.emitted, "keras").paths
        wanted = weights(case)
        for path, key in paths.items():
            *models, last = key.split("/")
            name, *attributes = last.split(".")
            layer = reduce(lambda inner, part: inner.get_layer(part), [*models, name], built)
            variable = reduce(getattr, attributes, layer)
            assert int(variable.numpy().size) == wanted[path].count, (path, key)
        assert sum(weight.count for weight in wanted.values()) == built.count_params()
