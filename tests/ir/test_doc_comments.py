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
