"""A model that is taken as its own plan is what the general walk would have made of it."""

import re
from pathlib import Path

import pytest

from nndsl.compiler import Session
from nndsl.ir import generalise as planning
from nndsl.ir.steps import Plan
from nndsl.source import Source

ROOT = Path(__file__).parents[2]
FILES = sorted([*ROOT.glob("examples/*.nn"), *ROOT.glob("tests/cases/*/*.nn")])
PLAIN = """
model M {
  input x: [8]
  Dense(8, relu)
  residual { Dense(4) -> Dense(8) }
  Dense(2)
}
"""


def shown(plan: Plan) -> str:
    """All that a backend reads of a plan, without the addresses of what it holds."""
    body = plan.body
    parts = (body.steps, body.inputs, body.outputs, body.labels, body.stacks, plan.lets, plan.exits)
    return re.sub("0x[0-9a-f]+", "", repr((*parts, plan.arguments, plan.general)))


def both(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Plan, Plan] | None:
    """The model's plan as it is taken, and as the walk makes it; None where it has none."""
    elaborated = Session(Source("model.nn", text)).elaborate()
    if elaborated is None:
        return None
    taken = planning.generalise(elaborated).plans[-1]
    monkeypatch.setattr(planning, "plain_plan", lambda root: None)
    return taken, planning.generalise(elaborated).plans[-1]


def test_a_plain_model_is_its_own_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    found = both(PLAIN, monkeypatch)
    assert found is not None
    taken, walked = found
    assert taken.body is taken.instances[0]
    assert walked.body is not walked.instances[0]
    assert shown(taken) == shown(walked)


@pytest.mark.parametrize(
    "text",
    [
        "model M(width=8) {\n  input x: [8]\n  Dense(width)\n}",
        "model M {\n  input x: [8]\n  repeat 3 { Dense(8) }\n}",
        "let sizes = [4, 2]\nmodel M {\n  input x: [8]\n  Dense(sizes[0])\n}",
        "block B { Dense(8) }\nmodel M {\n  input x: [8]\n  B\n}",
    ],
)
def test_what_may_have_formulas_is_walked(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = both(text, monkeypatch)
    assert found is not None
    assert found[0].body is not found[0].instances[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = both(path.read_text(encoding="utf-8"), monkeypatch)
    if found is not None:  # files that import others need a resolver: other tests compile them
        assert shown(found[0]) == shown(found[1])
