"""What texts mean: each with its tree, and where its nodes are."""

import pytest

from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.parser import parse, parse_expression
from nndsl.syntax.walk import walk
from syntax.pages import PROGRAMS
from syntax.show import show

EXPRESSIONS = {
    "a + b * c": "(a + (b * c))",
    "a - b - c": "((a - b) - c)",
    "-a**2": "(- (a ** 2))",
    "2**-b**c": "(2 ** (- (b ** c)))",
    "a // b % c @ d": "(((a // b) % c) @ d)",
    "-1 + +x": "((- 1) + (+ x))",
    "32*?h": "(32 * ?h)",
    "not a and b or c": "(((not a) and b) or c)",
    "not a == b": "(not (a == b))",
    "a < b <= c != d": "(a < b <= c != d)",
    "x in xs and y not in ys": "((x in xs) and (y not in ys))",
    "1 if a else 2 if b else 3": "(a ? 1 : (b ? 2 : 3))",
    "1 if i == 0 else 2": "((i == 0) ? 1 : 2)",
    "f()": "f()",
    "f(1, k=2, *_)": None,
    "f(a, b=c, )": "f(a, b=c)",
    "x[1, :, 2:, :3, ::4, 1:2:3, ...]": None,
    "x[1, :, 2:, :3, ::4, 1:2:3]": "x[1, ::, 2::, :3:, ::4, 1:2:3]",
    "shape(_)[0].a[-1]": "shape(_)[0].a[(- 1)]",
    "int[?T <= context]": "int[(?T <= context)]",
    "[C=3, H=224]": "[C=3, H=224]",
    "[]": "[]",
    "[1, (2, 3), (4,), (5)]": "[1, (2, 3,), (4,), 5]",
    "[a for a in b]": "{a | a in b}",
    "[a for i, (j) in b if c if d for e in f]": "{a | i,j in b if c if d; e in f}",
    "sum(2 * n for n in ns)": "sum({(2 * n) | n in ns})",
    "f((a for a in b), c)": None,
    "(a -> f) + (b -> add { c; d })": "(<a -> f> + <b -> add{c; d}>)",
    "f(a -> b, k=c -> d)": "f(<a -> b>, k=<c -> d>)",
    "(((a)))": "a",
    "({ a; b })": "<{a; b}>",
    "Dense(10, weight=0.5, state=true, loss=none)": "Dense(10, weight=0.5, state=true, loss=none)",
    "input + _": "(input + _)",
    "'a' ": "'a'",
    r'"\"\\\n\té"': repr('"\\\n\té'),
    r"'\u00e9\''": repr("é'"),
    "1_000": "1_000",
    "1 .b": "1.b",
}

LINES = {
    "Flatten": "Flatten",
    "A; B ;; C;": "A; B; C",
    "x = _ -> Dense(2)": "x = _ -> Dense(2)",
    "h, c = last": "h, c = last",
    "_, state = LSTM(3)": "_, state = LSTM(3)",
    "let n = 3": "let n = 3",
    "let h, w, c = shape(_)": "let h, w, c = shape(_)",
    "let (h, w) = shape(_)": "let h, w = shape(_)",
    "let a, (b, c) = x": "let a, (b, c) = x",
    "let ch(c, d) = c * d": "let ch(c,d) = (c * d)",
    "let body = Dense(3) -> relu": "let body = Dense(3) -> relu",
    "shared tower = Tower(64)": "shared tower = Tower(64)",
    "frozen shared tower = Tower(64)": "shared tower = frozen Tower(64)",
    "frozen shared t = A -> B": "shared t = frozen <A -> B>",
    "weight w: [3, 4]": "weight w: [3, 4] = ",
    "weight w: [3] = normal(0.02)": "weight w: [3] = normal(0.02)",
    "frozen weight w: [3] = zeros": "frozen weight w: [3] = zeros",
    "frozen ResNet(50) -> relu": "frozen ResNet(50) -> relu",
    "frozen { A; B }": "frozen {A; B}",
    "frozen frozen A": "frozen frozen A",
    "push skips": "push skips = ",
    "push skips = a -> b": "push skips = a -> b",
    "loss kl = -0.5 * sum(a)": "loss kl = ((- 0.5) * sum(a))",
    "output": "output  = ",
    "output Dense(3) -> relu": "output  = Dense(3) -> relu",
    "output mask = Conv(1)": "output mask = Conv(1)",
    "output (a) + b": "output  = (a + b)",
    "input x": "input x: ",
    "input t: int": "input t: int",
    "input image: [C=3, H=32*?h]": "input image: [C=3, H=(32 * ?h)]",
    "input state: int[?T]; input weight: [3]": "input state: int[?T]; input weight: [3]",
    "input -> Dense(3)": "input -> Dense(3)",
    "input + x": "(input + x)",
    "A\n  -> B # c\n\n  # d\n  -> C": "A -> B -> C",
    "Dense(\n  3, # a\n  elu\n)": "Dense(3, elu)",
    "if a { B }": "if a {B}",
    "if a { B }\n# c\nelse { C }": "if a {B} else {C}",
    "if a { B } else if b { C } else { }": "if a {B} else {if b {C} else {}}",
    "for x in xs { A; B }": "for x in xs {A; B}",
    "for i, _ in zip(a, b) { A }": "for i, _ in zip(a, b) {A}",
    "for (i, (a, b)) in rows { A }": "for i, (a, b) in rows {A}",
    "repeat depth - 1 { A }": "repeat (depth - 1) {A}",
    "add { identity; A -> B }": "add{identity; A -> B}",
    "concat(axis=0) { A\nB }": "concat(axis=0){A; B}",
    "{ A }": "{A}",
    "residual { }": "residual{}",
    "f({ A\n B }, [\n1\n])": "f(<{A; B}>, [1])",
    "a = 1 if b\n else 2": "a = (b ? 1 : 2)",
}

FILES = {
    "": "",
    "# only this": "",
    "model A { }": "model A() {}",
    "model A(x, y=3, z=Dense(3) -> relu,) { B }": "model A(x, y=3, z=<Dense(3) -> relu>) {B}",
    "model B = A(x=3)": "model B = A(x=3)",
    "block B = A": "block B = A",
    "import \"a.nn\"; from 'b.nn' import C, D": "import 'a.nn'; import 'b.nn' C, D",
    "let norm = BatchNorm(eps=1e-3)": "let norm = BatchNorm(eps=1e-3)",
    "train { }": "train None{}",
    "train A { data x; epochs 3 }": "train A{data : x; epochs : 3}",
    "train { patience -1\n crop [32, 32]\n f (a)\n ema }": (
        "train None{patience : (- 1); crop : [32, 32]; f : a; ema : }"
    ),
    "train { metrics accuracy top_k(5) 0.5\n a 1, -2\n loss boxes = x - y }": (
        "train None{metrics : accuracy, top_k(5), 0.5; a : 1, (- 2); loss boxes: (x - y)}"
    ),
    "train { step critic { loss x\n optimizer adam of d }\n epochs 3 }": (
        "train None{step critic: ; epochs : 3}"
    ),
    "model nn { block; from -> import; train }": "model nn() {block; from -> import; train}",
    "\ufeffmodel A { B\r\n  C\r\n}\r\n": "model A() {B; C}",
}


def parsed(text: str) -> ast.File:
    diagnostics = Diagnostics()
    tree = parse(Source("test.nn", text), diagnostics)
    assert not diagnostics.items, diagnostics.items
    assert tree is not None
    return tree


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression(text: str) -> None:
    diagnostics = Diagnostics()
    tree = parse_expression(Source("test.nn", text), diagnostics)
    assert (show(tree) if tree is not None else None) == EXPRESSIONS[text]
    assert bool(diagnostics.items) == (EXPRESSIONS[text] is None)


@pytest.mark.parametrize("text", LINES)
def test_lines(text: str) -> None:
    (model,) = parsed(f"model A {{\n{text}\n}}").declarations
    assert show(model) == f"model A() {{{LINES[text]}}}"


@pytest.mark.parametrize("text", FILES)
def test_file(text: str) -> None:
    assert "; ".join(map(show, parsed(text).declarations)) == FILES[text]


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_parse(name: str) -> None:
    assert parsed(PROGRAMS[name]).declarations


def test_version() -> None:
    assert parsed("nn 1\nmodel A { }").version == 1
    assert parsed("model A { }").version is None


def test_numbers_are_numbers() -> None:
    values = [parse_expression(Source("", text), Diagnostics()) for text in ("1_000", ".5e1", "2.")]
    assert [one.value for one in values if isinstance(one, ast.Num)] == [1000, 5.0, 2.0]


def test_every_node_is_where_its_text_is() -> None:
    text = "model A {\n  x = f(a, k=[1]) -> B # c\n}"
    found = {
        (type(node).__name__, text[node.span.start : node.span.end])
        for node in walk(parsed(text))
        if hasattr(node, "span")
    }
    assert {
        ("Bind", "x = f(a, k=[1]) -> B"),
        ("Call", "f(a, k=[1])"),
        ("Arg", "k=[1]"),
        ("ListExpr", "[1]"),
        ("Name", "B"),
        ("Comment", "# c"),
        ("Def", text),
    } <= found


@pytest.mark.parametrize("name", PROGRAMS)
def test_parts_lie_within_their_wholes(name: str) -> None:
    for node in walk(parsed(PROGRAMS[name])):
        span = getattr(node, "span", None)
        for part in node:
            inner = getattr(part, "span", None)
            if span is not None and inner is not None:
                assert span.start <= inner.start <= inner.end <= span.end, node


def test_docs_belong_to_what_follows_or_stands_before_on_the_line() -> None:
    tree = parsed(
        "## the file\n\n## a net\n# aside\n## of two lines\nmodel A(\n  ## width\n  w=3,\n"
        "  d=4,  ## depth\n) {\n  ## the picture\n  input x: [3]\n  input y  ## more\n\n"
        "  ## lost\n\n  output z = x  ## result\n}\n## big\nmodel B = A\n## norm\nlet n = 3"
    )
    net, preset, let = tree.declarations
    assert isinstance(net, ast.Def)
    first, second, output = net.body
    assert tree.doc == "the file"
    assert net.doc == "a net\nof two lines"
    assert [param.doc for param in net.params] == ["width", "depth"]
    assert [line.doc for line in (first, second, output)] == ["the picture", "more", "result"]
    assert [one.doc for one in (preset, let)] == ["big", "norm"]


def test_a_doc_above_imports_is_the_files() -> None:
    assert parsed('## about\nimport "a.nn"').doc == "about"
    assert parsed("## about\nnn 1\n## a\nmodel A { }").doc == "about"


def test_comments_are_kept_in_order() -> None:
    tree = parsed("# a\nmodel A {  # b\n  f(  ## c\n    1)\n  #! d  \n}\n#e")
    assert [comment.text for comment in tree.comments] == ["# a", "# b", "## c", "#! d", "#e"]
