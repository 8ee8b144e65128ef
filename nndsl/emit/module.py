"""A model file put together: docstring, imports, constants, helper texts, definitions."""

from collections.abc import Mapping, Sequence

from nndsl._resources import template_text
from nndsl.emit.imports import ImportStmt, import_block, needed
from nndsl.emit.printer import render
from nndsl.emit.template import fill
from nndsl.emit.tree import Blank, ClassDef, Docstring, FunctionDef, Stmt


def render_module(
    template: str,
    doc: str,
    imports: Mapping[str, ImportStmt],
    code: Sequence[Stmt],
    helpers: Sequence[str] = (),
) -> str:
    """The text of a file.

    imports: for each name that code may use its import. helpers: the templates of the helper texts.
    """
    constants = [each for each in code if not isinstance(each, FunctionDef | ClassDef)]
    definitions = [each for each in code if isinstance(each, FunctionDef | ClassDef)]
    own = "\n".join(map(template_text, helpers))
    top = [*import_block(needed(imports, code, own)), Blank(), *constants]
    places = {
        "head": render([Docstring(doc), Blank(), *top]).rstrip("\n"),
        "helpers": helpers,
        "code": render(definitions).rstrip("\n"),
    }
    return fill(template, places)
