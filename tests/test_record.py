"""Our named tuples are what `typing.NamedTuple` makes, in all that the project uses."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from nndsl._record import NamedTuple


class Ours(NamedTuple):
    """A record."""

    size: int
    count: int = 3  # type: ignore[assignment]
    rest: tuple[Ours, ...] = ()

    @property
    def twice(self) -> int:
        return 2 * self.size


class Theirs(typing.NamedTuple):
    """A record."""

    size: int
    count: int = 3  # type: ignore[assignment]
    rest: tuple[Theirs, ...] = ()

    @property
    def twice(self) -> int:
        return 2 * self.size


@pytest.mark.parametrize("args", [(1,), (1, 2), (1, 2, (5,))])
def test_they_are_made_and_read_alike(args: tuple[object, ...]) -> None:
    ours, theirs = Ours(*args), Theirs(*args)  # type: ignore[arg-type]
    assert ours == theirs
    assert hash(ours) == hash(theirs)
    assert repr(ours) == repr(theirs).replace("Theirs", "Ours")
    assert (ours.size, ours.count, ours.rest) == (theirs.size, theirs.count, theirs.rest)
    assert ours.twice == theirs.twice
    assert ours._asdict() == theirs._asdict()
    assert ours._replace(count=9) == theirs._replace(count=9)
    assert Ours._make((1, 2, ())) == Theirs._make((1, 2, ()))


def test_many_are_made_as_few_are() -> None:
    class Many(NamedTuple):
        size: int
        count: int = 3
        rest: tuple[int, ...] = ()

    for number in range(100):
        assert Many(number) == Many(number, 3) == Many(number, 3, ()) == (number, 3, ())
    assert Many(1, rest=(2,)) == (1, 3, (2,))
    with pytest.raises(TypeError):
        Many(1, 2, (), 4)  # type: ignore[call-arg]


def test_classes_are_alike() -> None:
    for name in ("_fields", "_field_defaults", "__match_args__", "__doc__", "__slots__"):
        assert getattr(Ours, name) == getattr(Theirs, name)
    assert Ours.__module__ == __name__
    assert type(Ours) is type
    assert not hasattr(Ours(1), "__dict__")


def test_names_and_patterns() -> None:
    match Ours(4, rest=()):
        case Ours(size=size, count=count):
            assert (size, count) == (4, 3)
    assert Ours(size=4) == Ours(4)


def test_copies() -> None:
    record = Ours(1, 2)
    again = pickle.loads(pickle.dumps(record))  # noqa: S301 - our own
    assert (type(again), again) == (Ours, record)
    assert type(copy.deepcopy(record)) is Ours


@pytest.mark.parametrize("wrong", [{}, {"size": 1, "other": 2}])
def test_wrong_arguments(wrong: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Ours(**wrong)
    with pytest.raises((ValueError, TypeError)):
        Ours(1)._replace(other=1)
    with pytest.raises(TypeError, match="Expected 3"):
        Ours._make([1])


def test_defaults_come_last() -> None:
    with pytest.raises(TypeError, match="without a default"):

        class Wrong(NamedTuple):
            first: int = 1
            second: int  # type: ignore[misc]
