"""Import lines: only what is used, merged, in the order of ruff's isort."""

import subprocess
import sys
from collections.abc import Sequence

import pytest

from nndsl.emit import build as b
from nndsl.emit.imports import import_block, import_table, needed
from nndsl.emit.printer import render
from nndsl.emit.tree import Import, ImportFrom, Stmt

TABLE = import_table(
    "import math",
    "from collections.abc import Callable, Sequence",
    "import torch",
    "import torch.nn.functional as F",
    "from torch import Tensor, nn",
)


def test_only_what_is_used() -> None:
    code = [
        b.assign("x", b.call("nn.Conv2d", 1), annotation="Tensor"),
        b.assign("y", b.call("F.relu", b.attr("x", "torch", "math"))),
    ]
    assert render(import_block(needed(TABLE, code))) == (
        "import torch.nn.functional as F\nfrom torch import Tensor, nn\n"
    )


def test_helpers_count_but_not_their_words() -> None:
    helper = 'def f(x: Sequence[int]):\n    """Does math."""\n    return torch.tensor(x)\n'
    assert render(import_block(needed(TABLE, [], helper))) == (
        "from collections.abc import Sequence\n\nimport torch\n"
    )


@pytest.mark.parametrize(
    "statements",
    [
        [
            ImportFrom("torch", (("nn", ""), ("Tensor", ""))),
            Import("torch.nn.functional", "F"),
            Import("torch"),
            ImportFrom("collections.abc", (("Sequence", ""),)),
            Import("math"),
            ImportFrom("__future__", (("annotations", ""),)),
        ],
        [
            ImportFrom("keras", (("ops", ""), ("layers", ""))),
            Import("keras"),
            Import("numpy", "np"),
            ImportFrom("pathlib", (("Path", ""),)),
        ],
        [ImportFrom("torch", tuple((name, "") for name in ("a", "Bc", "D", "EF", "b", "E_F")))],
        [ImportFrom("a_module_of_some_length", tuple((f"name{i}", "") for i in range(12)))],
    ],
)
def test_ruff_would_sort_them_so(statements: Sequence[Stmt]) -> None:
    code = render(import_block(statements))
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "I", "-"]
    done = subprocess.run(ruff, input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_statements_of_one_module_are_merged() -> None:
    twice = [ImportFrom("torch", (("nn", ""),)), ImportFrom("torch", (("Tensor", ""), ("nn", "")))]
    assert render(import_block(twice)) == "from torch import Tensor, nn\n"
