"""`nndsl ir` through the front door."""

import json

import jsonschema

from cli.conftest import Run


def test_ir_is_json_of_the_schema(nndsl: Run) -> None:
    schema = json.loads(nndsl("ir", "--schema").out)
    ran = nndsl("ir", "seed.nn", "--set", "classes=3")
    assert (ran.code, ran.err) == (0, "")
    data = json.loads(ran.out)
    jsonschema.validate(data, schema)
    steps = data["instances"][data["root"]]["steps"]
    assert [step["op"] for step in steps] == ["Flatten", *["BatchNorm", "Dense"] * 3]
    assert steps[-1]["out"][0]["type"]["shape"] == [3]


def test_a_wrong_file_has_no_graph(nndsl: Run) -> None:
    ran = nndsl("ir", "wrong.nn")
    assert (ran.code, ran.out) == (1, "")
    assert "NN101" in ran.err


def test_ir_needs_a_file(nndsl: Run) -> None:
    ran = nndsl("ir")
    assert ran.code == 2
    assert "nndsl ir [FILE]" in ran.err
