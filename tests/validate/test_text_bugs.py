"""Mistakes in the text of emitted code, on both targets; `bugs/README.md` has their notation."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import pytest

from nndsl.backends.base import Emitted
from nndsl.emit.walk import names
from nndsl.validate import validate
from nndsl.validate.names import BESIDE
from validate.programs import Case, of_example, of_text
from validate.read_back import read

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "bugs"
FILES = sorted(path.name for path in FOLDER.iterdir() if path.suffix in (".torch", ".keras"))
LEAST = 400  # mistakes in all: none is lost unnoticed


CUT = "=" * 80  # between the code and what may be wrong in it


class Bug(NamedTuple):
    """old: a piece of the emitted text; new: what stands there instead; same: it is no mistake."""

    old: str
    new: str
    same: bool

    def __str__(self) -> str:
        return f"{self.old!r} -> {self.new!r}"


def sections(name: str) -> tuple[str, str]:
    """The emitted code of a file, and the mistakes."""
    code, _, below = (FOLDER / name).read_text(encoding="utf-8").partition(f"{CUT}\n")
    return code, below


def bugs(name: str) -> Iterator[Bug]:
    old = ""
    for line in sections(name)[1].splitlines():
        piece = line.strip().replace("\\n", "\n").replace("·", " ")
        if not line.startswith(" "):
            old = piece
            continue
        same = piece.startswith("= ")
        yield Bug(old, "" if piece == "(nothing)" else piece.removeprefix("= "), same)


def case_of(name: str) -> Case:
    program, target = name.split(".")
    text = FOLDER / f"{program}.nn"
    if text.exists():
        return of_text(text.read_text(encoding="utf-8"), target)
    return of_example(program, target)


def emitted(case: Case, text: str) -> Emitted:
    """A text as a target's code, with every helper that it mentions."""
    code = read(text)
    helpers = import_module(f"nndsl.backends.{case.target}.helpers")
    used = names(code)
    asked = [each for each in helpers.HELPERS if used & {each, *BESIDE.get(each, ())}]
    return case.emitted._replace(code=code, helpers=helpers.included(asked))


@pytest.mark.parametrize("name", FILES)
def test_every_mistake_is_told(name: str) -> None:
    case, text = case_of(name), sections(name)[0]
    sound = validate(case.program, emitted(case, text), case.target)
    assert sound.ok, [str(each) for each in sound.mismatches]
    wrong = []
    for bug in bugs(name):
        assert bug.old in text, f"{bug.old!r} stands nowhere in\n{text}"
        broken = emitted(case, text.replace(bug.old, bug.new))
        report = validate(case.program, broken, case.target)
        if report.ok != bug.same:
            wrong.append(f"{bug}: {[str(each) for each in report.mismatches[:1]]}")
    assert not wrong, "\n".join(wrong)


def test_there_are_many() -> None:
    assert sum(1 for name in FILES for _ in bugs(name)) >= LEAST


# What the validator let pass when these mistakes were written, and what was mended.
ONCE_PASSED = (
    ("vision.torch", "nn.Dropout2d(0.2)", "how many axes share a draw was no part of a term"),
    ("vision.keras", "layers.SpatialDropout2D(0.2, ", "the same"),
    ("vision.keras", "_dropout')(x, training=True)", "training=True was read as nothing said"),
    ("vision.torch", "return penalty_of(self.unit1)", "of what the penalty is was not looked at"),
    ("vision.keras", "model.output, model.get_layer('softmax')", "nor what logits_model takes"),
    ("text.torch", "self.table(other).detach()", "a gradient that ends was read as nothing"),
    ("gpt2.torch", "self.wte.weight.detach())", "the same"),
    ("frozen.torch", "self.mobilenet(image).detach()", "the same"),
    ("misc.keras", "layers.Dropout(0.25, seed=1, name='zero')(x)", "seeds were left unread"),
    ("gpt2.torch", "", "a tensor made in forward, on the wrong device"),
    ("frozen.torch", "requires_grad_(False)", "a mode that only train() sets"),
)


@pytest.mark.parametrize(("name", "new", "why"), ONCE_PASSED)
def test_what_once_passed_is_among_them(name: str, new: str, why: str) -> None:
    assert why
    assert any(bug.new.strip() == new.strip() and not bug.same for bug in bugs(name))
