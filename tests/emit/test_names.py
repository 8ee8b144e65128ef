"""Names: safe ones, plural ones, each once; and what nn.Module really owns."""

import keyword

import pytest

from nndsl.backends.torch.naming import ATTRIBUTES
from nndsl.emit.names import BUILTINS, KEYWORDS, Namer, plural, safe


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conv", "conv"),
        ("train", "train_"),
        ("class", "class_"),
        ("l", "l_"),
        ("_hidden", "_hidden"),
        ("__mangled", "_mangled_"),
        ("__init__", "__init___"),
        ("_modules", "_modules_"),
        ("T_destination", "T_destination_"),
    ],
)
def test_safe(name: str, expected: str) -> None:
    assert safe(name, ATTRIBUTES) == expected
    assert safe(expected, ATTRIBUTES) in (expected, f"{expected}_")


def test_each_name_once_and_the_same_every_time() -> None:
    asked = ["conv", "conv", "conv2", "conv", "half", "half", "x_", "x", "dense1", "dense1"]
    first, second = Namer(ATTRIBUTES), Namer(ATTRIBUTES)
    names = [first.fresh(each) for each in asked]
    assert names == [second.fresh(each) for each in asked]
    assert len(set(names)) == len(asked)
    assert not ATTRIBUTES.intersection(names)
    assert names[:2] == ["conv", "conv2"]
    assert names[4:6] == ["half_", "half2"]
    assert names[-2:] == ["dense1", "dense1_2"]


def test_taken_names_are_not_handed_out() -> None:
    namer = Namer(frozenset(("conv2",)))
    namer.take("conv")
    assert namer.fresh("conv") == "conv3"


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("double_conv", "double_convs"),
        ("branch", "branches"),
        ("entry", "entries"),
        ("norm1", "norm1s"),
        ("max", "maxes"),
        ("key", "keys"),
    ],
)
def test_plural(one: str, several: str) -> None:
    assert plural(one) == several


def test_words_of_the_language() -> None:
    assert set(keyword.kwlist) <= KEYWORDS
    assert {"sum", "zip", "float"} <= BUILTINS


@pytest.mark.framework
def test_the_reserved_attributes_are_those_of_a_module() -> None:
    """Whatever torch adds to nn.Module must be reserved: an attribute of ours would hide it."""
    from torch import nn

    owned = {*dir(nn.Module()), *nn.Module.__annotations__}
    assert {name for name in owned if not name.startswith("__")} <= ATTRIBUTES
