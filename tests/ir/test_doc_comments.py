"""Doc comments go on into the graph and into the emitted docstrings, those of ports too."""

from __future__ import annotations

import pytest

from nndsl.compiler import Session, compile_model

TEXT = """## A guess at the weather.
model Rain {
  ## Normalised to a deviation of 1.
  input readings: [8]
  input place: [2]
  readings -> Dense(4, relu) -> concat(place) -> Box(3)
  ## The chance of rain.
  output rain = Dense(1)
}
block Box(n) {
  ## What is boxed.
  ## In full.
  input a
  Dense(n)
}
"""


def test_ports_carry_their_comments() -> None:
    made = Session(TEXT).elaborate()
    assert made is not None
    assert [port.doc.strip() for port in made.root.inputs] == [
        "Normalised to a deviation of 1.", "",
    ]  # fmt: skip
    assert [result.doc.strip() for result in made.root.outputs] == ["The chance of rain."]


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_docstrings_tell_what_goes_in_and_out(target: str) -> None:
    code = compile_model(TEXT, target).files["rain.py"]
    model = (
        '    """A guess at the weather.\n\n'
        "    Inputs:\n        readings: Normalised to a deviation of 1.\n\n"
        '    Outputs:\n        rain: The chance of rain.\n    """\n'
    )
    box = '    """The block Box.\n\n    Inputs:\n        a: What is boxed.'
    assert model in code
    assert box in code


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_a_comment_cannot_leave_its_docstring(target: str) -> None:
    text = TEXT.replace("The chance of rain.", 'x""" + print(1) + """\\')
    code = compile_model(text, target).files["rain.py"]
    compile(code, "rain.py", "exec")
    assert '"""' not in code.split("Outputs:")[1].split("def ")[0].replace('"""\n', "", 1)


@pytest.mark.parametrize("target", ["torch", "keras"])
def test_a_comment_at_the_head_is_the_models(target: str) -> None:
    """Apart from the first block by an empty line, it tells of the file."""
    rest = "block Unit(n) { Dense(n) }\nmodel Rain { input x: [8]; Unit(4) }\n"
    apart = compile_model(f"## A guess.\n\n{rest}", target).files["rain.py"]
    assert apart.index('"""A guess."""') > max(apart.find("class Rain"), apart.find("def rain"))
    above = compile_model(f"## A guess.\n{rest}", target).files["rain.py"]
    assert above.index('"""A guess."""') < max(above.find("class Rain"), above.find("def rain"))


def test_a_shape_comment_has_no_names_that_a_reader_does_not_see() -> None:
    """`size` is no argument: torch takes pictures of any; `width` is one."""
    text = """model Rain(size=32, width=4) {
  input image: [size, size, 3]
  x = _ -> Conv(width, 3, padding=1)
  x -> Conv(width, 3, 2, padding=1) -> _ + 1
}
"""
    code = compile_model(text, "torch").files["rain.py"]
    assert "# [width, 32, 32]" in code
    assert "# [width, 16, 16]" in code
