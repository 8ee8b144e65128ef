"""Write the UCI handwritten digits as the four IDX files that MNIST is published as.

    pip install scikit-learn
    python examples/data/make_digits.py examples/data/digits

scikit-learn carries the data (sklearn.datasets.load_digits). The bytes written are the same every
time: ordered split, no time stamp in the gzip header.
"""

import gzip
import struct
import sys
from pathlib import Path

from sklearn.datasets import load_digits

TRAIN = 1437  # the first 1,437 of 1,797 in published order; the last 360 are the test set
IMAGES, LABELS = 0x0803, 0x0801  # IDX: 0x08 = unsigned byte, then the number of dimensions


def idx(magic: int, shape: tuple[int, ...], values: bytes) -> bytes:
    """An IDX file: magic, sizes as big-endian int32, then the bytes in row-major order."""
    return struct.pack(f">{1 + len(shape)}I", magic, *shape) + values


def write(path: Path, content: bytes) -> None:
    path.write_bytes(gzip.compress(content, compresslevel=9, mtime=0))


def main(folder: str) -> None:
    digits = load_digits()
    # 0..16 to 0..255, to the nearest integer; invertible.
    pixels = ((digits.images.astype(int) * 255 + 8) // 16).astype("uint8")
    labels = digits.target.astype("uint8")
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name, part in (("train", slice(None, TRAIN)), ("t10k", slice(TRAIN, None))):
        x, y = pixels[part], labels[part]
        write(out / f"{name}-images-idx3-ubyte.gz", idx(IMAGES, x.shape, x.tobytes()))
        write(out / f"{name}-labels-idx1-ubyte.gz", idx(LABELS, y.shape, y.tobytes()))


if __name__ == "__main__":
    main(*sys.argv[1:])
