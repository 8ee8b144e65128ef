"""nndsl: a compiler for neural networks.

    import nndsl

    text = "model Net { input x: [28, 28]; Flatten; Dense(10, softmax) }"
    table = nndsl.analyse(text).table          # table.totals.params == 7850
    made = nndsl.compile(text, "torch")        # made.files == {"net.py": "..."}

From text to values: nothing is read, written or printed, and no framework is loaded; imports come
from the `resolver` that is given. Any number of threads may call these at once. Mistakes in a text
are values as well: every result has its `diagnostics`, in the order of the text, and
`nndsl.render(result.diagnostics, result.sources)` says them as the command line does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nndsl._version import __version__

if TYPE_CHECKING:
    from nndsl._resources import schema_text as ir_schema
    from nndsl.analysis.rows import Row, Table
    from nndsl.compiler import analyse, check, graph, parse
    from nndsl.compiler import compile_model as compile  # noqa: A004 - always nndsl.compile
    from nndsl.compiler import format_text as format  # noqa: A004 - always nndsl.format
    from nndsl.diagnostics import Diagnostic, Label
    from nndsl.diagnostics.render import render
    from nndsl.ir.files import Resolver
    from nndsl.results import Analysis, Checked, Compilation, Formatted, Graph, Parsed
    from nndsl.source import Source, Span

__all__ = [
    "Analysis",
    "Checked",
    "Compilation",
    "Diagnostic",
    "Formatted",
    "Graph",
    "Label",
    "Parsed",
    "Resolver",
    "Row",
    "Source",
    "Span",
    "Table",
    "__version__",
    "analyse",
    "check",
    "compile",
    "format",
    "graph",
    "ir_schema",
    "parse",
    "render",
]

_COMPILER = "nndsl.compiler"
_RESULTS = "nndsl.results"
_HOMES = {
    "Analysis": (_RESULTS, "Analysis"),
    "Checked": (_RESULTS, "Checked"),
    "Compilation": (_RESULTS, "Compilation"),
    "Formatted": (_RESULTS, "Formatted"),
    "Graph": (_RESULTS, "Graph"),
    "Parsed": (_RESULTS, "Parsed"),
    "analyse": (_COMPILER, "analyse"),
    "check": (_COMPILER, "check"),
    "compile": (_COMPILER, "compile_model"),
    "format": (_COMPILER, "format_text"),
    "graph": (_COMPILER, "graph"),
    "ir_schema": ("nndsl._resources", "schema_text"),
    "parse": (_COMPILER, "parse"),
    "Diagnostic": ("nndsl.diagnostics", "Diagnostic"),
    "Label": ("nndsl.diagnostics", "Label"),
    "render": ("nndsl.diagnostics.render", "render"),
    "Row": ("nndsl.analysis.rows", "Row"),
    "Table": ("nndsl.analysis.rows", "Table"),
    "Resolver": ("nndsl.ir.files", "Resolver"),
    "Source": ("nndsl.source", "Source"),
    "Span": ("nndsl.source", "Span"),
}


def __getattr__(name: str) -> object:
    """The public names, from where they live; loaded when they are first asked for.

    So `nndsl --version` loads no compiler, and the parts of the package can be used on their own.
    """
    if name not in _HOMES:
        raise AttributeError(f"module 'nndsl' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _HOMES[name]
    value: object = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
