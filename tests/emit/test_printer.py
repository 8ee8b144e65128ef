"""Printed code means what its tree means, and black and ruff leave it as it is."""

import ast
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import partial

import black
import pytest

from emit.meaning import dump, dump_text
from emit.trees import Trees
from nndsl.emit import build as b
from nndsl.emit.flat import flat
from nndsl.emit.printer import render, render_expression
from nndsl.emit.statements import simple
from nndsl.emit.tree import (
    Assign,
    Blank,
    Comment,
    Const,
    Docstring,
    Expr,
    FString,
    Index,
    Interp,
    Name,
    Pass,
    Slice,
    Starred,
    Stmt,
)
from support.steps import steps

x, y = Name("x"), Name("y")
HOSTILE = (
    '"""\nimport os\n"""',
    "'''",
    '"',
    '""""',
    "\\",
    'end with a quote"',
    "end with a backslash\\",
    "\\\nnewline behind a backslash",
    "nul \0 and bell \a",
    "\r\nimport os",
    "\x0cform feed\x0b\x1c\x85\u2028\u2029import os",
    "\ud800 alone",
    "\u202egnp.exe\u2066",
    "{x!r:{y}}",
    "{{",
    "}",
    "# noqa",
    "type: ignore",
    "fmt: off",
    "coding: utf-7",
    "-*- coding=latin-1 -*-",
    "\t tabs \t",
    "\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}",
    "",
    " ",
    "wide 層" * 40,
    "word " * 60,
    "w" * 200,
)


def stable(text: str, width: int = 88) -> bool:
    return black.format_str(text, mode=black.Mode(line_length=width)) == text


@pytest.mark.parametrize("wild", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_random_trees(seed: int, wild: bool) -> None:
    for step in range(40):
        source = random.Random(1000 * seed + step)
        module = Trees(source, wild=wild).body(source.choice((2, 3, 3)))
        text = render(module)
        assert dump_text(text) == dump(module), (seed, step)
        assert stable(text), (seed, step)


@pytest.mark.parametrize("width", [40, 60, 100])
def test_random_trees_at_other_widths(width: int) -> None:
    for seed in range(40):
        module = Trees(random.Random(seed), wild=False).body(3)
        assert stable(render(module, width), width), (seed, width)


# ---- what a person writes ------------------------------------------------------------------------


def conv_bn() -> Stmt:
    """The class ConvBN of a ResNet."""
    n = b.name
    params = [
        "self",
        b.param("in_channels", "int"),
        b.param("filters", "int"),
        b.param("kernel", "int"),
        b.param("stride", "int", 1),
        b.param("act", b.index("type", b.dotted("nn.Module")), b.dotted("nn.ReLU")),
    ]
    conv = b.call(
        "nn.Conv2d", n("in_channels"), n("filters"), n("kernel"), stride=n("stride"), bias=False
    )
    body = [
        b.do(b.call(b.attr(b.call("super"), "__init__"))),
        b.assign("self.pad", b.call("SamePad", n("kernel"), n("stride"))),
        b.assign("self.conv", conv),
        b.assign("self.bn", b.call("nn.BatchNorm2d", n("filters"), eps=0.001, momentum=0.01)),
        b.assign("self.act", b.call("act")),
    ]
    forward = [
        b.assign(
            "x", b.call("self.bn", b.call("self.conv", b.call("self.pad", x))), comment="[56]"
        ),
        b.ret(b.call("self.act", x)),
    ]
    return b.cls(
        "ConvBN",
        ["nn.Module"],
        [
            b.func("__init__", params, body),
            b.func("forward", ["self", b.param("x", "Tensor")], forward, returns="Tensor"),
        ],
    )


CONV_BN = """\
class ConvBN(nn.Module):
    def __init__(
        self,
        in_channels: int,
        filters: int,
        kernel: int,
        stride: int = 1,
        act: type[nn.Module] = nn.ReLU,
    ):
        super().__init__()
        self.pad = SamePad(kernel, stride)
        self.conv = nn.Conv2d(in_channels, filters, kernel, stride=stride, bias=False)
        self.bn = nn.BatchNorm2d(filters, eps=0.001, momentum=0.01)
        self.act = act()

    def forward(self, x: Tensor) -> Tensor:
        x = self.bn(self.conv(self.pad(x)))  # [56]
        return self.act(x)
"""


def test_a_class_reads_as_written_by_hand() -> None:
    assert render([conv_bn()]) == CONV_BN


EXPRESSIONS: Sequence[tuple[Expr, str]] = (
    (b.binop(b.binop(x, "+", y), "*", 2), "(x + y) * 2"),
    (b.binop(x, "-", b.binop(y, "-", 1)), "x - (y - 1)"),
    (b.binop(2, "**", b.name("i")), "2**i"),
    (b.binop(b.call("f", x), "**", 2), "f(x) ** 2"),
    (b.binop(-1, "**", 2), "(-1) ** 2"),
    (b.neg(b.binop(x, "**", 2)), "-(x**2)"),
    (b.binop(2, "**", b.neg(x)), "2**-x"),
    (b.not_(b.compare(x, "in", y)), "x not in y"),
    (b.not_(b.compare(x, "<", y)), "not x < y"),
    (b.all_of(b.any_of(x, y), b.not_(x)), "(x or y) and not x"),
    (b.cond(b.cond(1, x, 2), y, b.cond(3, x, 4)), "(1 if x else 2) if y else 3 if x else 4"),
    (Index(x, b.slice_(b.name("i"), b.binop(b.name("j"), "+", 1))), "x[i : j + 1]"),
    (b.index("x", Slice(), Slice(None, Const(-1)), None), "x[:, :-1, None]"),
    (b.index("x", b.tup(1)), "x[(1,)]"),
    (b.tup(1), "(1,)"),
    (b.attr(Const(1), "real"), "(1).real"),
    (Const(1e-05), "1e-5"),
    (Const(1e16), "1e16"),
    (Const(float("-inf")), '-float("inf")'),
    (b.call("f", b.gen(x, "x", "y")), "f(x for x in y)"),
    (b.call("f", b.gen(x, "x", "y"), 1), "f((x for x in y), 1)"),
    (b.call("f", b.star("x"), key="it's"), 'f(*x, key="it\'s")'),
    (b.fstr(x, "_", Interp(y, ".2f"), "{}"), 'f"{x}_{y:.2f}{{}}"'),
    (FString((b.index("x", "key"),)), "f\"{x['key']}\""),
    (b.lam(["a", "b"], b.name("a")), "lambda a, b: a"),
)


@pytest.mark.parametrize(("tree", "text"), EXPRESSIONS, ids=[text for _, text in EXPRESSIONS])
def test_expressions(tree: Expr, text: str) -> None:
    assert render_expression(tree) == text
    assert stable(text + "\n")


def test_blank_lines() -> None:
    define = b.func("f", [], [Docstring("Does."), Blank(), b.ret(1)])
    module = [
        Docstring("About."),
        b.import_from("torch", "nn"),
        b.assign("A", 1),
        Blank(),
        Blank(),
        b.assign("B", 2),
        Comment("of f"),
        define,
        b.cls("C", [], [Docstring("Holds."), b.assign("a", 1), define, define, Blank()]),
        b.do(b.call("f")),
    ]
    text = render(module)
    assert stable(text)
    assert [len(run) for run in _blank_runs(text)] == [1, 1, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2]


def _blank_runs(text: str) -> list[list[str]]:
    runs: list[list[str]] = []
    before = "code"
    for line in text.splitlines():
        if not line:
            runs = [*runs, []] if before else runs
            runs[-1].append(line)
        before = line
    return runs


def test_a_comment_that_does_not_fit_stands_above() -> None:
    long = b.call("function", *[b.name(f"argument{i}") for i in range(7)])
    assert render([b.assign("x", long, comment="[56, 56]")]).startswith("# [56, 56]\nx = function(")


def test_an_empty_body_passes() -> None:
    assert (
        render([b.cls("C", [], [Comment("later"), Blank()])]) == "class C:\n    # later\n    pass\n"
    )
    assert render([b.cls("C", [], [Docstring("Said.")])]) == 'class C:\n    """Said."""\n'
    assert render([]) == ""


# ---- hostile text --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    module: list[Stmt] = [
        Comment(text),
        b.func("f", [], [Docstring(text), Comment(text), b.assign("x", text, comment=text)]),
        b.cls("C", [], [Docstring(text), Pass()]),
        b.do(b.call("f", b.fstr(text, x, text), key=text)),
    ]
    code = render(module)
    assert dump_text(code) == dump(module)
    assert stable(code)
    shown = code.replace("\n", "")
    assert not any(each in shown for each in "\0\a\r\x0c\u202e\u2066\u2028\ud800\N{NO-BREAK SPACE}")
    assert "# type:" not in code
    assert "# fmt:" not in code


@pytest.mark.parametrize("text", ["coding: utf-7", "-*- coding=latin-1 -*-"])
def test_no_comment_declares_an_encoding(text: str, tmp_path: object) -> None:
    code = render([Comment("first"), Comment(text), b.assign("x", "é")])
    assert ast.dump(ast.parse(code.encode())) == ast.dump(ast.parse(code))


@pytest.mark.parametrize("text", ["", "a b", "class", "None", "1x", "x;import os", "a.b", "ﬁ"])
def test_only_names_are_names(text: str) -> None:
    places: list[Stmt] = [
        b.do(Name(text)),
        b.do(b.attr(x, text)),
        b.do(b.call("f", **{text: 1})) if text else b.do(Name("")),
        b.func(text, [], []),
        b.func("f", [text], []),
        b.cls(text, [], []),
        b.import_from("torch", text),
        b.do(b.lam([text], x)),
    ]
    for place in places:
        with pytest.raises(ValueError, match="identifier"):
            render([place])


@pytest.mark.parametrize(
    "wrong",
    [Slice(x), FString((Const("it's"),)), FString((Interp(x, "{y}"),)), FString((b.fstr(x),))],
)
def test_what_is_no_python_is_refused(wrong: Expr) -> None:
    with pytest.raises(ValueError, match=r"stand|format"):
        render([b.do(wrong)])


# ---- speed, and ruff -----------------------------------------------------------------------------


def many(count: int) -> list[Stmt]:
    """Statements of which every second one must be broken."""
    wide = b.call("torch.cat", b.tup(*[b.name(f"a_long_name_{i}") for i in range(5)]), dim=1)
    pair = [b.assign("x", b.call("self.conv", x)), b.assign("self.other", b.call("f", wide))]
    return pair * (count // 2)


@pytest.mark.parametrize(
    "make",
    [
        many,
        lambda n: [b.assign("x", b.lst(*range(5 * n)))],
        lambda n: [b.assign("x", b.chain("+", *[b.name("abc")] * (5 * n)))],
        lambda n: [b.assign("x", b.lst(*[b.cond(x, y, b.name("z" * 90))] * n))],
    ],
    ids=["statements", "list", "sum", "conditions"],
)
def test_steps_are_linear(make: Callable[[int], list[Stmt]]) -> None:
    few, many_ = (steps(partial(render, make(n))) for n in (100, 400))
    assert many_ < 4.1 * few


def test_ruff_has_nothing_to_say() -> None:
    module = [
        Docstring("A model. " + "Many words about it. " * 10),
        b.import_from("torch", "Tensor", "nn"),
        Blank(),
        Assign((Name("TEXT"),), b.text("a message that is long, " * 8)),
        b.func("SamePad", ["kernel", "stride"], [b.ret(b.call("nn.Identity"))]),
        conv_bn(),
        b.func("every", ["xs"], [b.ret(b.lst(Starred(Name("xs"))))]),
    ]
    code = render(module)
    assert stable(code)
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E,F,I,W,UP,B", "-"]
    done = subprocess.run(ruff, input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# ---- the quick way for plain statements ----------------------------------------------------------


def test_plain_statements_are_printed_as_their_tokens_are() -> None:
    """`flat` says what the tokens say, wherever it says anything."""
    told = 0
    for seed in range(400):
        trees = Trees(random.Random(seed), wild=seed % 2 == 0)
        for make in (trees.assign, trees.value, trees.return_):
            node = make(seed % 3)
            text = flat(node)
            assert text in ("", "".join(simple(node).pieces)), node  # type: ignore[arg-type]
            told += bool(text)
    assert told > 100


def test_layers_are_plain_statements() -> None:
    made = b.assign("self.conv", b.call("nn.Conv2d", 3, 64, padding="same", bias=False))
    assert flat(made) == 'self.conv = nn.Conv2d(3, 64, padding="same", bias=False)'
    assert flat(b.ret(b.call("self.act", x))) == "return self.act(x)"
    assert flat(b.ret(Const(-1))) == ""
    with pytest.raises(ValueError, match="identifier"):
        flat(b.assign("x", b.call(Name("a b"))))
