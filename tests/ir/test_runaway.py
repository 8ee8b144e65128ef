"""Programs that would never end, or only after a long time: told within a second of work."""

from __future__ import annotations

import time

import pytest

from nndsl.compiler import check

pytestmark = pytest.mark.slow

RUNAWAY = {
    "rounds that differ": ("repeat 10**9 { Dense(channels(_) + 1) }", "", "NN401"),
    "loops in loops": (
        "for i in range(999) { for j in range(999) { for k in range(999) { Dense(8 + k % 3) } } }",
        "", "NN401",
    ),
    "rounds without a layer": (
        "for _ in range(999) { for _ in range(999) { for _ in range(999) { } } }\nrelu",
        "", "NN401",
    ),
    "many branches": ("concat { repeat 10**6 { Dense(8) } }", "", "NN401"),
    "a long list of layers": ("for i in range(900000) { x + i }", "", "NN401"),
    "a long list": ("Dense(len([a for a in range(10**9)]))", "", "NN304"),
    "a list within the limit": ("Dense(len([a for a in range(10**6)]))", "", "NN401"),
    "lists in lists": ("Dense(len([i * j for i in range(999) for j in range(999)]))", "", "NN401"),
    "nothing chosen": (
        "Dense(len([0 for i in range(999) for j in range(999) for k in range(999) if false]))",
        "", "NN401",
    ),
    "sums": ("Dense(len([sum(range(10**6)) for i in range(99999)]))", "", "NN304"),
    "sorting": ("Dense(len([sorted(range(10**6)) for i in range(99999)]))", "", "NN304"),
    "slices": ("let a = range(10**6)\nDense(len([a[1:] for i in range(99999)]))", "", "NN304"),
    "doubling": ("let a = [1] * 600000\nlet b = a + a\nDense(len(b))", "", "NN304"),
    "a function of itself": ("Dense(f(3))", "let f(n) = f(n + 1)", "NN403"),
    "a function twice of itself": (
        "Dense(f(40))", "let f(n) = 1 if n < 2 else f(n - 1) + f(n - 2)", "NN401",
    ),
    "a block of itself": ("R(0)", "block R(n) { Dense(8) -> R(n + 1) }", "NN403"),
    "a block twice of itself": (
        "R(0, 1)",
        "block R(n, m) { if n < 60 { add { R(n + 1, 2 * m); R(n + 1, 2 * m + 1) } } }",
        "NN401",
    ),
    "a tower of powers": ("Dense(10**10**10)", "", "NN303"),
    "5,000 digits": (f"Dense({'9' * 5000})", "", "NN012"),
}  # fmt: skip


@pytest.mark.parametrize("name", RUNAWAY)
def test_a_runaway_program_is_told_soon(name: str) -> None:
    body, head, code = RUNAWAY[name]
    begun = time.process_time()
    found = check(f"{head}\nmodel M {{\ninput x: [8]\n{body}\n}}").diagnostics
    spent = time.process_time() - begun
    errors = [item.code for item in found if item.severity == "error" and item.code != "NN351"]
    assert errors == [code]
    assert spent < 3, spent  # under a second alone; machines that are busy count more


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
