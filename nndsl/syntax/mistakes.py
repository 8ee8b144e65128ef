"""Rules for slips within the language: braces, commas, signs, reserved words, wrong places."""

from __future__ import annotations

from nndsl.diagnostics import Label
from nndsl.diagnostics.model import did_you_mean
from nndsl.syntax.errors import (
    BRACE_LINE,
    COMMA,
    LATER,
    PLACE,
    RESERVED,
    SIGN,
    UNCLOSED,
    UNEXPECTED,
    UNFINISHED,
    UNOPENED,
)
from nndsl.syntax.foreign import called
from nndsl.syntax.spot import OPERANDS, VALUES, Spot, Verdict
from nndsl.syntax.tokens import END, NAME, NL

LATER_WORDS = frozenset(["scan", "state", "next", "step"])
LINE_WORDS = frozenset(["let", "shared", "weight", "output", "push", "loss", "input", "frozen"])
FILE_WORDS = frozenset(["model", "block", "train", "import", "from"])
BINDS = {
    "input": "`input x: [28, 28]`",
    "weight": "`weight w: [3] = zeros`",
}
BRACKETS = frozenset([UNCLOSED, UNOPENED, PLACE])
SETTINGS = frozenset(["INT", "FLOAT", "STRING", "TRUE", "FALSE"])
UNNAMED = frozenset([":", "[", "{", "("])
BRACE_WORDS = frozenset(["model", "block", "train", "for", "repeat", "if", "else"])


def brace_on_its_own_line(spot: Spot) -> Verdict | None:
    """`model A` and `{` on the next line: read as if on the same."""
    if spot.token.kind != NL or spot.after.text != "{" or not spot.takes("LBRACE"):
        return None
    brace = spot.after
    return Verdict(
        BRACE_LINE,
        "this brace stands on its own line",
        f"put it on the line of `{spot.first.text}`",
        (brace.start, brace.end),
        go_on=spot.at + 1,
    )


def missing_brace(spot: Spot) -> Verdict | None:
    """`model A` and then its lines: read as if the brace were there."""
    if not spot.closes() or spot.first.text not in BRACE_WORDS or not spot.takes("LBRACE"):
        return None
    end = spot.before.end
    fix = f"`{spot.first.text}` holds its lines in braces: `{{ ... }}`"
    if spot.token.kind == NL:
        go_on = spot.replace("LBRACE", "{")
        return Verdict(UNCLOSED, "`{` is missing", fix, (end - 1, end), go_on=go_on)
    return Verdict(UNCLOSED, "`{` is missing", fix, (end - 1, end))


def missing_brace_before(spot: Spot) -> Verdict | None:
    """`for w in ws Dense(w) }`: read as if the brace were there."""
    if spot.first.text not in BRACE_WORDS or not spot.takes("LBRACE"):
        return None
    if spot.token.kind not in VALUES or spot.before.kind not in OPERANDS:
        return None
    rest = spot.rest()
    if rest.count("}") <= rest.count("{"):
        return None
    end = spot.before.end
    fix = f"write `{{` before `{spot.token.text}`"
    return Verdict(
        UNCLOSED, "`{` is missing", fix, (end - 1, end), go_on=spot.insert("LBRACE", "{")
    )


def brace_closes_nothing(spot: Spot) -> Verdict | None:
    """A `}` at file level."""
    if spot.token.text != "}" or spot.inside():
        return None
    fix = "remove it, or write the opening one where it belongs"
    place = (spot.token.start, spot.token.end)
    del spot.tokens[spot.at]
    return Verdict(UNOPENED, "`}` closes nothing", fix, place, go_on=spot.at)


def equals_for_colon(spot: Spot) -> Verdict | None:
    """`input x = [3]`."""
    if spot.token.text != "=" or not spot.takes("COLON") or spot.first.text == "let":
        return None
    shown = BINDS.get(spot.first.text, BINDS.get(spot.word(spot.line + 1), "`name: type`"))
    return Verdict(
        SIGN, "a type or shape comes after `:`", f"write {shown}", go_on=spot.replace("COLON", ":")
    )


def colon_for_equals(spot: Spot) -> Verdict | None:
    """`Dense(10, bias: false)`, `let n: 3`."""
    named = spot.before.kind == NAME and spot.word(spot.at - 2) in ("(", ",")
    if spot.token.text != ":" or not (spot.takes("EQUAL") or named):
        return None
    if spot.inside() == "LBRACE" and spot.at == spot.line + 1 and spot.after.text[:1].isupper():
        stage = called(spot.line_from(spot.after))
        fix = f"write `{stage}` alone: names of layers are made from their words, such as `dense1`"
        return Verdict(SIGN, "layers have no names of their own", fix)
    if spot.inside() == "LBRACE" and spot.at == spot.line + 1:
        return Verdict(
            SIGN,
            f"`{spot.before.text}` has a type, as only inputs and weights have",
            f"`input {spot.before.text}: ...` for an input, `=` for a value",
        )
    go_on = spot.replace("EQUAL", "=") if spot.takes("EQUAL") else None
    return Verdict(SIGN, "a value comes after `=`", "write `=`", go_on=go_on)


def assignment_in_condition(spot: Spot) -> Verdict | None:
    """`if a = b {`."""
    if spot.token.text != "=" or spot.first.text != "if" or spot.before.kind not in OPERANDS:
        return None
    return Verdict(SIGN, "`=` gives a value, it does not compare", "write `==`")


def word_for_later(spot: Spot) -> Verdict | None:
    """`scan cell { ... }`, `state = x`."""
    first = spot.first
    if first.text not in LATER_WORDS or spot.inside() != "LBRACE":
        return None
    return Verdict(
        LATER,
        f"`{first.text}` at the beginning of a line is reserved for a later version",
        "take another name",
        (first.start, first.end),
    )


def keyword_as_name(spot: Spot) -> Verdict | None:
    """`let in = 3`, `Dense(for=1)`."""
    if spot.token.kind == NAME or not spot.token.text.isidentifier() or not spot.takes(NAME):
        return None
    return Verdict(
        RESERVED,
        f"`{spot.token.text}` is a reserved word",
        f"take another name, such as `{spot.token.text.strip('_') or 'x'}_`",
        go_on=spot.replace(NAME, spot.token.text + "_"),
    )


NAMED_LINES = {
    "loss": "loss name = …",
    "output": "output name = …",
    "input": "input name: [28, 28, 1]",
    "weight": "weight name: [64] = zeros",
    "let": "let name = …",
    "shared": "shared name = …",
    "push": "push skips = …",
}


def line_word_as_name(spot: Spot) -> Verdict | None:
    """`loss = x`, `weight -> relu`."""
    if spot.at != spot.line + 1 or spot.before.text not in LINE_WORDS:
        return None
    if spot.token.text not in ("=", "->", ",", "+", "-", "*", "/", ".", "**"):
        return None
    word = spot.before
    fix = f"a line cannot begin with a value named `{word.text}`: take another name"
    if spot.token.text == "=" and word.text in NAMED_LINES:
        fix = f"write `{NAMED_LINES[word.text]}`, or take another name for a value"
    return Verdict(
        RESERVED,
        f"`{word.text}` begins a declaration here",
        fix,
        (word.start, word.end),
    )


def unnamed(spot: Spot) -> Verdict | None:
    """`input [28, 28]`, `model {`."""
    if (
        not spot.takes(NAME)
        or spot.at != spot.line + 1
        or spot.token.text not in (":", "[", "{", "(")
    ):
        return None
    word = spot.before.text
    if word == "train":
        fix = "write `train { epochs 10 }`: each setting on a line in the braces"
        return Verdict(UNEXPECTED, "a train section takes nothing in parentheses", fix)
    shown = BINDS.get(word, f"`{word} Name ...`")
    return Verdict(UNEXPECTED, f"this {word} has no name", f"write {shown}")


def missing_comma(spot: Spot) -> Verdict | None:
    """`Dense(300 elu)`."""
    if spot.inside() not in ("LPAR", "LSQB") or spot.before.kind not in OPERANDS:
        return None
    if spot.token.kind not in OPERANDS - {"RPAR", "RSQB"} | {"LSQB", "LPAR"}:
        return None
    if not spot.takes("COMMA"):
        return None
    end = spot.before.end
    return Verdict(
        COMMA,
        f"`,` is missing before `{spot.token.text}`",
        "separate the items by commas",
        (end - 1, end),
        go_on=spot.insert("COMMA", ","),
    )


def unfinished(spot: Spot) -> Verdict | None:
    """`x = a +` at the end of a line."""
    if not spot.closes() or spot.before.kind in OPERANDS or spot.begins():
        return None
    what = f"something is missing after `{spot.before.text}`"
    fix = "write the rest on this line, or put the expression in ( )"
    if spot.token.kind not in (NL, END):
        fix = "write the rest, or remove it"
    return Verdict(UNFINISHED, what, fix, (spot.before.start, spot.before.end))


def declaration_inside(spot: Spot) -> Verdict | None:
    """`block B { ... }` inside of a model."""
    first = spot.first
    if spot.inside() != "LBRACE" or first.text not in FILE_WORDS or spot.at > spot.line + 1:
        return None
    if spot.told(BRACKETS):
        return Verdict("", "", "")  # the brace that went wrong is told
    message = f"`{first.text}` stands at the left of a file, not inside of braces"
    return Verdict(PLACE, message, "move it out", (first.start, first.end))


def declaration_on_the_same_line(spot: Spot) -> Verdict | None:
    """`model A { ... } model B { ... }`."""
    if spot.inside() or spot.token.text not in FILE_WORDS or spot.before.text != "}":
        return None
    message = f"`{spot.token.text}` begins a line of its own"
    fix = "write a newline or `;` before it"
    place = (spot.token.start, spot.token.end)
    return Verdict(UNEXPECTED, message, fix, place, go_on=spot.insert(NL, "\n"))


def line_outside(spot: Spot) -> Verdict | None:
    """A stage at file level."""
    if spot.inside() or not spot.begins() or spot.token.kind == END:
        return None
    meant = did_you_mean(spot.token.text, FILE_WORDS) if spot.after.kind == NAME else ""
    return Verdict(
        PLACE,
        f"`{spot.token.text}` stands outside of a model",
        meant or "put stages inside `model Name { ... }` or `block Name { ... }`",
        labels=_closed_before(spot),
    )


def _closed_before(spot: Spot) -> tuple[Label, ...]:
    """The brace that ended what came before, which may be one too many."""
    brace = spot.tokens[spot.at - 2] if spot.at > 1 else spot.token
    if brace.text != "}":
        return ()
    return (spot.machine.report.label(brace.start, brace.end, "what came before ends here"),)


def brace_as_operand(spot: Spot) -> Verdict | None:
    """`a + add { ... }`."""
    if spot.token.text != "{" or spot.before.kind not in OPERANDS:
        return None
    return Verdict(
        UNEXPECTED,
        "a brace is a stage, never part of an expression",
        "put the pipeline in parentheses: `(x -> add { ... }) + y`",
    )


def two_stages(spot: Spot) -> Verdict | None:
    """`Dense(10) relu` on one line."""
    if spot.token.kind not in VALUES or spot.before.kind not in OPERANDS | {"RBRACE"}:
        return None
    if spot.takes("EQUAL") and spot.at == spot.line + 1 and spot.after.text == "=":
        return None
    if spot.inside() != "LBRACE":
        return None
    return Verdict(
        UNEXPECTED,
        f"`{spot.token.text}` follows without a sign",
        "join stages by `->`; separate lines by a newline or `;`",
    )


def comma_behind(spot: Spot) -> Verdict | None:
    """`Dense(10),` at the end of a line: read as if the comma were not there."""
    if spot.token.text != "," or spot.inside() != "LBRACE" or spot.begins():
        return None
    if spot.after.kind not in (NL, END) and spot.after.text != "}":
        return None
    place = (spot.token.start, spot.token.end)
    del spot.tokens[spot.at]
    what = "lines follow one another without a comma"
    return Verdict(UNEXPECTED, what, "remove it", place, go_on=spot.at)


def bare_numbers(spot: Spot) -> Verdict | None:
    """`Dropout 0.5`, `Conv 64 3`: read as if the parentheses were there."""
    before = spot.before
    if spot.token.kind not in SETTINGS or before.kind != NAME or not before.text[0].isupper():
        return None
    if spot.inside() != "LBRACE" or (spot.at > spot.line + 1 and spot.word(spot.at - 2) != "->"):
        return None
    end = spot.at
    while spot.tokens[end].kind in (*SETTINGS, "COMMA", NAME):
        end += 1
    given = [token.text for token in spot.tokens[spot.at : end] if token.kind != "COMMA"]
    fix = f"write `{before.text}({', '.join(given)})`"
    place = (spot.token.start, spot.tokens[end - 1].end)
    return Verdict(UNEXPECTED, "settings stand in parentheses", fix, place)


MISTAKES = (
    comma_behind,
    bare_numbers,
    brace_on_its_own_line,
    brace_closes_nothing,
    word_for_later,
    line_word_as_name,
    declaration_inside,
    declaration_on_the_same_line,
    line_outside,
    unnamed,
    keyword_as_name,
    equals_for_colon,
    colon_for_equals,
    assignment_in_condition,
    missing_brace,
    missing_brace_before,
    missing_comma,
    unfinished,
    brace_as_operand,
    two_stages,
)
