"""The flattened view: paths, owners, values in order, loops and sharing written out."""

from collections import Counter

from nndsl.ir.flatten import FlatLoss, FlatOp, FlatPort, FlatWeight, flatten, show_path
from validate.programs import elaborated

BASE = """
block Pair(units) { Dense(units) -> relu }
"""


def ops(text: str) -> list[FlatOp]:
    return [item for item in flatten(elaborated(text).root) if isinstance(item, FlatOp)]


def paths(text: str) -> list[str]:
    return [show_path(op.path) for op in ops(text)]


def test_paths_name_sites_and_turns() -> None:
    text = f"""{BASE}
    model M {{
      input x: [4]
      for n in [3, 5] {{ Pair(n); repeat 2 {{ Dense(n) }} }}
      residual {{ Dense(5) }}
    }}"""
    assert paths(text) == [
        "pair[0].dense", "pair[0].relu", "dense1[0][0]", "dense1[0][1]",
        "pair[1].dense", "pair[1].relu", "dense1[1][0]", "dense1[1][1]",
        "dense2", "residual",
    ]  # fmt: skip


def test_values_are_threaded_through_blocks_and_loops() -> None:
    found = ops(f"{BASE} model M {{ input x: [4]; repeat 3 {{ Pair(4) }}; Dense(2) }}")
    assert [op.ins for op in found] == [(n,) for n in range(1, 8)]
    assert [op.outs for op in found] == [(n,) for n in range(2, 9)]


def test_a_residual_reads_its_entry_first() -> None:
    *_, merge = ops("model M { input x: [4]; residual { Dense(4) -> tanh } }")
    assert merge.step.op.word == "add"
    assert merge.ins == (1, 3)


def test_pushed_values_come_back_last_in_first_out() -> None:
    text = """
    model M {
      input x: [8, 8, 1]
      for w in [2, 3] { Conv(w, 1); push s; MaxPool(2) }
      for w in [3, 2] { Upsample(2) -> concat(pop(s)) -> Conv(w, 1) }
    }"""
    found = ops(text)
    made = {op.outs[0]: show_path(op.path) for op in found}
    joined = [[made[n] for n in op.ins] for op in found if op.step.op.word == "concat"]
    assert joined == [["upsample[0]", "conv1[1]"], ["upsample[1]", "conv1[0]"]]


def test_a_shared_layer_belongs_to_its_declaration() -> None:
    text = """
    model M {
      input x: [4]
      repeat 2 { shared d = Dense(4); d -> d }
    }"""
    homes = [(show_path(op.path), show_path(op.home)) for op in ops(text)]
    assert Counter(home for _, home in homes) == {"d[0]": 2, "d[1]": 2}


def test_frozen_reaches_what_is_inside() -> None:
    text = f"{BASE} model M {{ input x: [4]; frozen Pair(3); Pair(2); frozen {{ Dense(2) }} }}"
    assert [op.frozen for op in ops(text)] == [True, True, False, False, True]


def test_weights_losses_and_ports() -> None:
    text = """
    model M {
      input x: [4]
      weight scale: [4] = ones
      loss small = 0.1 * sum(_ ** 2)
      output y = _ * scale
    }"""
    items = list(flatten(elaborated(text).root))
    assert [(i.kind, i.name) for i in items if isinstance(i, FlatPort)] == [
        ("input", "x"),
        ("output", "y"),
    ]
    assert [show_path(i.home) for i in items if isinstance(i, FlatWeight)] == ["scale"]
    (loss,) = [i for i in items if isinstance(i, FlatLoss)]
    assert show_path(loss.path) == "small"


def test_a_loop_is_walked_lazily() -> None:
    """The first of a million turns comes at once."""
    walk = flatten(elaborated("model M { input x: [4]; repeat 1000000 { Dense(4) } }").root)
    first = [next(walk) for _ in range(3)]
    assert show_path(first[-1].path) == "dense[1]"  # type: ignore[union-attr]


def test_deep_nesting_costs_no_recursion() -> None:
    text = """
    block Deep(n) { if n > 0 { Dense(2) -> Deep(n - 1) } else { Dense(2) } }
    model M { input x: [2]; Deep(60) }
    """
    assert len(paths(text)) == 61
