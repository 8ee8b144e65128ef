"""The grammar, its tables and the machine that runs them, held against lark itself."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import lark
import pytest
from lark.lexer import Lexer as LarkLexer

from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax import _tables, generate
from nndsl.syntax.build_expr import DEEPEN
from nndsl.syntax.build_file import builders
from nndsl.syntax.grammar import tables, tables_for
from nndsl.syntax.lexer import Lexer
from nndsl.syntax.machine import Machine
from nndsl.syntax.report import Report
from nndsl.syntax.tokens import END, Lexed
from syntax.pages import PROGRAMS
from syntax.programs import Programs

ROOT = Path(__file__).parents[2]
GRAMMAR = (ROOT / "grammars" / "nn.lark").read_text(encoding="utf-8")
# Layers, functions and activations of both frameworks: words of the registry, not of the language.
LAYER_WORDS = ["dense", "conv", "linear", "relu", "softmax", "concat", "residual", "norm", "pool"]


def test_the_packed_tables_are_those_of_the_grammar() -> None:
    path = Path(_tables.__file__)
    written = path.read_text(encoding="utf-8")
    assert written == generate.render(generate.analyse(GRAMMAR)), "run `make tables`"


def test_packing_loses_nothing() -> None:
    assert tables_for(GRAMMAR) == generate.analyse(GRAMMAR)


def test_an_edited_grammar_is_analysed_anew() -> None:
    edited = GRAMMAR.replace('"repeat" expr', '"again" expr')
    assert "again" in tables_for(edited).keywords
    assert "again" not in tables().keywords


def test_a_conflict_is_an_error() -> None:
    edited = GRAMMAR.replace("?atom: value\n", '?atom: value\n     | atom "(" [items] ")"\n')
    assert edited != GRAMMAR
    with pytest.raises(lark.exceptions.GrammarError):
        generate.analyse(edited)


def test_the_grammar_names_no_layer() -> None:
    rules = "\n".join(line for line in GRAMMAR.lower().splitlines() if not line.startswith("//"))
    assert not [word for word in LAYER_WORDS if word in rules]


def test_every_rule_has_its_builder_and_every_builder_its_rule() -> None:
    report = Report(Source("", ""), Diagnostics())
    made = builders(Lexed([], [], {}, {}, ""), report)
    assert set(made) == {rule.builder for rule in tables().rules if rule.builder}


class Given(LarkLexer):
    """Gives lark the tokens that our lexer cut."""

    def __init__(self, conf: object) -> None:
        pass

    def lex(self, data: str) -> Iterator[lark.Token]:
        for token in Given.tokens:
            if token.kind != END:
                yield lark.Token(token.kind, token.text)

    tokens: list


@pytest.fixture(scope="module")
def oracle() -> lark.Lark:
    return lark.Lark(GRAMMAR, parser="lalr", lexer=Given, strict=True, start="file")


@pytest.mark.parametrize("number", range(24))
def test_the_machine_derives_what_lark_derives(oracle: lark.Lark, number: int) -> None:
    pages = list(PROGRAMS.values())
    text = pages[number] if number < len(pages) else Programs(number).text()
    ours = derivation(text)
    assert plain(oracle.parse("")) == ours


def derivation(text: str) -> object:
    """Our machine's tree with generic nodes; leaves the tokens, keywords told, for lark."""
    report = Report(Source("", text), Diagnostics())
    lexed = Lexer(Source("", text), tables(), report).run()
    generic = {
        rule.builder: lambda _, parts, name=rule.builder: node(name, parts)
        for rule in tables().rules
    }
    machine = Machine(tables(), generic, DEEPEN, lexed.tokens, report)
    machine.begin(tables().starts["file"])
    assert machine.run(0) is None
    Given.tokens = lexed.tokens
    return machine.values[0]


def node(name: str, parts: list) -> object:
    return (name, *(part.text if hasattr(part, "kind") else part for part in parts))


def plain(tree: object) -> object:
    if isinstance(tree, lark.Token):
        return str(tree)
    if not isinstance(tree, lark.Tree):
        return tree
    parts = [plain(part) for part in tree.children]
    return parts[0] if tree.data == "same" else (str(tree.data), *parts)


def test_a_run_imports_no_lark() -> None:
    code = """
import sys
from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax.parser import parse
tree = parse(Source("a.nn", "model A { relu }"), Diagnostics())
print(tree.declarations[0].name, "lark" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "A False\n"
