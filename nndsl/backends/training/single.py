"""The single-file form: a model file taken apart, so that its imports join the script's."""

from __future__ import annotations

import ast
from typing import NamedTuple

from nndsl.emit.imports import ImportStmt
from nndsl.emit.tree import Import, ImportFrom

DEFINITIONS = ("def ", "class ", "@")


class NameTakenError(ValueError):
    """The model file defines a name that the training script needs for itself."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a training script has a `{name}` of its own")
        self.name = name


class ModelText(NamedTuple):
    """A model file taken apart for a script that holds it: docstring, imports, and the rest."""

    doc: str
    imports: tuple[ImportStmt, ...]
    body: str


def take_apart(model: str, script: str, module: str) -> ModelText:
    """The parts of a model file; NameTakenError if it defines a name of the script's.

    script: the script that imports the model from `module`.
    """
    tree = ast.parse(model)
    own = [node for node in ast.parse(script).body if getattr(node, "module", "") != module]
    reserved = {name for node in own for name in _bound(node)}
    imports: list[ImportStmt] = []
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
    body = "\n".join(model.splitlines()[last:]).strip("\n")
    if body.startswith(DEFINITIONS):
        body = f"\n{body}"  # two blank lines above a definition, one above the rest
    return ModelText(ast.get_docstring(tree) or "", tuple(imports), body)


def _refuse(node: ast.stmt, reserved: set[str]) -> None:
    for name in _bound(node):
        if name in reserved:
            raise NameTakenError(name)


def _bound(node: ast.stmt) -> list[str]:
    """The names that a statement at the top level binds."""
    match node:
        case ast.Import(names) | ast.ImportFrom(names=names):
            return [(each.asname or each.name).partition(".")[0] for each in names]
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [each.id for each in targets if isinstance(each, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
    return []
