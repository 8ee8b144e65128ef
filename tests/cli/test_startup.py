"""What the fast commands load: no framework, and nothing that only compiling needs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support import fences

ROOT = Path(__file__).resolve().parents[2]

# Every import of one of these, by anybody, is an error.
PRELUDE = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {fences.FRAMEWORKS!r}:
            raise AssertionError(f"the compiler imported {{name}}")
sys.meta_path.insert(0, Blocked())
from nndsl.cli import main
"""
HEAVY = (
    "jinja2", "lark", "importlib.metadata", "argparse", "inspect", "dataclasses", "json", "csv",
    "pathlib", "difflib", "textwrap", "subprocess", "tempfile", "nndsl.emit", "nndsl.validate",
    "nndsl.backends.base", "nndsl.ir.generalise",
)  # fmt: skip


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + code], cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize("command", ["params", "check"])
def test_no_framework_is_imported(command: str) -> None:
    done = run(f"sys.exit(main(['{command}', 'examples/fashion_mlp.nn']))")
    assert done.returncode == 0, done.stderr
    assert "271,346" in done.stdout or "nothing to say" in done.stdout


@pytest.mark.parametrize("target", ["keras", "torch"])
def test_no_framework_is_imported_to_compile(target: str) -> None:
    words = ["compile", "examples/fashion_mlp.nn", "--target", target, "--train", "-o", "-"]
    done = run(f"sys.exit(main({words!r}))")
    assert done.returncode == 0, done.stderr
    assert target in done.stdout


def test_the_block_blocks() -> None:
    done = run("import numpy")
    assert "the compiler imported numpy" in done.stderr


@pytest.mark.parametrize("command", ["params", "check"])
def test_start_up_stays_light(command: str) -> None:
    code = f"""
before = set(sys.modules)
main(['{command}', 'examples/fashion_mlp.nn'])
import json as _json
sys.stderr.write(_json.dumps(sorted(set(sys.modules) - before)))
"""
    done = run(code)
    loaded = [name for name in json.loads(done.stderr) if not name.startswith("json")]
    allowed = ("textwrap",) if command == "check" else ()
    heavy = [
        name
        for name in loaded
        for one in HEAVY
        if one not in allowed and (name == one or name.startswith(f"{one}."))
    ]
    assert heavy == []
    assert len(loaded) < 100, loaded
