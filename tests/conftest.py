"""Options and fixtures that every test may use."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# On the CPU, child processes too; and TensorFlow keeps its start-up notes to itself.
os.environ["CUDA_VISIBLE_DEVICES"] = ""
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# No test depends on a clock: a busy machine is slow, not wrong.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parent.parent
Golden = Callable[[Path, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write what the compiler says now into the golden files, to be read in the diff",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --update-golden only the tests that have a golden file run."""
    if config.getoption("--update-golden"):
        items[:] = [item for item in items if "golden" in getattr(item, "fixturenames", ())]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without the framework tests, modules of nothing else are not imported: that takes seconds."""
    if "not framework" not in config.option.markexpr or collection_path.suffix != ".py":
        return None
    whole = "\npytestmark = pytest.mark.framework\n"
    return True if whole in collection_path.read_text(encoding="utf-8") else None


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compares a text with a golden file; with --update-golden writes the file instead."""
    return _write if request.config.getoption("--update-golden") else _compare


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _compare(path: Path, text: str) -> None:
    __tracebackhide__ = True
    if not path.exists():
        pytest.fail(f"no golden file {path.relative_to(ROOT)}: run `make golden` and read it")
    assert text == path.read_text(encoding="utf-8"), f"{path.relative_to(ROOT)}: see `make golden`"
