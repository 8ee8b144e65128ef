"""The target `keras`: programs to functions, functions and helpers to the text of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from nndsl.backends.base import Emitted, Header
from nndsl.backends.constants import with_constants
from nndsl.backends.keras import spell_foreign
from nndsl.backends.keras.book import Book
from nndsl.backends.keras.differences import DIFFERENCES
from nndsl.backends.keras.function import write_function
from nndsl.backends.keras.helpers import FORMULAS, included
from nndsl.backends.keras.logits import logits_function, needed
from nndsl.backends.keras.naming import function_names
from nndsl.backends.keras.options import asked
from nndsl.backends.keras.own_activations import with_own
from nndsl.backends.keras.pruned import pruned
from nndsl.backends.keras.reading import automatic_names
from nndsl.backends.keras.united import One, united
from nndsl.backends.tensors import Part, Slot
from nndsl.diagnostics import Diagnostics, Failure
from nndsl.emit.tree import Stmt
from nndsl.emit.walk import names
from nndsl.ir.steps import OpStep, Program
from nndsl.ops.base import Type

if TYPE_CHECKING:
    from nndsl.analysis.weights import Owned

ROUNDS = 12  # until signatures stay: as many as recursive blocks pass settings to each other


class KerasTarget:
    """Keras 3: backend-neutral, functional."""

    name = "keras"
    differences = DIFFERENCES

    def lower(self, program: Program, diagnostics: Diagnostics) -> Emitted | None:
        """A function for each plan, callees first; None after a diagnostic (NN6xx)."""
        program, beside = pruned(program)
        book = Book(program, function_names(program.plans), diagnostics, beside)
        try:
            code = self._settle(book)
        except Failure as failure:
            diagnostics.add(failure.diagnostic)
            return None
        foreign = tuple(book.foreign.made.values())
        code = with_constants((*spell_foreign.definitions(foreign), *code), program)
        own = frozenset[str]()
        if program.exact:
            code, own = with_own(code)
        helpers = included({*book.helpers, *own, *(FORMULAS & names(code))})
        entry = book.names[program.plans[-1].name]
        notes, options = tuple(book.notes), asked(code)
        logits = frozenset(needed(program))
        return Emitted(code, helpers, entry, notes, options, foreign, logits=logits)

    def _settle(self, book: Book) -> tuple[Stmt, ...]:
        """Lowers until the signatures that callers saw are the ones that came out."""
        for _ in range(ROUNDS):
            seen = book.seen()
            book.helpers.clear()
            book.foreign.clear()
            book.notes.clear()
            written: list[One] = []
            for plan in book.program.plans:
                function, signature = write_function(book, plan)
                book.signatures[plan.name] = signature
                written.append(One(plan, function, signature))
            code, book.united = united(book, written)
            book.auto = automatic_names(code) & book.asked
            if seen == book.seen():
                logits = logits_function(book.logits, book.program)
                return tuple(code if logits is None else [*code, logits])
        raise AssertionError("signatures of recursive blocks do not settle")

    def render(self, emitted: Emitted, header: Header) -> str:
        """The text of the model file."""
        from nndsl.backends.keras.render import render_file

        return render_file(emitted, header)

    def tensors(self, weights: Sequence[Owned], keys: Mapping[str, str]) -> tuple[Slot, ...]:
        """Layers and attributes (`tower/conv1.kernel`); attention's have more axes, same order."""
        return tuple(Slot(keys[each.path], (Part(each.path),)) for each in weights)

    def layer_tensors(self, step: OpStep) -> tuple[Slot, ...]:
        """As the language has them."""
        return tuple(Slot(weight.name, (Part(weight.name),)) for weight in step.weights)

    def axes(self, type_: Type) -> tuple[int, ...]:
        """As the file says."""
        return tuple(range(type_.rank))


TARGET = KerasTarget()
