"""`nndsl explain`: what an error code means."""

from __future__ import annotations

from textwrap import fill

from nndsl.cli.console import CLEAN, say
from nndsl.cli.options import Arguments, UsageError
from nndsl.cli.pages import pages
from nndsl.diagnostics.codes import CodePage
from nndsl.diagnostics.model import did_you_mean

WIDTH = 88


def run(arguments: Arguments) -> int:
    """Prints the page of a code; `all` prints every one."""
    wanted = arguments.operands[0].strip("[]").upper()
    known = pages()
    wanted = f"NN{wanted}" if wanted.isdigit() else wanted
    if wanted == "ALL":
        say("\n".join(map(shown, known.values())))
        return CLEAN
    if wanted not in known:
        hint = (
            did_you_mean(wanted, known) or "codes look like NN101; `nndsl explain all` lists them"
        )
        raise UsageError(f"there is no code `{arguments.operands[0]}`; {hint}")
    say(shown(known[wanted]))
    return CLEAN


def shown(page: CodePage) -> str:
    """A page as text."""
    paragraphs = [fill(part, WIDTH) for part in page.text.split("\n\n")]
    return "\n\n".join([f"{page.code}: {page.title}", *paragraphs]) + "\n"
