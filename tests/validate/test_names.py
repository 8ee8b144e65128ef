"""Names of emitted code that have no value: never defined, not yet bound, helpers left out."""

import builtins
import symtable
from importlib import import_module

import pytest

from examples.front import ADVERSARIAL, EXAMPLES, names
from nndsl.backends.base import Emitted, Header
from nndsl.validate import validate
from nndsl.validate.names import BESIDE, IMPORTED, strays
from validate.programs import TARGETS, of_example, of_text
from validate.programs import target as find_target
from validate.read_back import edited, plain_text, read

TWO = """
block Unit(width) { Dense(width, relu, l2=0.1) -> Dropout(0.1) }
model M(depth=2) {
  input x: [8]
  if depth > 1 { Unit(6) }
  repeat depth { residual { Unit(6) } }
  Dense(3)
}
"""


def told(text: str, helpers: tuple[str, ...] = (), target: str = "torch") -> list[str]:
    return [what for _, what in strays(Emitted(read(text), helpers, "M"), target)]


def function(*lines: str) -> str:
    return "\n".join(("def f(a, b=2):", *(f"    {line}" for line in lines)))


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("return c",), "c"),
        (("c = d", "return c"), "d"),
        (("return [i for i in a if i > j]",), "j"),
        (("c = [i for i in a]", "return i"), "i"),
        (("return (lambda i: i + j)(a)",), "j"),
        (("return a.g(x=h)",), "h"),
        (("return f'{a}{k}'",), "k"),
        (("return a[0:n]",), "n"),
        (("g.x = a", "return a"), "g"),
        (("c[0] = a", "return a"), "c"),
        (("return nn.Linear(a, SamePad)",), "SamePad"),
        (("return np.zeros(a)",), "np"),
    ],
)
def test_a_name_that_nothing_defines(lines: tuple[str, ...], name: str) -> None:
    assert told(function(*lines)) == [f"`{name}` is read, and nothing defines it"]


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (("c += a", "return c"), "c"),
        (("c = c + a", "return c"), "c"),
        (("if a:", "    c = 1", "return c"), "c"),
        (("if a:", "    c = 1", "elif b:", "    d = 2", "else:", "    c = 3", "return c"), "c"),
        (("for i in a:", "    c = i", "return c"), "c"),
        (("for i in a:", "    pass", "return i"), "i"),
        (("for i in a:", "    d = c", "    c = i", "return a"), "c"),
        (("x = f(a)", "f = a", "return x"), "f"),
        (("a = g", "def g():", "    return 1", "return a"), "g"),
    ],
)
def test_a_name_that_may_not_be_bound_yet(lines: tuple[str, ...], name: str) -> None:
    assert told(function(*lines)) == [f"`{name}` may be read before it has a value"]


@pytest.mark.parametrize(
    "lines",
    [
        ("if a:", "    c = 1", "else:", "    c = 2", "return c"),
        ("if a:", "    c = 1", "else:", "    raise ValueError('no')", "return c"),
        ("if a:", "    return b", "else:", "    c = 2", "return c"),
        ("c: list[int] = []", "for i, (j, *k) in a:", "    c += [i, j, k]", "return c"),
        ("c = [i + j for i in a for j in range(i)]", "return c"),
        ("with torch.no_grad() as c:", "    d = c", "return d"),
        ("return later(a)",),
        ("def g(c):", "    return c + d", "d = 1", "return g(a)"),
    ],
)
def test_what_python_runs_is_left_alone(lines: tuple[str, ...]) -> None:
    assert told(function(*lines) + "\ndef later(a):\n    return a") == []


def test_the_module_runs_from_top_to_bottom() -> None:
    assert told("A = B\nB = 1") == ["`B` is read, and nothing defines it"]
    assert told("class A(B):\n    pass\nclass B(nn.Module):\n    pass") == [
        "`B` is read, and nothing defines it"
    ]
    assert told("def f(a: Missing = LATER):\n    return a\nLATER = 1") == [
        "`Missing` is read, and nothing defines it",
        "`LATER` is read, and nothing defines it",
    ]
    assert told("def f(a):\n    return LATER\nLATER = 1") == []


def test_each_target_has_its_own_imports() -> None:
    for target in TARGETS:
        render = import_module(f"nndsl.backends.{target}.render")
        assert IMPORTED[target] == set(render.IMPORTS)
    assert told("x = torch") == []
    assert told("x = torch", target="keras") == ["`torch` is read, and nothing defines it"]


def globals_read(text: str) -> tuple[set[str], set[str]]:
    """The global names that a module reads, and those that it binds, by Python's own tables."""
    top = symtable.symtable(text, "emitted.py", "exec")
    read_, stack = set[str](), [top]
    while stack:
        table = stack.pop()
        stack += table.get_children()
        symbols = table.get_symbols()
        read_ |= {s.get_name() for s in symbols if s.is_referenced()
                  and (s.is_global() or table is top)}  # fmt: skip
    return read_, {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()
                   or s.is_namespace()}  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("example", names(EXAMPLES))
def test_whole_files_define_what_they_read(example: str, target: str) -> None:
    """With imports and helper texts, which the code tree does not hold."""
    case = of_example(example, target)
    header = Header("0", "case.nn", "M", (), (), 0, 0, "", case.emitted.notes)
    read_, made = globals_read(find_target(target).render(case.emitted, header))
    assert read_ - made - set(dir(builtins)) - {"__class__"} == set()
    own = {name for each in case.emitted.helpers for name in (each, *BESIDE.get(each, ()))}
    assert own <= made


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("example", [*names(EXAMPLES), *names(ADVERSARIAL)])
def test_examples_define_what_they_read(example: str, target: str) -> None:
    assert strays(of_example(example, target).emitted, target) == []


LEFT_OUT = [
    (target, each)
    for target, pieces in {
        "torch": ("class Unit", "def init_weights"), "keras": ("def unit",),
    }.items()
    for each in pieces
]  # fmt: skip


@pytest.mark.parametrize(("target", "start"), LEFT_OUT)
def test_a_definition_left_out_is_told(target: str, start: str) -> None:
    case = of_text(TWO, target)
    kind, name = start.split()
    code = tuple(each for each in case.emitted.code if getattr(each, "name", "") != name)
    assert len(code) == len(case.emitted.code) - 1, kind
    report = validate(case.program, case.emitted._replace(code=code), target)
    assert f"`{name}` is read, and nothing defines it" in str(report.mismatches[0])


def test_a_definition_after_its_use_at_once_is_told() -> None:
    """Constants stand above what reads them when a file is put together."""
    case = of_text(TWO, "torch")
    late = case.emitted._replace(code=(*read("WIDTH = len(WIDTHS)\nWIDTHS = (1,)"),
                                       *case.emitted.code))  # fmt: skip
    assert "WIDTHS" in str(validate(case.program, late, "torch").mismatches)


def test_a_helper_left_out_is_told() -> None:
    case = of_text(TWO, "torch")
    assert "regularize" in case.emitted.helpers
    report = validate(case.program, case.emitted._replace(helpers=()), "torch")
    assert "`regularize` is read" in str(report.mismatches) or "`penalty_of` is read" in str(
        report.mismatches
    )


def test_a_variable_under_a_functions_name_is_told() -> None:
    """Python: a name that a function binds anywhere is its own from the first line on."""
    case = of_text(TWO, "keras")
    assert "x = unit(" in plain_text(case.emitted)
    head = "def m() -> keras.Model:\n"
    broken = edited(case.emitted, head, f"{head}    for unit in range(0):\n        pass\n")
    report = validate(case.program, broken, "keras")
    assert "`unit` may be read before it has a value" in str(report.mismatches[0])


def test_a_path_that_these_values_do_not_take_is_told() -> None:
    """What only other values of the settings reach."""
    case = of_text(TWO, "keras")
    line = "    return keras.Model("
    never = "    if len(inputs.shape) > 7:\n        x = layers.Dense(width)(x)\n"
    broken = edited(case.emitted, line, never + line)
    report = validate(case.program, broken, "keras")
    assert "`width` is read, and nothing defines it" in str(report.mismatches[0])
