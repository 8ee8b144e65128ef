"""The text of the scripts: clean as it comes, the same flags on both targets, of a sane length."""

import argparse
import ast
import math
import re
import subprocess
import sys
from pathlib import Path

import black
import pytest

from nndsl.backends.training.render import render_training
from nndsl.backends.training.single import NameTakenError
from nndsl.compiler import compile_model
from training import programs

LONGEST = 440
FORMS = [(name, target) for name in programs.PROGRAMS for target in programs.TARGETS]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every program on every target, with a folder each, in both forms."""
    top = tmp_path_factory.mktemp("scripts")
    for name, target in FORMS:
        programs.write(name, target, top / f"for_{target}_{name}")
        whole = top / f"for_{target}_{name}_whole" / "whole.py"
        whole.parent.mkdir()
        whole.write_text(programs.script(name, target, whole=True), encoding="utf-8")
    return top


def tool(*command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    arguments = [sys.executable, "-m", *command, "."]
    return subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)


def test_black_changes_nothing(folder: Path) -> None:
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert black.format_str(text, mode=black.Mode()) == text, path.relative_to(folder)


def test_ruff_finds_nothing(folder: Path) -> None:
    local = "src = ['for_*']"  # where a model stands beside its script
    rules = ("--isolated", "--select", "E,F,I,UP,W", "--config", local)
    done = tool("ruff", "check", "-q", *rules, folder=folder)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.slow
def test_mypy_finds_nothing(tmp_path: Path) -> None:
    for name, target in FORMS:
        text = programs.script(name, target, whole=True)
        (tmp_path / f"{name}_{target}.py").write_text(text, encoding="utf-8")
    options = ("--ignore-missing-imports", "--follow-imports=silent", "--config-file=")
    done = tool("mypy", *options, folder=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("name", "target"), FORMS)
def test_a_script_stays_short(name: str, target: str) -> None:
    assert len(programs.script(name, target).splitlines()) <= LONGEST


def flags(text: str, *arguments: str) -> dict[str, tuple[object, ...]]:
    """Option -> default, type, choices and help, of the parser that the script makes."""
    tree = ast.parse(text)
    constants = [n for n in tree.body if isinstance(n, ast.Assign) and _name(n) in _DEFAULTS]
    function = [n for n in tree.body if getattr(n, "name", "") == "parse_arguments"]
    made: list[argparse.ArgumentParser] = []

    parse = argparse.ArgumentParser.parse_args

    def keep(self: argparse.ArgumentParser) -> argparse.Namespace:
        made.append(self)
        return parse(self)

    names = {"argparse": argparse, "Path": Path, "math": math}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", keep)
        patch.setattr(sys, "argv", ["script.py", *arguments])
        exec(compile(ast.Module([*constants, *function], []), "script", "exec"), names)
        names["parse_arguments"]()  # type: ignore[operator]
    return {
        action.option_strings[-1]: (action.default, action.type, action.choices, action.help)
        for action in made[0]._actions
    }


@pytest.mark.parametrize(
    ("flag", "bad", "good"),
    [
        ("--epochs", "-1", "0"),
        ("--batch", "0", "1"),
        ("--lr", "nan", "0"),
        ("--seed", "-1", "0"),
        ("--validation", "1", "0"),
        ("--validation", "1.5", "0.99"),
        ("--limit", "0", "1"),
        ("--workers", "-1", "0"),
        ("--device", "abacus", "mps"),
    ],
)
def test_a_flag_out_of_bounds_is_told(
    flag: str, bad: str, good: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text = programs.script("digits", "keras")
    flags(text, flag, good)
    with pytest.raises(SystemExit) as stop:
        flags(text, flag, bad)
    assert stop.value.code == 2
    assert re.search(rf"script\.py: error: (argument )?{flag}: ", capsys.readouterr().err)


_DEFAULTS = ("DATA", "OUTPUT")


def _name(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_both_targets_have_the_same_flags(name: str) -> None:
    torch, keras = (flags(programs.script(name, target)) for target in programs.TARGETS)
    assert torch.pop("--output")[0] == f"runs/{name}-torch"  # else one resumes the other's run
    assert keras.pop("--output")[0] == f"runs/{name}-keras"
    assert torch == keras
    assert {"--data", "--epochs", "--batch", "--lr", "--device", "--precision"} <= set(torch)
    assert {"--seed", "--validation", "--resume", "--limit", "--workers"} <= set(torch)


def test_the_section_gives_the_defaults() -> None:
    found = flags(programs.script("digits", "torch"))
    defaults = {name: values[0] for name, values in found.items()}
    assert defaults["--data"] == "digits"
    assert defaults["--epochs"] == 3
    assert defaults["--batch"] == 64
    assert defaults["--lr"] == 0.1
    assert defaults["--output"] == "runs/digits-torch"


@pytest.mark.parametrize(
    ("target", "code", "name"),
    [
        ("torch", "def take(x):\n    return x", "take"),
        ("keras", "class Batches:\n    pass", "Batches"),
        ("torch", "TRAIN = PARAMETERS = 3", "PARAMETERS"),
        ("keras", "np: int = 3", "np"),
        ("keras", "def smoothed_cross_entropy_kind():\n    pass", "smoothed_cross_entropy_kind"),
    ],
)
def test_a_single_file_refuses_a_name_of_its_own(target: str, code: str, name: str) -> None:
    program = programs.PROGRAMS["pair"]
    facts = program.of(target)
    text = f"{programs.model_text('pair', target)}\n\n{code}\n"
    with pytest.raises(NameTakenError, match=f"`{name}`"):
        render_training(target, programs.read(program.section, facts), facts, text)


def test_helpers_that_a_program_does_not_need_are_left_out() -> None:
    tokens, pair = programs.script("words", "torch"), programs.script("pair", "torch")
    assert "read_csv" in tokens
    assert "read_images" not in tokens
    assert "clip_grad_norm_" in pair
    assert "clip_grad_norm_" not in tokens
    assert "rate_factor" not in programs.script("digits", "torch")


@pytest.mark.parametrize(
    ("shape", "picture"), [("[28, 28]", True), ("[28, 28, 3]", True), ("[28, 28, 5]", False)]
)
def test_images_are_read_where_the_input_can_be_one(shape: str, picture: bool) -> None:
    text = f"model Net {{ input x: {shape}; Flatten -> Dense(3, softmax) }}"
    assert ("read_images" in made(text)) == picture


@pytest.mark.parametrize(
    "text",
    [
        "model Net { input x: [128, 3]; Conv(4, 3) -> Flatten -> Dense(3, softmax) }",
        "model Net { input x: [9, 4]; LSTM(4) -> Dense(3, softmax) }",
        "model Net { input x: int[28, 28]; Embedding(5, 2) -> Flatten -> Dense(3, softmax) }",
        "model Net { input x: [?H, 8, 3]; GlobalAvgPool -> Dense(3, softmax) }",
        "model Net { input x: [8, 8, 3]; Conv(5, 3, same, softmax) }",
    ],
)
def test_images_are_not_read_for_what_is_none(text: str) -> None:
    assert not re.search("read_images|read_idx|MODE|SIZE|gzip", made(text))


def made(text: str) -> str:
    """The training script of a program."""
    found = compile_model(text, "torch", train=True)
    assert found.files, found.diagnostics
    return found.files[found.script]
