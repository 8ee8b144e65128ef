"""One plan to one class: the constructor's and forward's statements, in one walk over its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nndsl.backends.torch import acts
from nndsl.backends.torch.flow import Flow
from nndsl.backends.torch.formula import Formulas
from nndsl.backends.torch.layout import Order, boundary_order, file_order, physical
from nndsl.backends.torch.measured import Measured
from nndsl.backends.torch.naming import ATTRIBUTES, VARIABLES
from nndsl.backends.torch.piece import Piece
from nndsl.backends.torch.place import ClassPlace, Kept, Names, Place, levels
from nndsl.backends.torch.rename import KeptSite
from nndsl.backends.torch.shared import Shared
from nndsl.backends.torch.signature import Signature, full_signature, setting_name
from nndsl.backends.torch.uses import count_uses, known_lists, real_lists
from nndsl.backends.torch.view import OpView
from nndsl.emit import build as b
from nndsl.emit.names import Namer
from nndsl.emit.tree import Assert, Attr, Const, Expr, Name, Stmt
from nndsl.emit.walk import names
from nndsl.ir.exits import leaves
from nndsl.ir.input_sizes import InputSizes, is_open, open_names
from nndsl.ir.nested import all_steps
from nndsl.ir.steps import (
    Body,
    LetStep,
    LoopStep,
    OpStep,
    OwnStep,
    Part,
    Plan,
    Port,
    Site,
    Step,
    UseStep,
    Value,
)
from nndsl.ops.base import Recipe, Type
from nndsl.ops.symbols import Term, is_const

if TYPE_CHECKING:
    from collections.abc import Iterator


STATELESS = ("pad", "crop")  # pieces without weights: one of the same code serves all


class Lowering:
    """The state of one class while it is written. The steps' own code is in the modules beside."""

    def __init__(
        self,
        plan: Plan,
        shared: Shared,
        signature: Signature,
        root: bool,
        finals: frozenset[int] = frozenset(),
        renamed: Mapping[str, str] = {},
        running: frozenset[str] = frozenset(),
        numbered: frozenset[str] = frozenset(),
    ) -> None:
        self.plan = plan
        self.body = plan.body
        self.shared = shared
        self.signature = signature
        self.root = root
        self.renamed = renamed
        self.kept: list[KeptSite] = []
        self.role = ""
        own = ATTRIBUTES if finals else ATTRIBUTES - {"logits"}
        self.names = Names(Namer(own, numbered), Namer(VARIABLES), Namer(VARIABLES))
        self.top = ClassPlace(self.names)
        self.place: Place = self.top
        self.measured = Measured(plan, running)
        self.uses = count_uses(self.body, running)
        self.formulas = Formulas(self)
        self.vars: dict[str, Expr] = {}
        self.owned: dict[tuple[str, str], Expr] = {}
        self.data: dict[tuple[str, str], Expr] = {}
        self.places: dict[str, Expr] = {}
        self.finals: dict[int, Callable[[Expr], Expr]] = {}
        self.final_ids = finals
        self.has_losses = False
        self.prelude: list[Stmt] = []
        self.opens: dict[str, Expr] = {}
        self.frozen = False
        for argument in full_signature(plan).python:  # also those that are no argument yet
            self.names.locals.take(argument)
        for argument_ in plan.arguments:
            self.vars[argument_.name] = Name(setting_name(argument_.name))
        self.pins = shared.pins.get(id(plan), {})
        self.vars.update({name: Const(value) for name, value in self.pins.items()})
        self.words = frozenset(_words(plan))
        self.lists = real_lists(self.body)
        known = known_lists(self.body) if plan.general else frozenset()
        self.known: dict[str, list[Value]] = {stack: [] for stack in known}
        for stack in self.lists:
            self.names.variables.take(stack)
        self.ports = self._name_ports()
        comments = signature.readable(plan) if root else None
        self.flow = Flow(self.uses, self.body.labels, self.names.variables, comments)
        self.sizes = InputSizes(self.body.inputs)
        for name, port in zip(self.ports, self.body.inputs, strict=True):
            self.flow.bind(port.value, Name(name), self.lay_ends(port.value.type))

    def _name_ports(self) -> tuple[str, ...]:
        """Parameters of `forward`: the ports' names, `x` for an unnamed first one."""
        found = []
        for place, port in enumerate(self.body.inputs):
            name = "x" if place == 0 and port.name == "input" else port.name
            found.append(self.names.variables.fresh(name))
        return tuple(found)

    # ---- how values lie ----

    def lay(self, type_: Type) -> Order:
        """Where values meet inside: in loops, branches and lists."""
        return boundary_order(type_, id(self.plan) in self.shared.sequences)

    def lay_ends(self, type_: Type) -> Order:
        """Inputs and outputs: a model's as the file says."""
        return boundary_order(type_) if self.root else self.lay(type_)

    def lay_in(self, step: UseStep) -> Callable[[Type], Order]:
        """Inputs and outputs of a block that is used."""
        first = id(self.shared.program.plan(step.instance)) in self.shared.sequences
        return lambda type_: boundary_order(type_, first)

    # ---- leaves of formulas (the protocol of `formula.Look`) ----

    def var(self, name: str) -> Expr:
        found = self.vars.get(name)
        return Name(setting_name(name)) if found is None else found

    def dim(self, port: str, axis: int) -> Expr:
        for argument in self.signature.dims:
            if argument.name == port and argument.axis == axis:
                return Name(argument.python)
        return Name(self._missing_dim(port, axis))

    def _missing_dim(self, port: str, axis: int) -> str:
        """The parameter that a dimension would have; read by the fixpoint of signatures."""
        for argument in full_signature(self.plan).dims:
            if argument.name == port and argument.axis == axis:
                return argument.python
        raise ValueError(f"{self.plan.name} has no dimension {axis} of {port}")

    def open(self, name: str) -> Expr:
        """An open dimension in `forward`, or a size of an input; a dimension is computed once."""
        if name in self.sizes.leaves:
            return self._size(*self.sizes.leaves[name])
        if name not in self.opens:
            told = self.sizes.told(Term("open", (name,)))
            if is_open(told):
                what = f"`{name}` in `{self.plan.definition.name}`: no size of an input tells it"
                self.unsayable(None, what)
                return Const(1)
            code = Formulas(_Running(self)).code(told)
            variable = self.names.variables.fresh(name.lstrip("?").lower() or "size")
            self.prelude.append(b.assign(variable, code))
            self.opens[name] = Name(variable)
        return self.opens[name]

    def _size(self, port: Port, axis: int) -> Expr:
        """The size of an input along one of the file's axes."""
        python = self.ports[self.body.inputs.index(port)]
        type_ = port.value.type
        at = physical(self.lay_ends(type_), axis, type_.batched)
        return b.index(b.attr(python, "shape"), at)

    def hold(self) -> None:
        """The head of a model's `forward`: what the types of its inputs say of their sizes."""
        for held in self.sizes.held:
            left, right = (Formulas(_Running(self)).code(t) for t in (held.left, held.right))
            self.flow.out.append(Assert(b.compare(left, "==", right)))

    # ---- what the constructor keeps ----

    def keep_module(self, step: OpStep | UseStep, suffix: str, code: Expr) -> Expr:
        """A module; one that a `shared` owns is kept once, at its declaration."""
        key = (step.owner, suffix)
        if step.owner and key in self.owned:
            return self.owned[key]
        if suffix in STATELESS and self.place is self.top:
            return self.keep_data(suffix, code)
        name = suffix or step.owner or self.renamed.get(step.site.name, step.site.name)
        if not suffix and not step.owner:
            self.kept.append(
                KeptSite(step.site.name, step.site.given, levels(self.place), self.role)
            )
        ref = self.place.keep(Kept(name, code, frozen=step.frozen))
        if step.owner:
            self.owned[key] = ref
        if self.place is self.top and not suffix and isinstance(ref, Attr):
            self.top.frozen += [f"{ref.name}.{part.setting}" for part in _frozen_parts(step)]
        if not suffix:
            self.places[step.owner or step.site.name] = ref
        return ref

    def repeated(self) -> frozenset[str]:
        """Attributes that several things asked for, none of them by the user's own name."""
        given = {site.name for site in self.kept if site.given}
        return self.names.attributes.repeated() - given

    def keep_data(self, name: str, code: Expr, owner: str = "") -> Expr:
        """A plain value that `forward` reads; the same value is kept once at the top level."""
        arguments = frozenset(self.signature.python)
        if self.place is not self.top and not names(code) <= arguments:
            return self.place.keep(Kept(name, code, ""))
        key = (name, repr(code))
        if key not in self.data:
            self.data[key] = self.top.keep(Kept(name, code, ""))
        return self.data[key]

    def keep_condition(self, name: Callable[[], str], code: Expr) -> Expr:
        """A condition that `forward` asks: kept once, whatever asks it again."""
        if names(code) <= frozenset(self.signature.python):
            key = ("", repr(code))
            if key not in self.data:
                self.data[key] = self.keep_data(name(), code)
            return self.data[key]
        return self.keep_data(name(), code)

    def keep_buffer(self, name: str, code: Expr) -> Expr:
        """A constant tensor that moves with the model and is not saved."""
        attribute = self.names.attributes.fresh(name)
        made = b.call("self.register_buffer", attribute, code, persistent=False)
        self.place.init.append(b.do(made))
        return b.dotted(f"self.{attribute}")

    def part_module(self, part: Part) -> Expr:
        """A recipe inside a layer, as one module."""
        from nndsl.backends.torch import chains

        order = file_order(part.entry.type)
        if not chains.fits(self, part.body, part.entry):
            self.unsayable(part.body.steps[0].site if part.body.steps else None,  # type: ignore[union-attr]
                           f"`{part.setting}=` of a pipeline that is no run of layers")  # fmt: skip
            return b.call("nn.Identity")
        run = chains.Run(self, order).body(part.body)
        assert part.body.out is not None
        run.lie(part.body.out.type, file_order(part.body.out.type))
        return chains.one(run.items)

    def unsayable(self, site: Site | None, what: str) -> None:
        """NN601: torch cannot say this; nothing is written."""
        span = site.span if site is not None else self.plan.definition.span
        self.shared.diagnostics.error(
            "NN601", span, f"the torch target cannot say {what}",
            "rewrite it with other layers, or compile for another target",
        )  # fmt: skip

    def run_term(self, term: Term, name: str, owner: str, site: str) -> Expr:
        """A formula in `forward`."""
        if is_const(term):
            return self.formulas.code(term)
        if any(part.op == "open" for part in term.walk()):
            return Formulas(_Running(self)).code(self._by_names(term))
        if self.measured.tells(term):
            return Formulas(_Running(self)).code(term)
        base = str(term.args[0]) if term.op == "var" and str(term.args[0]) in self.vars else name
        return self.keep_data(base, self.formulas.code(term), owner)

    def _by_names(self, term: Term) -> Term:
        """A formula over open dimensions that inputs tell; over sizes where they tell no less."""
        names = {Term("open", (name,)) for name in open_names((term,))}
        return self.sizes.told(term) if any(is_open(self.sizes.told(n)) for n in names) else term

    def needs(self, helper: str, *options: str) -> None:
        """The file holds a helper, with these of its options."""
        self.shared.helpers.add(helper)
        self.shared.options.update(f"{helper}.{option}" for option in options)

    def locals_in(self, code: Expr | None) -> bool:
        """True where an expression mentions the constructor's arguments or locals."""
        if code is None:
            return False
        return any(name not in VARIABLES and name[:1].islower() for name in names(code))

    def reach(self, path: tuple[str, ...]) -> tuple[Expr, OpStep | None]:
        """Where a shared layer's module lies, by its path of sites, and the layer."""
        ref = self.owned.get((path[0], "")) or self.places[path[0]]
        found = _owner(self.body.steps, path[0])
        for name in path[1:]:
            assert isinstance(found, UseStep), path
            inner = self.shared.places[id(self.shared.program.plan(found.instance))][name]
            ref = _below(ref, inner)
            found = _owner(found.instance.steps, name)
        return ref, found if isinstance(found, OpStep) else None

    def activation(self, view: OpView, recipe: Recipe) -> tuple[Piece, ...]:
        return acts.of_recipe(view, recipe)

    # ---- walking ----

    def steps(self, steps: Iterable[Step]) -> None:
        from nndsl.backends.torch.walk import WALKS

        for step in steps:
            WALKS[type(step)](self, step)

    def inline(self, body: Body) -> None:
        """The steps of braces, written where they stand."""
        self.steps(body.steps)

    def alias(self, new: Value | None, old: Value | None) -> None:
        """A value under another number."""
        if new is None or old is None or new.id == old.id:
            return
        order = self.flow.order(old)
        self.flow.bind(new, self.flow.read(old, inside=False), order)

    @contextmanager
    def at(self, place: Place, out: list[Stmt]) -> Iterator[None]:
        """Statements inside go to another level of the constructor and of `forward`."""
        saved = self.place, self.flow.out
        self.place, self.flow.out = place, out
        try:
            yield
        finally:
            self.place, self.flow.out = saved

    def code(self, term: Term) -> Expr:
        """A formula in the constructor."""
        return self.formulas.code(term)

    def take(self, value: Value, order: Order | None = None) -> Expr:
        """A value as a part of another expression."""
        return self.flow.read(value, order)


def _words(plan: Plan) -> Iterator[str]:
    """The user's names for numbers: settings, `let`s, loop variables."""
    yield from (argument.name for argument in plan.arguments)
    for step in all_steps(plan.body.steps):
        if isinstance(step, LetStep):
            yield step.name
        elif isinstance(step, LoopStep):
            yield from (leaf.name for leaf in leaves(step.targets))


def _owner(steps: Iterable[Step], name: str) -> OpStep | UseStep | None:
    """The layer or block at a site of a body, shared or not."""
    for step in all_steps(tuple(steps)):
        if isinstance(step, OwnStep) and step.site.name == name:
            return step.use
        if isinstance(step, OpStep | UseStep) and step.site.name == name and not step.owner:
            return step
    return None


def _below(ref: Expr, inner: Expr) -> Expr:
    """`self.a.b` of another class, from where its instance lies."""
    if isinstance(inner, Name):
        return ref
    assert isinstance(inner, Attr), inner
    return Attr(_below(ref, inner.value), inner.name)


class _Running:
    """The leaves of a formula in `forward` over sizes that are read there."""

    def __init__(self, low: Lowering) -> None:
        self.low = low

    def var(self, name: str) -> Expr:
        found = self.low.measured.local.get(name)
        return self.low.keep_data(name, self.low.var(name)) if found is None else found

    def dim(self, port: str, axis: int) -> Expr:
        code = self.low.dim(port, axis)
        assert isinstance(code, Name), code
        return self.low.keep_data(code.id, code)

    def open(self, name: str) -> Expr:
        return self.low.open(name)


def result_order(view: OpView) -> Order:
    """Results of the operand's rank lie as it does, others as the file says."""
    return view.order if view.out.rank == view.x.rank else file_order(view.out)


def _frozen_parts(step: OpStep | UseStep) -> list[Part]:
    """The recipes inside a trained layer that are frozen as a whole."""
    if step.frozen or not isinstance(step, OpStep):
        return []
    return [part for part in step.parts if set(_freezing(part.body)) == {True}]


def _freezing(body: Body) -> Iterator[bool]:
    for step in all_steps(body.steps):
        if isinstance(step, (OpStep, UseStep)) and (isinstance(step, UseStep) or step.weights):
            yield step.frozen
