"""benchmarks/versions finds the names that another version of PyTorch has not."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from zipfile import ZipFile

FILES = {
    "torch/__init__.py": "from torch._tensor import Tensor\ndef compile(model): ...\n",
    "torch/_tensor.py": "class Tensor:\n    def flip(self, dims): ...\n",
    "torch/nn/__init__.py": "from torch.nn.modules import *\n",
    "torch/nn/modules/__init__.py": "from .linear import Linear\n",
    "torch/nn/modules/linear.py": "class Linear:\n    def __init__(self, ins, bias=True): ...\n",
    "torch/nn/functional.py": "def relu(input, inplace=False): ...\n",
}
EMITTED = """
import torch
import torch.nn.functional as F
from torch import nn

x = nn.Linear(1, 2, bias=False)(F.relu(y, inplace=True).flip(1))
x = nn.Lnear(1, 2)(F.relu(x, slope=1)).flop(1)
x = nn.Linear(1, 2, biased=True)(torch.gone.now(x))
"""


def module() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "versions" / "names.py"
    spec = spec_from_file_location("version_names", path)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_what_a_version_has_not_is_told(tmp_path: Path) -> None:
    names = module()
    path = tmp_path / "torch-9.9.0-py3.whl"
    with ZipFile(path, "w") as wheel:
        for file, text in FILES.items():
            wheel.writestr(file, text)
    used: dict[str, frozenset[str]] = {}
    for name, keywords in names.uses(EMITTED):
        used[name] = used.get(name, frozenset()) | keywords
    found = names.missing(names.Wheel(path), used, frozenset({"flip", "flop"}))
    assert found == [
        "Tensor.flop",
        "torch.gone.now",
        "torch.nn.Linear(biased=)",
        "torch.nn.Lnear",
        "torch.nn.functional.relu(slope=)",
    ]
