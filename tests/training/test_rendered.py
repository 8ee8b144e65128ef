"""The text of the scripts: clean as it comes, the same flags on both targets, of a sane length."""

import argparse
import ast
import subprocess
import sys
from pathlib import Path

import black
import pytest

from nndsl.backends.training.render import render_training
from nndsl.backends.training.single import NameTakenError
from training import programs

LONGEST = 350
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


@pytest.mark.parametrize(("name", "target"), FORMS)
def test_a_script_stays_short(name: str, target: str) -> None:
    assert len(programs.script(name, target).splitlines()) <= LONGEST


def flags(text: str) -> dict[str, tuple[object, ...]]:
    """Option -> default, type, choices and help, of the parser that the script makes."""
    tree = ast.parse(text)
    constants = [n for n in tree.body if isinstance(n, ast.Assign) and _name(n) in _DEFAULTS]
    function = [n for n in tree.body if getattr(n, "name", "") == "parse_arguments"]
    made: list[argparse.ArgumentParser] = []
    names = {"argparse": argparse, "Path": Path}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", lambda self: made.append(self))
        exec(compile(ast.Module([*constants, *function], []), "script", "exec"), names)
        names["parse_arguments"]()
    return {
        action.option_strings[-1]: (action.default, action.type, action.choices, action.help)
        for action in made[0]._actions
    }


_DEFAULTS = ("DATA", "OUTPUT")


def _name(node: ast.Assign) -> str:
    return node.targets[0].id if isinstance(node.targets[0], ast.Name) else ""


@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_both_targets_have_the_same_flags(name: str) -> None:
    torch, keras = (flags(programs.script(name, target)) for target in programs.TARGETS)
    assert torch == keras
    assert {"--data", "--epochs", "--batch", "--lr", "--device", "--precision"} <= set(torch)
    assert {"--seed", "--validation", "--output", "--resume", "--limit", "--workers"} <= set(torch)


def test_the_section_gives_the_defaults() -> None:
    found = flags(programs.script("digits", "torch"))
    defaults = {name: values[0] for name, values in found.items()}
    assert defaults["--data"] == "digits"
    assert defaults["--epochs"] == 3
    assert defaults["--batch"] == 64
    assert defaults["--lr"] == 0.1
    assert defaults["--output"] == "runs/digits"


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
    assert "read_csv" not in pair
    assert "clip_grad_norm_" in pair
    assert "clip_grad_norm_" not in tokens
    assert "rate_factor" not in programs.script("digits", "torch")
