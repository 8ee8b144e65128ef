"""PyTorch's files: a state_dict in `.safetensors`, or in `.pt`, of which only tensors are read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pickle import UnpicklingError
from typing import TYPE_CHECKING
from warnings import catch_warnings, simplefilter
from zipfile import BadZipFile, ZipFile, is_zipfile

from nndsl.weights import safetensors
from nndsl.weights.errors import refuse

if TYPE_CHECKING:
    import torch

    from nndsl.weights.arrays import Array

INNER = ("model", "state_dict")  # where training checkpoints keep the weights
ENDS = 100_000  # bytes that a zip's names and ends may take
DAMAGED = (
    RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError, IndexError,
    OverflowError, AssertionError, ImportError, OSError,
)  # fmt: skip


def read_pickled(path: str | os.PathLike[str]) -> dict[str, Array]:
    """The tensors of a `.pt` file; a file with anything but tensors and plain data is refused."""
    import torch

    with open(path, "rb"):
        pass  # says why a file cannot be opened, before torch does
    _not_packed(path)
    try:
        with catch_warnings():
            simplefilter("ignore")  # of pickles in another protocol than torch's
            found = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        reason = str(error).splitlines()[0].partition(". ")[0]
        raise refuse(
            f"it holds more than tensors, or is damaged, and is not unpickled: {reason}"
        ) from None
    except DAMAGED as error:
        raise refuse(f"it is damaged: {str(error).partition(chr(10))[0]}") from None
    return _arrays(_state(found))


def _not_packed(path: str | os.PathLike[str]) -> None:
    """torch packs nothing; what unpacks to more than the file holds is no file of torch's."""
    if not is_zipfile(path):
        return
    try:
        with ZipFile(path) as found:
            total = sum(info.file_size for info in found.infolist())
    except (BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refuse(f"it is damaged: {error}") from None
    if total > os.path.getsize(path) + ENDS:
        raise refuse(f"it unpacks to {total} bytes, more than it has")


def _state(found: object) -> Mapping[object, object]:
    """The state_dict itself, or that of a training checkpoint."""
    import torch

    for _ in INNER:
        if not isinstance(found, Mapping):
            break
        inner = [found[key] for key in INNER if isinstance(found.get(key), Mapping)]
        if not inner or any(isinstance(each, torch.Tensor) for each in found.values()):
            return found
        found = inner[0]
    if not isinstance(found, Mapping):
        raise refuse(f"it holds no state_dict but {type(found).__name__}")
    return found


def _arrays(state: Mapping[object, object]) -> dict[str, Array]:
    import torch

    found: dict[str, Array] = {}
    for name, each in state.items():
        if not isinstance(name, str) or not isinstance(each, torch.Tensor):
            raise refuse(f"`{name}` in it is no tensor")
        if each.layout != torch.strided or each.is_quantized:
            raise refuse(f"`{name}` is sparse or quantised")
        found[name] = _array(each)
    return found


def _array(tensor: torch.Tensor) -> Array:
    import torch

    whole = tensor.detach().cpu()
    array: Array = (whole.float() if whole.dtype == torch.bfloat16 else whole).numpy()
    return array


def write(path: str | os.PathLike[str], arrays: Mapping[str, Array], pickled: bool) -> None:
    """A state_dict as torch.save or safetensors writes it."""
    if not pickled:
        safetensors.write(path, arrays, {"format": "pt"})
        return
    import torch

    torch.save({name: torch.from_numpy(array.copy()) for name, array in arrays.items()}, path)
