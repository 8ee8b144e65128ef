"""Writes the pages that come from the code: docs/layers/, docs/errors.md, docs/semantics.md.

`make docs` runs it.

Nothing here is known of a layer but what its op class says. The texts are the same for the same
code: tests/docs/test_pages.py compares them with the files.
"""

from collections.abc import Iterator
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

from nndsl.cli.pages import pages as error_pages
from nndsl.ops.base import Op, Setting, Weight, Word
from nndsl.ops.index import WORDS
from nndsl.ops.initializers import ALIASES, INITIALIZERS
from nndsl.ops.kinds import show_value
from nndsl.ops.numbers import show_shape
from nndsl.ops.registry import find
from tests.support.calls import read_call
from tools import semantics
from tools.markdown import code, made, table

DOCS = Path(__file__).resolve().parent.parent / "docs"
HOW = {
    "Tied": "`name.transposed`",
    "slice": "`x[1:5, 0]`",
    "negative": "`-x`",
    "open_state": "`h, c = state`",
}


def files() -> dict[str, str]:
    """Every generated page by its path under docs/."""
    ops = {word: op for word in WORDS if (op := find(word)) is not None}
    layers = {f"layers/{word}.md": page(op) for word, op in ops.items() if not op.like}
    return {
        "errors.md": errors(),
        "semantics.md": semantics.page(ops),
        "layers/index.md": index(ops),
        **dict(sorted(layers.items())),
    }


# ---- one page ------------------------------------------------------------------------------------


def page(op: Op) -> str:
    """The page of a layer: what it takes and gives, its settings, weights, examples, errors."""
    parts = [
        f"# {op.word}",
        made(f"ops/{WORDS[op.word]}.py"),
        f"`{signature(op)}`",
        cleandoc(type(op).__doc__ or ""),
        f"{code(semantics.formula(op))}\n[How to read it](../semantics.md).",
        "\n".join(_facts(op)),
        *_settings(op),
        *_weights(op),
        *_examples(op),
        *_rejects(op),
        f"[All layers](index.md) · [the language](../language.md#{_section(op)})",
    ]
    return "\n\n".join(parts) + "\n"


def signature(op: Op) -> str:
    """The word with its settings; those after `*` go by keyword."""
    placed = [setting for setting in op.settings if not setting.keyword]
    named = [setting for setting in op.settings if setting.keyword]
    shown = [_shown(setting) for setting in placed]
    shown += ["*", *map(_shown, named)] if named else []
    return f"{op.word}({', '.join(shown)})" if shown else op.word


def _shown(setting: Setting) -> str:
    return setting.name if setting.required else f"{setting.name}={show_value(setting.default)}"


def _facts(op: Op) -> Iterator[str]:
    yield f"- **Kind:** {op.kind}."
    yield f"- **Takes:** {op.takes}."
    if any(op.operands[1:]):
        named = ", ".join(f"`{name}=`" for name in op.operands if name)
        yield f"- **Values by keyword:** {named}."
    if any(op.results):
        yield f"- **Gives:** {', '.join(name or 'the result' for name in op.results)}."
    if op.word in HOW:
        yield f"- **Written:** {HOW[op.word]}."
    if op.aliases:
        yield f"- **Also called:** {', '.join(f'`{alias}`' for alias in op.aliases)}."
    ranks = _ranked(op)
    if ranks:
        yield f"- **With a rank:** {', '.join(f'`{word}`' for word in ranks)}."


def _ranked(op: Op) -> list[str]:
    return [word for word in WORDS if (other := find(word)) is not None and other.like == op.word]


def _section(op: Op) -> str:
    return {"merge": "merges", "function": "values"}.get(op.kind, "settings")


def _settings(op: Op) -> Iterator[str]:
    if not op.settings:
        return
    yield "## Settings"
    rows = [
        (
            f"`{setting.name}`",
            setting.kind.label,
            "needed" if setting.required else f"`{show_value(setting.default)}`",
            "by keyword" if setting.keyword else "",
            setting.doc,
        )
        for setting in op.settings
    ]
    yield table(("setting", "takes", "default", "", "meaning"), rows)


def _weights(op: Op) -> Iterator[str]:
    """The weights of the first example that has any."""
    for example in op.examples:
        _, call = read_call(example.call, example.takes)
        weights = op.weights(call)
        if weights:
            yield "## Weights"
            yield f"Of `{example.call}` given `{example.takes}`:"
            yield table(("weight", "shape", "starts as", "trained"), map(_weight, weights))
            return


def _weight(weight: Weight) -> tuple[str, str, str, str]:
    start = show_value(Word(*weight.init)).replace("forget_one", "zeros, and 1 for the forget gate")
    trained = "yes" if weight.trainable else "no"
    return f"`{weight.name}`", f"`{show_shape(weight.shape)}`", start, trained


def _examples(op: Op) -> Iterator[str]:
    yield "## Examples"
    yield table(
        ("call", "given", "gives", "parameters", "not trained", "MACs", "the numbers are from"),
        (
            (
                f"`{example.call}`",
                f"`{example.takes}`" if example.takes else "",
                f"`{example.gives}`",
                f"{example.params:,}",
                f"{example.non_trainable:,}" if example.non_trainable else "",
                f"{example.macs:,}" if example.macs is not None else "",
                example.source,
            )
            for example in op.examples
        ),
    )


def _rejects(op: Op) -> Iterator[str]:
    if op.rejects:
        yield "## Errors"
        rows = [
            (f"`{r.call}`", f"`{r.takes}`" if r.takes else "", error_link(r.code), r.why)
            for r in op.rejects
        ]
        yield table(("call", "given", "error", "because"), rows)


def error_link(code: str) -> str:
    """A link to the page of an error code."""
    return f"[{code}](../errors.md#{code.lower()})"


# ---- lists ---------------------------------------------------------------------------------------


def index(ops: dict[str, Op]) -> str:
    """All words by family, and the initialisers."""
    parts = [
        "# Layers and functions",
        made("ops"),
        "Every word of the language that has no grammar of its own. Sizes are without the batch.",
    ]
    for family in dict.fromkeys(WORDS.values()):
        mine = [op for word, op in ops.items() if WORDS[word] == family and not op.like]
        title = (import_module(f"nndsl.ops.{family}").__doc__ or "").partition("\n")[0]
        parts += [f"## {title.partition(':')[0].rstrip('.')}"]
        rows = [(f"[`{op.word}`]({op.word}.md)", op.kind, first_sentence(op)) for op in mine]
        parts += [table(("word", "kind", "what it does"), rows)]
    words = {word: [a for a, of in ALIASES.items() if of == word] for word in INITIALIZERS}
    parts += ["## Initialisers", "Words for `init=`, `bias_init=` and `weight` lines."]
    rows = [
        (
            f"`{word}({', '.join(item.numbers)})`" if item.numbers else f"`{word}`",
            item.doc,
            ", ".join(f"`{alias}`" for alias in words[word]),
        )
        for word, item in INITIALIZERS.items()
    ]
    parts += [table(("word", "meaning", "also called"), rows)]
    return "\n\n".join(parts) + "\n"


def first_sentence(op: Op) -> str:
    """The first line of what the class says."""
    return cleandoc(type(op).__doc__ or "").partition("\n\n")[0].replace("\n", " ")


def errors() -> str:
    """Every error code with its explanation."""
    parts = [
        "# Error codes",
        made("cli/pages.py and the tables that it names"),
        "`nndsl explain CODE` prints these pages. Codes are stable.",
    ]
    for found in error_pages().values():
        parts += [f"## {found.code}", f"**{found.title}.**", found.text.replace("\n", " ")]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Brings docs/ up to date, and removes pages of layers that are gone."""
    pages = files()
    (DOCS / "layers").mkdir(exist_ok=True)
    for old in (DOCS / "layers").glob("*.md"):
        if f"layers/{old.name}" not in pages:
            old.unlink()
    for name, text in pages.items():
        (DOCS / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
