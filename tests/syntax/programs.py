"""Random programs of the language: every construct, in every layout that a person might choose."""

import random
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
Tokens = list[str]
NEWLINE = "\n"
OPENING, CLOSING = ("(", "[", "{"), (")", "]", "}")
WORDS = ["Dense", "relu", "ConvBN", "width", "skips", "x1", "_y"]
KEYS = ["width", "weight", "state", "loss", "step", "model"]
NUMBERS = ["0", "3", "12_000", "1e-3", "0.5", "2.", ".25", "1E5"]
STRINGS = ['"a b"', "'c'", '"it\'s # no comment"', r'"\n\u00e9\\"', "'\"'", '"->"', '"é {"']
NAMES = ["a", "b", "out", "next_one", "model", "train", "data"]


class Programs:
    """Makes programs from a seed; the same seed makes the same program."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.budget = 150

    def text(self) -> str:
        """A file, laid out at random."""
        return self._lay_out(self._file())

    # ---- files and lines ---------------------------------------------------------------------

    def _file(self) -> Tokens:
        version: Tokens = ["nn", "1", NEWLINE] if self._one_in(4) else []
        makers = [self._import, self._def, self._def, self._preset, self._train, self._let]
        return version + self._lines([self._pick(makers)() for _ in range(self._count(1, 4))])

    def _import(self) -> Tokens:
        if self._one_in(2):
            return ["import", '"a.nn"']
        return ["from", "'b.nn'", "import", *self._commas([[self._name()] for _ in range(2)])]

    def _def(self) -> Tokens:
        params: Tokens = []
        if self._one_in(2):
            items = [self._param() for _ in range(self._count(0, 3))]
            params = ["(", *self._commas(items, trailing=True), ")"]
        return [self._pick(["model", "block"]), "Net", *params, *self._body()]

    def _param(self) -> Tokens:
        default = ["=", *self._item()] if self._one_in(2) else []
        return [self._name(), *default]

    def _preset(self) -> Tokens:
        return ["model", "Big", "=", *self._expr()]

    def _train(self) -> Tokens:
        lines = [self._setting() for _ in range(self._count(0, 4))]
        name = ["Net"] if self._one_in(2) else []
        return ["train", *name, "{", *self._lines(lines), "}"]

    def _setting(self) -> Tokens:
        word = self._pick(["loss", "metrics", "lr", "input_size"])
        if self._one_in(6):
            return ["step", "critic", "{", *self._lines([self._setting()]), "}"]
        if self._one_in(4):
            return [word, self._name(), "=", *self._expr()]
        if self._one_in(4):
            return [word]
        more: Tokens = []
        for _ in range(self._count(0, 2)):
            more += [",", *self._expr()] if self._one_in(2) else self._value()
        return [word, *self._expr(), *more]

    def _let(self) -> Tokens:
        if self._one_in(3):
            return ["let", "f", "(", *self._commas([["a"], ["b"]]), ")", "=", *self._expr()]
        targets = self._pick([["n"], ["h", ",", "w"], ["(", "h", ",", "w", ",", "_", ")"]])
        return ["let", *targets, "=", *self._pipeline()]

    def _body(self) -> Tokens:
        return ["{", *self._lines([self._line() for _ in range(self._count(0, 4))]), "}"]

    def _line(self) -> Tokens:
        self.budget -= 1
        kinds: list[Callable[[], Tokens]] = [
            self._pipeline,
            self._pipeline,
            self._pipeline,
            self._let,
            lambda: [self._name(), "=", *self._pipeline()],
            lambda: ["_", ",", "s", "=", *self._pipeline()],
            lambda: ["shared", "t", "=", *self._pipeline()],
            lambda: ["frozen", "shared", "t", "=", *self._pipeline()],
            lambda: ["weight", "w", ":", *self._list(), "=", *self._expr()],
            lambda: ["frozen", "weight", "w", ":", *self._list()],
            lambda: ["input", "x", ":", "int", "[", "?T", "<=", "context", "]"],
            lambda: [
                "input",
                "image",
                ":",
                "[",
                "C",
                "=",
                "3",
                ",",
                "H",
                "=",
                "32",
                "*",
                "?h",
                "]",
            ],
            lambda: ["input", "plain"],
            lambda: ["output"],
            lambda: ["output", *self._pipeline()],
            lambda: ["output", "mask", "=", *self._pipeline()],
            lambda: ["push", "skips"],
            lambda: ["push", "skips", "=", *self._pipeline()],
            lambda: ["loss", "kl", "=", *self._pipeline()],
        ]
        return self._pick(kinds)()

    # ---- pipelines and expressions -----------------------------------------------------------

    def _pipeline(self) -> Tokens:
        tokens = self._stage()
        for _ in range(self._count(0, 3) if self.budget > 0 else 0):
            tokens += ["->", *self._stage()]
        return tokens

    def _stage(self) -> Tokens:
        self.budget -= 1
        if self.budget < 0:
            return ["relu"]
        kinds: list[Callable[[], Tokens]] = [
            self._call,
            self._call,
            self._expr,
            lambda: [self._pick(WORDS[:3])],
            lambda: ["frozen", *self._stage()],
            self._body,
            lambda: [self._pick(["add", "concat", "residual"]), *self._body()],
            lambda: [*self._call(), *self._body()],
            lambda: ["for", *self._targets(), "in", *self._expr(), *self._body()],
            lambda: ["repeat", *self._expr(), *self._body()],
            self._if,
        ]
        return self._pick(kinds)()

    def _if(self) -> Tokens:
        tokens = ["if", *self._expr(), *self._body()]
        if self._one_in(2):
            tokens += ["else", *(self._if() if self._one_in(3) else self._body())]
        return tokens

    def _targets(self) -> Tokens:
        return self._pick([["i"], ["i", ",", "_"], ["(", "i", ",", "(", "a", ",", "b", ")", ")"]])

    def _expr(self) -> Tokens:
        self.budget -= 1
        if self.budget < 0:
            return self._value()
        kinds: list[Callable[[], Tokens]] = [
            self._value,
            self._value,
            self._call,
            self._list,
            lambda: ["_"],
            lambda: ["input"],
            lambda: ["?T"],
            lambda: ["(", *self._item(), ")"],
            lambda: ["(", *self._item(), ",", ")"],
            lambda: ["(", *self._commas([self._item(), self._item()], trailing=True), ")"],
            lambda: ["[", *self._comprehension(), "]"],
            lambda: ["f", "(", *self._comprehension(), ")"],
            lambda: ["wte", ".", "transposed"],
            lambda: ["x", "[", *self._commas([self._subscript(), self._subscript()]), "]"],
            lambda: ["-", *self._expr()],
            lambda: ["(", "not", *self._expr(), ")"],
            lambda: [*self._expr(), self._pick(["+", "-", "*", "/", "//", "%", "@", "**"]), "y"],
            lambda: ["(", *self._expr(), self._pick(["<", ">=", "==", "!="]), *self._expr(), ")"],
            lambda: ["(", "x", self._pick(["in", "not in"]), *self._expr(), "and", "b", ")"],
            lambda: ["(", *self._expr(), "if", "c", "or", "d", "else", *self._expr(), ")"],
        ]
        return self._pick(kinds)()

    def _value(self) -> Tokens:
        return [self._pick([*WORDS, *NUMBERS, *STRINGS, "true", "false", "none"])]

    def _item(self) -> Tokens:
        return self._pipeline() if self._one_in(5) else self._expr()

    def _call(self) -> Tokens:
        args = [self._argument() for _ in range(self._count(0, 3))]
        return [self._pick(WORDS[:3]), "(", *self._commas(args, trailing=True), ")"]

    def _argument(self) -> Tokens:
        return [self._pick(KEYS), "=", *self._item()] if self._one_in(3) else self._item()

    def _list(self) -> Tokens:
        items = [self._argument() for _ in range(self._count(0, 3))]
        return ["[", *self._commas(items, trailing=True), "]"]

    def _subscript(self) -> Tokens:
        return self._pick([["1"], [":"], [":", "-", "1"], ["a", ":", "b", ":", "2"], ["?T"]])

    def _comprehension(self) -> Tokens:
        conds = ["if", "ok"] if self._one_in(2) else []
        return [*self._expr(), "for", "i", ",", "j", "in", "xs", *conds]

    def _name(self) -> str:
        return self._pick(NAMES)

    # ---- layout ------------------------------------------------------------------------------

    def _lines(self, lines: list[Tokens]) -> Tokens:
        joined: Tokens = []
        for number, line in enumerate(lines):
            joined += [NEWLINE, *line] if number else line
        return joined

    def _commas(self, items: list[Tokens], trailing: bool = False) -> Tokens:
        joined: Tokens = []
        for number, item in enumerate(items):
            joined += [",", *item] if number else item
        return [*joined, ","] if items and trailing and self._one_in(3) else joined

    def _lay_out(self, tokens: Tokens) -> str:
        brackets: list[str] = []
        parts: list[str] = [self._pick(["", "\n", "# first\n", "## head\n\n", "  "])]
        before = NEWLINE
        for token in tokens:
            brackets = brackets[: -1 if token in CLOSING else None]
            parts.append(self._between(before, token, brackets))
            parts.append("" if token == NEWLINE else token)
            brackets = [*brackets, token] if token in OPENING else brackets
            before = token
        return "".join(parts) + self._pick(["", "\n", "  # last", "\n\n# last\n\n"])

    def _between(self, before: str, token: str, brackets: list[str]) -> str:
        free = bool(brackets) and brackets[-1] != "{"
        edge = before == "{" or (token == "}" and before != NEWLINE)
        if token == NEWLINE:
            return self._pick(
                ["\n", "\n", "\n", " ;", ";\n", "\n\n\n  ", " # c\n", "\n## d\n", " ## e\n"]
            )
        if (free or edge or token in ("->", "else")) and self._one_in(8):
            return self._pick(["\n  ", "\n\n", "  # in\n", "\n# above\n\t", " # x\n # y\n"])
        if token in "()[]{}," and before[-1].isalnum() and self._one_in(2):
            return ""
        return self._pick([" ", " ", " ", "  ", "\t"])

    def _pick(self, items: list[T]) -> T:
        return self.random.choice(items)

    def _count(self, low: int, high: int) -> int:
        return self.random.randint(low, high)

    def _one_in(self, number: int) -> bool:
        return self.random.randrange(number) == 0
