"""Views against numpy: moving and reshaping axes as data does what numpy does to arrays."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nndsl.ops.numbers import open_dim
from nndsl.validate.terms import Store, Tensor
from nndsl.validate.views import Misfit, View, fresh, join, permute, reshape, shape_of, split

Shape = tuple[int, ...]


def gather(view: View, base: np.ndarray) -> np.ndarray:
    """The array that a view shows of a base array (sizes 1 left out of its axes)."""
    sizes = [int(dim) for dim in shape_of(view)]
    made = np.empty(sizes, base.dtype)
    for index in np.ndindex(*sizes):
        at = [0] * base.ndim
        for position, digits in zip(index, view, strict=True):
            for atom in reversed(digits):
                position, digit = divmod(position, int(atom.size))
                at[atom.axis] += digit * int(atom.divisor)
        made[index] = base[tuple(at)]
    return made


def start(shape: Sequence[int]) -> tuple[View, np.ndarray, np.ndarray]:
    """The view of a new term, its base array, and the array that it shows."""
    dims, view = fresh(shape)
    array = np.arange(int(np.prod(shape))).reshape(shape)
    return view, array.reshape(dims), array


SHAPES = st.lists(st.sampled_from([1, 2, 3, 4, 6]), min_size=1, max_size=4).map(tuple)


@st.composite
def walks(draw: st.DrawFn) -> tuple[Shape, list[tuple[str, Shape]]]:
    """A shape, and transposes and reshapes one after the other."""
    shape: Shape = draw(SHAPES)
    steps: list[tuple[str, Shape]] = []
    now = shape
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            order = tuple(draw(st.permutations(range(len(now)))))
            now = tuple(now[axis] for axis in order)
            steps.append(("permute", order))
        else:
            now = draw(_factorings(int(np.prod(now))))
            steps.append(("reshape", now))
    return shape, steps


@st.composite
def _factorings(draw: st.DrawFn, total: int) -> Shape:
    """A shape with this many elements."""
    parts: list[int] = []
    while total > 1:
        divisors = [d for d in range(2, total + 1) if total % d == 0]
        parts.append(draw(st.sampled_from(divisors)))
        total //= parts[-1]
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), 1)
    return tuple(parts or [1])


@given(walks())
def test_walks_are_numpys(walk: tuple[Shape, list[tuple[str, Shape]]]) -> None:
    shape, steps = walk
    view, base, array = start(shape)
    for kind, numbers in steps:
        if kind == "permute":
            view, array = permute(view, numbers), array.transpose(numbers)
        else:
            made = reshape(view, numbers)
            if made is None:  # it cuts across axes: a term of its own, no view
                return
            view, array = made, array.reshape(numbers)
    assert np.array_equal(gather(view, base), array)


@given(SHAPES, st.data())
def test_a_layout_does_not_show_in_a_term(shape: Shape, data: st.DataObject) -> None:
    """relu of a transposed value is the transposed relu: one term."""
    store = Store()
    x = store.leaf("input", (), shape)
    order = data.draw(st.permutations(range(len(shape))))
    plain = store.apply("relu", (), [x])[0]
    moved = store.apply("relu", (), [x.viewed(permute(x.view, order))])[0]
    assert moved.term is plain.term
    assert moved.view == permute(plain.view, order)


@given(SHAPES, st.data())
def test_two_operands_move_together(shape: Shape, data: st.DataObject) -> None:
    store = Store()
    a = store.leaf("input", (("name", "a"),), shape)
    b = store.leaf("input", (("name", "b"),), shape)
    order = data.draw(st.permutations(range(len(shape))))
    plain = store.apply("add", (), [a, b])[0]
    moved = store.apply("add", (), [_moved(a, order), _moved(b, order)])[0]
    assert moved.term is plain.term
    wide = [axis for axis, dim in enumerate(shape) if dim != 1]
    if len(wide) > 1:  # one of them moved alone is another sum, unless it does not fit
        other = [*range(len(shape))]
        other[wide[0]], other[wide[1]] = wide[1], wide[0]
        try:
            crossed = store.apply("add", (), [a, _moved(b, other)])[0]
        except Misfit:
            return
        assert crossed.term is not plain.term


def _moved(x: Tensor, order: Sequence[int]) -> Tensor:
    return x.viewed(permute(x.view, order))


def test_split_and_join_are_inverse() -> None:
    _, view = fresh((24,))
    parts = split(view[0], (2, 3, 4))
    assert parts is not None
    assert [int(p[0].size) for p in parts] == [2, 3, 4]
    assert join([atom for part in parts for atom in part]) == view[0]
    assert split(view[0], (5, 5)) is None


def test_a_sum_is_cut_into_its_parts() -> None:
    """2 * ((?T - 3) // 2 + 1) rows are two runs of (?T - 3) // 2 + 1."""
    rows = (open_dim("T") - 3) // 2 + 1
    _, view = fresh((2, rows, 4))
    merged = reshape(view, (2 * rows, 4))
    assert merged is not None
    assert reshape(merged, (2, rows, 4)) == view
