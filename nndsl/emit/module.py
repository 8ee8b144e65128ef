"""A model file put together: docstring, imports, constants, helper texts, definitions."""

from collections.abc import Mapping, Sequence

from nndsl.emit.imports import ImportStmt, import_block, needed
from nndsl.emit.printer import render
from nndsl.emit.template import fill
from nndsl.emit.tree import Blank, ClassDef, Docstring, FunctionDef, Stmt


def render_module(
    template: str,
    doc: str,
    imports: Mapping[str, ImportStmt],
    code: Sequence[Stmt],
    helpers: Mapping[str, Mapping[str, object]] | Sequence[str] = (),
) -> str:
    """The text of a file.

    imports: for each name that code may use its import. helpers: the templates of the helper texts,
    perhaps with what their places hold.
    """
    constants = [each for each in code if not isinstance(each, FunctionDef | ClassDef)]
    definitions = [each for each in code if isinstance(each, FunctionDef | ClassDef)]
    filled = helpers if isinstance(helpers, Mapping) else {name: {} for name in helpers}
    texts = [fill(name, held).rstrip("\n") for name, held in filled.items()]
    own = "\n".join(texts)
    top = [*import_block(needed(imports, code, own)), Blank(), *constants]
    places = {
        "head": render([Docstring(doc), Blank(), *top]).rstrip("\n"),
        "helpers": texts,
        "code": render(definitions).rstrip("\n"),
    }
    return fill(template, places)
