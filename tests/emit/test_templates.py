"""Templates place finished text and decide nothing: a walk over Jinja's own tree."""

import pytest
from jinja2 import Environment, UndefinedError, nodes

from nndsl._resources import template_names, template_text
from nndsl.emit import build as b
from nndsl.emit.imports import import_table
from nndsl.emit.module import render_module
from nndsl.emit.template import fill

# Text, a name in its place, a part that is there or not, a part for each of several, another file.
ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.If,
    nodes.For,
    nodes.Include,
    nodes.Const,
)


def forbidden(text: str) -> list[str]:
    """The kinds of node in a template that have no place there."""
    tree = Environment(trim_blocks=True, lstrip_blocks=True).parse(text)
    found = [tree, *tree.find_all(nodes.Node)]
    return sorted({type(node).__name__ for node in found if not isinstance(node, ALLOWED)})


@pytest.mark.parametrize("name", template_names())
def test_a_template_only_places(name: str) -> None:
    assert forbidden(template_text(name)) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{{ a + b }}", "Add"),
        ("{{ -a }}", "Neg"),
        ("{% if a == b %}{% endif %}", "Compare"),
        ("{% if not a %}{% endif %}", "Not"),
        ("{% if a and b %}{% endif %}", "And"),
        ("{{ f(a) }}", "Call"),
        ("{% set a = b %}", "Assign"),
        ("{{ a | upper }}", "Filter"),
        ("{% if a is defined %}{% endif %}", "Test"),
        ("{{ a.b }}", "Getattr"),
        ("{{ a[0] }}", "Getitem"),
        ("{% macro m() %}{% endmacro %}", "Macro"),
        ("{{ a if b }}", "CondExpr"),
    ],
)
def test_logic_is_found(text: str, kind: str) -> None:
    assert kind in forbidden(text)


def test_a_name_that_is_not_there_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        fill("torch/model.py.jinja", {})


def test_a_module_is_put_together() -> None:
    code = [b.assign("ROWS", b.tup(1, 2)), b.func("f", [], [b.ret(b.call("math.log", "ROWS"))])]
    text = render_module("torch/model.py.jinja", "About.", import_table("import math"), code)
    assert text == (
        '"""About."""\n\nimport math\n\nROWS = (1, 2)\n\n\ndef f():\n    return math.log("ROWS")\n'
    )
