"""`nndsl verify`: the emitted code of several targets, run and compared."""

from __future__ import annotations

from nndsl.cli.console import CLEAN, WRONG, say, show, tell
from nndsl.cli.files import Folder, read_source
from nndsl.cli.options import Arguments, UsageError
from nndsl.cli.settings import settings


def run(arguments: Arguments) -> int:
    """0 where the targets agree; 1 after an error, or where they do not."""
    from nndsl.verify.plan import Options
    from nndsl.verify.report import as_json, as_text
    from nndsl.verify.run import NEEDS, verify

    path = arguments.operands[0]
    targets = [name.strip() for name in arguments.text("targets").split(",")]
    if sorted(targets) != sorted(NEEDS):
        raise UsageError("`--targets` takes `keras,torch` or `torch,keras`: no other code is run")
    batch = arguments.number("batch") or 0
    if batch < 2:
        raise UsageError("`--batch` takes 2 or more: batch norm needs several examples")
    options = Options(
        arguments.text("tier"), arguments.number("steps") or 0, batch,
        arguments.number("seed") or 0, "exact" if arguments.flag("exact") else "idiomatic",
    )  # fmt: skip
    source = read_source(path)
    tell(f"running the code of {' and '.join(targets)} ...")
    found = verify(source, arguments.text("model") or None, settings(arguments), targets, options,
                   Folder(path))  # fmt: skip
    code = show(found.diagnostics, found.sources)
    if code != CLEAN:
        return code
    say(as_json(found) if arguments.text("format") == "json" else as_text(found))
    return CLEAN if found.ok else WRONG
