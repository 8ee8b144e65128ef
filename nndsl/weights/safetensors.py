"""Files in the format safetensors: a length, a header in JSON, and the bytes of every tensor.

A file from outside is believed nothing: lengths, names, types, shapes and places are checked before
anything is read (https://github.com/huggingface/safetensors#format).
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from io import BufferedReader
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from nndsl.weights.errors import WeightsError, refuse

if TYPE_CHECKING:
    from nndsl.weights.arrays import Array

LENGTH = 8  # bytes, little-endian, before the header
LARGEST_HEADER = 100_000_000  # bytes, as the format says
LARGEST_SIZE = 2**63
DEEPEST = 32  # axes, as many as numpy has had at least
ALIGNED = 8  # bytes, to which the header is filled with spaces
METADATA = "__metadata__"
TYPES: Mapping[str, str] = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "|i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "|u1",
    "BOOL": "|b1",
}  # fmt: skip


class Tensors(NamedTuple):
    """What a file holds. bfloat16, which numpy lacks, is float32 with the same values here."""

    arrays: Mapping[str, Array]
    metadata: Mapping[str, str]


class _Entry(NamedTuple):
    name: str
    type: str
    shape: tuple[int, ...]
    begin: int
    end: int


def read(path: str | os.PathLike[str]) -> Tensors:
    """The tensors of a file; raises WeightsError where it is truncated or lies, OSError."""
    with open(path, "rb") as file:
        header, left = _header(file, os.fstat(file.fileno()).st_size)
        metadata = _metadata(header.pop(METADATA, {}))
        entries = sorted((_entry(*item) for item in header.items()), key=lambda each: each[3:])
        _cover(entries, left)
        return Tensors({each.name: _array(file, each) for each in entries}, metadata)


def metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """What a file says of itself."""
    with open(path, "rb") as file:
        header, _ = _header(file, os.fstat(file.fileno()).st_size)
        return _metadata(header.get(METADATA, {}))


def write(
    path: str | os.PathLike[str], arrays: Mapping[str, Array], metadata: Mapping[str, str]
) -> None:
    """Writes a file; equal arrays give equal bytes. The names are kept in their order."""
    import numpy as np

    names = {np.dtype(code): name for name, code in TYPES.items() if name != "BF16"}
    header: dict[str, object] = {METADATA: dict(metadata)} if metadata else {}
    at = 0
    for name, array in arrays.items():
        end = at + array.nbytes
        kind = names[array.dtype.newbyteorder("<")]
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNED)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(LENGTH, "little") + text)
        for array in arrays.values():
            file.write(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())


def _header(file: BufferedReader, size: int) -> tuple[dict[str, object], int]:
    """The header's entries, and how many bytes follow it."""
    if size < LENGTH:
        raise refuse(f"it ends before its header: it has {size} bytes")
    length = int.from_bytes(file.read(LENGTH), "little")
    if length > LARGEST_HEADER:
        raise refuse(
            f"its header says to have {length} bytes; no more than {LARGEST_HEADER} may be"
        )
    if length > size - LENGTH:
        raise refuse(f"its header says to have {length} bytes, and {size - LENGTH} follow")
    try:
        found = json.loads(file.read(length).decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise refuse("its header is no JSON: this is no safetensors file") from None
    if not isinstance(found, dict):
        raise refuse("its header is no JSON object: this is no safetensors file")
    return found, size - LENGTH - length


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise WeightsError(f"`{name}` is there twice" for name, n in counts.items() if n > 1)
    return found


def _metadata(found: object) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
        raise refuse("its metadata is no object of texts")
    return found


def _entry(name: str, found: object) -> _Entry:
    wrong = refuse(f"the header's entry of `{name}` has no type, shape and offsets")
    if not isinstance(found, dict):
        raise wrong
    kind, shape, offsets = (found.get(key) for key in ("dtype", "shape", "data_offsets"))
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise wrong
    if not all(type(n) is int and 0 <= n < LARGEST_SIZE for n in (*shape, *offsets)):
        raise refuse(f"the shape or the offsets of `{name}` are no sizes")
    if not isinstance(kind, str) or kind not in TYPES:
        raise refuse(f"`{name}` has the type {kind!r}, which is not known here")
    if len(shape) > DEEPEST:
        raise refuse(f"`{name}` has {len(shape)} axes")
    begin, end = offsets
    needed = prod(shape) * int(TYPES[kind][-1])
    if end - begin != needed:
        raise refuse(
            f"`{name}` says to have {end - begin} bytes; {kind} of shape {shape} has {needed}"
        )
    return _Entry(name, kind, tuple(shape), begin, end)


def _cover(entries: list[_Entry], size: int) -> None:
    """Nothing overlaps, nothing lies between, nothing is missing at the end."""
    at = 0
    for each in entries:
        if each.begin < at:
            raise refuse(f"`{each.name}` overlaps another tensor")
        if each.begin > at:
            raise refuse(f"there are bytes before `{each.name}` that belong to no tensor")
        at = each.end
    if at > size:
        raise refuse(f"it is truncated: its tensors need {at} bytes, and {size} are there")
    if at < size:
        raise refuse(f"{size - at} bytes at its end belong to no tensor")


def _array(file: BufferedReader, entry: _Entry) -> Array:
    import numpy as np

    data = bytearray(file.read(entry.end - entry.begin))
    array = np.frombuffer(data, np.dtype(TYPES[entry.type]))
    if entry.type == "BF16":
        array = (array.astype("<u4") << 16).view("<f4")
    try:
        return array.reshape(entry.shape)
    except ValueError:  # no bytes, and axes that are too long for any array
        raise refuse(f"`{entry.name}` cannot have the shape {list(entry.shape)}") from None
