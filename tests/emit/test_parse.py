"""Texts of other packages as code: what is read comes out as Python says it."""

import ast

import pytest

from nndsl.emit.parse import expression
from nndsl.emit.printer import render_expression

READ = (
    "scale * x",
    "x + torch.sin(frequency * x).square() / frequency",
    "F.pad(x, (1, 2), value=-1.0)",
    "x[:, 1:-1, ::2, None]",
    "-x if flag and not other else ~x",
    "1 < x <= 2 or x is not None",
    "ops.concatenate([x, 'a', True, None], axis=-1) @ w ** 2 // 3 % 4",
)
REFUSED = (
    ("", "invalid syntax"),
    ("x +", "invalid syntax"),
    ("x; y", "invalid syntax"),
    ("import os", "invalid syntax"),
    ("[y for y in x]", "no ListComp"),
    ("lambda y: y", "no Lambda"),
    ("f(**x)", r"no `\*\*`"),
    ("f(*x)", "no Starred"),
    ("b'x'", "no bytes"),
    ("(y := x)", "no NamedExpr"),
)


@pytest.mark.parametrize("text", READ)
def test_an_expression_means_what_its_text_does(text: str) -> None:
    said = render_expression(expression(text))
    assert ast.dump(ast.parse(said)) == ast.dump(ast.parse(text))


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_is_no_expression_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        expression(text)
