"""Makes the nodes of lines and declarations from the parts of their rules."""

from __future__ import annotations

from nndsl.source import Span
from nndsl.syntax import ast
from nndsl.syntax.build_expr import EXPRESSIONS, Literals
from nndsl.syntax.errors import LATER, VERSION
from nndsl.syntax.machine import Build, Values
from nndsl.syntax.report import Report
from nndsl.syntax.tokens import Lexed, Token

LANGUAGE = 1


def first_line(_: Span, v: Values) -> Values:
    return v


def next_line(_: Span, v: Values) -> Values:
    v[0].append(v[2])
    lines: Values = v[0]
    return lines


def body(_: Span, v: Values) -> tuple[ast.Line, ...]:
    return tuple(v[0] or ())


def pipe_line(span: Span, v: Values) -> ast.PipeLine:
    return ast.PipeLine(v[0], span)


def bind(span: Span, v: Values) -> ast.Bind:
    return ast.Bind(tuple(v[0]), v[1], span)


def shared(span: Span, v: Values) -> ast.Shared:
    return ast.Shared(v[0].text, v[1], span)


def frozen_shared(span: Span, v: Values) -> ast.Shared:
    """`frozen shared x = p` is `shared x = frozen p`, p in parentheses if it is long."""
    whole: ast.Pipeline = v[1]
    stage = whole.stages[0]
    if len(whole.stages) > 1:
        stage = ast.ExprStage(ast.PipeExpr(whole, whole.span), whole.span)
    frozen = ast.Pipeline((ast.Frozen(stage, whole.span),), whole.span)
    return ast.Shared(v[0].text, frozen, span)


def weight(span: Span, v: Values) -> ast.WeightLine:
    return ast.WeightLine(v[0].text, v[1], v[2], False, span)


def frozen_weight(span: Span, v: Values) -> ast.WeightLine:
    return ast.WeightLine(v[0].text, v[1], v[2], True, span)


def push(span: Span, v: Values) -> ast.Push:
    return ast.Push(v[0].text, v[1], span)


def loss(span: Span, v: Values) -> ast.Loss:
    return ast.Loss(v[0].text, v[1], span)


def import_file(span: Span, v: Values) -> ast.Import:
    return ast.Import(unquoted(v[0]), None, span)


def import_names(span: Span, v: Values) -> ast.Import:
    names = tuple(ast.Name(one.text, Span(one.start, one.end, span.file)) for one in v[1])
    return ast.Import(unquoted(v[0]), names, span)


def unquoted(token: Token) -> str:
    """The path of an import; paths have no escapes but the quotes and the backslash."""
    return token.text[1:-1].replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")


def train(span: Span, v: Values) -> ast.Train:
    return ast.Train(v[0].text if v[0] else None, tuple(v[1] or ()), span)


def bare_setting(span: Span, v: Values) -> ast.Setting:
    return ast.Setting(v[0].text, None, (), span)


def setting(span: Span, v: Values) -> ast.Setting:
    return ast.Setting(v[0].text, None, tuple(v[1:]), span)


def named_setting(span: Span, v: Values) -> ast.Setting:
    return ast.Setting(v[0].text, v[1].text, (v[2],), span)


def step(span: Span, v: Values) -> ast.Setting:
    return ast.Setting("step", v[0].text if v[0] else None, (), span)


LINES: dict[str, Build] = {
    "bare_setting": bare_setting,
    "bind": bind,
    "body": body,
    "first_line": first_line,
    "frozen_shared": frozen_shared,
    "frozen_weight": frozen_weight,
    "import_file": import_file,
    "import_names": import_names,
    "loss": loss,
    "named_setting": named_setting,
    "next_line": next_line,
    "pipe_line": pipe_line,
    "push": push,
    "setting": setting,
    "shared": shared,
    "step": step,
    "train": train,
    "weight": weight,
}


class Documented:
    """The builders that look for doc comments, and those that report."""

    def __init__(self, lexed: Lexed, report: Report) -> None:
        self.lexed = lexed
        self.report = report

    def doc(self, span: Span) -> str:
        """The `##` lines before a node, or the one behind it on its line."""
        before = self.lexed.docs.get(span.start)
        return before if before is not None else self.lexed.trailing.get(span.end, "")

    def param(self, span: Span, v: Values) -> ast.ParamDecl:
        return ast.ParamDecl(v[0].text, v[1], span, self.doc(span))

    def input(self, span: Span, v: Values) -> ast.Input:
        return ast.Input(v[0].text, v[1], span, self.doc(span))

    def output(self, span: Span, v: Values) -> ast.Output:
        return ast.Output(None, v[0], span, self.doc(span))

    def named_output(self, span: Span, v: Values) -> ast.Output:
        return ast.Output(v[0].text, v[1], span, self.doc(span))

    def let_value(self, span: Span, v: Values) -> ast.Let:
        return ast.Let(v[0], None, v[1], span, self.doc(span))

    def let_function(self, span: Span, v: Values) -> ast.Let:
        name = ast.Target(v[0].text, (), Span(v[0].start, v[0].end, span.file))
        return ast.Let((name,), tuple(one.text for one in v[1]), v[2], span, self.doc(span))

    def definition(self, span: Span, v: Values) -> ast.Def:
        kind, name, params, lines = v
        place = Span(name.start, name.end, span.file)
        doc = self.lexed.docs.get(span.start, "")
        return ast.Def(kind.text, name.text, tuple(params or ()), lines, doc, place, span)

    def preset(self, span: Span, v: Values) -> ast.Preset:
        kind, name, value = v
        place = Span(name.start, name.end, span.file)
        return ast.Preset(kind.text, name.text, value, self.doc(span), place, span)

    def reserved(self, span: Span, v: Values) -> ast.PipeLine:
        """A line that is one of the words that are kept for later."""
        word = self.report.source.text[span.start : span.end]
        self.report.error(
            LATER,
            (span.start, span.end),
            f"`{word}` at the beginning of a line is reserved for a later version",
            "take another name for the value",
        )
        only = ast.ExprStage(ast.Name(word, span), span)
        return ast.PipeLine(ast.Pipeline((only,), span), span)

    def version(self, span: Span, v: Values) -> int:
        """`nn 1`, before everything else."""
        if v[0].text != str(LANGUAGE):
            self.report.error(
                VERSION,
                (v[0].start, v[0].end),
                f"this file is written in version {v[0].text[:20]} of the language",
                f"this compiler understands version {LANGUAGE}",
            )
        elif span.start != self.lexed.tokens[0].start:
            message = "the version comes first in a file"
            self.report.error(VERSION, (span.start, span.end), message, "move it to the top")
        return LANGUAGE

    def file(self, span: Span, v: Values) -> ast.File:
        """All declarations; the version is a field."""
        kept = tuple(one for one in v[0] or () if not isinstance(one, int))
        version = LANGUAGE if len(kept) < len(v[0] or ()) else None
        doc = self.lexed.head
        if not doc and (not kept or kept[0].span.start != span.start or _plain(kept[0])):
            doc = self.lexed.docs.get(span.start, "")
        whole = Span(0, len(self.report.source.text), span.file)
        tree = ast.File(version, kept, tuple(self.lexed.comments), doc, whole)
        return self._sound(tree) if self.report.own() else tree

    def _sound(self, tree: ast.File) -> ast.File:
        """The tree without what its errors make doubtful."""
        from nndsl.syntax.damage import Damage  # a file without errors does not wait for it

        text = self.report.source.text
        damage = Damage([one.span.start for one in self.report.own()], text)
        kept = [damage.declaration(one) for one in tree.declarations]
        return tree._replace(
            declarations=tuple(one for one in kept if one is not None),
            doubtful=frozenset(damage.names() | self.report.doubtful),
        )

    def table(self) -> dict[str, Build]:
        """The builders by the names of their rules."""
        return {
            "definition": self.definition,
            "file": self.file,
            "input": self.input,
            "let_function": self.let_function,
            "let_value": self.let_value,
            "named_output": self.named_output,
            "output": self.output,
            "param": self.param,
            "preset": self.preset,
            "reserved": self.reserved,
            "version": self.version,
        }


def _plain(declaration: ast.Declaration) -> bool:
    """True for a declaration that has no doc comment of its own."""
    return isinstance(declaration, ast.Import | ast.Train)


def builders(lexed: Lexed, report: Report) -> dict[str, Build]:
    """Every builder by the name of its rule or alias in the grammar."""
    return EXPRESSIONS | LINES | Literals(report).table() | Documented(lexed, report).table()
