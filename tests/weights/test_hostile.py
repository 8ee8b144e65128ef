"""Files that are truncated, lie or would run code: a clear refusal, never a crash."""

from __future__ import annotations

import json
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nndsl.weights import WeightsError, h5, state_dict
from nndsl.weights.safetensors import LARGEST_HEADER, read, write


def told(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        read(path)
    return str(caught.value)


def made(folder: Path, header: object, data: bytes = b"", length: int | None = None) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    size = len(text) if length is None else length
    (folder / "x.safetensors").write_bytes(size.to_bytes(8, "little") + text + data)
    return folder / "x.safetensors"


def entry(shape: list[int], begin: int, end: int, dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


HEADERS = {
    "overlap": ({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, 12, "`b` overlaps"),
    "hole": ({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, 12, "before `b`"),
    "short": ({"a": entry([4], 0, 16)}, 8, "truncated"),
    "long": ({"a": entry([1], 0, 4)}, 9, "5 bytes at its end"),
    "bytes": ({"a": entry([3], 0, 8)}, 8, "has 12"),
    "backwards": ({"a": entry([1], 4, 0)}, 4, "-4 bytes"),
    "negative": ({"a": entry([-1], 0, 4)}, 4, "no sizes"),
    "true": ({"a": entry([True], 0, 4)}, 4, "no sizes"),
    "vast": ({"a": entry([2**62, 2**62], 0, 8)}, 8, "says to have 8 bytes"),
    "vast nothing": ({"a": entry([0, 2**62, 2**62], 0, 0)}, 0, "cannot have the shape"),
    "axes": ({"a": entry([1] * 99, 0, 4)}, 4, "99 axes"),
    "type": ({"a": entry([1], 0, 4, "F33")}, 4, "not known here"),
    "no entry": ({"a": 3}, 0, "no type, shape and offsets"),
    "no offsets": ({"a": {"dtype": "F32", "shape": []}}, 0, "no type, shape and offsets"),
    "metadata": ({"__metadata__": {"a": 1}}, 0, "metadata"),
    "list": ([1], 0, "no JSON object"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_that_lie(name: str, tmp_path: Path) -> None:
    header, size, said = HEADERS[name]
    assert said in told(made(tmp_path, header, bytes(size)))


def test_names_that_come_twice(tmp_path: Path) -> None:
    one = json.dumps(entry([1], 0, 4))
    path = made(tmp_path, f'{{"a": {one}, "a": {one}}}'.encode(), bytes(4))
    assert told(path) == "`a` is there twice"


@pytest.mark.parametrize("length", [2**63, LARGEST_HEADER + 1, 1000])
def test_lengths_that_lie(length: int, tmp_path: Path) -> None:
    assert "header says to have" in told(made(tmp_path, {}, length=length))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"PK\x03\x04" * 9])
def test_headers_that_are_none(text: bytes, tmp_path: Path) -> None:
    assert "no JSON" in told(made(tmp_path, text))


def test_every_truncation_is_told(tmp_path: Path) -> None:
    write(tmp_path / "x.safetensors", {"a": np.ones((2, 3), "float32")}, {"format": "nndsl"})
    whole = (tmp_path / "x.safetensors").read_bytes()
    for size in range(len(whole)):
        (tmp_path / "x.safetensors").write_bytes(whole[:size])
        assert told(tmp_path / "x.safetensors")


def test_bfloat16_is_read_as_what_it_means(tmp_path: Path) -> None:
    data = np.array([0x3F80, 0xC020], "<u2").tobytes()  # 1 and -2.5
    path = made(tmp_path, {"a": entry([2], 0, 4, "BF16")}, data)
    assert read(path).arrays["a"].tolist() == [1.0, -2.5]


def test_what_we_write_the_format_s_own_library_reads(tmp_path: Path) -> None:
    theirs = pytest.importorskip("safetensors.numpy", reason="safetensors is not installed")
    arrays = {"b": np.arange(6.0, dtype="float32").reshape(2, 3), "a": np.array(3, "int64")}
    write(tmp_path / "x.safetensors", arrays, {"format": "pt"})
    found = theirs.load_file(tmp_path / "x.safetensors")
    assert all(np.array_equal(found[k], v) and found[k].dtype == v.dtype for k, v in arrays.items())
    theirs.save_file(arrays, tmp_path / "y.safetensors")
    ours = read(tmp_path / "y.safetensors").arrays
    assert all(np.array_equal(ours[k], v) for k, v in arrays.items())


# ---- pickles -------------------------------------------------------------------------------------


class _Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self.path}",)


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        state_dict.read_pickled(path)
    return str(caught.value)


@pytest.mark.framework
def test_no_code_in_a_pickle_is_run(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    bomb = {"a": torch.zeros(1), "b": _Bomb(tmp_path / "ran")}
    torch.save(bomb, tmp_path / "zip.pt")
    (tmp_path / "plain.pt").write_bytes(pickle.dumps(bomb["b"]))
    for name in ("zip.pt", "plain.pt"):
        assert "more than tensors" in refused(tmp_path / name)
    assert not (tmp_path / "ran").exists()


@pytest.mark.framework
def test_state_dicts_that_are_none(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "x.pt"
    torch.save([torch.zeros(1)], path)
    assert "no state_dict but list" in refused(path)
    torch.save({"a": 3}, path)
    assert "`a` in it is no tensor" in refused(path)
    torch.save({"a": torch.zeros(3).to_sparse()}, path)
    assert "sparse" in refused(path)
    torch.save({"a": torch.zeros(300)}, path)
    whole = path.read_bytes()
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert refused(path)


@pytest.mark.framework
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_half_a_download_is_damaged(share: float, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({f"layer{i}.weight": torch.ones(100) for i in range(20)}, tmp_path / "x.pt")
    whole = (tmp_path / "x.pt").read_bytes()
    (tmp_path / "x.pt").write_bytes(whole[: int(share * len(whole))])
    assert "damaged" in refused(tmp_path / "x.pt")


@pytest.mark.framework
def test_a_checkpoint_of_training_holds_the_weights(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save({"model": {"a": torch.ones(2)}, "optimizer": {}, "epoch": 3}, tmp_path / "x.pt")
    assert state_dict.read_pickled(tmp_path / "x.pt")["a"].tolist() == [1.0, 1.0]


@pytest.mark.framework
def test_a_packed_bomb_is_not_unpacked(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    with zipfile.ZipFile(tmp_path / "x.pt", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("archive/data/0", bytes(10_000_000))
    assert "unpacks to 10000000 bytes" in refused(tmp_path / "x.pt")


# ---- HDF5 ----------------------------------------------------------------------------------------


def spoken(path: Path, zipped: bool = False) -> str:
    with pytest.raises(WeightsError) as caught:
        values(path, zipped)
    return str(caught.value)


def values(path: Path, zipped: bool) -> list[np.ndarray]:
    with h5.opened(path, zipped) as file:
        return [h5.value(item) for item in h5.datasets(file).values()]


def test_links_lead_nowhere(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    links = {
        "link": h5py.ExternalLink("other.h5", "/x"),
        "soft": h5py.SoftLink("/layers"),
    }
    for name, link in links.items():
        with h5py.File(tmp_path / f"{name}.h5", "w") as file:
            file.create_group("layers")[name] = link
        assert f"`layers/{name}` is a link" in spoken(tmp_path / f"{name}.h5")


def test_a_group_in_itself_ends(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        group = file.create_group("layers")
        group["again"] = group
    assert "under another name" in spoken(tmp_path / "x.h5")


def test_numbers_in_another_file_are_not_read(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    (tmp_path / "secret").write_bytes(bytes(8))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("a", (2,), "f4", external=[(str(tmp_path / "secret"), 0, 8)])
    assert "lie in another file" in spoken(tmp_path / "x.h5")


@pytest.mark.parametrize("size", [0, 8, 700])
def test_truncated_hdf5(size: int, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["a"] = np.ones(1000, "float32")
    whole = (tmp_path / "x.h5").read_bytes()
    (tmp_path / "x.h5").write_bytes(whole[:size])
    assert "damaged" in spoken(tmp_path / "x.h5")


def test_zips_that_are_no_model(tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    path = tmp_path / "x.keras"
    path.write_bytes(b"PK")
    assert "no zip" in spoken(path, zipped=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../model.weights.h5", b"")
    assert "holds 0 files" in spoken(path, zipped=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("model.weights.h5", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            file.writestr("model.weights.h5", b"2")
    assert "holds 2 files" in spoken(path, zipped=True)


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("h5py")
    monkeypatch.setattr(h5, "LEAST", 1000)
    with zipfile.ZipFile(tmp_path / "x.keras", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("model.weights.h5", bytes(1_000_000))
    assert "suspiciously small" in spoken(tmp_path / "x.keras", zipped=True)
