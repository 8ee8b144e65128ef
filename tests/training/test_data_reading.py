"""The data functions of a script, taken out of it and called alone: no framework is needed."""

import argparse
import ast
import csv
import gzip
import math
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import programs

CELLS, HEADER = ",".join("1" * 64), ",".join("a" * 65)
MODULES = {"argparse": argparse, "csv": csv, "gzip": gzip, "math": math, "np": np, "sys": sys}


def functions(name: str, file: str = __file__) -> dict[str, Any]:
    """The constants and functions of a rendered script, those of the framework left out."""
    tree = ast.parse(programs.script(name, "torch"))
    kept = [
        node
        for node in tree.body
        if isinstance(node, ast.Assign)
        or (isinstance(node, ast.FunctionDef) and "Tensor" not in ast.unparse(node))
    ]
    names: dict[str, Any] = {**MODULES, "Path": Path, "__file__": file}
    kept = [node for node in kept if "nn." not in ast.unparse(node)]
    kept = [node for node in kept if "torch" not in ast.unparse(node)]
    exec(compile(ast.Module(kept, []), "script", "exec"), names)
    return names


def arguments(**given: object) -> argparse.Namespace:
    usual = {"data": "synthetic", "seed": 0, "limit": None, "validation": 0.1}
    return argparse.Namespace(**(usual | given))


@pytest.fixture(scope="module")
def digits() -> dict[str, Any]:
    return functions("digits")


def write_idx(path: Path, array: np.ndarray, opener: Callable[..., Any] = open) -> None:
    head = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}i", *array.shape)
    with opener(path, "wb") as file:
        file.write(head + array.astype(np.uint8).tobytes())


@pytest.mark.parametrize(("ending", "opener"), [("", open), (".gz", gzip.open)])
def test_idx(
    digits: dict[str, Any], tmp_path: Path, ending: str, opener: Callable[..., Any]
) -> None:
    images, labels = np.arange(5 * 64).reshape(5, 8, 8) % 256, np.arange(5)
    for part in ("train", "t10k"):
        write_idx(tmp_path / f"{part}-images-idx3-ubyte{ending}", images, opener)
        write_idx(tmp_path / f"{part}-labels-idx1-ubyte{ending}", labels, opener)
    train, test = digits["read_data"](str(tmp_path))
    for part in (train, test):
        np.testing.assert_array_equal(part["image"], images)
        np.testing.assert_array_equal(part["label"], labels)


def test_bytes_become_fractions_and_floats_stay(digits: dict[str, Any]) -> None:
    labels = np.array([3.0])
    pixels = np.full((1, 8, 8), 51, np.uint8)
    batch = digits["take"]({"image": pixels, "label": labels}, np.array([0]))
    assert batch["image"].dtype == np.float32
    assert batch["image"][0, 0, 0] == pytest.approx(0.2)
    assert batch["label"].dtype == np.int64
    batch = digits["take"]({"image": pixels.astype(float), "label": labels}, np.array([0]))
    assert batch["image"][0, 0, 0] == 51


def test_an_image_folder(digits: dict[str, Any], tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image", reason="reads image files with Pillow, not installed")
    for part, grey in (("train", 10), ("test", 20)):
        for label in ("cat", "dog"):
            folder = tmp_path / part / label
            folder.mkdir(parents=True)
            image.new("RGB", (16, 16), (grey,) * 3).save(folder / "one.png")
    train, test = digits["read_data"](str(tmp_path))
    assert train["image"].shape == (2, 8, 8)
    assert list(train["label"]) == [0, 1]
    assert set(test["image"].flat) == {20}


def test_the_split_is_drawn_once_for_a_seed(digits: dict[str, Any]) -> None:
    first, second, other = (
        digits["load_data"](arguments(seed=seed, validation=0.25)) for seed in (1, 1, 2)
    )
    train, validation, test = first
    assert [len(part["label"]) for part in (train, validation, test)] == [768, 256, 256]
    np.testing.assert_array_equal(train["label"], second[0]["label"])
    assert (train["label"] != other[0]["label"]).any()


def test_limit_takes_of_each_part(digits: dict[str, Any]) -> None:
    train, validation, test = digits["load_data"](arguments(limit=40))
    assert [len(part["label"]) for part in (train, validation, test)] == [36, 4, 40]


def test_no_batch_of_one_sample_is_trained_on(digits: dict[str, Any]) -> None:
    split = digits["split"]
    assert [len(rows) for rows in split(33, 16, (0, 1))] == [16, 16]
    assert [len(rows) for rows in split(33, 16)] == [16, 16, 1]
    assert [len(rows) for rows in split(3, 1, (0, 1))] == [1, 1, 1]


def test_an_epoch_has_every_row_in_another_order(digits: dict[str, Any]) -> None:
    one, again, other = (
        np.concatenate(digits["split"](50, 16, order)) for order in ((0, 1), (0, 1), (0, 2))
    )
    assert sorted(one) == list(range(50))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()


def test_tokens_are_drawn_from_the_vocabulary() -> None:
    words = functions("words")
    drawn = words["synthetic"](200, seed=0)
    assert drawn["tokens"].shape == (200, 7)
    assert (drawn["tokens"].min(), drawn["tokens"].max()) == (0, 49)


def test_open_dimensions_take_other_lengths(tmp_path: Path) -> None:
    words = functions("words")
    np.savez(tmp_path / "long.npz", tokens=np.ones((20, 12), int), label=np.ones(20, int))
    train, _, _ = words["load_data"](arguments(data=str(tmp_path / "long.npz")))
    assert train["tokens"].shape == (18, 12)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"image": np.ones((4, 7, 7))}, "error: image has shape (7, 7) in the data, not (8, 8)"),
        ({"label": np.full(4, 10)}, "error: label has values outside 0..9 in the data"),
        ({"label": None}, "error: the data have no label: image, label wanted, image found"),
        (
            {"label": np.array(list("abcd"))},
            "error: label has values that are no numbers in the data",
        ),
        (
            {"image": np.full((4, 64), np.nan)},
            "error: image has values that are no numbers in the data",
        ),
        (
            {"label": np.zeros(3)},
            "error: the data have unequal numbers of samples, or none: 4 of image, 3 of label",
        ),
        (
            {"image": np.ones((0, 64)), "label": np.ones(0)},
            "error: the data have unequal numbers of samples, or none: 0 of image, 0 of label",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused(
    digits: dict[str, Any], tmp_path: Path, arrays: dict[str, Any], message: str
) -> None:
    given = {"image": np.ones((4, 8, 8)), "label": np.zeros(4)} | arrays
    path = tmp_path / "data.npz"
    np.savez(path, **{name: array for name, array in given.items() if array is not None})
    with pytest.raises(SystemExit) as stop:
        digits["load_data"](arguments(data=str(path)))
    assert stop.value.code == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1,2\n", "row 1: 2 columns between commas, not 65"),
        (";".join("1" * 65), "row 1: 1 columns between commas, not 65"),
        (f"{CELLS},3\n{CELLS}\n", "row 2: 64 columns between commas, not 65"),
        (f"{CELLS},3\n{CELLS},\n", "row 2, column 65: the cell is empty"),
        (f"{CELLS},\n{CELLS},3\n", "row 1, column 65: the cell is empty"),
        (f"{CELLS},3\n{CELLS},nan\n", "row 2, column 65: 'nan' is no number"),
        (f"{HEADER}\n{CELLS},cat\n", r"row 2, column 65: 'cat' is no number \(a class is 0, 1"),
        (f"{HEADER}\n{HEADER}\n{CELLS},3\n", "row 2, column 1: 'a' is no number"),
    ],
)
def test_a_wrong_cell_is_named(
    digits: dict[str, Any], tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(SystemExit, match=rf"^error: .*rows\.csv, {message}"):
        digits["read_data"](str(path))


@pytest.mark.parametrize("head", ["", f"{HEADER}\n", f"\ufeff{HEADER}\r\n\r\n"])
def test_a_table_with_a_header_or_none(digits: dict[str, Any], tmp_path: Path, head: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{head}{CELLS},3\n{CELLS},7\n", encoding="utf-8")
    train, test = digits["read_data"](str(path))
    assert (train["image"].shape, train["label"].tolist(), test) == ((2, 64), [[3], [7]], {})


def test_several_inputs_and_targets_lie_side_by_side(tmp_path: Path) -> None:
    pair = functions("pair")
    (tmp_path / "rows.csv").write_text("1,2,3,4,5,6,7,8,2,0.5\n" * 3)
    train, _ = pair["read_data"](str(tmp_path / "rows.csv"))
    assert {name: array[0].tolist() for name, array in train.items()} == {
        "left": [1, 2, 3, 4],
        "right": [5, 6, 7, 8],
        "kind": [2],
        "score": [0.5],
    }


def test_a_target_that_is_an_input_has_no_column(tmp_path: Path) -> None:
    mask = functions("mask")
    (tmp_path / "rows.csv").write_text(",".join("1" * 144) + "\n")
    assert mask["read_data"](str(tmp_path / "rows.csv"))[0]["image"].shape == (1, 144)


def test_too_few_samples_are_told(digits: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match="error: 2 samples, 1 held out: too few to train on"):
        digits["load_data"](arguments(limit=2, validation=0.5))


def test_data_beside_the_script_are_found(tmp_path: Path) -> None:
    np.savez(tmp_path / "own.npz", x=np.ones((3, 64)), y=np.ones(3))
    script = functions("digits", file=str(tmp_path / "train_digits.py"))
    assert len(script["read_data"]("own.npz")[0]["image"]) == 3


def test_data_that_are_nowhere_name_the_places(digits: dict[str, Any]) -> None:
    with pytest.raises(SystemExit, match=r"no nothing in \., data, .*: try --data synthetic"):
        digits["read_data"]("nothing")


def test_a_name_is_found_below_the_usual_folders(
    digits: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    np.savez(tmp_path / "data" / "my-digits.npz", x=np.ones((2, 64)), y=np.ones(2))
    train, test = digits["read_data"]("my_digits.npz")
    assert (set(train), test) == ({"image", "label"}, {})
