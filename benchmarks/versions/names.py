"""Names of PyTorch that emitted code uses, looked up in the sources of other versions.

    python benchmarks/versions/names.py WHEEL...

For versions that cannot be run here: a wheel of any platform has the Python sources and the stubs.
Every emitted golden and the code of every documented call of a layer is read: names below `torch`,
the keywords that they are called with, and methods of tensors. Writes names.txt beside this file.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from zipfile import ZipFile

from conformance.harness import HUGE, build, emit, examples
from nndsl.backends.torch import TARGET

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
GOLDENS = ("tests/examples/golden/*.torch.py", "tests/cases/*/torch.py", "tests/**/train*.py")
ALIASES = {"nn": "torch.nn", "F": "torch.nn.functional", "Tensor": "torch.Tensor"}
# Where names are defined that `torch` itself gives on.
FLAT = ("torch/_C/_VariableFunctions.pyi", "torch/functional.py", "torch/_C/__init__.pyi",
        "torch/__init__.py", "torch/_tensor.py", "torch/serialization.py", "torch/random.py",
        "torch/autograd/grad_mode.py")  # fmt: skip


class Wheel:
    """The sources of one version."""

    def __init__(self, path: Path) -> None:
        self.version = path.name.split("-")[1]
        self._zip = ZipFile(path)
        self._files = set(self._zip.namelist())

    @cache  # noqa: B019  # a wheel lives as long as the program
    def defined(self, file: str) -> dict[str, list[ast.AST]]:
        """What a file defines or imports, at its top level or below an `if`, by name."""
        found: dict[str, list[ast.AST]] = {}
        if file in self._files:
            for node in ast.walk(ast.parse(self._zip.read(file))):
                for name in _binds(node):
                    found.setdefault(name, []).append(node)
        return found

    def find(self, dotted: str) -> list[ast.AST] | None:
        """The definitions of `torch.nn.Linear`; None where there is none. A module has none."""
        *path, name = dotted.split(".")
        place = "/".join(path)
        if f"{place}/{name}/__init__.py" in self._files or f"{place}/{name}.py" in self._files:
            return []
        files = [f"{place}.pyi", f"{place}.py", f"{place}/__init__.pyi", f"{place}/__init__.py"]
        files += {"torch": FLAT, "torch/nn": ("torch/nn/modules/__init__.py",)}.get(place, ())
        found = [node for file in files for node in self.defined(file).get(name, [])]
        if place == "torch/Tensor":
            return [] if name in self.tensor() else None
        return self._followed(found, name) if found else None

    def _followed(self, found: list[ast.AST], name: str) -> list[ast.AST]:
        """The definitions behind imports, of classes in torch.nn and torch.optim."""
        made = [n for n in found if isinstance(n, ast.FunctionDef | ast.ClassDef)]
        if made:
            return made
        homes = ("torch/nn/modules/", "torch/optim/")
        return [
            node
            for file in sorted(self._files)
            if file.startswith(homes) and file.endswith(".py")
            for node in self.defined(file).get(name, [])
            if isinstance(node, ast.ClassDef)
        ]

    @cache  # noqa: B019
    def tensor(self) -> frozenset[str]:
        """The attributes of tensors."""
        stubs = self.defined("torch/_C/__init__.pyi")
        own = self.defined("torch/_tensor.py")
        classes = [*stubs.get("TensorBase", []), *own.get("Tensor", [])]
        return frozenset(
            name
            for node in classes
            if isinstance(node, ast.ClassDef)
            for item in node.body
            for name in _binds(item)
        )

    def keywords(self, nodes: list[ast.AST]) -> set[str] | None:
        """What definitions take by keyword; None where that is not said (or anything)."""
        found: set[str] = set()
        for node in nodes:
            functions = [node] if isinstance(node, ast.FunctionDef) else []
            if isinstance(node, ast.ClassDef):
                functions = [n for n in node.body if getattr(n, "name", "") == "__init__"]  # type: ignore[misc]
            for function in functions:
                args = function.args
                if args.kwarg:
                    return None
                found |= {a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)}
        return found or None


def _binds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            yield from (alias.asname or alias.name for alias in names)
        case ast.Assign(targets=targets):
            yield from (t.id for t in targets if isinstance(t, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name


def texts() -> Iterator[str]:
    """Everything emitted that there is to read."""
    for pattern in GOLDENS:
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            if "import torch" in text:
                yield text
    for _, example in examples():
        case = build(example)
        if case.total <= HUGE:
            yield emit(TARGET, case.program)[0]


def uses(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Dotted names below torch with the keywords of a call; `.name` for other attributes."""
    tree = ast.parse(text)
    called = {id(n.func): n for n in ast.walk(tree) if isinstance(n, ast.Call)}
    inner = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute):
            continue
        dotted = _dotted(node)
        call = called.get(id(node))
        keywords = frozenset(k.arg for k in call.keywords if k.arg) if call else frozenset()
        if dotted.startswith("torch.") and id(node) not in inner:
            yield dotted, keywords
        elif not dotted:
            yield f".{node.attr}", frozenset()


def _dotted(node: ast.expr) -> str:
    """`torch.nn.Linear` for `nn.Linear`; empty where it begins with no module of torch."""
    if isinstance(node, ast.Name):
        return ALIASES.get(node.id, node.id if node.id == "torch" else "")
    if isinstance(node, ast.Attribute):
        start = _dotted(node.value)
        return f"{start}.{node.attr}" if start else ""
    return ""


def missing(wheel: Wheel, names: dict[str, frozenset[str]], tensors: frozenset[str]) -> list[str]:
    """What a version has not. tensors: attributes of tensors in any version that is looked at."""
    lacking = []
    for name, keywords in sorted(names.items()):
        if name.startswith("."):
            if name[1:] in tensors and name[1:] not in wheel.tensor():
                lacking.append(f"Tensor{name}")
            continue
        found = wheel.find(name)
        if found is None:
            lacking.append(name)
            continue
        known = wheel.keywords(found)
        lacking += [
            f"{name}({k}=)" for k in sorted(keywords) if known is not None and k not in known
        ]
    return lacking


def main(paths: list[str]) -> int:
    if not paths:
        print("no wheels are named: nothing is looked up")
        return 0
    names: dict[str, frozenset[str]] = {}
    count = 0
    for text in texts():
        count += 1
        for name, keywords in uses(text):
            names[name] = names.get(name, frozenset()) | keywords
    wheels = [Wheel(Path(path)) for path in paths]
    tensors = frozenset().union(*(wheel.tensor() for wheel in wheels))
    known = [n for n in names if not n.startswith(".")]
    methods = [n for n in names if n.startswith(".") and n[1:] in tensors]
    lines = [f"{count} emitted files: {len(known)} names of torch with their keywords, "
             f"{len(methods)} attributes of tensors"]  # fmt: skip
    failed = 0
    for wheel in wheels:
        lacking = missing(wheel, names, tensors)
        failed += len(lacking)
        lines.append(f"torch {wheel.version}: {', '.join(lacking) or 'has all of them'}")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    (HERE / "names.txt").write_text(text, encoding="utf-8")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
