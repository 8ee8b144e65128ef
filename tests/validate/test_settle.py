"""Code that differs from the text is made again, less generally, and never becomes a file."""

from nndsl.backends.base import Emitted, Header, Target
from nndsl.backends.find import find_target
from nndsl.compiler import Session
from nndsl.diagnostics import Diagnostics
from nndsl.ir.elaborate import Elaborated
from nndsl.ir.steps import Program
from nndsl.validate.settle import settle

BLOCKS = "block B(n) { Dense(n) -> relu }\nmodel M { input x: [4]; B(3); repeat 2 { B(6) } }"
OTHER = BLOCKS.replace("relu", "tanh")


def elaborated(text: str) -> tuple[Session, Elaborated]:
    session = Session(text)
    made = session.elaborate()
    assert made is not None
    return session, made


class Mistaken:
    """The torch target, with the code of another network for the first `times` programs."""

    name = "torch"

    def __init__(self, times: int) -> None:
        found = find_target("torch", Diagnostics())
        assert found is not None
        self.real: Target = found
        self.times = times
        self.seen: list[list[bool]] = []

    def lower(self, program: Program, diagnostics: Diagnostics) -> Emitted | None:
        self.seen.append([plan.general for plan in program.plans])
        emitted = self.real.lower(program, diagnostics)
        if len(self.seen) > self.times or emitted is None:
            return emitted
        wrong = settle(elaborated(OTHER)[1], self.real, Diagnostics())
        assert wrong is not None
        return wrong.emitted

    def render(self, emitted: Emitted, header: Header) -> str:
        return self.real.render(emitted, header)


def test_right_code_is_taken_at_once() -> None:
    session, model = elaborated(BLOCKS)
    target = Mistaken(0)
    settled = settle(model, target, session.diagnostics)
    assert settled is not None
    assert settled.report is not None
    assert settled.report.ok
    assert target.seen == [[True, True]]


def test_a_mismatch_specialises() -> None:
    """First the block that the mismatch names: an instance on [4], one on [3], one on [6]."""
    session, model = elaborated(BLOCKS)
    target = Mistaken(1)
    assert settle(model, target, session.diagnostics) is not None
    assert not session.diagnostics.items
    general, concrete = target.seen
    assert general == [True, True]
    assert concrete.count(False) >= 3


def test_a_mismatch_that_is_left_is_no_file() -> None:
    session, model = elaborated(BLOCKS)
    target = Mistaken(9)
    assert settle(model, target, session.diagnostics) is None
    (item,) = session.diagnostics.items
    assert (item.code, item.severity) == ("NN901", "error")
    assert "torch" in item.message
    assert not any(target.seen[-1])  # everything was concrete in the end
    assert len(target.seen) <= 3
