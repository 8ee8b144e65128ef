"""Hostile input: texts and folders that nobody would write by mistake, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

HEAD = "model M {\n  input x: [8]\n"
Content = str | bytes | Callable[[Path], None]


class Bomb(NamedTuple):
    """Files by name, a command line in their folder, the codes that it says and its exit code."""

    name: str
    files: Mapping[str, Content]
    wanted: tuple[str, ...] = ()
    exit: int = 1
    command: str = "check m.nn"

    def write(self, folder: Path) -> None:
        """Writes the files into `in` below a folder."""
        (folder / "in").mkdir()
        for name, content in self.files.items():
            path = folder / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if callable(content):
                content(path)
            elif isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(content, encoding="utf-8", errors="surrogatepass", newline="")


def model(body: str) -> dict[str, Content]:
    """A model of one file with these lines."""
    return {"m.nn": f"{HEAD}  {body}\n}}\n"}


def text(content: str | bytes) -> dict[str, Content]:
    """One file."""
    return {"m.nn": content}


def linked(target: str) -> Callable[[Path], None]:
    """A symbolic link, with the file that it leads to."""

    def make(path: Path) -> None:
        goal = path.parent / target
        if target.startswith(".."):
            goal.write_text("block B { Dense(3) }\n", encoding="utf-8")
        path.symlink_to(target)

    return make


DEEP, FILES = 100_000, 1_200
CHAIN = {f"f{i}.nn": f'import "f{i + 1}.nn"\nblock B{i} {{ Dense(3) }}\n' for i in range(FILES)}
FAN = "".join(f'import "f{i}.nn"\n' for i in range(FILES))
DOUBLING = "".join(f"block B{i} {{ B{i + 1}; B{i + 1} }}\n" for i in range(60))
LISTS = "let a = [x for x in range(1000)]\n  let b = [y for x in a for y in a for z in a]\n"
BREAK = "x') or __import__('os').system('touch broken')#"

BOMBS: tuple[Bomb, ...] = (
    Bomb("parentheses 100,000 deep", model("(" * DEEP + "_" + ")" * DEEP), ("NN013",)),
    Bomb("unclosed parentheses 100,000 deep", model("(" * DEEP), ("NN013",)),
    Bomb("braces 100,000 deep", model("{" * DEEP + "}" * DEEP), ("NN013",)),
    Bomb("closing brackets, 100,000", model(")" * DEEP), ("NN003",)),
    Bomb("all brackets, 100,000, none matches", model("([)]" * (DEEP // 4)), ("NN003",)),
    Bomb("blocks 100,000 deep, one a line", model("residual {\n" * DEEP), ("NN013",)),
    Bomb("signs 100,000 deep", model("_ * " + "-" * DEEP + "1"), ("NN013",)),
    Bomb("`else if` 100,000 times", model("if 1 > 2 { relu }" + " else if 1 > 2 { relu }" * DEEP),
         ("NN013",)),
    Bomb("sum of 100,000 terms", model("let n = 1" + " + 1" * DEEP + "\n  Dense(n)"), ("NN013",)),
    Bomb("10 MB file", text(HEAD + "  relu\n" * 1_500_000 + "}\n"), ("NN014",)),
    Bomb("10 MB file with --max-size 12", text("#" * 10_000_000 + "\n" + HEAD + "  relu\n}\n"),
         (), 0, "check m.nn --max-size 12"),
    Bomb("an endless file", text(""), ("NN014",), 1, "check /dev/zero"),
    Bomb("10 MB of one name", text("a" * 10_000_000), ("NN014",)),
    Bomb("8 MB of one name", text("a" * 7_999_000), ("NN018",)),
    Bomb("7 MB of blank lines", text("\n" * 7_000_000 + HEAD + "  relu\n}\n"), (), 0),
    Bomb("200 kB of wrong lines", model("a b\n  " * 40_000), ("NN001",)),
    Bomb("1 MB of wrong characters", model("$" * 1_000_000), ("NN010",)),
    Bomb("one wrong line of 100,000 tokens", model("Dense(" + "1 " * DEEP + ")"), ("NN005",)),
    Bomb("integer of 5,000 digits", model(f"Dense({'9' * 5_000})"), ("NN012",)),
    Bomb("integer of 4,000 digits as a size", model(f"Dense({'9' * 4_000})"), ("NN104",)),
    Bomb("1e400", model("Dropout(1e400)"), ("NN012",)),
    Bomb("Dense(10**9)", model("Dense(10**9)"), (), 0),
    Bomb("Dense(10**9), its table", model("Dense(10**9)"), (), 0, "params m.nn"),
    Bomb("Dense(10**9), its code", model("Dense(10**9)"), (), 0,
         "compile m.nn --target torch -o out"),
    Bomb("Dense(10**30)", model("Dense(10**30)"), ("NN104",)),
    Bomb("repeat 10**9", model("repeat 10**9 { Dense(8) }"), (), 0),
    Bomb("repeat 10**9 that changes", model("repeat 10**9 { Dense(channels(_) + 1) }"),
         ("NN401",)),
    Bomb("for i in range(10**9)", model("for i in range(10**9) { Dense(i + 1) }"), ("NN304",)),
    Bomb("repeats inside each other", model("repeat 1000 { " * 8 + "Dense(8)" + " }" * 8), (), 0),
    Bomb("repeat 10**9 and a train section",
         text(HEAD + "  repeat 10**9 { Dense(8) }\n}\ntrain { data synthetic; loss mse }\n"),
         (), 0),
    Bomb("repeat 10**9, its code in Keras", model("repeat 10**9 { Dense(8) }"), (), 0,
         "compile m.nn --target keras -o out"),
    Bomb("repeat 10**12", model("repeat 10**12 { Dense(8) }"), ("NN402",)),
    Bomb("10**10**10", model("Dense(10**10**10)"), ("NN303",)),
    Bomb("2**10000000 % 7", model("Dense(2**10000000 % 7)"), ("NN303",)),
    Bomb("7.0**10**10", model("Dropout(7.0**10**10)"), ("NN303",)),
    Bomb("factors 9 * 9 * ..., 190 of 4,000 digits",
         model("let a = " + "9" * 4_000 + "\n  Dense(" + " * ".join(["a"] * 190) + ")"),
         ("NN303",)),
    Bomb("runaway recursion", text("block B { B }\n" + HEAD + "  B\n}\n"), ("NN403",)),
    Bomb("runaway recursion over a setting",
         text("block B(n) { B(n + 1) }\n" + HEAD + "  B(1)\n}\n"), ("NN403",)),
    Bomb("recursion that doubles, 60 levels", text(DOUBLING + "block B60 { Dense(channels(_)) }\n"
         + HEAD + "  B0\n}\n"), (), 0),
    Bomb("recursion that doubles and differs",
         text("block B(n, m) { if n > 0 { B(n - 1, 2 * m); B(n - 1, 2 * m + 1) }; Dense(m) }\n"
              + HEAD + "  B(40, 1)\n}\n"), ("NN401",)),
    Bomb("`let` function that calls itself", model("let f(n) = f(n)\n  Dense(f(3))"), ("NN403",)),
    Bomb("`let` functions that double",
         model("let f0(n) = n\n" + "".join(f"  let f{i}(n) = f{i - 1}(n) + f{i - 1}(n)\n"
                                          for i in range(1, 40)) + "  Dense(f39(1))"), ("NN401",)),
    Bomb("comprehension bomb", model(LISTS + "  Dense(len(b))"), ("NN401",)),
    Bomb("comprehensions inside each other",
         model("Dense(sum([sum([sum([k for k in range(999)]) for j in range(999)]) "
               "for i in range(999)]))"), ("NN401",)),
    Bomb("list times 10**9", model("Dense(len([1] * 10**9))"), ("NN304",)),
    Bomb("import of itself", text('import "m.nn"\n' + HEAD + "  relu\n}\n"), ("NN406",)),
    Bomb("import cycle", {"m.nn": 'import "a.nn"\n' + HEAD + "  relu\n}\n",
                          "a.nn": 'import "b.nn"\n', "b.nn": 'import "a.nn"\n'}, ("NN406",)),
    Bomb("imports 1,200 deep", {"m.nn": 'import "f0.nn"\n' + HEAD + "  relu\n}\n", **CHAIN},
         ("NN404",)),
    Bomb("1,200 imports", {"m.nn": FAN + HEAD + "  relu\n}\n",
                           **{f"f{i}.nn": f"block B{i} {{ Dense(3) }}\n" for i in range(FILES)}},
         ("NN404",)),
    Bomb("import out of the root", text('import "../secret.nn"\n' + HEAD + "  relu\n}\n"),
         ("NN405",)),
    Bomb("import of an absolute path", text('import "/etc/passwd"\n' + HEAD + "  relu\n}\n"),
         ("NN405",)),
    Bomb("import through a symbolic link out of the root",
         {"m.nn": 'import "a.nn"\n' + HEAD + "  B\n}\n", "a.nn": linked("../secret.nn")},
         ("NN405",)),
    Bomb("import of a link to itself",
         {"m.nn": 'import "a.nn"\n' + HEAD + "  relu\n}\n", "a.nn": linked("a.nn")}, ("NN405",)),
    Bomb("import of a folder", {"m.nn": 'import "d"\n' + HEAD + "  relu\n}\n", "d/x": ""},
         ("NN405",)),
    Bomb("import of a device", text('import "../../../../dev/zero"\n' + HEAD + "  relu\n}\n"),
         ("NN405",)),
    Bomb("import of a name with NUL", text('import "a\\u0000.nn"\n' + HEAD + "  relu\n}\n"),
         ("NN405",)),
    Bomb("NUL", text(HEAD + "  re\0lu\n}\n"), ("NN010",)),
    Bomb("NUL in a string", text('import "a\0.nn"\n' + HEAD + "  relu\n}\n"), ("NN010",)),
    Bomb("BOM", text(b"\xef\xbb\xbf" + (HEAD + "  relu\n}\n").encode()), (), 0),
    Bomb("BOM in the middle", text(HEAD + "  \ufeffrelu\n}\n"), ("NN010",)),
    Bomb("CRLF", text((HEAD + "  relu\n}\n").replace("\n", "\r\n")), (), 0),
    Bomb("lone surrogate", text((HEAD + "  ").encode() + b"\xed\xa0\x80 relu\n}\n"), (), 2),
    Bomb("no UTF-8", text(b"model \xff\xfe {"), (), 2),
    Bomb("UTF-16", text((HEAD + "  relu\n}\n").encode("utf-16")), (), 2),
    Bomb("right-to-left override in a comment", text("# \u202e } evil\n" + HEAD + "  relu\n}\n"),
         ("NN010",)),
    Bomb("right-to-left override in a name", text(HEAD + "  re\u202elu\n}\n"), ("NN010",)),
    Bomb("look-alike identifier", text(HEAD + "  D\u0435nse(3)\n}\n"), ("NN010",)),
    Bomb("full-width identifier", text(HEAD + "  \uff24ense(3)\n}\n"), ("NN010",)),
    Bomb("zero-width space in a name", text(HEAD + "  Den\u200bse(3)\n}\n"), ("NN010",)),
    Bomb("look-alike digits", text(HEAD + "  Dense(\u0663)\n}\n"), ("NN010",)),
    Bomb("empty file", text(""), (), 0),
    Bomb("names of Python's in code",
         text("block import_os(__class__=3) { Dense(__class__) }\nmodel None_ {\n"
              "  input self: [8]\n  import_os(4)\n  forward = _ -> relu\n"
              "  forward -> Dense(3)\n}\n"),
         (), 0,
         "compile m.nn --target torch -o out"),
    Bomb("a doc comment that closes the docstring",
         text(f'## """ {BREAK} \\\n' + HEAD + '  ## """); import os; """\n  Dense(3)\n}\n'), (), 0,
         "compile m.nn --target keras -o out"),
    Bomb("a string that closes the JSON",
         text(f'import "\\"}}], {BREAK}"\n' + HEAD + "  relu\n}\n"),
         (), 1, "check m.nn --format json"),
)  # fmt: skip
