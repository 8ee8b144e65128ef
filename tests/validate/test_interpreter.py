"""The interpreter against Python itself: the same code, run by both, gives the same values."""

import pytest

from nndsl.emit import build as b
from nndsl.emit import printer, tree
from nndsl.emit.tree import Const, Name
from nndsl.validate.interpreter import Interpreter
from nndsl.validate.objects import Raised, Spent, Unreadable
from nndsl.validate.torch_reading import TorchReading


def interpreted(*code: tree.Stmt, budget: int = 100_000) -> object:
    """The value of `result` after the code."""
    runner = Interpreter(TorchReading(), budget)
    runner.define(code)
    return runner.named("result")


def python(*code: tree.Stmt) -> object:
    names: dict[str, object] = {}
    exec(printer.render(code), names)
    return names["result"]


N = Name("n")
PROGRAMS: dict[str, tuple[tree.Stmt, ...]] = {
    "arithmetic": (b.assign("n", 7), b.assign("result", b.binop(b.binop(N, "//", 2), "**", 3))),
    "a loop that carries": (
        b.assign("c", 1),
        b.assign("result", b.lst()),
        b.for_(b.target("i", "k"), b.call("enumerate", b.lst(3, 5, 7)),
               b.do(b.call("result.append", b.binop(Name("c"), "*", Name("k")))),
               b.assign("c", b.binop(Name("c"), "+", Name("i")))),
    ),
    "comprehension": (
        b.assign("result", b.comp(b.binop(Name("a"), "-", Name("c")), b.target("a", "c"),
                                  b.call("zip", b.lst(4, 5, 6), b.call("range", 3)),
                                  b.compare(Name("a"), "!=", 5))),
    ),
    "functions and defaults": (
        b.func("f", ["x", b.param("y", None, 2)], [b.ret(b.binop(Name("x"), "*", Name("y")))]),
        b.assign("result", b.lst(b.call("f", 3), b.call("f", 3, 4), b.call("f", 3, y=5))),
    ),
    "early return": (
        b.func("f", ["x"], [
            b.for_("i", b.call("range", 10),
                   b.if_(b.compare(Name("i"), ">", Name("x")), [b.ret(Name("i"))])),
            b.ret(-1),
        ]),
        b.assign("result", b.lst(b.call("f", 4), b.call("f", 20))),
    ),
    "f-strings": (b.assign("n", 3), b.assign("result", b.fstr("a_", N, "_b"))),
    "conditions": (
        b.assign("n", 5),
        b.assign("result", b.cond(1, b.all_of(b.compare(N, ">", 3), b.compare(N, "<", 9)), 2)),
    ),
    "unpacking": (
        b.assign(tree.TupleE((Name("first"), tree.Starred(Name("rest")))), b.lst(1, 2, 3)),
        b.assign("result", b.lst(Name("first"), Name("rest"))),
    ),
    "slices": (b.assign("result", b.index(b.lst(1, 2, 3, 4), b.slice_(1, None, 2))),),
    "a stack": (
        b.assign("s", b.lst(1, 2)),
        b.do(b.call("s.append", 3)),
        b.assign("result", b.lst(b.call("s.pop"), b.call("len", Name("s")))),
    ),
    "augmented": (b.assign("result", b.lst(1)), b.aug("result", "+", b.lst(2, 3))),
    "reversed": (b.assign("result", b.call("list", b.call("reversed", b.call("range", 4)))),),
    "sums": (b.assign("result", b.call("sum", b.gen(b.binop(N, "*", N), "n", b.lst(1, 2, 3)))),),
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_computes_what_python_does(name: str) -> None:
    assert interpreted(*PROGRAMS[name]) == python(*PROGRAMS[name])


REFUSED: dict[str, tuple[tree.Stmt, ...]] = {
    "an unknown name": (b.assign("result", Name("nowhere")),),
    "an unknown function of the framework": (b.assign("result", b.call("torch.frobnicate", 1)),),
    "division by zero": (b.assign("result", b.binop(1, "/", 0)),),
    "a missing argument": (
        b.func("f", ["x"], [b.ret(Name("x"))]),
        b.assign("result", b.call("f")),
    ),
    "an argument too many": (b.func("f", [], [b.ret(1)]), b.assign("result", b.call("f", 2))),
    "an attribute of a list": (b.assign("result", b.attr(b.lst(1), "sort")),),
    "a number too large": (b.assign("result", b.binop(2, "**", 100_000)),),
    "a list too long": (b.assign("result", b.binop(b.lst(1), "*", 10_000_000)),),
    "a module before its constructor": (
        b.cls("M", ["nn.Module"], [b.func("__init__", ["self"], [
            b.assign("self.a", b.call("nn.Linear", 1, 1))])]),
        b.assign("result", b.call("M")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_read_is_an_error(name: str) -> None:
    with pytest.raises(Unreadable):
        interpreted(*REFUSED[name])


def test_a_budget_ends_a_run() -> None:
    endless = b.for_("i", b.call("range", 100_000), b.assign("result", Name("i")))
    with pytest.raises(Spent):
        interpreted(endless, budget=1_000)


def test_an_error_of_the_code_is_told_from_ours() -> None:
    check = b.if_(b.compare(Const(1), "!=", 2), [b.raise_("ValueError", "no")])
    with pytest.raises(Raised):
        interpreted(check, b.assign("result", 1))
