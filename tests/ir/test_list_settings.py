"""Lists among the settings: what the text says of their ends and lengths, the code says as well."""

from __future__ import annotations

import pytest

from nndsl.emit.printer import render
from nndsl.validate import validate
from nndsl.validate.check import READERS
from nndsl.validate.perturb import perturb
from validate.programs import TARGETS, Case, of_text

MODEL = """
block Last(ws, k) {{ Dense([w * k for w in ws][-1]) }}
block Shaped(ws) {{ Dense(6) -> Reshape(ws) }}
model Net(widths=[8, 16], sizes=[2, 3]) {{
  input x: [4]
  for v in widths {{ Dense(v) }}
  {}
  Dense(sizes[0])
}}
"""
LINES = {
    "the last": "Dense(widths[-1])",
    "the last but one": "Dense(widths[-2])",
    "all but the last": "for w in widths[:-1] { Dense(w) }",
    "all but the first": "for w in widths[1:] { Dense(w) }",
    "every other": "for w in widths[::2] { Dense(w) }",
    "from behind": "for w in reversed(widths) { Dense(w) }",
    "the first from behind": "Dense(reversed(widths)[0])",
    "a slice's first": "Dense(widths[::-1][0])",
    "by their number": "Dense(widths[len(widths) - 1])",
    "sorted": "Dense(sorted(widths)[0])",
    "a pair": "Dense(zip(widths, sizes)[-1][0])",
    "a comprehension's last": "Dense([w * 2 for w in widths][-1])",
    "a comprehension with a condition": "Dense([w for w in widths if w > 3][-1])",
    "a comprehension's name that is one outside": "for w in widths { Last(sizes, w) -> Dense(3) }",
    "more of them": "for w in widths + [3] { Dense(w) }",
    "two of them": "for w in widths + widths { Dense(w) }",
    "the empty list": "Dense(5 if widths else 7)",
    "numbers": "_ -> Dense(len(widths)) -> _ * constant(widths)",
    "numbers that are made": "_ -> Dense(len(widths)) -> _ + constant([1 / w for w in widths])",
}  # fmt: skip


def arguments(case: Case) -> tuple[str, ...]:
    reader = READERS[case.target](case.program.root, case.emitted)
    return reader.parameters(case.emitted.entry)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("line", LINES.values(), ids=list(LINES))
def test_lists_of_other_lengths_give_what_the_text_says(line: str, target: str) -> None:
    case = of_text(MODEL.format(line), target)
    assert case.program.reasons == {}
    assert "widths" in arguments(case)
    assert validate(case.program, case.emitted, target).ok
    found = perturb(case.elaborated, case.program, case.emitted, target)
    assert found.findings == ()
    assert ("Net", "widths") in found.tried


@pytest.mark.parametrize("target", TARGETS)
def test_a_shape_from_a_list_is_for_as_many_axes_as_it_has(target: str) -> None:
    """With another number of axes, what follows was never checked: the code refuses it."""
    case = of_text(MODEL.format("Shaped(sizes) -> Flatten"), target)
    assert {"widths", "sizes"} <= set(arguments(case))
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()
    text = render(case.emitted.code)
    assert "if len(ws) != 2:\n" in text
    assert 'raise ValueError("Shaped is built for len(ws) == 2")' in text


@pytest.mark.parametrize("target", TARGETS)
def test_shapes_of_two_lengths_are_two_classes(target: str) -> None:
    line = "Shaped(sizes) -> Flatten -> Shaped([1, 2, 3]) -> Flatten"
    case = of_text(MODEL.format(line), target)
    assert validate(case.program, case.emitted, target).ok
    assert perturb(case.elaborated, case.program, case.emitted, target).findings == ()
