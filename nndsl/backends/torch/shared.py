"""What the classes of one file share while they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nndsl.backends.foreign import Classes
from nndsl.backends.torch.finals import find_finals
from nndsl.backends.torch.helpers import HELPERS
from nndsl.backends.torch.naming import VARIABLES
from nndsl.backends.torch.pins import pins_of
from nndsl.backends.torch.signature import Signature
from nndsl.diagnostics import Diagnostics
from nndsl.emit.tree import Expr
from nndsl.ir.steps import Program

MODULES = ("torch", "F", "nn", "math")  # what layers of other packages may call


class Shared:
    """What the classes of one file share: the signatures so far, helpers used, diagnostics."""

    def __init__(
        self, program: Program, diagnostics: Diagnostics, sequences: Iterable[int] = ()
    ) -> None:
        self.program = program
        self.sequences = set(sequences)
        """Plans that hold sequences with the channels first."""
        self.diagnostics = diagnostics
        self.signatures: dict[int, Signature] = {}
        self.helpers: set[str] = set()
        self.foreign = Classes("torch", MODULES, VARIABLES | frozenset(HELPERS))
        self.options: set[str] = set()
        self.notes: set[str] = set()
        self.losses = False
        self.inner_losses = False
        self.penalties = False
        self.finals = find_finals(program)
        self.last: dict[int, tuple[Callable[[Expr], Expr], ...]] = {}
        """By plan: the activations that `logits` leaves out."""
        self.pins = pins_of(program)
        """By plan: settings with one value in all uses."""
        self.places: dict[int, dict[str, Expr]] = {}
        """By plan: where a site's module lies, relative to `self`."""
