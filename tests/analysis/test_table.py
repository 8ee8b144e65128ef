"""Tables of layers: rows, totals and costs, against Keras' summaries, papers and arithmetic."""

import csv
import io
import json
from pathlib import Path

import pytest

from nndsl.analysis.data import as_csv, as_json
from nndsl.analysis.rows import Row, Table, table, walk
from nndsl.analysis.text import as_markdown, as_text
from nndsl.analysis.totals import Totals
from nndsl.compiler import Session, analyse
from nndsl.ir.flatten import FlatOp, FlatWeight, flatten
from nndsl.ir.steps import OpStep, WeightStep
from nndsl.source import Source

ROOT = Path(__file__).resolve().parents[2]
TABLES = Path(__file__).resolve().parent / "tables"
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.nn"))


def table_of(text: str, **settings: int) -> Table:
    found = analyse(text, settings=settings)
    assert found.table is not None, [d.message for d in found.diagnostics]
    return found.table


def example(name: str) -> Source:
    path = ROOT / "examples" / f"{name}.nn"
    return Source(path.name, path.read_text(encoding="utf-8"))


def rows(found: Table) -> dict[str, Row]:
    return {path: row for _, path, row in walk(found.rows)}


def model(body: str, head: str = "input x: [8]") -> str:
    return f"model M {{ {head}; {body} }}"


# ---- what Keras prints --------------------------------------------------------------------------


def test_the_seed_has_the_rows_of_keras() -> None:
    """Géron, Hands-On Machine Learning, chapter 11: model.summary() of this network."""
    found = analyse(example("fashion_mlp")).table
    assert found is not None
    shown = [(row.kind, row.output, row.totals.params) for row in found.rows]
    assert shown == [
        ("Flatten", "[784]", 0),
        ("BatchNorm", "[784]", 3136),
        ("Dense", "[300]", 235500),
        ("BatchNorm", "[300]", 1200),
        ("Dense", "[100]", 30100),
        ("BatchNorm", "[100]", 400),
        ("Dense", "[10]", 1010),
    ]
    totals = found.totals
    assert (totals.params, totals.trainable, totals.non_trainable) == (271346, 268978, 2368)
    assert totals.macs == 784 * 300 + 300 * 100 + 100 * 10


def test_the_size_is_the_one_that_keras_prints() -> None:
    """The same summary: Total params: 271,346 (1.04 MB), Non-trainable: 2,368 (9.25 KB)."""
    found = analyse(example("fashion_mlp")).table
    assert found is not None
    text = as_text(found)
    assert "271,346   1.04 MiB" in text
    assert "2,368   9.25 KiB" in text


# ---- who owns weights ---------------------------------------------------------------------------

DENSE = 8 * 8 + 8  # Dense(8) on [8]


@pytest.mark.parametrize(
    ("body", "params", "trainable"),
    [
        ("Dense(8)", DENSE, DENSE),
        ("repeat 5 { Dense(8) }", 5 * DENSE, 5 * DENSE),
        ("shared d = Dense(8); d -> relu -> d", DENSE, DENSE),
        ("shared d = Dense(8); repeat 5 { d }", DENSE, DENSE),
        ("repeat 5 { shared d = Dense(8); d -> d }", 5 * DENSE, 5 * DENSE),
        ("frozen Dense(8) -> Dense(8)", 2 * DENSE, DENSE),
        ("shared d = frozen Dense(8); d -> d -> Dense(8)", 2 * DENSE, DENSE),
        ("frozen { Dense(8); repeat 3 { Dense(8) } }; Dense(8)", 5 * DENSE, DENSE),
        ("weight w: [8] = zeros; _ * w", 8, 8),
        ("frozen weight w: [8] = zeros; _ * w", 8, 0),
        ("frozen BatchNorm", 32, 0),
        ("BatchNorm", 32, 16),
        ("if channels(_) == 8 { Dense(8) } else { Dense(9) }", DENSE, DENSE),
        ("for n in [8, 8, 4] { Dense(n) }", 2 * DENSE + 36, 2 * DENSE + 36),
        ("add { Dense(8); residual { Dense(8) } }", 2 * DENSE, 2 * DENSE),
    ],
)
def test_weights_are_counted_where_they_are_declared(
    body: str, params: int, trainable: int
) -> None:
    totals = table_of(model(body)).totals
    assert (totals.params, totals.trainable) == (params, trainable)


def test_a_block_is_frozen_where_it_is_used() -> None:
    text = "block B { Dense(8) -> Dense(8) }\n" + model("frozen B -> B")
    found = table_of(text)
    assert (found.totals.params, found.totals.trainable) == (4 * DENSE, 2 * DENSE)
    first, second = found.rows
    assert [row.totals.trainable for row in first.children] == [0, 0]
    assert [row.totals.trainable for row in second.children] == [DENSE, DENSE]


def test_a_recipe_inside_a_layer_is_counted_with_it() -> None:
    """Attention of 4 heads on 8 channels: four kernels, the query's replaced."""
    text = (
        "block Low { Dense(2, bias=false) -> Dense(8, bias=false) }\n"
        "model M { input x: [5, 8]; SelfAttention(4, query=Low) }"
    )
    found = table_of(text)
    low = 8 * 2 + 2 * 8
    attention = found.rows[0]
    assert [row.totals.params for row in attention.children] == [low]
    assert attention.totals.params == found.totals.params == 3 * (8 * 8 + 8) + low


def test_tied_weights_are_not_counted_twice() -> None:
    """GPT-2, Radford et al. 2019: 124,439,808, of which 50257 x 768 in the embedding."""
    found = table_of(example("gpt2").text)
    assert found.totals.params == 124_439_808
    declared, used, *_, logits = found.rows
    assert (declared.name, declared.declares, declared.totals.params) == ("wte", True, 50257 * 768)
    for row in (used, logits):
        assert (row.shared, row.totals.params) == ("wte", 0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_totals_are_the_sum_over_the_flattened_network(name: str) -> None:
    """Bottom-up totals against a walk that knows nothing of them: one owner, one set of weights."""
    session = Session(example(name))
    elaborated = session.elaborate()
    assert elaborated is not None
    owned: dict[object, tuple[int, int]] = {}
    macs: list[object] = []
    for flat in flatten(elaborated.root):
        if isinstance(flat, FlatOp) and isinstance(flat.step, OpStep):
            macs.append(flat.step.macs)
            if flat.step.op.word != "Tied":
                weights = flat.step.weights
                count = sum(w.count for w in weights)
                kept = 0 if flat.frozen else sum(w.count for w in weights if w.trainable)
                owned[flat.home] = (count, kept)
        elif isinstance(flat, FlatWeight) and isinstance(flat.step, WeightStep):
            size = flat.step.weight.count
            owned[flat.home] = (size, 0 if flat.frozen else size)
    totals = table(elaborated.model, elaborated.root).totals
    assert totals.params == sum(count for count, _ in owned.values())
    assert totals.trainable == sum(kept for _, kept in owned.values())
    if all(isinstance(cost, int) for cost in macs):
        assert totals.macs == sum(macs)  # type: ignore[arg-type]


# ---- loops, costs, depth ------------------------------------------------------------------------


def test_a_doubling_recursion_is_added_up_once_per_instance() -> None:
    """2**60 leaves of 72 weights: only a memo per instance ends before the sun does."""
    text = "block F(n) { if n == 0 { Dense(8) } else { add { F(n - 1); F(n - 1) } } }\n" + model(
        "F(60)"
    )
    totals = table_of(text).totals
    assert totals == Totals(2**60 * DENSE, 2**60 * DENSE, 2**60 * 64)


def test_a_loop_is_one_row_where_its_rounds_are_equal() -> None:
    found = rows(table_of(model("repeat 12 { Dense(8) -> relu }")))
    loop = found["repeat x 12"]
    assert (loop.times, loop.totals.params) == (12, 12 * DENSE)
    assert found["repeat x 12.dense"].totals.params == DENSE


def test_rounds_that_differ_have_rows_of_their_own() -> None:
    found = rows(table_of(model("repeat 3 { Dense(16) -> relu }")))
    assert found["round 1"].totals.params == 8 * 16 + 16
    assert found["rounds 2-3"].totals.params == 2 * (16 * 16 + 16)
    found = rows(table_of(model("for i, n in [(0, 4), (1, 6)] { Dense(n + i); relu }")))
    assert {"for i = 0, n = 4", "for i = 1, n = 6"} <= set(found)


def test_costs_multiply_and_stay_symbolic() -> None:
    """A transformer layer on T steps of d channels: 12 T d**2, and 2 T**2 d in its attention."""
    text = (
        "model M { input x: [?T, 64]; repeat 3 { residual { SelfAttention(4) };"
        " residual { Dense(256, gelu) -> Dense(64) } } }"
    )
    found = table_of(text)
    assert found.outputs == (("", "[?T, 64]"),)
    shown = as_text(found).splitlines()[-1]
    assert (
        shown
        == f"MACs              {3 * 12 * 64**2:,} * ?T + {3 * 2 * 64} * ?T**2   for one example"
    )


def test_convolutions_cost_what_the_arithmetic_says() -> None:
    found = table_of(model("Conv(16, 3, same) -> MaxPool(2) -> Conv(4, 1)", "input x: [8, 8, 3]"))
    assert [row.totals.macs for row in found.rows] == [8 * 8 * 9 * 3 * 16, 0, 4 * 4 * 16 * 4]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_depth_cuts_rows_and_keeps_totals(depth: int) -> None:
    found = analyse(example("resnet")).table
    assert found is not None
    levels = [level for level, _, _ in walk(found.rows, depth)]
    assert max(levels, default=-1) == depth - 1
    data = json.loads(as_json(found, depth))
    assert data["totals"]["trainable"] == 25_557_032  # torchvision's resnet50
    assert bool(data["layers"]) == (depth > 0)


# ---- formats ------------------------------------------------------------------------------------


def test_json_nests_as_the_source_does() -> None:
    data = json.loads(as_json(table_of(model("repeat 2 { Dense(8) -> relu }"))))
    assert data["inputs"] == [{"name": "x", "type": "[8]"}]
    (loop,) = data["layers"]
    assert (loop["times"], loop["params"]) == (2, 2 * DENSE)
    assert [layer["kind"] for layer in loop["layers"]] == ["Dense", "relu"]
    assert data["totals"] == {
        "params": 144, "trainable": 144, "non_trainable": 0, "macs": 128, "bytes_float32": 576,
    }  # fmt: skip


def test_csv_reads_back() -> None:
    text = as_csv(table_of(model("Dense(8) -> add { identity; Dense(8) }")))
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["path"] for line in lines] == ["dense1", "add", "add.identity", "add.dense2"]
    assert [line["params"] for line in lines] == ["72", "72", "0", "72"]


def test_markdown_is_a_table() -> None:
    lines = as_markdown(analyse(example("fashion_mlp")).table).splitlines()  # type: ignore[arg-type]
    table_lines = [line for line in lines if line.startswith("|")]
    assert {line.count("|") for line in table_lines} == {8}
    assert any("| 235,500 | 235,500 | - |" in line for line in table_lines)


@pytest.mark.parametrize(
    "name", ["fashion_mlp", "gpt2", "unet", "siamese", "frozen", "vae", "densenet", "seq2seq"]
)
def test_tables_read_well(name: str, golden) -> None:  # type: ignore[no-untyped-def]
    found = analyse(example(name)).table
    assert found is not None
    golden(TABLES / f"{name}.txt", as_text(found, 3))
