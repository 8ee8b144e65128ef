"""Programs that would never end, or only after a long time: told; `make bench` has how soon."""

from __future__ import annotations

import pytest

from nndsl.compiler import check
from support.hostile import RUNAWAY, runaway
from support.steps import steps

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", RUNAWAY)
def test_a_runaway_program_is_told_soon(name: str) -> None:
    text, code = runaway(name)
    found = check(text).diagnostics
    errors = [item.code for item in found if item.severity == "error" and item.code != "NN351"]
    assert errors == [code]


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "Dense(8)\n" * 100_000,
        "for _ in range(100_000) { Dense(8) }",
        "for n in [3000, 2000, 1000, 500, 1, 1, 1, 1, 1] { for _ in range(n) { Dense(8) } }",
        "for n in range(300) { for _ in range(300 - n) { Dense(8) } }",
        "repeat 10**9 { Dense(8) }",
    ],
    ids=["lines", "rounds", "fewer and fewer", "a triangle", "equal rounds"],
)
def test_a_large_program_is_none(body: str) -> None:
    assert check(f"model M {{\ninput x: [8]\n{body}\n}}").diagnostics == ()


def test_of_several_models_that_do_not_end_one_is_walked_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others have a tenth of the budget: the file is refused in any case."""
    monkeypatch.setattr("nndsl.ir.context.MAX_STEPS", 2_000)
    loop = "  for i in range(600) { Dense(8 + i) }\n"
    one = "model A {\n  input x: [8]\n" + 3 * loop + "}\n"
    more = "".join(one.replace("model A", f"model {name}") for name in "BC")
    alone = steps(lambda: check(one))
    assert [each.code for each in check(one + more).diagnostics] == ["NN401"]
    assert steps(lambda: check(one + more)) < 1.5 * alone
