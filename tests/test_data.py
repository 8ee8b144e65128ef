"""The committed data set is what its README says."""

import gzip
import struct
from pathlib import Path

import pytest

DIGITS = Path(__file__).resolve().parent.parent / "examples" / "data" / "digits"
# Examples per class of the source's test set, from the UCI page's table.
PUBLISHED = (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)


def read(name: str) -> tuple[tuple[int, ...], bytes]:
    content = gzip.decompress((DIGITS / name).read_bytes())
    zero, kind, rank = struct.unpack(">HBB", content[:4])
    assert (zero, kind) == (0, 0x08), "an IDX file of unsigned bytes"
    shape = struct.unpack(f">{rank}I", content[4 : 4 + 4 * rank])
    return shape, content[4 + 4 * rank :]


@pytest.mark.parametrize(("part", "count"), [("train", 1437), ("t10k", 360)])
def test_shapes(part: str, count: int) -> None:
    shape, pixels = read(f"{part}-images-idx3-ubyte.gz")
    assert shape == (count, 8, 8)
    assert len(pixels) == count * 64
    shape, labels = read(f"{part}-labels-idx1-ubyte.gz")
    assert shape == (count,)
    assert len(labels) == count


def test_classes_are_the_published_ones() -> None:
    labels = b"".join(read(f"{part}-labels-idx1-ubyte.gz")[1] for part in ("train", "t10k"))
    assert tuple(labels.count(digit) for digit in range(10)) == PUBLISHED


def test_pixels_span_the_byte() -> None:
    _, pixels = read("train-images-idx3-ubyte.gz")
    assert set(pixels) == {(level * 255 + 8) // 16 for level in range(17)}
