"""A sample of the mutants of benchmarks/errors: each is told, in the right place, once."""

from itertools import islice

import pytest

from support.mutants import LIMIT_S, judged, mutants, programs, sample, tokens_of

COUNT = 300
SMALL = ("lenet", "digits", "fashion_mlp", "unet", "vae", "tests/cases")


@pytest.fixture(scope="module")
def results() -> list[tuple]:  # type: ignore[type-arg]
    drawn = (one for one in sample(0, 7) if any(name in one[0].file for name in SMALL))
    return [(mutant, judged(mutant, text)) for mutant, text in islice(drawn, COUNT)]


def test_no_crash_and_no_hang(results) -> None:  # type: ignore[no-untyped-def]
    assert LIMIT_S <= 20
    assert [v.detail for _, v in results if v.outcome in ("crash", "hang")] == []


def test_brackets_that_do_not_match_are_always_told(results) -> None:  # type: ignore[no-untyped-def]
    certain = [(m, v) for m, v in results if m.certain]
    assert len(certain) > 40
    assert [m for m, v in certain if v.outcome != "diagnosed"] == []


def test_shares(results) -> None:  # type: ignore[no-untyped-def]
    """The aims are 90 and 5 per cent of all mutants; of this sample a little less is asked."""
    told = [v for _, v in results if v.outcome == "diagnosed"]
    assert len(told) >= 0.9 * len(results)
    assert sum(v.on_line for v in told) >= 0.9 * len(told)
    assert sum(len(v.codes) > 1 for v in told) <= 0.06 * len(told)


def test_the_originals_say_nothing() -> None:
    for file, text in programs().items():
        if any(name in file for name in SMALL):
            first = mutants(file, text, 1)[0]
            unchanged = first._replace(text=text)
            assert judged(unchanged, text).outcome == "same"


def test_mutants_are_the_same_each_time() -> None:
    text = programs()["examples/lenet.nn"]
    assert mutants("a", text, 3) == mutants("a", text, 3) != mutants("a", text, 4)
    assert len(mutants("a", text, 3)) > 3 * len(tokens_of(text))
