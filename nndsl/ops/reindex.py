"""Writes `index.py` from the families: `python -m nndsl.ops.reindex`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from nndsl.ops.base import Op

HERE = Path(__file__).parent
NO_FAMILIES = {"__init__", "base", "codes", "common", "index", "registry", "reindex"}
HEAD = '''"""Words and aliases of all layers; written by `python -m nndsl.ops.reindex`."""

from __future__ import annotations

from collections.abc import Mapping
'''


def families() -> Iterator[tuple[str, list[type[Op]]]]:
    """Each module of ops with the op classes that it defines, in order of definition."""
    for name in sorted(path.stem for path in HERE.glob("*.py")):
        if name not in NO_FAMILIES:
            module = import_module(f"nndsl.ops.{name}")
            ops = [op for op in vars(module).values() if _defined_in(op, module.__name__)]
            if ops:
                yield name, ops


def _defined_in(value: object, module: str) -> bool:
    return (
        isinstance(value, type)
        and issubclass(value, Op)
        and value.__module__ == module
        and "word" in vars(value)
    )


def tables() -> tuple[dict[str, str], dict[str, str]]:
    """(word -> module, alias -> word); raises ValueError where two ops claim one name."""
    words: dict[str, str] = {}
    aliases: dict[str, str] = {}
    for module, ops in families():
        for op in ops:
            _claim(words, aliases, op.word, module)
            words[op.word] = module
            for alias in vars(op).get("aliases", ()):
                _claim(words, aliases, alias, module)
                aliases[alias] = op.word
    return words, aliases


def _claim(words: dict[str, str], aliases: dict[str, str], name: str, module: str) -> None:
    if name in words or name in aliases:
        raise ValueError(f"{module}: the name {name} is taken by {aliases.get(name, name)}")


def text() -> str:
    """The text of `index.py`; the same for the same families."""
    words, aliases = tables()
    return f"{HEAD}\n{_table('WORDS', words)}\n{_table('ALIASES', aliases)}"


def _table(name: str, entries: dict[str, str]) -> str:
    lines = "".join(f'    "{key}": "{value}",\n' for key, value in sorted(entries.items()))
    return f"{name}: Mapping[str, str] = {{\n{lines}}}\n"


def main() -> None:
    """Brings `index.py` up to date."""
    (HERE / "index.py").write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
