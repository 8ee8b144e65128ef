"""Writes the parsing tables of grammars/nn.lark into the package: `make tables`."""

from pathlib import Path

from nndsl._resources import grammar_text
from nndsl.syntax.generate import analyse, render

TARGET = Path(__file__).parent.parent / "nndsl" / "syntax" / "_tables.py"


def main() -> None:
    """Raises lark.exceptions.GrammarError where the grammar has a conflict."""
    TARGET.write_text(render(analyse(grammar_text())), encoding="utf-8")


if __name__ == "__main__":
    main()
