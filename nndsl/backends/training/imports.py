"""The import block of a script: statements from several sources merged, grouped and sorted."""

from __future__ import annotations

from collections.abc import Iterable

from nndsl.emit.tree import Blank, Import, ImportFrom, Stmt

STANDARD = frozenset(
    {"argparse", "collections", "contextlib", "csv", "functools", "gzip", "itertools", "json"}
    | {"math", "os", "pathlib", "sys", "time", "typing"}
)


def import_block(statements: Iterable[Stmt], local: str = "") -> tuple[Stmt, ...]:
    """Future, standard, installed and local modules, a blank line between the groups.

    In a group plain imports come before `from`, each sorted, as isort and ruff have it. `local` is
    the module that stands beside the script.
    """
    plain: set[tuple[str, str]] = set()
    named: dict[str, set[tuple[str, str]]] = {}
    for statement in statements:
        match statement:
            case Import(module, alias):
                plain.add((module, alias))
            case ImportFrom(module, names):
                named.setdefault(module, set()).update(names)
    lines = [Import(*each) for each in sorted(plain)]
    froms = [ImportFrom(module, _ordered(named[module])) for module in sorted(named)]
    result: list[Stmt] = []
    for group in range(4):
        members = [each for each in (*lines, *froms) if _group(each.module, local) == group]
        result += [Blank(), *members] if result and members else members
    return tuple(result)


def _group(module: str, local: str) -> int:
    first = module.partition(".")[0]
    if first == "__future__":
        return 0
    return 1 if first in STANDARD else 3 if module == local else 2


def _ordered(names: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Constants, then classes, then the rest, as ruff's isort does by default."""
    return tuple(sorted(names, key=lambda each: (_case(each[0]), each)))


def _case(name: str) -> int:
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[:1].isupper() else 2
