"""Texts that nobody would write: long ones of one kind, and programs that would not end."""

from __future__ import annotations


def long_texts(size: int) -> dict[str, str]:
    """Texts as long as `size` says, by what they are made of; most are no programs."""
    return {
        "comments": "# c\n" * size,
        "hashes": "#" * 4 * size,
        "blank lines": "\n \n" * size,
        "docs": "## d\n" * size,
        "separators": "model A {" + ";" * size + "}",
        "comments inside": "model A {\n A\n" + "# c\n" * size + " -> B\n}",
        "blanks": "model A {" + " " * 4 * size + "}",
        "a quote": '"' + "a\\" * size,
        "quotes": "'" * size,
        "brackets": ")" * size,
        "one long line": "model A { " + "A; " * (size // 4) + "}",
        "questions": "?" * size,
        "dots": "1." * (size // 4),
    }


def stages(lines: int) -> str:
    """A model of five stages a line."""
    line = "Dense(300, elu, init=he_normal) -> BatchNorm -> relu\nx = _ -> Dropout(0.1)\n"
    return "model A {\n" + line * lines + "}"


# What stands in a model, what stands before it, and the code of the error.
RUNAWAY = {
    "rounds that differ": ("repeat 10**9 { Dense(channels(_) + 1) }", "", "NN401"),
    "loops in loops": (
        "for i in range(999) { for j in range(999) { for k in range(999) { Dense(8 + k % 3) } } }",
        "", "NN401",
    ),
    "rounds without a layer": (
        "for _ in range(999) { for _ in range(999) { for _ in range(999) { } } }\nrelu",
        "", "NN401",
    ),
    "many branches": ("concat { repeat 10**6 { Dense(8) } }", "", "NN401"),
    "a long list of layers": ("for i in range(900000) { x + i }", "", "NN401"),
    "a long list": ("Dense(len([a for a in range(10**9)]))", "", "NN304"),
    "a list within the limit": ("Dense(len([a for a in range(10**6)]))", "", "NN401"),
    "lists in lists": ("Dense(len([i * j for i in range(999) for j in range(999)]))", "", "NN401"),
    "nothing chosen": (
        "Dense(len([0 for i in range(999) for j in range(999) for k in range(999) if false]))",
        "", "NN401",
    ),
    "sums": ("Dense(len([sum(range(10**6)) for i in range(99999)]))", "", "NN304"),
    "sorting": ("Dense(len([sorted(range(10**6)) for i in range(99999)]))", "", "NN304"),
    "slices": ("let a = range(10**6)\nDense(len([a[1:] for i in range(99999)]))", "", "NN304"),
    "doubling": ("let a = [1] * 600000\nlet b = a + a\nDense(len(b))", "", "NN304"),
    "a function of itself": ("Dense(f(3))", "let f(n) = f(n + 1)", "NN403"),
    "a function twice of itself": (
        "Dense(f(40))", "let f(n) = 1 if n < 2 else f(n - 1) + f(n - 2)", "NN401",
    ),
    "a block of itself": ("R(0)", "block R(n) { Dense(8) -> R(n + 1) }", "NN403"),
    "a block twice of itself": (
        "R(0, 1)",
        "block R(n, m) { if n < 60 { add { R(n + 1, 2 * m); R(n + 1, 2 * m + 1) } } }",
        "NN401",
    ),
    "a tower of powers": ("Dense(10**10**10)", "", "NN303"),
    "5,000 digits": (f"Dense({'9' * 5000})", "", "NN012"),
}  # fmt: skip


def runaway(name: str) -> tuple[str, str]:
    """The program, and the code of its one error."""
    body, head, code = RUNAWAY[name]
    return f"{head}\nmodel M {{\ninput x: [8]\n{body}\n}}", code
