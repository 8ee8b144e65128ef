"""The compiler's data files: in the installed package, or else in the checkout beside it.

A wheel carries grammars/ and templates/ under nndsl/_data; an editable install and a checkout have
them next to the package. Plain os.path: importlib.resources costs more to import than the parser.
"""

import os

_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_ROOTS = (os.path.join(_PACKAGE, "_data"), os.path.dirname(_PACKAGE))
_TEMPLATE_SUFFIX = ".jinja"


def grammar_text(name: str = "nn.lark") -> str:
    """The text of one grammar file; FileNotFoundError if the installation lacks it."""
    return _read("grammars", name)


def schema_text() -> str:
    """The JSON Schema of what `nndsl ir` writes."""
    return _read("grammars", "ir.schema.json")


def template_text(name: str) -> str:
    """The text of one template, named as `template_names` does (`torch/model.py.jinja`)."""
    return _read("templates", name)


def template_names() -> tuple[str, ...]:
    """Every template, as a path with `/` below templates/, sorted."""
    top = _folder("templates")
    found = (
        os.path.relpath(os.path.join(folder, name), top).replace(os.sep, "/")
        for folder, _, names in os.walk(top)
        for name in names
        if name.endswith(_TEMPLATE_SUFFIX)
    )
    return tuple(sorted(found))


def _read(kind: str, name: str) -> str:
    with open(os.path.join(_folder(kind), *name.split("/")), encoding="utf-8") as file:
        return file.read()


def _folder(kind: str) -> str:
    for root in _ROOTS:
        folder = os.path.join(root, kind)
        if os.path.isdir(folder):
            return folder
    raise FileNotFoundError(f"nndsl is installed without its {kind}/: looked in {_ROOTS}")
