"""The public interface: from text to values, with mistakes as values."""

import inspect
import json
import re
from pathlib import Path

import pytest

import nndsl
from nndsl.syntax import ast
from nndsl.syntax.walk import walk
from support.blocks import blocks

TEXT = "model Net(classes=10) { input x: [28, 28]; Flatten; Dense(classes, softmax) }"
WRONG = "model Net { input x: [4]; Densee(3) }"


def test_parse_gives_a_tree() -> None:
    parsed = nndsl.parse(TEXT)
    assert parsed.tree is not None
    assert [type(line).__name__ for line in parsed.tree.declarations] == ["Def"]
    assert parsed.diagnostics == ()


def test_the_tree_knows_its_places() -> None:
    tree = nndsl.parse(TEXT).tree
    assert tree is not None
    definition = tree.declarations[0]
    assert isinstance(definition, ast.Def)
    said = [TEXT[line.span.start : line.span.end] for line in definition.body]
    assert said == ["input x: [28, 28]", "Flatten", "Dense(classes, softmax)"]
    spans = {type(node): node.span for node in walk(definition) if hasattr(node, "span")}
    assert TEXT[spans[ast.Num].start : spans[ast.Num].end] in ("10", "28")


def test_diagnostics_are_objects() -> None:
    (found,) = nndsl.check(WRONG).diagnostics
    assert isinstance(found, nndsl.Diagnostic)
    assert (found.code, found.severity, found.labels) == ("NN101", "error", ())
    assert WRONG[found.span.start : found.span.end] == "Densee"
    assert found.fix == "did you mean `Dense`?"


def test_graph_is_json() -> None:
    found = nndsl.graph(TEXT, settings={"classes": 3})
    assert found.data is not None
    assert json.loads(json.dumps(found.data)) == found.data
    assert (found.data["format"], found.data["version"]) == ("nndsl-ir", 1)
    assert nndsl.graph(WRONG).data is None
    assert json.loads(nndsl.ir_schema())["properties"]["version"] == {"const": 1}


def test_analyse_counts() -> None:
    table = nndsl.analyse(TEXT).table
    assert table is not None
    assert table.totals.params == 784 * 10 + 10
    assert table.outputs == (("", "[10]"),)


def test_settings_are_values() -> None:
    for given, units in ((3, 3), ("2 + 2", 4)):
        table = nndsl.analyse(TEXT, settings={"classes": given}).table
        assert table is not None
        assert table.totals.params == 785 * units
    text = "model M(w=[1], b=true, a=relu) { input x: [4]; for n in w { Dense(n, bias=b) -> a } }"
    table = nndsl.analyse(text, settings={"w": [2, 3], "b": False, "a": "gelu"}).table
    assert table is not None
    assert table.totals.params == 4 * 2 + 2 * 3
    assert "gelu" in [row.kind for loop in table.rows for row in loop.children]


def test_compile_gives_texts() -> None:
    made = nndsl.compile(TEXT, "torch", settings={"classes": 7})
    assert list(made.files) == [made.model] == ["net.py"]
    assert "classes: int = 7" in made.files["net.py"]
    assert made.weights


def test_mistakes_are_values() -> None:
    for result in (nndsl.check(WRONG), nndsl.analyse(WRONG), nndsl.compile(WRONG, "keras")):
        assert [item.code for item in result.diagnostics] == ["NN101"]
        assert "did you mean `Dense`?" in nndsl.render(result.diagnostics, result.sources)
    assert nndsl.analyse(WRONG).table is None
    assert nndsl.compile(WRONG, "keras").files == {}
    assert not nndsl.check(WRONG).ok


def test_a_target_that_is_not_there_is_a_value_too() -> None:
    made = nndsl.compile(TEXT, "caffe")
    assert (made.files, [item.code for item in made.diagnostics]) == ({}, ["NN801"])


def test_a_text_that_says_nothing_is_no_crash() -> None:
    deep = "model M { input x: [4]; x = " + "(" * 9000 + "}"
    for result in (nndsl.check(deep), nndsl.compile(deep, "torch"), nndsl.graph(deep)):
        assert [item.code for item in result.diagnostics] == ["NN013"]


def test_imports_come_from_the_resolver() -> None:
    parts = {"b.nn": "block B { Dense(3) }"}
    text = 'import "b.nn"\nmodel M { input x: [4]; B }'
    asked = nndsl.analyse(
        text, resolver=lambda path, importer: nndsl.Source(path, parts[path])
    )  # fmt: skip
    assert asked.table is not None
    assert asked.table.totals.params == 15
    assert [item.code for item in nndsl.analyse(text).diagnostics][:1] == ["NN405"]


def test_every_public_name_is_there() -> None:
    for name in nndsl.__all__:
        assert getattr(nndsl, name) is not None
    assert dir(nndsl) == sorted(nndsl.__all__)


PAGE = Path(__file__).resolve().parents[1] / "docs" / "embedding.md"


@pytest.mark.parametrize("name", [name for name in nndsl.__all__ if name != "__version__"])
def test_every_public_name_is_said_and_typed(name: str) -> None:
    found = getattr(nndsl, name)
    assert inspect.getdoc(found)
    assert re.search(rf"`(nndsl\.)?{name}[`(]", PAGE.read_text(encoding="utf-8"))
    if inspect.isfunction(found):
        given = inspect.signature(found)
        said = [each.annotation for each in given.parameters.values()]
        assert inspect.Signature.empty not in [*said, given.return_annotation]


def test_the_page_runs() -> None:
    (program,) = blocks(PAGE, "python")
    exec(compile(program.text, PAGE.name, "exec"), {})


def test_format_gives_a_text() -> None:
    made = nndsl.format("model  M{ input x:[4]\nLinear(3)}")
    assert made.text == "model M {\n  input x: [4]\n  Dense(3)\n}\n"
    assert made.diagnostics == ()
    assert nndsl.format(made.text).text == made.text
    wrong = nndsl.format(nndsl.Source("a.nn", "model M {\n  )\n}"))
    assert wrong.text is None
    assert [item.code for item in wrong.diagnostics] == ["NN003"]
    assert "a.nn:2:3" in nndsl.render(wrong.diagnostics, wrong.sources)


def test_a_resolver_is_anything_that_is_called_so() -> None:
    class Parts:
        def __call__(self, where: str, who: str) -> nndsl.Source | str:
            return nndsl.Source(where, "block B { Dense(3) }") if who == "model.nn" else "no"

    resolver: nndsl.Resolver = Parts()
    assert nndsl.check('import "b.nn"\nmodel M { input x: [4]; B }', resolver).ok
