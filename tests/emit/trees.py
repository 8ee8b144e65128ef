"""Random code trees, and what each means as Python's own syntax tree."""

import random
from collections.abc import Callable

from nndsl.emit.tree import (
    Assert,
    Assign,
    Attr,
    AugAssign,
    Bin,
    Blank,
    BoolOp,
    Call,
    ClassDef,
    Clause,
    Comment,
    Comp,
    Compare,
    Cond,
    Const,
    DictE,
    Docstring,
    Expr,
    ExprStmt,
    For,
    FString,
    FunctionDef,
    If,
    Import,
    ImportFrom,
    Index,
    Interp,
    Joined,
    Lambda,
    ListE,
    Name,
    Param,
    Pass,
    Raise,
    Return,
    Slice,
    Starred,
    Stmt,
    TupleE,
    Unary,
    With,
)

NAMES = (
    "x",
    "self",
    "nn",
    "layers",
    "channels",
    "in_channels",
    "kernel_size",
    "stride",
    "padding",
    "i",
    "w",
    "c",
    "forward",
    "bottleneck_expansion",
    "attention_dropout_probability",
    "hidden_dimension",
    "z",
    "F",
    "torch",
    "a_rather_long_name_that_takes_up_space",
)
TEXTS = (
    "",
    "same",
    "it's",
    'say "hi"',
    "both ' and \"",
    "line\nbreak",
    "tab\tbell\a\0",
    "back\\slash",
    "{braces}",
    "größe",
    "\u202ereversed",
    "\ud800",
    "\U0001f600",
    "層",
    "a longer text that takes up most of a line of code, so that it must be broken",
    '"""',
    "\\N{BULLET} \\x41",
    "# no comment",
)
PLAIN_TEXTS = ("", "same", "k", "a b")
NUMBERS = (0, 1, 2, 10, 256, -1, -3, 1e-05, 1e16, 0.5, -0.25, 1e300, 10**20, 3.0, -0.0)
UNARY = ("-", "+", "~", "not")
BINARY = ("+", "-", "*", "/", "//", "%", "@", "**", "<<", ">>", "&", "^", "|")
COMPARE = ("==", "!=", "<", "<=", ">", ">=", "is", "is not", "in", "not in")


class Trees:
    """A source of random trees; `wild` ones hold what no backend would emit."""

    def __init__(self, random_: random.Random, *, wild: bool = True) -> None:
        self.random = random_
        self.wild = wild

    def name(self) -> str:
        return self.random.choice(NAMES)

    def text(self) -> str:
        return self.random.choice(TEXTS if self.wild else PLAIN_TEXTS)

    def some(self, make: Callable[[], Expr], low: int = 0, high: int = 4) -> tuple[Expr, ...]:
        return tuple(make() for _ in range(self.random.randint(low, high)))

    # ---- expressions -----------------------------------------------------------------------------

    def expr(self, size: int) -> Expr:
        if size <= 0 or self.random.random() < 0.15:
            return self.leaf()
        makers = (
            [self.call] * 6
            + [self.dotted] * 2
            + [self.binary] * 3
            + [self.compare, self.logic, self.cond, self.cond, self.index, self.unary]
            + [self.tuple_, self.list_, self.dict_, self.comp, self.method]
            + ([self.lambda_, self.fstring, self.joined] if self.wild else [self.fstring])
        )
        return self.random.choice(makers)(size - 1)

    def leaf(self) -> Expr:
        kind = self.random.random()
        if kind < 0.55:
            return Name(self.name())
        if kind < 0.75:
            return Const(self.random.choice(NUMBERS))
        if kind < 0.85:
            return Const(self.random.choice((True, False, None)))
        return Const(self.text())

    def dotted(self, size: int) -> Expr:
        result: Expr = Name(self.name())
        for _ in range(self.random.randint(1, 3)):
            result = Attr(result, self.name())
        return result

    def call(self, size: int) -> Expr:
        func = self.random.choice(
            (lambda: Name(self.name()), lambda: self.dotted(0), lambda: self.expr(size - 1))
        )()
        args = list(self.some(lambda: self.expr(size - 1)))
        if self.random.random() < 0.1:
            args.append(Starred(self.expr(size - 1)))
        if self.random.random() < 0.1:
            args = [self.generator(size - 1)]
        names = self.random.sample(NAMES, self.random.choice((0, 0, 1, 2, 3)))
        kwargs = [(name, self.expr(size - 1)) for name in names]
        if self.random.random() < 0.07:
            kwargs.append(("", self.expr(size - 1)))
        return Call(func, tuple(args), tuple(kwargs))

    def method(self, size: int) -> Expr:
        result = self.expr(size - 1)
        for _ in range(self.random.randint(1, 3)):
            result = Call(Attr(result, self.name()), self.some(lambda: self.expr(size - 2), 0, 2))
        return result

    def binary(self, size: int) -> Expr:
        op = self.random.choice(BINARY if self.wild else ("+", "-", "*", "//", "**", "@"))
        result = self.expr(size - 1)
        for _ in range(self.random.choice((1, 1, 1, 2, 4))):
            result = Bin(result, op, self.expr(size - 1))
            op = self.random.choice((op, op, self.random.choice(BINARY)))
        return result

    def unary(self, size: int) -> Expr:
        return Unary(self.random.choice(UNARY), self.expr(size))

    def compare(self, size: int) -> Expr:
        rest = [
            (self.random.choice(COMPARE), self.expr(size - 1))
            for _ in range(self.random.choice((1, 1, 1, 2)))
        ]
        return Compare(self.expr(size - 1), tuple(rest))

    def logic(self, size: int) -> Expr:
        return BoolOp(
            self.random.choice(("and", "or")), self.some(lambda: self.expr(size - 1), 2, 4)
        )

    def cond(self, size: int) -> Expr:
        return Cond(self.expr(size - 1), self.expr(size - 1), self.expr(size - 1))

    def index(self, size: int) -> Expr:
        keys = self.some(lambda: self.key(size - 1), 1, 3)
        return Index(self.expr(size - 1), keys[0] if len(keys) == 1 else TupleE(keys))

    def key(self, size: int) -> Expr:
        if self.random.random() < 0.5:
            return self.expr(size)
        bounds = [self.random.choice((None, self.expr(size))) for _ in range(3)]
        return Slice(*bounds)

    def tuple_(self, size: int) -> Expr:
        return TupleE(self.some(lambda: self.item(size)))

    def list_(self, size: int) -> Expr:
        return ListE(self.some(lambda: self.item(size), 0, 6))

    def item(self, size: int) -> Expr:
        value = self.expr(size - 1)
        return Starred(value) if self.wild and self.random.random() < 0.05 else value

    def dict_(self, size: int) -> Expr:
        pairs = []
        for _ in range(self.random.randint(0, 4)):
            key = None if self.random.random() < 0.1 else self.expr(size - 2)
            pairs.append((key, self.expr(size - 1)))
        return DictE(tuple(pairs))

    def comp(self, size: int) -> Expr:
        return Comp(self.expr(size - 1), self.clauses(size - 1))

    def generator(self, size: int) -> Expr:
        return Comp(self.expr(size - 1), self.clauses(size - 1), "generator")

    def clauses(self, size: int) -> tuple[Clause, ...]:
        return tuple(
            Clause(
                self.target(),
                self.expr(size - 1),
                self.some(lambda: self.expr(size - 1), 0, self.random.choice((0, 0, 1, 2))),
            )
            for _ in range(self.random.choice((1, 1, 2)))
        )

    def lambda_(self, size: int) -> Expr:
        names = self.random.sample(NAMES, self.random.randint(0, 2))
        return Lambda(tuple(names), self.expr(size - 1))

    def fstring(self, size: int) -> Expr:
        parts: list[str | Expr | Interp] = []
        for _ in range(self.random.randint(0, 3)):
            parts.append(self.text())
            value = Trees(self.random, wild=False).plain(min(size, 2))
            formatted = Interp(value, self.random.choice(("", ".3f", ">10")), "r")
            parts.append(self.random.choice((value, Interp(value), formatted)))
        return FString(tuple(parts))

    def plain(self, size: int) -> Expr:
        """An expression that may stand in an f-string: no f-string in it."""
        while True:
            value = self.expr(size)
            if "FString" not in repr(value):
                return value

    def joined(self, size: int) -> Expr:
        count = self.random.randint(2, 3)
        return Joined(tuple(Const(self.text()) for _ in range(count)))

    def target(self) -> Expr:
        if self.random.random() < 0.6:
            return Name(self.name())
        return TupleE(tuple(Name(self.name()) for _ in range(self.random.randint(2, 3))))

    # ---- statements ------------------------------------------------------------------------------

    def body(self, size: int, depth: int = 0) -> tuple[Stmt, ...]:
        count = self.random.randint(1, 4)
        return tuple(self.statement(size, depth) for _ in range(count))

    def statement(self, size: int, depth: int = 0) -> Stmt:
        kind = self.random.random()
        if depth < 3 and kind < 0.25:
            return self.compound(size, depth)
        if kind < 0.33:
            return Comment(self.random.choice(("a comment", "two\nlines", "long " * 30, "")))
        if kind < 0.38:
            return Blank()
        makers = (
            [self.assign] * 8 + [self.value] * 3 + [self.return_] * 3 + [self.rare, self.import_]
        )
        return self.random.choice(makers)(size)

    def comment(self) -> str:
        return self.random.choice(("", "", "", "[56, 56, 64]"))

    def assign(self, size: int) -> Stmt:
        kind = self.random.random()
        goal = self.random.choice(
            (
                lambda: Name(self.name()),
                lambda: self.dotted(0),
                lambda: Index(self.dotted(0), self.expr(1)),
            )
        )
        if kind < 0.6:
            return Assign((goal(),), self.expr(size), comment=self.comment())
        if kind < 0.75:
            return Assign((goal(),), self.expr(size), self.expr(1), comment=self.comment())
        if kind < 0.85:
            return Assign((self.target(),), self.expr(size), comment=self.comment())
        if kind < 0.9:
            return Assign((goal(), self.target()), self.expr(size))
        op = self.random.choice([op for op in BINARY if op != "@"])
        return AugAssign(goal(), op, self.expr(size), self.comment())

    def value(self, size: int) -> Stmt:
        return ExprStmt(self.call(size), self.comment())

    def return_(self, size: int) -> Stmt:
        kind = self.random.random()
        return Return(None if kind < 0.1 else self.expr(size), self.comment())

    def rare(self, size: int) -> Stmt:
        return self.random.choice(
            (
                lambda: Raise(self.call(size), self.random.choice((None, Name("x")))),
                lambda: Assert(self.expr(size), self.random.choice((None, self.expr(1)))),
                Pass,
            )
        )()

    def import_(self, size: int) -> Stmt:
        names = tuple((name, "") for name in self.random.sample(NAMES, self.random.randint(1, 5)))
        return self.random.choice(
            (Import("torch.nn.functional", "F"), Import("math"), ImportFrom("torch.nn", names))
        )

    def compound(self, size: int, depth: int) -> Stmt:
        body = self.body(size, depth + 1)
        kind = self.random.randint(0, 5)
        if kind == 0:
            return For(self.target(), self.expr(size), body)
        if kind == 1:
            return If(self.expr(size), body, self.random.choice(((), self.body(size, depth + 1))))
        if kind == 2:
            goal = self.random.choice((None, Name(self.name())))
            return With(((self.call(size), goal),), body)
        doc = self.random.choice(((), (Docstring(self.doc()),)))
        if kind == 3:
            return ClassDef(self.name(), self.some(lambda: self.expr(1), 0, 2), (*doc, *body))
        return FunctionDef(
            self.name(),
            self.params(),
            (*doc, *body),
            self.random.choice((None, Name("Tensor"), self.index(1))),
            self.random.choice(((), (self.dotted(0),))),
        )

    def doc(self) -> str:
        return self.random.choice(
            (*TEXTS, "One line.", "Summary.\n\n    Indented\n  less\n", "long words " * 20)
        )

    def params(self) -> tuple[Param, ...]:
        """Parameters with defaults after those without, a star among them now and then."""
        names = self.random.sample(NAMES, self.random.randint(0, 6))
        cut = self.random.randint(0, len(names))
        result = [
            Param(
                name,
                self.random.choice((None, Name("int"), self.index(1))),
                None if position < cut else self.expr(1),
            )
            for position, name in enumerate(names)
        ]
        if self.random.random() < 0.15:
            result.append(Param("args", None, None, "*"))
        elif self.random.random() < 0.1:
            result += [Param("", None, None, "*"), Param("keyword", Name("int"), Const(1))]
        if self.random.random() < 0.1:
            result.append(Param("kwargs", Name("int"), None, "**"))
        return tuple(result)
