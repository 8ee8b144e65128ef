"""Templates place text: no operator, comparison, call, filter or assignment in their Jinja."""

import pytest
from jinja2 import Environment, nodes

from nndsl import _resources

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


def logic(text: str) -> list[str]:
    """The kinds of node in a template that are more than placement."""
    tree = Environment().parse(text)
    return [
        type(node).__name__ for node in tree.find_all(nodes.Node) if not isinstance(node, ALLOWED)
    ]


@pytest.mark.parametrize("name", _resources.template_names())
def test_a_template_holds_no_logic(name: str) -> None:
    assert not logic(_resources.template_text(name))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{{ a + b }}", "Add"),
        ("{{ -a }}", "Neg"),
        ("{% if a > 1 %}x{% endif %}", "Compare"),
        ("{% if not a %}x{% endif %}", "Not"),
        ("{% if a and b %}x{% endif %}", "And"),
        ("{{ f(a) }}", "Call"),
        ("{{ a|upper }}", "Filter"),
        ("{% if a is defined %}x{% endif %}", "Test"),
        ("{% set a = 1 %}", "Assign"),
        ("{{ a.b }}", "Getattr"),
        ("{{ a[0] }}", "Getitem"),
        ("{{ 'x' if a else 'y' }}", "CondExpr"),
        ("{% macro m() %}{% endmacro %}", "Macro"),
    ],
)
def test_the_walk_finds_logic(text: str, kind: str) -> None:
    assert kind in logic(text)
