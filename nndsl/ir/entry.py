"""What every way into the compiler does: the collector rests, and packages' layers are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from nndsl._collector import Held
from nndsl.diagnostics.model import Diagnostic, near
from nndsl.ops import registry
from nndsl.source import Source


class Result(Protocol):
    """What comes out, with what is wrong."""

    @property
    def diagnostics(self) -> Sequence[Diagnostic]: ...

    @property
    def sources(self) -> Mapping[str, Source]: ...


_P = ParamSpec("_P")
_R = TypeVar("_R", bound=Result)
NAMES = "NN1"  # codes of names that mean nothing


def entry(function: Callable[_P, _R]) -> Callable[_P, _R]:
    """The function, run once more where an unknown name is, or is near, a package's layer."""

    @wraps(function)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        with Held():
            found = function(*args, **kwargs)
            wanted = _unknown(found)
            ops = registry.installed() if wanted else {}
            if any(near(word, ops) for word in wanted):
                with registry.with_installed(ops):
                    return function(*args, **kwargs)
            return found

    return run


def _unknown(found: Result) -> list[str]:
    """The names that mean nothing."""
    spans = [item.span for item in found.diagnostics if item.code.startswith(NAMES)]
    texts = [(span, found.sources.get(span.file)) for span in spans]
    return [each.text[span.start : span.end].split("(")[0] for span, each in texts if each]
