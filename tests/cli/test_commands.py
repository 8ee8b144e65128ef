"""The commands through the front door: what they print, write and exit with."""

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]


# ---- params -------------------------------------------------------------------------------------


def test_params_prints_the_seed(nndsl: Run) -> None:
    ran = nndsl("params", "seed.nn")
    assert (ran.code, ran.err) == (0, "")
    counts = re.findall(r"^(?:flatten|batch_norm\d|dense\d) .*?\]\s+([\d,]+)", ran.out, re.M)
    assert counts == ["0", "3,136", "235,500", "1,200", "30,100", "400", "1,010"]
    assert re.search(r"^Total parameters +271,346 ", ran.out, re.M)
    assert re.search(r"^Trainable +268,978 ", ran.out, re.M)
    assert re.search(r"^Non-trainable +2,368 ", ran.out, re.M)


def test_params_takes_settings(nndsl: Run) -> None:
    data = json.loads(nndsl("params", "seed.nn", "--set", "classes=3", "--format=json").out)
    assert data["totals"]["params"] == 271_346 - 7 * 101
    assert data["outputs"][0]["type"] == "[3]"


def test_params_prints_csv_and_markdown(nndsl: Run) -> None:
    lines = list(csv.DictReader(io.StringIO(nndsl("params", "seed.nn", "--format", "csv").out)))
    assert sum(int(line["params"]) for line in lines) == 271_346
    assert (
        "| `dense1` | Dense | `[300]` | 235,500 |"
        in nndsl("params", "seed.nn", "--format", "markdown").out
    )


def test_params_warns_and_goes_on(nndsl: Run) -> None:
    ran = nndsl("params", "warned.nn")
    assert ran.code == 0
    assert "warning[NN353]" in ran.err
    assert "Total parameters" in ran.out


# ---- check --------------------------------------------------------------------------------------


def test_check_says_nothing_where_nothing_is_wrong(nndsl: Run) -> None:
    assert nndsl("check", "seed.nn", "library.nn") == (0, "2 files checked: nothing to say\n", "")


def test_check_shows_the_place(nndsl: Run) -> None:
    ran = nndsl("check", "wrong.nn")
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines()[:5] == [
        "error[NN101]: there is no layer, block or value `Densee`",
        "  --> wrong.nn:3:3",
        "  |",
        "3 |   Densee(3)",
        "  |   ^^^^^^",
    ]


def test_warnings_exit_with_0(nndsl: Run) -> None:
    ran = nndsl("check", "warned.nn")
    assert (ran.code, ran.out.splitlines()[-1]) == (0, "1 warning")


def test_check_finds_the_mistakes_of_every_model(nndsl: Run, tmp_path: Path) -> None:
    text = "\n".join(f"model M{i} {{\n  input x: [4]\n  Dense(0)\n  Wrong{i}\n}}" for i in range(3))
    (tmp_path / "many.nn").write_text(text)
    data = json.loads(nndsl("check", "many.nn", "--format", "json").out)
    assert [item["code"] for item in data] == ["NN104", "NN101"] * 3
    assert [item["where"]["line"] for item in data] == [3, 4, 8, 9, 13, 14]


def test_check_json_has_places_and_fixes(nndsl: Run) -> None:
    (item,) = json.loads(nndsl("check", "wrong.nn", "--format", "json").out)
    assert item["where"] == {
        "file": "wrong.nn", "line": 3, "column": 3, "end_line": 3, "end_column": 9,
    }  # fmt: skip
    assert (item["severity"], item["fix"]) == ("error", "did you mean `Dense`?")


def test_check_speaks_to_github(nndsl: Run) -> None:
    """https://docs.github.com/actions/reference/workflow-commands: the error command."""
    ran = nndsl("check", "wrong.nn", "--format", "github")
    assert ran.out == (
        "::error file=wrong.nn,line=3,col=3,endLine=3,endColumn=9,title=NN101::"
        "there is no layer, block or value `Densee`%0Ahelp: did you mean `Dense`?\n"
    )


def test_check_speaks_sarif(nndsl: Run) -> None:
    """SARIF 2.1.0, sections 3.13 (log), 3.14 (run), 3.27 (result)."""
    log = json.loads(nndsl("check", "wrong.nn", "warned.nn", "--format", "sarif").out)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert (log["version"], rules) == ("2.1.0", ["NN101", "NN353"])
    error, warning = run["results"]
    assert (error["ruleId"], error["level"], warning["level"]) == ("NN101", "error", "warning")
    place = error["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "wrong.nn"
    assert place["region"] == {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 9}


# ---- imports ------------------------------------------------------------------------------------


def test_imports_stay_inside_the_folder(nndsl: Run, tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "link.nn").symlink_to(tmp_path / "library.nn")
    for path in ("../library.nn", str(tmp_path / "library.nn"), "link.nn"):
        (inner / "main.nn").write_text(f'import "{path}"\nmodel A {{ input x: [4]; B }}\n')
        ran = nndsl("check", "inner/main.nn")
        assert (ran.code, "NN405" in ran.out) == (1, True), path


def test_imports_are_relative_to_the_importing_file(nndsl: Run, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.nn").write_text('import "c.nn"\nblock Two { B -> B }\n')
    (tmp_path / "sub" / "c.nn").write_text("block B { Dense(3) }\n")
    (tmp_path / "main.nn").write_text('import "sub/b.nn"\nmodel A { input x: [3]; Two }\n')
    assert "Total parameters  24 " in nndsl("params", "main.nn").out


# ---- compile ------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["keras", "torch"])
def test_compile_writes_python(nndsl: Run, tmp_path: Path, target: str) -> None:
    ran = nndsl("compile", "trained.nn", "--target", target, "-o", "out")
    assert (ran.code, ran.out) == (0, "")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "fashion_mlp.py", "train_fashion_mlp.py",
    ]  # fmt: skip
    for path in (tmp_path / "out").iterdir():
        compile(path.read_text(), path.name, "exec")
        assert "nndsl" not in re.findall(r"^(?:import|from) (\w+)", path.read_text(), re.M)


def test_the_same_input_gives_the_same_bytes(nndsl: Run) -> None:
    printed = {nndsl("compile", "seed.nn", "--target", "torch", "-o", "-").out for _ in range(3)}
    assert len(printed) == 1
    assert "class FashionMLP(nn.Module):" in printed.pop()


def test_a_file_that_is_written_is_whole(nndsl: Run, tmp_path: Path) -> None:
    """Nothing half-written is left beside the files, and an old file is replaced."""
    (tmp_path / "net.py").write_text("old")
    assert nndsl("compile", "seed.nn", "--target", "torch", "-o", "net.py").code == 0
    assert (tmp_path / "net.py").read_text().startswith('"""FashionMLP')
    assert not list(tmp_path.glob("*.part"))


def test_nothing_is_written_after_an_error(nndsl: Run, tmp_path: Path) -> None:
    assert nndsl("compile", "wrong.nn", "--target", "torch", "-o", "out").code == 1
    assert not (tmp_path / "out").exists()


def test_a_script_imports_its_model_by_the_name_that_it_has(nndsl: Run, tmp_path: Path) -> None:
    assert nndsl("compile", "trained.nn", "--target", "torch", "-o", "out.py").code == 0
    assert "from out import FashionMLP" in (tmp_path / "train_out.py").read_text()


def test_a_single_file_holds_both(nndsl: Run, tmp_path: Path) -> None:
    assert nndsl("compile", "seed.nn", "--target", "torch", "--single-file", "-o", "out").code == 0
    (path,) = (tmp_path / "out").iterdir()
    text = path.read_text()
    assert "class FashionMLP" in text
    assert "def main(" in text
    assert "import FashionMLP" not in text


def test_train_asks_for_a_script(nndsl: Run, tmp_path: Path) -> None:
    nndsl("compile", "seed.nn", "--target", "keras", "-o", "a")
    nndsl("compile", "seed.nn", "--target", "keras", "--train", "-o", "b")
    assert not (tmp_path / "a" / "train_fashion_mlp.py").exists()
    assert (tmp_path / "b" / "train_fashion_mlp.py").exists()


def test_names_of_files_hide_no_module(nndsl: Run, tmp_path: Path) -> None:
    (tmp_path / "json.nn").write_text("model Json { input x: [4]; Dense(2) }\n")
    nndsl("compile", "json.nn", "--target", "torch", "-o", "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["json_model.py"]


@pytest.mark.parametrize(
    ("stage", "line"),
    [
        ("ast", "  declarations: Def kind='model' name='FashionMLP'"),
        ("ir", "  %1 [784] = flatten: Flatten %0"),
        ("facts", '    "params": 271346,'),
        ("code", "class FashionMLP(nn.Module):"),
    ],
)
def test_stages_can_be_seen(nndsl: Run, stage: str, line: str) -> None:
    ran = nndsl("compile", "seed.nn", "--target", "torch", "--stage", stage)
    assert ran.code == 0
    assert line in ran.out.splitlines()


# ---- run, fmt, explain, help --------------------------------------------------------------------


@pytest.mark.framework
def test_run_hands_flags_on_and_its_exit_code_back(nndsl: Run) -> None:
    ran = nndsl("run", "seed.nn", "--target", "torch", "--", "--no-such-flag")
    assert ran.code == 2  # argparse's, in the script
    assert "running train_fashion_mlp.py --no-such-flag" in ran.err


@pytest.mark.framework
def test_run_trains(nndsl: Run, tmp_path: Path) -> None:
    words = ["run", "trained.nn", "--target", "torch", "-o", "code", "--", "--limit", "64"]
    assert nndsl(*words).code == 0
    assert (tmp_path / "runs" / "fashion_mlp-torch" / "metrics.csv").exists()
    assert (tmp_path / "code" / "fashion_mlp.py").exists()


def test_fmt_formats_and_checks(nndsl: Run, tmp_path: Path) -> None:
    path = tmp_path / "loose.nn"
    path.write_text("model A {\n input x:[4]\n   Linear( 3,relu )\n}\n")
    assert nndsl("fmt", "--check", "loose.nn").code == 1
    assert nndsl("fmt", "loose.nn") == (0, "", "formatted loose.nn\n")
    assert path.read_text() == "model A {\n  input x: [4]\n  Dense(3, relu)\n}\n"
    assert nndsl("fmt", "--check", "loose.nn") == (0, "", "")


def test_explain_knows_codes_however_they_are_written(nndsl: Run) -> None:
    pages = {nndsl("explain", code).out for code in ("NN101", "nn101", "[NN101]", "101")}
    assert len(pages) == 1
    assert pages.pop().startswith("NN101: unknown name\n")
    assert nndsl("explain", "all").out.count("\nNN") > 80


def test_help_and_version(nndsl: Run) -> None:
    from nndsl import __version__

    assert nndsl("--version").out == f"nndsl {__version__}\n"
    overview = nndsl("--help")
    assert overview.code == 0
    for command in ("params", "check", "compile", "run", "fmt", "explain"):
        assert f"  {command} " in overview.out
        assert f"usage: nndsl {command} " in nndsl(command, "--help").out


# ---- processes ----------------------------------------------------------------------------------


def test_a_reader_who_leaves_early_is_no_error() -> None:
    command = f"{sys.executable} -m nndsl params examples/resnet.nn | head -1"
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.startswith("ResNet")


def test_the_standard_input_is_a_file_too() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nndsl", "check", "-"], cwd=ROOT, capture_output=True, text=True,
        input="model A { input x: [4]; Densee(3) }", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "--> <stdin>:1:25" in done.stdout
