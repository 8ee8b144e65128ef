"""The example package of examples/plugin, built, installed into a folder of its own, and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
PLUGIN = ROOT / "examples" / "plugin"
NET = "model Net { input x: [4]; Dense(8, relu) -> LayerScale -> Dense(2) }\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package in a folder; this environment stays as it is."""
    top = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", top]
    _run([*pip, *build, PLUGIN], top)
    (wheel,) = top.glob("*.whl")
    into = ["install", "--no-deps", "--no-index", "--ignore-installed", "--target", top / "lib"]
    _run([*pip, *into, wheel], top)
    return top / "lib"


def _run(command: list[object], folder: Path, library: Path | str | None = None) -> str:
    path = os.pathsep.join(str(each) for each in (library, ROOT) if each is not None)
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": path},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def nndsl(installed: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    (tmp_path / "net.nn").write_text(NET, encoding="utf-8")
    return lambda *words: _run([sys.executable, "-m", "nndsl", *words], tmp_path, installed)


def test_its_layer_counts(nndsl) -> None:  # type: ignore[no-untyped-def]
    data = json.loads(nndsl("params", "net.nn", "--format", "json"))
    counts = {row["name"]: row["params"] for row in data["layers"]}
    assert counts == {"dense1": 4 * 8 + 8, "layer_scale": 8, "dense2": 8 * 2 + 2}
    assert "nothing to say" in nndsl("check", "net.nn")


def test_its_target_writes_code_that_runs(nndsl) -> None:  # type: ignore[no-untyped-def]
    names: dict[str, object] = {}
    exec(nndsl("compile", "net.nn", "--target", "numpy", "-o", "-"), names)
    chance = np.random.default_rng(0)
    shapes = {"dense1.kernel": (4, 8), "dense1.bias": (8,), "layer_scale.scale": (8,),
              "dense2.kernel": (8, 2), "dense2.bias": (2,)}  # fmt: skip
    w = {name: chance.normal(size=shape) for name, shape in shapes.items()}
    x = chance.normal(size=(3, 4))
    hidden = np.maximum(x @ w["dense1.kernel"] + w["dense1.bias"], 0) * w["layer_scale.scale"]
    forward = names["forward"]
    assert callable(forward)
    np.testing.assert_allclose(forward(x, w), hidden @ w["dense2.kernel"] + w["dense2.bias"])


SESSION = """
import json, sys
import nndsl
from nndsl.ops.registry import installed
from nndsl.ops.base import Op

def codes(result):
    return [item.code for item in result.diagnostics]

net = sys.argv[1]
op = installed()["LayerScale"]
assert isinstance(op, Op)
print(json.dumps({
    "torch": codes(nndsl.compile(net, "torch")),
    "keras": codes(nndsl.compile(net, "keras")),
    "numpy": codes(nndsl.compile("model M { input x: [4]; Snake }", "numpy")),
    "conv": codes(nndsl.compile("model M { input x: [4, 4, 1]; Conv(2, 3) }", "numpy")),
    "scalar": codes(nndsl.check("model M { input x: float; LayerScale }")),
    "near": nndsl.check("model M { input x: [4]; LayerScal }").diagnostics[0].fix,
    "own": codes(nndsl.check("block LayerScale { relu }\\nmodel M { input x: [4]; LayerScale }")),
}))
"""


def test_what_does_not_fit_is_told(installed: Path, tmp_path: Path) -> None:
    found = json.loads(_run([sys.executable, "-c", SESSION, NET], tmp_path, installed))
    assert found == {
        "torch": [],
        "keras": [],
        "numpy": ["NN601"],
        "conv": ["NN601"],
        "scalar": ["NN201"],
        "near": "did you mean `LayerScale`?",
        "own": [],
    }


AGREEMENT = """
import json, sys
from nndsl.ops import registry
from nndsl.source import Source
from support.agree import agree
from support.numeric import Program

told = {}
with registry.with_installed(registry.installed()):
    for name, (body, shape, _) in json.loads(sys.argv[1]).items():
        program = Program(Source("net.nn", f"model Net {{ {body} }}"), {})
        told[name] = program.counts
        agree(program, {"x": (tuple(shape), 0)}, exact=True)
print(json.dumps(told))
"""
NETS = {
    "line": ("input x: [4]; Dense(8, relu) -> LayerScale -> Dense(2)", [4], 66),
    "images": (
        "input x: [6, 5, 3]; Conv(8, 3, same) -> LayerScale(init=ones) -> Snake(2.5) -> Conv(4, 3)",
        [6, 5, 3],
        (9 * 3 * 8 + 8) + 8 + (9 * 8 * 4 + 4),
    ),
    "channels first": (
        "input x: [C=3, H=4, W=4]; for i in range(2) { LayerScale -> Conv(4 + i, 1) }\n"
        "LayerScale -> Snake -> Flatten -> Dense(2)",
        [3, 4, 4],
        (3 + 16) + (4 + 25) + 5 + (80 * 2 + 2),
    ),
    "shared and frozen": (
        "input x: [10, 8]; repeat 3 { residual { Dense(8) -> LayerScale } }\n"
        "shared s = LayerScale; s -> Snake -> s; frozen LayerScale; GlobalAvgPool -> Dense(2)",
        [10, 8],
        3 * (72 + 8) + 8 + 18,
    ),
}


@pytest.mark.framework
def test_its_layers_agree_in_both_frameworks(installed: Path, tmp_path: Path) -> None:
    """Counts, outputs and gradients; the counts are arithmetic."""
    path = os.pathsep.join([str(installed), str(ROOT / "tests")])
    told = json.loads(_run([sys.executable, "-c", AGREEMENT, json.dumps(NETS)], tmp_path, path))
    assert {name: counts[0] for name, counts in told.items()} == {
        name: trainable for name, (_, _, trainable) in NETS.items()
    }


def test_without_the_package_the_word_is_unknown() -> None:
    import nndsl

    assert [item.code for item in nndsl.check(NET).diagnostics] == ["NN101"]
