"""Blocks that contain themselves, in PyTorch: one class, right for every depth."""

from __future__ import annotations

import pytest

from conformance.harness import execute
from nndsl.compiler import compile_model

torch = pytest.importorskip("torch", reason="runs emitted models")
pytestmark = pytest.mark.framework

GROWING = """
block R(n, w) { if n > 0 { concat { identity; Dense(w, relu) -> R(n - 1, w) } } }
model M(n=3, w=4) { input x: [6]; R(n, w); Dense(2) }
"""
TREE = """
block R(n, w) { if n == 0 { Dense(w) } else { concat { R(n - 1, w); R(n - 1, w) } } }
model M(n=3, w=4) { input x: [6]; R(n, w); Dense(2) }
"""
FRACTAL = """
block R(n, w) { concat { Conv(w, 3, same, relu); if n > 1 { R(n - 1, w) -> R(n - 1, w) } } }
model M(n=3, w=4) { input x: [8, 8, 6]; R(n, w); GlobalAvgPool; Dense(2) }
"""


def growing(n: int, w: int) -> int:
    inner = sum((w if i else 6) * w + w for i in range(n))
    return inner + (6 + n * w) * 2 + 2


def tree(n: int, w: int) -> int:
    return 2**n * (6 * w + w) + 2**n * w * 2 + 2


def fractal(n: int, w: int) -> int:
    def block(inputs: int, depth: int) -> int:
        conv = 9 * inputs * w + w
        if depth <= 1:
            return conv
        return conv + block(inputs, depth - 1) + block((depth - 1) * w, depth - 1)

    return block(6, n) + n * w * 2 + 2


@pytest.mark.parametrize(
    ("text", "count"), [(GROWING, growing), (TREE, tree), (FRACTAL, fractal)],
    ids=["growing", "tree", "fractal"],
)  # fmt: skip
def test_a_recursion_whose_result_grows_is_one_class(text, count) -> None:  # type: ignore[no-untyped-def]
    made = compile_model(text, "torch")
    code = made.files[made.model]
    assert code.count("class ") == 2
    space = execute(code)
    shape = (3, 6, 8, 8) if "Conv" in text else (3, 6)
    for n, w in ((3, 4), (1, 4), (2, 5), (4, 3)):
        model = space["M"](n=n, w=w)  # type: ignore[operator]
        assert sum(p.numel() for p in model.parameters()) == count(n, w)
        assert model(torch.randn(*shape)).shape == (3, 2)
