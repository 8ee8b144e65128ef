"""Reads the imports and calls of the package from its syntax trees, for the fences."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

RELATIVE = "(relative import)"


class Module(NamedTuple):
    name: str  # nndsl.ir.model
    path: Path
    tree: ast.Module


class Reference(NamedTuple):
    module: str
    line: int
    target: str  # a dotted name: what is imported, or what is called

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.target}"


def modules(package: Path) -> list[Module]:
    """Every module of a package folder, parsed."""
    return [
        Module(_dotted(path.relative_to(package.parent)), path, ast.parse(path.read_bytes()))
        for path in sorted(package.rglob("*.py"))
    ]


def parsed(name: str, text: str) -> Module:
    """A module from text, to test the fences themselves."""
    return Module(name, Path(f"{name}.py"), ast.parse(text))


@cache
def imports(module: Module) -> tuple[Reference, ...]:
    """Every import, at any depth and also under TYPE_CHECKING, by its full dotted name.

    `from a.b import c` yields `a.b.c`: a fence matches by prefix, so it holds whether c is a module
    or a name in one.
    """
    return tuple(_imports(module))


def _imports(module: Module) -> Iterator[Reference]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=names):
                targets = [alias.name for alias in names]
            case ast.ImportFrom(names=names, level=0, module=str(source)):
                targets = [f"{source}.{alias.name}" for alias in names]
            case ast.ImportFrom(level=level) if level:
                targets = [RELATIVE]
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _imports_by_name(node):
                targets = [name]
            case _:
                continue
        yield from (Reference(module.name, node.lineno, target) for target in targets)


@cache
def calls(module: Module) -> tuple[Reference, ...]:
    """Every call of a name or a dotted name: `print`, `sys.exit`."""
    return tuple(
        Reference(module.name, node.lineno, name)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and (name := dotted(node.func))
    )


def dotted(node: ast.expr) -> str:
    """`a.b.c` for such an expression, or the empty string."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            head = dotted(value)
            return f"{head}.{attr}" if head else ""
        case _:
            return ""


def within(name: str, package: str) -> bool:
    """Whether a dotted name is the package or something below it."""
    return name == package or name.startswith(f"{package}.")


def _imports_by_name(call: ast.Call) -> bool:
    return dotted(call.func) in {"__import__", "import_module", "importlib.import_module"}


def _dotted(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
