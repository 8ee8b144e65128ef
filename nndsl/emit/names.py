"""Names in emitted code: the user's, but unlike Python's own words and unlike each other."""

import builtins
import keyword

# Words of the language, and letters that ruff takes for digits (E741).
KEYWORDS = frozenset((*keyword.kwlist, *keyword.softkwlist, "self", "l", "I", "O"))
BUILTINS = frozenset(dir(builtins))


class Namer:
    """Hands out names of one scope, each once; the same requests give the same names.

    numbered: what is asked for more than once, so that the first one has its number as well.
    """

    def __init__(self, reserved: frozenset[str], numbered: frozenset[str] = frozenset()) -> None:
        self._reserved = reserved
        self._numbered = numbered
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}
        self.bases: dict[str, str] = {}
        """What each name was asked for as."""

    def fresh(self, base: str) -> str:
        """The base if it is free, else with a suffix: `_` for a reserved word, a number."""
        wanted = name = safe(base, self._reserved)
        numbered = base in self._numbered
        count = self._counts.get(base, 1 if numbered else 2)  # lower ones were taken before
        if numbered:
            name, count = f"{base}{count}", count + 1
        while name in self._taken or name in self._reserved:
            name = f"{base}_{count}" if base[-1:].isdigit() else f"{base}{count}"
            count += 1
        self._counts[base] = count
        self._taken.add(name)
        self.bases[name] = wanted
        return name

    def repeated(self) -> frozenset[str]:
        """What was asked for more than once; names that end in a number have one."""
        several = (base for base, count in self._counts.items() if count > 2)
        return frozenset(base for base in several if not base[-1:].isdigit())

    def take(self, name: str) -> None:
        """Keeps a name from being handed out."""
        self._taken.add(name)


def safe(name: str, reserved: frozenset[str]) -> str:
    """The name, with `_` behind it where it is reserved; none that a class would mangle."""
    if name.startswith("__") and not name.endswith("__"):
        name = f"_{name.lstrip('_')}_"
    return f"{name}_" if name in reserved or name.startswith("__") else name


def plural(name: str) -> str:
    """`conv` -> `convs`, `branch` -> `branches`, `dense1` -> `dense1s`."""
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-1]}ies" if name.endswith("y") and name[-2:-1] not in "aeiou" else f"{name}s"
