"""Keras' files: `.weights.h5`, and `.keras`, a zip that has one inside.

Nothing is unpacked to the disk and no layer is made from a file's configuration. Of HDF5 only plain
groups and arrays in the file itself are read: a link, or an array that lies elsewhere, is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from nndsl.weights.errors import refuse

if TYPE_CHECKING:
    import h5py

    from nndsl.weights.arrays import Array

MEMBER = "model.weights.h5"
OPTIMIZER = "optimizer"  # its state is no weight of the model
CONTAINERS = ("layers", "vars")
LEAST = 64_000_000  # bytes that a member of a zip may have in any case
STATE = 8  # times the size of the zip, as much as a member may have beside: it is hardly compressed
DAMAGED = (OSError, RuntimeError, KeyError, ValueError, TypeError)  # what h5py says of a bad file


@contextmanager
def opened(path: str | os.PathLike[str], zipped: bool) -> Iterator[h5py.File]:
    """The HDF5 file at a path, or in the `.keras` file there; raises WeightsError, OSError."""
    import h5py

    with open(path, "rb") as outer:
        inner = BytesIO(_member(path)) if zipped else outer
        with _sound():
            file = h5py.File(inner, "r")
        with file:
            yield file


@contextmanager
def _sound() -> Iterator[None]:
    try:
        yield
    except DAMAGED as error:
        raise refuse(f"it is no HDF5 file, or damaged: {error}") from None


def datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    """Every array of a file by its path (`layers/conv2d/vars/0`), but for an optimizer's state."""
    with _sound():
        return dict(sorted(_datasets(file).items()))


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    import h5py

    found: dict[str, h5py.Dataset] = {}
    seen = {h5py.h5o.get_info(file.id).addr}
    groups: list[tuple[str, h5py.Group]] = [("", file)]
    while groups:
        above, group = groups.pop()
        for name in group:
            path = f"{above}{name}"
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise refuse(f"`{path}` is a link; weights are read from the file itself alone")
            if path == OPTIMIZER:
                continue
            item = group[name]
            address = h5py.h5o.get_info(item.id).addr
            if address in seen:
                raise refuse(f"`{path}` is in the file under another name too")
            seen.add(address)
            if isinstance(item, h5py.Group):
                groups.append((f"{path}/", item))
            elif isinstance(item, h5py.Dataset):
                found[path] = _plain(path, item)
            else:
                raise refuse(f"`{path}` is neither a group nor an array")
    return found


def _plain(path: str, item: h5py.Dataset) -> h5py.Dataset:
    if item.external or item.is_virtual:
        raise refuse(f"the numbers of `{path}` lie in another file")
    if item.shape is None or item.dtype is None:
        raise refuse(f"`{path}` has no shape or no type")
    return item


def by_layer(file: h5py.File) -> dict[str, h5py.Dataset]:
    """The same by the names that their layers have in Keras: `conv1_bn.0`, the layer's first.

    A layer of a nested model has the names of the models before it, with `/`.
    """
    found: dict[str, h5py.Dataset] = {}
    for path, item in datasets(file).items():
        *folders, turn = path.split("/")
        names = [
            _name(file, folders[: at + 1])
            for at, folder in enumerate(folders)
            if folder not in CONTAINERS
        ]
        found["/".join(names) + f".{turn}"] = item
    return found


def _name(file: h5py.File, folders: list[str]) -> str:
    """What Keras called the layer that is saved in these folders."""
    variables = file.get("/".join([*folders, "vars"]))
    name = None if variables is None else variables.attrs.get("name")
    return name if isinstance(name, str) else folders[-1]


def value(item: h5py.Dataset) -> Array:
    """The numbers of an array; bfloat16 as float32 with the same values."""
    import numpy as np

    with _sound():
        array: Array = np.asarray(item[()])
    if item.attrs.get("dtype") == "bfloat16" and array.itemsize == 2:
        array = (array.view("<u2").astype("<u4") << 16).view("<f4")
    return array


def write(
    path: str | os.PathLike[str],
    template: bytes,
    zipped: bool,
    arrays: Mapping[str, Array],
) -> None:
    """A file like the template with other numbers in the arrays at these paths."""
    if not zipped:
        with open(path, "wb") as out:
            out.write(_filled(template, arrays))
        return
    with ZipFile(BytesIO(template)) as old, ZipFile(path, "w", ZIP_STORED) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, _filled(data, arrays) if info.filename == MEMBER else data)


def _filled(data: bytes, arrays: Mapping[str, Array]) -> bytes:
    import h5py

    held = BytesIO(data)
    with h5py.File(held, "r+") as file:
        for name, array in arrays.items():
            file[name][...] = array
    return held.getvalue()


def _member(path: str | os.PathLike[str]) -> bytes:
    """The weights in a `.keras` file, in memory."""
    most = LEAST + STATE * os.path.getsize(path)
    try:
        with ZipFile(path) as found:
            infos = [info for info in found.infolist() if info.filename == MEMBER]
            if len(infos) != 1:
                raise refuse(f"it holds {len(infos)} files named {MEMBER}, not one")
            return _read(found, infos[0], most)
    except (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise refuse(f"it is no zip, or damaged: {error}") from None


def _read(found: ZipFile, info: ZipInfo, most: int) -> bytes:
    """A member, whatever size it says to have."""
    with found.open(info) as member:
        data = member.read(most + 1)
    if len(data) > most:
        raise refuse(f"{MEMBER} is packed suspiciously small: it has more than {most} bytes")
    return data
