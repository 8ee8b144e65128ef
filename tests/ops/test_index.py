"""The index of words is fresh and complete, and finds without importing other families."""

import subprocess
import sys

import pytest

from nndsl.ops import reindex
from nndsl.ops.index import ALIASES, WORDS
from nndsl.ops.registry import canonical, find


def test_the_index_is_fresh() -> None:
    written = (reindex.HERE / "index.py").read_text(encoding="utf-8")
    assert written == reindex.text(), "run `python -m nndsl.ops.reindex`"


@pytest.mark.parametrize("word", WORDS)
def test_a_word_finds_its_op(word: str) -> None:
    op = find(word)
    assert op is not None
    assert op.word == word


@pytest.mark.parametrize(
    ("alias", "word"),
    [
        ("Linear", "Dense"),
        ("BatchNormalization", "BatchNorm"),
        ("Conv2d", "Conv2D"),
        ("Convolution2D", "Conv2D"),
        ("GlobalAveragePooling2D", "GlobalAvgPool2D"),
        ("ZeroPadding2D", "Pad2D"),
        ("swish", "silu"),
        ("ReLU", "relu"),
        ("Conv2DTranspose", "ConvTranspose2D"),
    ],
)
def test_the_names_of_both_frameworks_are_known(alias: str, word: str) -> None:
    assert canonical(alias) == word


def test_no_name_is_taken_twice() -> None:
    assert not set(WORDS) & set(ALIASES)
    assert set(ALIASES.values()) <= set(WORDS)


def test_two_ops_with_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="taken"):
        reindex._claim({"Dense": "dense"}, {}, "Dense", "other")


def test_a_word_imports_its_own_family_only() -> None:
    code = (
        "import sys; from nndsl.ops.registry import find; find('Dense'); "
        "print(*sorted(m for m in sys.modules if m.startswith('nndsl.ops.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "nndsl.ops.dense" in done.stdout
    assert "nndsl.ops.conv" not in done.stdout
