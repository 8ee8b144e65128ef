"""Import lines: those that the code needs, merged, grouped and sorted as ruff's isort has them."""

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from nndsl.emit.tree import Blank, Import, ImportFrom, Stmt
from nndsl.emit.walk import names

ImportStmt: TypeAlias = Import | ImportFrom
STANDARD = frozenset(
    {"argparse", "collections", "contextlib", "csv", "functools", "gzip", "itertools", "json"}
    | {"math", "os", "pathlib", "sys", "time", "typing"}
)


def import_table(*lines: str) -> dict[str, ImportStmt]:
    """For each name that a line binds the import of it alone.

    A line is `import torch`, `import torch.nn.functional as F` or `from torch import Tensor, nn`.
    """
    table: dict[str, ImportStmt] = {}
    for line in lines:
        words = line.replace(",", " ").split()
        if words[0] == "from":
            table.update((name, ImportFrom(words[1], ((name, ""),))) for name in words[3:])
        else:
            alias = words[3] if words[2:] else ""
            table[alias or words[1].partition(".")[0]] = Import(words[1], alias)
    return table


def needed(table: Mapping[str, ImportStmt], code: object, helpers: str = "") -> list[ImportStmt]:
    """The imports that the code tree mentions, or the helpers, which are Python's own text."""
    used = names(code) | _names_in_text(helpers)
    return [statement for name, statement in table.items() if name in used]


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
            case ImportFrom(module, members):
                named.setdefault(module, set()).update(members)
    lines: list[ImportStmt] = [Import(*each) for each in sorted(plain, key=_folded)]
    lines += [ImportFrom(module, _ordered(named[module])) for module in sorted(named)]
    result: list[Stmt] = []
    for group in range(4):
        found = [each for each in lines if _group(each.module, local) == group]
        result += [Blank(), *found] if result and found else found
    return tuple(result)


def _names_in_text(text: str) -> frozenset[str]:
    import ast  # late: most files have no helpers

    return frozenset(each.id for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Name))


def _folded(each: tuple[str, str]) -> tuple[str, str]:
    return each[0].lower(), each[1]


def _group(module: str, local: str) -> int:
    first = module.partition(".")[0]
    if first == "__future__":
        return 0
    return 1 if first in STANDARD else 3 if module == local else 2


def _ordered(members: set[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Constants, then classes, then the rest, as ruff's isort does by default."""
    return tuple(sorted(members, key=lambda each: (_case(each[0]), _natural(each[0]), each)))


def _natural(name: str) -> list[tuple[str, int]]:
    """A key that sorts name2 before name10."""
    pieces = re.findall(r"(\D*)(\d*)", name)
    return [(letters.lower(), int(digits or -1)) for letters, digits in pieces]


def _case(name: str) -> int:
    if name.isupper() and len(name) > 1:
        return 0
    return 1 if name[:1].isupper() else 2
