"""The rules of the architecture: which part of the package may import, call and open what."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from support.imports import RELATIVE, Module, Reference, calls, imports, within

ROOT = Path(__file__).resolve().parents[2]

# Imports point down this list.
LAYERS = (
    "cli",
    "compiler",
    "results",
    "validate",
    "backends",
    "analysis",
    "ir",
    "syntax",
    "diagnostics",
    "source",
)
# Beside the layers, with what little they may import; every layer above that may import them.
LEAVES = {"ops": {"source", "diagnostics"}, "emit": set[str]()}
# Above the layers: the package's face, `python -m nndsl`, and what needs a framework.
TOPS = {
    "": {*LAYERS, "ops", "verify", "weights"},
    "__main__": {"cli"},
    "verify": {*LAYERS, *LEAVES, "weights"} - {"cli"},
    "weights": {*LAYERS, *LEAVES} - {"cli"},
}
ANYWHERE = {"_collector", "_frozen", "_real", "_record", "_resources", "_version"}
LATE = {("cli", "verify"), ("cli", "weights")}

FRAMEWORKS = ("torch", "torchvision", "tensorflow", "keras", "jax", "flax", "numpy", "scipy")
IMPURE = ("pickle", "marshal", "shelve", "subprocess", "threading", "multiprocessing", "socket")
CONSOLE = {"print", "input", "sys.exit", "exit", "quit", "os._exit"}
EVALUATION = {"eval", "exec", "__import__"}
FILES = {"open", "io.open", "os.open"}


def upward(code: Iterable[Module]) -> list[Reference]:
    """Imports of our own modules that the layering does not allow, and relative ones."""
    return [
        ref
        for module, ref in _imports(code)
        if ref.target == RELATIVE
        or (within(ref.target, "nndsl") and not _may_import(_area(module.name), _area(ref.target)))
    ]


def sideways(code: Iterable[Module]) -> list[Reference]:
    """Imports of a target from anywhere but that target: they are found by entry point."""
    homes = [f"nndsl.backends.{target}" for target in _targets()]
    return [
        ref
        for module, ref in _imports(code)
        for home in homes
        if within(ref.target, home) and not within(module.name, home)
    ]


def framework_imports(code: Iterable[Module]) -> list[Reference]:
    """Imports of a framework or numpy, late ones and those by name included."""
    return _imported(code, FRAMEWORKS, allowed={"verify", "weights"})


def impure_imports(code: Iterable[Module]) -> list[Reference]:
    """Imports of threads, processes, sockets and unsafe formats in what runs on untrusted text."""
    return _imported(code, IMPURE, allowed={"cli", "verify", "weights"})


def console_calls(code: Iterable[Module]) -> list[Reference]:
    """Printing, reading from the terminal and exiting outside the command line."""
    return _called(code, CONSOLE, allowed={"cli", "__main__"})


def evaluations(code: Iterable[Module]) -> list[Reference]:
    """Python run from text."""
    return _called(code, EVALUATION, allowed={"verify"})


def opened_files(code: Iterable[Module]) -> list[Reference]:
    """Files opened by the compiler itself: texts are handed to it."""
    return _called(code, FILES, allowed={"cli", "verify", "weights", "_resources"})


def _imports(code: Iterable[Module]) -> Iterator[tuple[Module, Reference]]:
    return ((module, ref) for module in code for ref in imports(module))


def _imported(
    code: Iterable[Module], packages: tuple[str, ...], allowed: set[str]
) -> list[Reference]:
    return [
        ref
        for module, ref in _imports(code)
        if _area(module.name) not in allowed
        and any(within(ref.target, package) for package in packages)
    ]


def _called(code: Iterable[Module], names: set[str], allowed: set[str]) -> list[Reference]:
    return [
        ref
        for module in code
        if _area(module.name) not in allowed
        for ref in calls(module)
        if ref.target in names
    ]


def _may_import(importer: str, imported: str) -> bool:
    if imported == importer or imported in ANYWHERE or (importer, imported) in LATE:
        return True
    if importer in TOPS:
        return imported in TOPS[importer]
    if importer in LEAVES:
        return imported in LEAVES[importer]
    if importer not in LAYERS:
        return False
    if imported in LEAVES:
        return importer not in LEAVES[imported]
    return imported in LAYERS[LAYERS.index(importer) + 1 :]


def _area(name: str) -> str:
    """The part of the package that a dotted name belongs to; the package itself is empty."""
    return name.split(".")[1] if "." in name else ""


def _targets() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return list(project["entry-points"]["nndsl.targets"])
