"""`--set name=value`: settings from outside, as texts by name."""

from __future__ import annotations

from nndsl.cli.options import Arguments, UsageError


def settings(arguments: Arguments) -> dict[str, str]:
    """The given settings; raises UsageError where one has no name or no value, or comes twice."""
    found: dict[str, str] = {}
    for item in arguments.all("set"):
        name, equals, value = item.partition("=")
        name, value = name.strip(), value.strip()
        if not equals or not name.isidentifier() or not value:
            raise UsageError(f"`--set {item}`: write a name and a value, as in `--set depth=24`")
        if name in found:
            raise UsageError(f"`--set {name}` is given twice")
        found[name] = value
    return found
