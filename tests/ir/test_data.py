"""The graph as JSON: each example's fits the published schema and says what the program says."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import TypeAlias

import jsonschema
import pytest

import nndsl
from examples.front import ADVERSARIAL, EXAMPLES, elaborated, example, names
from nndsl.analysis.rows import table
from nndsl.ir.data import VERSION, as_data

Json: TypeAlias = dict  # of what `json` reads
SCHEMA = json.loads(nndsl.ir_schema())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
NET = "model Net(n=3) { input x: [8]; repeat 2 { Dense(n, relu, init=normal(0.1)) } }"
ALL = [*names(EXAMPLES), *names(ADVERSARIAL)]


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["version"]["const"] == VERSION


@pytest.mark.parametrize("name", ALL)
def test_a_program_fits_the_schema(name: str) -> None:
    made = elaborated(name)
    data = as_data(made.model, made.root)
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    best = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(data))
    assert best is None, best


@pytest.mark.parametrize("name", ["lenet", "resnet", "unet", "gpt2", "frozen", "siamese"])
def test_the_weights_of_the_json_are_those_of_the_table(name: str) -> None:
    """Counted by a reader of its own: every weight once for each time that it is made."""
    made = elaborated(name)
    data: Json = as_data(made.model, made.root)
    total = table(made.model, made.root).totals.params
    assert sum(_counts(data, data["instances"][data["root"]]["steps"])) == total


def _counts(data: Json, steps: list[Json]) -> Iterator[int]:
    for step in steps:
        match step["step"]:
            case "op" if not step["owner"]:
                yield from map(_count, step["weights"])
                for part in step["parts"]:
                    yield from _counts(data, part["body"]["steps"])
            case "use" if not step["owner"]:
                yield from _counts(data, data["instances"][step["instance"]]["steps"])
            case "own" if step["use"] is not None:
                yield from _counts(data, [{**step["use"], "owner": ""}])
            case "weight":
                yield _count(step["weight"])
            case "merge":
                yield from _counts(data, step["items"])
            case "loop":
                for turn in step["turns"]:
                    yield turn["count"] * sum(_counts(data, turn["body"]["steps"]))
            case "if" | "group" | "branch" if step["body"] is not None:
                yield from _counts(data, step["body"]["steps"])


def _count(weight: Json) -> int:
    count = 1
    for size in weight["shape"]:
        count *= size
    return count


def test_spans_are_those_of_the_text() -> None:
    text = example("lenet").read_text(encoding="utf-8")
    found = nndsl.graph(nndsl.Source("lenet.nn", text)).data
    assert found is not None
    steps = found["instances"][found["root"]]["steps"]
    for step in steps:
        if step["step"] == "op":
            span = step["span"]
            assert text[span["start"] : span["end"]].startswith(step["op"])


@pytest.mark.parametrize("change", ["version", "extra", "lacking", "kind"])
def test_the_schema_refuses_other_things(change: str) -> None:
    data = nndsl.graph(NET).data
    assert data is not None
    assert VALIDATOR.is_valid(data)
    wrong = copy.deepcopy(data)
    (instance,) = wrong["instances"].values()
    if change == "version":
        wrong["version"] = 2
    elif change == "extra":
        instance["steps"][0]["colour"] = "red"
    elif change == "lacking":
        del instance["steps"][0]["turns"][0]["count"]
    else:
        instance["steps"][0]["step"] = "fold"
    assert not VALIDATOR.is_valid(wrong)
