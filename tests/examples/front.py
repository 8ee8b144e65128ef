"""How tests reach an example: its path, and its model elaborated with settings from outside."""

from collections.abc import Mapping
from pathlib import Path

from nndsl.compiler import check
from nndsl.diagnostics import Diagnostics
from nndsl.diagnostics.model import Diagnostic
from nndsl.ir.elaborate import Elaborated, elaborate
from nndsl.ir.files import Loader, models_of
from nndsl.ir.scope import Unit
from nndsl.source import Source
from nndsl.syntax.parser import parse_expression

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ADVERSARIAL = Path(__file__).resolve().parent / "adversarial"


def example(name: str) -> Path:
    """The path of an example of that name, or of an adversarial one."""
    path = EXAMPLES / f"{name}.nn"
    return path if path.exists() else ADVERSARIAL / f"{name}.nn"


def names(folder: Path) -> list[str]:
    """The examples of a folder by name, in order."""
    return sorted(path.stem for path in folder.glob("*.nn"))


def models(name: str) -> list[str]:
    """The models of an example, presets included, in the order of the file."""
    return models_of(_load(example(name), Diagnostics()))


def found(name: str) -> list[Diagnostic]:
    """What `nndsl check` says of an example: errors and warnings, unread names and flows too."""
    path = example(name)
    return list(check(Source(path.name, path.read_text(encoding="utf-8")), _resolve).diagnostics)


def elaborated(
    name: str, model: str | None = None, settings: Mapping[str, str] | None = None
) -> Elaborated:
    """A model of an example; fails with the diagnostics, warnings too, if it has any.

    settings: as after `--set`, `{"depth": "2"}`.
    """
    diagnostics = Diagnostics()
    unit = _load(example(name), diagnostics)
    given = {
        key: parse_expression(Source(f"--set {key}", text), diagnostics)
        for key, text in (settings or {}).items()
    }
    made = elaborate(unit, diagnostics, model, {k: v for k, v in given.items() if v is not None})
    assert not diagnostics.items, f"{name}: {_shown(diagnostics.items)}"
    assert made is not None, name
    return made


def _load(path: Path, diagnostics: Diagnostics) -> Unit:
    unit = Loader(diagnostics, _resolve).load(Source(path.name, path.read_text(encoding="utf-8")))
    assert unit is not None, f"{path.name}: {_shown(diagnostics.items)}"
    return unit


def _resolve(path: str, importer: str) -> Source | str:
    found = example(importer.removesuffix(".nn")).parent / path
    if not found.exists():
        return "there is no such file"
    return Source(found.name, found.read_text(encoding="utf-8"))


def _shown(items: list[Diagnostic]) -> str:
    return "\n".join(f"{d.code} at {d.span.start}: {d.message} ({d.fix})" for d in items)
