"""Weights go round through every file bit by bit, and what does not fit is told, all of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from examples.small import SMALL
from examples.test_full_size import EXAMPLES
from nndsl.cli import main
from nndsl.source import Source
from nndsl.weights import Options, Program, ProgramError, WeightsError, convert, load, save
from nndsl.weights.arrays import from_target, slot_shape, to_target
from nndsl.weights.safetensors import read, write

TEXT = """
model Net {
  input image: [8, 8, 2]
  Conv(3, 3, same, relu) -> BatchNorm -> Dropout(0.5) -> Flatten -> Dense(4)
}
"""
WIDE = TEXT.replace("Dense(4)", "Dense(5) -> Dense(6)")


def program(text: str = TEXT) -> Program:
    return Program(text)


def numbers(made: Program, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {p: random.normal(size=s).astype("float32") for p, s in made.shapes.items()}


def saved(folder: Path, name: str = "net.safetensors", text: str = TEXT) -> Path:
    made = program(text)
    save(folder / name, numbers(made), made, "nndsl")
    return folder / name


def problems(path: Path, made: Program | None = None, options: Options | None = None) -> list[str]:
    with pytest.raises(WeightsError) as caught:
        load(path, made or program(), options=options)
    return list(caught.value.problems)


@pytest.mark.parametrize("small", SMALL, ids=lambda small: small.id)
def test_every_example_travels_to_torch_and_back(small: object, tmp_path: Path) -> None:
    path = EXAMPLES / f"{small.example}.nn"
    made = Program(Source(path.name, path.read_text("utf-8")), small.model, small.settings)
    save(tmp_path / "a.safetensors", numbers(made), made, "nndsl")
    convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors", made, to="torch")
    convert(tmp_path / "b.safetensors", tmp_path / "c.safetensors", made, to="nndsl")
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "c.safetensors").read_bytes()
    assert list(read(tmp_path / "c.safetensors").arrays) == list(made.shapes)


@pytest.mark.framework
@pytest.mark.slow
@pytest.mark.parametrize("example", ["digits", "gpt2", "seq2seq"])
def test_round_through_both_frameworks(example: str, tmp_path: Path) -> None:
    from support.round_trip import round_trip

    small = next(small for small in SMALL if small.example == example)
    assert round_trip(small, tmp_path) == []


def test_the_own_layout_says_what_it_is(tmp_path: Path) -> None:
    found = read(saved(tmp_path))
    assert {**found.metadata, "version": ""} == {
        "format": "nndsl", "layout": "1", "model": "Net", "version": "",
    }  # fmt: skip
    assert [*found.arrays][:3] == ["conv.kernel", "conv.bias", "batch_norm.gamma"]
    assert found.arrays["conv.kernel"].shape == (3, 3, 2, 3)  # as Keras has it


def test_torch_has_what_strict_loading_needs(tmp_path: Path) -> None:
    made = program()
    convert(saved(tmp_path), tmp_path / "t.safetensors", made, to="torch")
    found = read(tmp_path / "t.safetensors").arrays
    (counter,) = [name for name in found if name.endswith("num_batches_tracked")]
    assert found[counter].dtype == np.int64
    kernel = load(saved(tmp_path), made)[0]["conv.kernel"]
    (conv,) = [array for array in found.values() if array.shape == (3, 2, 3, 3)]
    assert np.array_equal(conv, kernel.transpose(3, 2, 0, 1))


def test_every_mismatch_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    made = program(WIDE)
    path = saved(tmp_path)
    arrays = dict(read(path).arrays)
    arrays["extra"] = np.zeros(2, "float32")
    arrays["conv.bias"] = np.zeros(3, "int32")
    arrays["batch_norm.beta"] = np.zeros(3, "float64")
    write(path, arrays, {"format": "nndsl"})
    with pytest.raises(WeightsError) as caught:
        convert(path, tmp_path / "out.safetensors", made, to="torch")
    first, *others = caught.value.problems
    assert "does not fit" in first
    assert [line.strip() for line in others] == [
        "missing: `dense1.kernel` [192, 5]",
        "missing: `dense1.bias` [5]",
        "missing: `dense2.kernel` [5, 6]",
        "missing: `dense2.bias` [6]",
        "unexpected: `dense.kernel` [192, 4]",
        "unexpected: `dense.bias` [4]",
        "unexpected: `extra` [2]",
        "wrong type: `conv.bias` is int32, should be float32",
        "wrong type: `batch_norm.beta` is float64, should be float32 (--round rounds it)",
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.safetensors"]


def test_a_wrong_shape_is_told_by_the_name_in_the_file_and_in_the_program(tmp_path: Path) -> None:
    convert(saved(tmp_path), tmp_path / "t.safetensors", program(), to="torch")
    other = program(TEXT.replace("Dense(4)", "Dense(7)"))
    lines = problems(tmp_path / "t.safetensors", other)[1:]
    assert len(lines) == 2
    assert "is [4, 192], should be [7, 192] (for dense.kernel)" in lines[0]
    assert lines[1] == "  wrong shape: `dense.bias` is [4], should be [7]"  # the same name


def test_narrow_numbers_are_widened_wide_ones_only_when_asked(tmp_path: Path) -> None:
    made = program()
    values = {k: v.astype("float16") for k, v in numbers(made).items()}
    write(tmp_path / "h.safetensors", values, {"format": "nndsl"})
    found, _ = load(tmp_path / "h.safetensors", made)
    assert all(np.array_equal(found[k], v.astype("float32")) for k, v in values.items())
    doubled = {k: v.astype("float64") for k, v in values.items()}
    write(tmp_path / "d.safetensors", doubled, {"format": "nndsl"})
    assert len(problems(tmp_path / "d.safetensors")) == 1 + len(values)
    found, _ = load(tmp_path / "d.safetensors", made, options=Options(round=True))
    assert all(np.array_equal(found[k], v.astype("float32")) for k, v in values.items())


def test_numbers_that_are_none_are_refused_or_told(tmp_path: Path) -> None:
    made = program()
    values = numbers(made)
    values["conv.bias"][1] = np.nan
    values["dense.kernel"][0, :2] = np.inf
    save(tmp_path / "n.safetensors", values, made, "nndsl")
    lines = [
        "not finite: 1 of the 3 numbers of `conv.bias`",
        "not finite: 2 of the 768 numbers of `dense.kernel`",
    ]
    assert [line.strip() for line in problems(tmp_path / "n.safetensors")[1:3]] == lines
    _, notes = load(tmp_path / "n.safetensors", made, options=Options(allow_nan=True))
    assert notes == lines


def test_a_part_of_a_file_never_replaces_one_that_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = program()
    (tmp_path / "o.safetensors").write_bytes(b"before")

    def fails(path: str, *others: object) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nndsl.weights.safetensors.write", fails)
    with pytest.raises(OSError, match="No space"):
        save(tmp_path / "o.safetensors", numbers(made), made, "nndsl")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("o.safetensors", b"before")]


def test_a_model_with_a_mistake_has_no_weights() -> None:
    with pytest.raises(ProgramError) as caught:
        program("model Net {\n  input x: [4]\n  Danse(3)\n}\n")
    assert caught.value.diagnostics


def test_slots_join_along_any_axis() -> None:
    from nndsl.backends.tensors import Part, Slot

    slot = Slot("qkv", (Part("q"), Part("k")), 1)
    values = {"q": np.arange(6.0).reshape(2, 3), "k": np.arange(8.0).reshape(2, 4)}
    shapes = {name: array.shape for name, array in values.items()}
    joined = to_target(slot, values)
    assert joined.shape == slot_shape(slot, shapes) == (2, 7)
    back = from_target([slot], {"qkv": joined}, shapes)
    assert all(np.array_equal(back[name], values[name]) for name in values)


# ---- the command ---------------------------------------------------------------------------------


def run(folder: Path, *words: str, text: str = TEXT) -> int:
    (folder / "net.nn").write_text(text)
    return main(["weights", *words, "--model", str(folder / "net.nn")])


def test_the_command_converts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = str(saved(tmp_path)), str(tmp_path / "o.safetensors")
    assert run(tmp_path, "convert", source, target, "--to", "torch") == 0
    assert capsys.readouterr().out == (
        f"Net: 8 weights, 841 numbers, nndsl -> torch: {target}\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("convert", "net.safetensors", "o.safetensors"), 1, "say which (--to)"),
        (("convert", "net.safetensors", "o.txt"), 1, "should end in one of"),
        (("convert", "net.safetensors", "o.pt", "--to", "keras"), 1, "no file of keras"),
        (("convert", "none.safetensors", "o.pt"), 2, "No such file"),
        (("copy", "net.safetensors", "o.pt"), 2, "there is no `weights copy`"),
        (("convert", "net.safetensors", "o.pt", "--map", "none"), 1, "there is no map `none`"),
    ],
)
def test_what_the_command_refuses(
    words: tuple[str, ...], code: int, said: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    saved(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert run(tmp_path, *words) == code
    assert said in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.nn", "net.safetensors"]


def test_the_command_shows_diagnostics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = saved(tmp_path)
    assert run(tmp_path, "convert", str(path), str(tmp_path / "o.pt"), text="model N {") == 1
    assert "error" in capsys.readouterr().err
    assert not (tmp_path / "o.pt").exists()


def test_headers_are_json_of_one_line(tmp_path: Path) -> None:
    data = saved(tmp_path).read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    assert length % 8 == 0
    assert max(v["data_offsets"][1] for k, v in header.items() if k[0] != "_") == (
        len(data) - 8 - length
    )


def test_a_folder_that_is_not_there_is_told_by_the_name_that_was_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = saved(tmp_path), tmp_path / "nowhere" / "out.safetensors"
    assert run(tmp_path, "convert", str(source), str(target), "--to", "nndsl") == 2
    assert capsys.readouterr().err == f"nndsl: `{target}`: No such file or directory\n"
