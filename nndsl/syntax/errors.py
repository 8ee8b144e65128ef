"""The codes of syntax errors, NN001 to NN019: what each one means."""

from __future__ import annotations

from nndsl._record import NamedTuple


class Code(NamedTuple):
    """A stable code with its title and an explanation of a few lines."""

    code: str
    title: str
    text: str


UNEXPECTED = "NN001"
UNCLOSED = "NN002"
UNOPENED = "NN003"
BRACE_LINE = "NN004"
COMMA = "NN005"
SIGN = "NN006"
RESERVED = "NN007"
HABIT = "NN008"
STRING = "NN009"
CHARACTER = "NN010"
ARROW = "NN011"
NUMBER = "NN012"
DEPTH = "NN013"
SIZE = "NN014"
LATER = "NN015"
VERSION = "NN016"
UNFINISHED = "NN017"
PLACE = "NN018"
OPERATOR = "NN019"

CODES: tuple[Code, ...] = (
    Code(
        UNEXPECTED,
        "unexpected word or sign",
        "The text is understood up to this place, and what stands here cannot follow it.\n"
        "A line is a declaration (`input`, `let`, ...), a binding (`x = ...`) or a pipeline:\n"
        "stages joined by `->`.",
    ),
    Code(
        UNCLOSED,
        "bracket or brace that is never closed",
        "Every `(`, `[` and `{` needs its partner. The second place is where the closing one\n"
        "was missed at the latest; lines inside ( ) and [ ] go on until it comes.",
    ),
    Code(
        UNOPENED,
        "closing bracket or brace without an opening one",
        "This sign closes nothing, or something else than was opened last.\n"
        "Remove it, or write the opening one where it belongs.",
    ),
    Code(
        BRACE_LINE,
        "opening brace on its own line",
        "The brace stands on the line of its word: `model Net {`.\n"
        "A brace that begins a line is a group of its own.",
    ),
    Code(
        COMMA,
        "missing comma",
        "Arguments, settings and items of a list are separated by commas.\n"
        "Only in a train section do blanks separate values.",
    ),
    Code(
        SIGN,
        "`=` and `:` mixed up",
        "`:` says of which type something is (`input x: [28, 28]`, `weight w: [3]`);\n"
        "`=` gives a value (`Dense(10, bias=false)`, `let n = 3`); `==` compares.",
    ),
    Code(
        RESERVED,
        "reserved word used as a name",
        "`and else false for frozen if in input none not or repeat true` mean something\n"
        "everywhere; `let loss output push shared weight` and a few more do at the beginning of\n"
        "a line only. Take another name, or add an underscore.",
    ),
    Code(
        HABIT,
        "a habit of another language",
        "The text looks like Python. A network here is a list of stages: no classes, functions,\n"
        "imports of modules or input sizes. `block Name(settings) { ... }` is a reusable part.",
    ),
    Code(
        STRING,
        "unterminated or malformed string",
        "A string begins and ends with the same quote on one line.\n"
        "The escapes are \\\\ \\\" \\' \\n \\t and \\u with four hexadecimal digits.",
    ),
    Code(
        CHARACTER,
        "character that has no meaning here",
        "Outside of strings and comments a file holds ASCII letters, digits and the signs of the\n"
        "language. Control characters and lone surrogates are not accepted anywhere.",
    ),
    Code(
        ARROW,
        "wrong arrow",
        "Stages are joined by `->`: what is on the left goes into what is on the right.",
    ),
    Code(
        NUMBER,
        "number that cannot be used",
        "Whole numbers have at most 4,300 digits, others must fit a double (up to 1.8e308).\n"
        "A name cannot begin with a digit.",
    ),
    Code(
        DEPTH,
        "nested too deeply",
        "Brackets, braces and operators may be nested 200 deep.\n"
        "Give a part a name with `let`, or make it a block.",
    ),
    Code(
        SIZE,
        "file too large",
        "A file may have up to 8 MB. Split it, and bring the parts together with `import`, or\n"
        "give another limit on the command line: `nndsl params net.nn --max-size 20`.",
    ),
    Code(
        LATER,
        "word that is reserved for later",
        "`scan`, `state`, `next` and `step` begin lines of a later version of the language.\n"
        "`batch(x)`, `scan` and `step` are kept as words as well: nothing can be called so but\n"
        "settings and the variables of loops. `state` and `next` are names elsewhere in a line.",
    ),
    Code(
        VERSION,
        "version of the language",
        "`nn 1` may be the first line of a file; this compiler understands version 1.",
    ),
    Code(
        UNFINISHED,
        "line that ends too early",
        "A line ends where a value or a stage is still missing. Outside of ( ) and [ ] an\n"
        "expression stands on one line; only `->` may begin the next one.",
    ),
    Code(
        PLACE,
        "line in the wrong place",
        "Models, blocks, imports and train sections stand at the left of a file, outside of\n"
        "braces; stages, `input` and `output` stand inside a model or a block.",
    ),
    Code(
        OPERATOR,
        "operator of another language",
        "`and`, `or`, `not` are words; `**` is the power; there is no `+=`, as names are bound\n"
        "once: the flow takes `_ + x`.",
    ),
)
