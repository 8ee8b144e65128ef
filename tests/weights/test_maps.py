"""Maps: what they say, what is wrong with one, and the models of other libraries through them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nndsl.weights import (
    Map,
    Options,
    Program,
    WeightsError,
    convert,
    find_map,
    load,
    read_map,
    save,
)
from nndsl.weights.maps import shipped
from nndsl.weights.names import named
from nndsl.weights.safetensors import read, write
from support.foreign_models import FOREIGN, SMALL, differences, installed

TEXT = """
model Net {
  input x: [5, 4]
  repeat 2 { SelfAttention(2) -> Dense(4) }
  LayerNorm
}
"""
RULES = """
layout torch
prefix net.
self_attention[i].query_kernel <- b.{2 * i}.q.weight, transpose
self_attention[i].key_kernel <- b.{2 * i}.kv.weight, part 2 of 2 along 1
self_attention[i].value_kernel <- b.{2 * i}.kv.weight, part 1 of 2 along 1
self_attention[i].query_bias <- b.{2 * i}.q.bias
self_attention[i].key_bias <- b.{2 * i}.kv.bias, part 2 of 2
self_attention[i].value_bias <- b.{2 * i}.kv.bias, part 1 of 2
self_attention[i].output_kernel <- b.{2 * i}.o.weight
self_attention[i].output_bias <- b.{2 * i}.o.bias
dense[i] <- b.{[1, 3][i]}  # torch's Linear
layer_norm <- norm
equal also.weight = norm.weight
ignore *.mask
"""


def numbers(made: Program) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {p: random.normal(size=s).astype("float32") for p, s in made.shapes.items()}


def told(text: str) -> list[str]:
    with pytest.raises(WeightsError) as caught:
        named(read_map(text, "m"), Program(TEXT))
    return list(caught.value.problems)


def test_a_map_there_and_back(tmp_path: Path) -> None:
    made, map_ = Program(TEXT), read_map(RULES)
    path = tmp_path / "f.safetensors"
    values = numbers(made)
    save(path, values, made, "torch", Options(to_map=map_))
    found = dict(read(path).arrays)
    assert np.array_equal(found["net.b.3.weight"], values["dense[1].kernel"].T)
    assert np.array_equal(found["net.b.2.q.weight"], values["self_attention[1].query_kernel"].T)
    both = [values[f"self_attention[0].{name}_kernel"] for name in ("value", "key")]
    assert np.array_equal(found["net.b.0.kv.weight"], np.concatenate(both, axis=1))
    assert np.array_equal(found["also.weight"], found["net.norm.weight"])
    for prefix in ("net.", ""):
        bare = {name.replace("net.", prefix): array for name, array in found.items()}
        write(path, {**bare, "b.0.mask": np.zeros(3, "float32")}, {})
        back, notes = load(path, made, "torch", Options(map=map_))
        assert notes == ["not read, as the map says: 1 (`b.0.mask`)"]
        assert all(np.array_equal(back[p], values[p]) for p in values)


def test_tensors_that_should_be_equal_are_compared(tmp_path: Path) -> None:
    made, options = Program(TEXT), Options(to_map=read_map(RULES))
    path = tmp_path / "f.safetensors"
    save(path, numbers(made), made, "torch", options)
    found = dict(read(path).arrays)
    write(path, {**found, "also.weight": found["also.weight"] + 1}, {})
    with pytest.raises(WeightsError, match="should be equal, and are not"):
        load(path, made, "torch", Options(map=options.to_map))


def test_every_weight_without_a_rule_is_told() -> None:
    text = RULES.replace("dense[i] <-", "dense[0] <-").replace("layer_norm <-", "norm <-")
    assert told(text.replace("{[1, 3][i]}", "1")) == [
        "`m`: no rule fits `dense[1].kernel` [4, 4]",
        "`m`: no rule fits `dense[1].bias` [4]",
        "`m`: no rule fits `layer_norm.gamma` [4]",
        "`m`: no rule fits `layer_norm.beta` [4]",
    ]


WRONG = {
    "conv conv1": "a rule is `PROGRAM <- FOREIGN`",
    "layout jax": "a rule is `PROGRAM <- FOREIGN`",
    "a <- b.{i}": "`i` in `{i}` is no index on the left",
    "a[i] <- b.{i +}": "line 1",
    "a <- b, twist": "`twist` is neither",
    "a <- b, part 3 of 2": "there is no part 3 of 2",
    "a <- b, transpose 0 2": "names every axis once",
    "a <-": "no foreign name",
    "a b <- c": "no layer or weight",
}


@pytest.mark.parametrize("line", WRONG)
def test_lines_that_cannot_be_read(line: str) -> None:
    with pytest.raises(WeightsError) as caught:
        read_map(f"{line}\nb <- c\n{line}", "m")
    assert [problem.startswith(f"`m`, line {at}: ") for problem, at in
            zip(caught.value.problems, (1, 3), strict=True)] == [True, True]  # fmt: skip
    assert WRONG[line] in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{[1, 3][i]}", "{[1][i]}", "`[1][i]` has no item 1"),
        ("{[1, 3][i]}", "{1 // i}", "`1 // i` cannot be worked out"),
        ("{[1, 3][i]}", "{open(i)}", "is no index on the left"),
        ("{[1, 3][i]}", "{i ** 9}", "`i ** 9` cannot be worked out"),
        ("{[1, 3][i]}", "{i.real}", "is no number of indices"),
        ("part 1 of 2 along 1", "part 2 of 2 along 1", "is not made of 2 different parts"),
        ("{[1, 3][i]}", "1", "is not made of 1 different parts"),
        ("layer_norm <- norm", "layer_norm <- norm, transpose", "are for a weight"),
        ("q.weight, transpose", "q.weight, transpose 2 1 0", "turns 3 axes"),
    ],
)
def test_rules_that_do_not_fit(old: str, new: str, said: str) -> None:
    assert old in RULES
    assert said in "\n".join(told(RULES.replace(old, new)))


def test_the_packed_matrix_of_torch_needs_rules_of_its_own() -> None:
    assert any("is packed there" in line for line in told("self_attention[i] <- a.{i}"))


def test_every_shipped_map_is_tried() -> None:
    assert sorted(each.map for each in FOREIGN) == shipped()
    assert all(isinstance(find_map(name), Map) for name in shipped())


def test_a_foreign_file_of_keras_is_not_written(tmp_path: Path) -> None:
    made, options = Program(TEXT), Options(to_map=read_map(RULES))
    with pytest.raises(WeightsError, match="are read, not written"):
        save(tmp_path / "x.keras", numbers(made), made, options=options)
    assert not list(tmp_path.iterdir())


def test_a_file_of_keras_may_be_read_by_its_layers_names(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    made = Program("model Net {\n  input x: [4]\n  Dense(3) -> LayerNorm\n}\n")
    values = numbers(made)
    with h5py.File(tmp_path / "x.weights.h5", "w") as file:
        for folder, layer, keys in (
            ("layers/dense_7", "head", ("dense.kernel", "dense.bias")),
            ("layers/functional/layers/layer_normalization", "ln",
             ("layer_norm.gamma", "layer_norm.beta")),
        ):  # fmt: skip
            group = file.create_group(f"{folder}/vars")
            group.attrs["name"] = layer
            for turn, key in enumerate(keys):
                group[str(turn)] = values[key]
    map_ = read_map("layout keras\ndense <- head\nlayer_norm <- functional/ln\n")
    convert(tmp_path / "x.weights.h5", tmp_path / "o.safetensors", made, to="nndsl",
            options=Options(map=map_))  # fmt: skip
    back = read(tmp_path / "o.safetensors").arrays
    assert all(np.array_equal(back[p], values[p]) for p in values)


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_the_original_and_ours_agree(name: str, tmp_path: Path) -> None:
    foreign = SMALL[name]
    if not installed(foreign):
        pytest.skip(f"{foreign.package} is not installed")
    found = differences(foreign, tmp_path)
    assert max(found.values()) <= 1e-5, found
