"""Command lines: what each command takes, as data, and the parser that reads them.

Not argparse: it costs more to import than the whole of `nndsl params` may take beside the
interpreter, and its messages know no near names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nndsl._record import NamedTuple
from nndsl.diagnostics.model import near


class Option(NamedTuple):
    """`--name VALUE`. value: how help calls it, empty for a switch; choices: the words it takes.

    many: it may be given more than once. short: one more spelling (`-o`). whole: a number.
    """

    name: str
    help: str
    value: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""
    many: bool = False
    short: str = ""
    whole: bool = False


SIZE = Option("max-size", "the largest file that is read, in MB (default 8)", "MB", whole=True)


class Command(NamedTuple):
    """One command. operand: how its operands are called (`FILE`); least and most: how many.

    rest: arguments after `--` are handed on.
    """

    name: str
    help: str
    operand: str
    least: int
    most: int
    options: tuple[Option, ...]
    text: str = ""
    rest: bool = False


def options_of(command: Command) -> tuple[Option, ...]:
    """Its own options, and those of every command that reads files."""
    return (*command.options, SIZE) if command.operand == "FILE" else command.options


class UsageError(Exception):
    """The command line cannot be understood; the message says how it should be."""


class Arguments:
    """What a command line says, all options filled in."""

    __slots__ = ("command", "operands", "rest", "values")

    def __init__(self, command: Command) -> None:
        self.command = command
        self.operands: list[str] = []
        self.rest: list[str] = []
        self.values: dict[str, list[str]] = {}

    def text(self, name: str) -> str:
        """The value of an option, or its default."""
        given = self.values.get(name)
        return given[-1] if given else self._option(name).default

    def all(self, name: str) -> list[str]:
        """Every value of an option that may be given more than once."""
        return self.values.get(name, [])

    def flag(self, name: str) -> bool:
        """True where a switch is given."""
        return name in self.values

    def number(self, name: str) -> int | None:
        """A whole number, or None where it is not given."""
        text = self.text(name)
        return int(text) if text else None

    def _option(self, name: str) -> Option:
        return next(option for option in options_of(self.command) if option.name == name)


def read(command: Command, words: Sequence[str]) -> Arguments:
    """The arguments of a command; raises UsageError."""
    found = Arguments(command)
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word == "--":
            _rest(found, words[at:])
            break
        if not word.startswith("-") or word == "-":
            found.operands.append(word)
            continue
        name, equals, value = word.partition("=")
        option = _find(command, name)
        if option.value and not equals:
            if at == len(words):
                raise UsageError(f"`{name}` needs a value: {name} {option.value}")
            value = words[at]
            at += 1
        elif equals and not option.value:
            raise UsageError(f"`{name}` takes no value")
        _keep(found, option, name, value)
    _count(found)
    return found


def _rest(found: Arguments, words: Sequence[str]) -> None:
    if found.command.rest:
        found.rest = list(words)
    else:
        found.operands += words


def _find(command: Command, name: str) -> Option:
    for option in options_of(command):
        if name in (f"--{option.name}", option.short):
            return option
    known = [f"--{option.name}" for option in options_of(command)]
    close = near(name, known)
    hint = f"did you mean {', '.join(f'`{n}`' for n in close)}?" if close else (
        f"it takes {', '.join(known)}"
    )  # fmt: skip
    if command.rest:
        hint += "; flags of the training script come after `--`"
    raise UsageError(f"`nndsl {command.name}` has no option `{name}`; {hint}")


def _keep(found: Arguments, option: Option, name: str, value: str) -> None:
    if option.choices and value not in option.choices:
        words = ", ".join(option.choices)
        raise UsageError(f"`{name}` does not know `{value}`; it takes {words}")
    if option.whole and not (value.isascii() and value.isdigit()):
        raise UsageError(f"`{name}` takes a whole number, not `{value}`")
    if option.name in found.values and not option.many:
        raise UsageError(f"`{name}` is given twice")
    found.values.setdefault(option.name, []).append(value)


def _count(found: Arguments) -> None:
    command, count = found.command, len(found.operands)
    if count < command.least:
        raise UsageError(f"`nndsl {command.name}` needs a {command.operand}: {usage(command)}")
    if count > command.most:
        extra = found.operands[command.most]
        raise UsageError(f"`{extra}` is one {command.operand} too many: {usage(command)}")


# ---- help ----------------------------------------------------------------------------------------


def usage(command: Command) -> str:
    """`nndsl params FILE [--model NAME] …`."""
    operand = command.operand + ("..." if command.most > 1 else "")
    parts = ["nndsl", command.name, operand if command.least else f"[{operand}]"]
    parts += [_spelled(option) for option in command.options]
    return " ".join([*filter(None, parts), *(["[-- FLAGS]"] if command.rest else [])])


def _spelled(option: Option) -> str:
    name = option.short or f"--{option.name}"
    if option.choices:
        return f"[{name} {'|'.join(option.choices)}]"
    return f"[{name} {option.value}]{'...' if option.many else ''}" if option.value else f"[{name}]"


def help_text(command: Command) -> str:
    """What `nndsl COMMAND --help` prints."""
    heads = [
        ", ".join(filter(None, (option.short, f"--{option.name}")))
        + (f" {option.value}" if option.value else "")
        for option in options_of(command)
    ]
    width = max(map(len, [*heads, "--help"]))
    lines = [command.help, "", f"usage: {usage(command)}", ""]
    if command.text:
        lines += [command.text.strip("\n"), ""]
    lines += [
        f"  {head:<{width}}  {option.help}" + _default(option)
        for head, option in zip(heads, options_of(command), strict=True)
    ]
    lines.append(f"  {'--help':<{width}}  this text")
    return "\n".join(lines) + "\n"


def _default(option: Option) -> str:
    words = f": {', '.join(option.choices)}" if option.choices else ""
    return words + (f" (default {option.default})" if option.default else "")


def overview(commands: Mapping[str, Command], version: str) -> str:
    """What `nndsl --help` prints."""
    width = max(map(len, commands))
    lines = [
        f"nndsl {version}: a compiler for neural networks",
        "",
        "usage: nndsl COMMAND FILE [OPTIONS]",
        "",
    ]
    lines += [f"  {name:<{width}}  {command.help}" for name, command in commands.items()]
    return "\n".join([*lines, "", "`nndsl COMMAND --help` lists the options of a command.", ""])
