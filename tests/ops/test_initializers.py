"""Initialisers: canonical words, refusals, and deviations and limits against known formulas."""

import math

import pytest

from nndsl.compiler import check
from nndsl.diagnostics.model import Failure
from nndsl.ops.base import Init, Word
from nndsl.ops.initializers import Start, check_initializer, describe, fans_of
from nndsl.source import NOWHERE


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        (Word("he_normal"), Word("he_normal")),
        (Word("kaiming_normal"), Word("he_normal")),
        (Word("normal", (0.02,)), Word("normal", (0.0, 0.02))),
        (Word("random_normal"), Word("normal", (0.0, 0.05))),
        (Word("normal", (1, 0.02)), Word("normal", (1, 0.02))),
        (Word("uniform", (0.1,)), Word("uniform", (-0.1, 0.1))),
        (Word("uniform", (0, 1)), Word("uniform", (0, 1))),
        (Word("random_uniform"), Word("uniform", (-0.05, 0.05))),
        (Word("truncated_normal", (0.02,)), Word("truncated_normal", (0.0, 0.02))),
        (Word("constant", (3,)), Word("constant", (3,))),
        (Word("orthogonal"), Word("orthogonal", (1.0,))),
        (Word("variance_scaling", (2,)), Word("variance_scaling", (2,))),
    ],
)
def test_canonical(given: Word, canonical: Word) -> None:
    assert check_initializer(given, NOWHERE, "init") == canonical
    assert check_initializer(canonical, NOWHERE, "init") == canonical


@pytest.mark.parametrize(
    "word",
    [
        Word("he_norml"),
        Word("zeros", (1,)),
        Word("constant"),
        Word("normal", (-0.1,)),
        Word("normal", (0, 1, 2)),
        Word("uniform", (1, 0)),
        Word("normal", (math.nan,)),
        Word("constant", (math.inf,)),
    ],
)
def test_refused(word: Word) -> None:
    with pytest.raises(Failure) as caught:
        check_initializer(word, NOWHERE, "init")
    assert caught.value.diagnostic.code == "NN104"


def test_a_misspelt_name_is_recognised() -> None:
    with pytest.raises(Failure) as caught:
        check_initializer(Word("he_norml"), NOWHERE, "init")
    assert "he_normal" in caught.value.diagnostic.fix


@pytest.mark.parametrize(
    ("shape", "fans"),
    [((), (1, 1)), ((7,), (7, 7)), ((784, 300), (784, 300)), ((3, 3, 16, 32), (144, 288))],
)
def test_fans(shape: tuple[int, ...], fans: tuple[int, int]) -> None:
    assert fans_of(shape) == fans


@pytest.mark.parametrize(
    ("name", "limit"),
    [("glorot_uniform", 0.074392), ("he_uniform", 0.087482), ("lecun_uniform", 0.061859)],
)
def test_uniform_limits(name: str, limit: float) -> None:
    """sqrt(6 / (784 + 300)), sqrt(6 / 784), sqrt(3 / 784): Glorot 2010, He 2015, LeCun 1998."""
    start = describe(Init(name), (784, 300))
    assert start.distribution == "uniform"
    assert start.numbers == pytest.approx((-limit, limit), rel=1e-4)


@pytest.mark.parametrize(("name", "variance"), [("he_normal", 2 / 784), ("lecun_normal", 1 / 784)])
def test_truncated_deviation(name: str, variance: float) -> None:
    """The deviation before the cut is larger, so that the one after it is what the rule wants."""
    start = describe(Init(name), (784, 300))
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    left = 1 - 2 * 2 * density / math.erf(math.sqrt(2))
    assert start.distribution == "truncated_normal"
    assert start.numbers[1] ** 2 * left == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize(
    ("init", "start"),
    [
        (Init("zeros"), Start("constant", (0.0,))),
        (Init("ones"), Start("constant", (1.0,))),
        (Init("constant", (2,)), Start("constant", (2.0,))),
        (Init("normal", (0.0, 0.02)), Start("normal", (0.0, 0.02))),
        (Init("uniform"), Start("uniform", (-0.05, 0.05))),
        (Init("identity"), Start("identity", (1.0,))),
    ],
)
def test_fixed_numbers(init: Init, start: Start) -> None:
    assert describe(init, (3, 4)) == start


@pytest.mark.parametrize(
    ("layer", "weight"),
    [
        ("Dense(3, bias_init=orthogonal)", "`bias` is a vector"),
        ("GRU(3, bias_init=identity)", "`bias` is a vector"),
        ("Conv1D(3, 2, init=identity)", "`kernel` is a kernel of 3 axes"),
    ],
)
def test_matrices_are_started_by_what_makes_matrices(layer: str, weight: str) -> None:
    """Keras and torch both raise when they build the others."""
    (found,) = check(f"model M {{ input x: [5, 4]; {layer} }}").diagnostics
    assert found.code == "NN104"
    assert weight in found.message
