"""The single-file form: a model file taken apart, so that its imports join the script's."""

from __future__ import annotations

import ast

from nndsl.backends.training.render import ModelText
from nndsl.emit.tree import Import, ImportFrom, Stmt

DEFINITIONS = ("def ", "class ", "@")


class NameTakenError(ValueError):
    """The model file defines a name that the training script needs for itself."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a training script has a `{name}` of its own")
        self.name = name


def take_apart(text: str, reserved: frozenset[str]) -> ModelText:
    """Docstring, imports and the rest of a module; NameTakenError if it defines a reserved name."""
    tree = ast.parse(text)
    imports: list[Stmt] = []
    last = 0
    for position, node in enumerate(tree.body):
        match node:
            case ast.Import():
                imports += [Import(each.name, each.asname or "") for each in node.names]
            case ast.ImportFrom():
                names = tuple((each.name, each.asname or "") for each in node.names)
                imports.append(ImportFrom(node.module or "", names))
            case ast.Expr() if position == 0 and ast.get_docstring(tree) is not None:
                pass
            case _:
                _refuse(node, reserved)
                continue
        last = node.end_lineno or last
    body = "\n".join(text.splitlines()[last:]).strip("\n")
    if body.startswith(DEFINITIONS):
        body = f"\n{body}"  # two blank lines above a definition, one above the rest
    return ModelText(ast.get_docstring(tree) or "", tuple(imports), body)


def _refuse(node: ast.stmt, reserved: frozenset[str]) -> None:
    match node:
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            names = [name]
        case ast.Assign(targets=targets):
            names = [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            names = [name]
        case _:
            names = []
    for name in names:
        if name in reserved:
            raise NameTakenError(name)
