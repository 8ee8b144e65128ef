"""The resolved, hierarchical graph: what an instance of a block or model does, step by step.

One instance exists for every distinct (definition, settings, input types); equal uses share it.
Values are numbered inside an instance. The same records hold *concrete* bodies from elaboration
(numbers are plain, a loop has a `Turn` per distinct round) and *general* ones from generalisation
(numbers are `Sym`s over the definition's settings and input dimensions, a loop has one `Turn`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from nndsl._record import NamedTuple
from nndsl.ops.base import Op, Settings, Type, Weight
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.numbers import Dim
from nndsl.ops.symbols import Term
from nndsl.source import Span
from nndsl.syntax import ast


class Value(NamedTuple):
    """A tensor inside one instance: its number, and what is known of it."""

    id: int
    type: Type


class Site(NamedTuple):
    """A place in a definition. `name` is the path step, unique in its definition.

    `given`: the name is the user's own word for it (`x =`, `shared x`), not made from the layer's.
    """

    name: str
    span: Span
    given: bool = False


class Body(NamedTuple):
    """Steps in order; `out` is the flow at the end (None where nothing flows)."""

    steps: tuple[Step, ...]
    out: Value | None


class Part(NamedTuple):
    """A recipe inside a layer (`query=LoRA(rank=8)`): its body, from `entry`."""

    setting: str
    entry: Value
    body: Body


class OpStep(NamedTuple):
    """A layer, activation, merge of named values, or function.

    ins: operands, the piped or positional ones first; names: "" for those, the keyword for others.
    owner: the name of the OwnStep whose weights it uses (then its own weights are not counted).
    symbol: for an activation that stands for a setting (`act`), the setting's formula.
    stack: the pushed list that the operands are all of (`concat(skips)`), else empty.
    """

    site: Site
    op: Op
    settings: Settings
    ins: tuple[Value, ...]
    names: tuple[str, ...]
    outs: tuple[Value, ...]
    weights: tuple[Weight, ...] = ()
    macs: Dim = 0
    frozen: bool = False
    owner: str = ""
    symbol: Term | None = None
    stack: str = ""
    parts: tuple[Part, ...] = ()


class UseStep(NamedTuple):
    """A block (or a model as a block): its instance, the settings as passed, operands, results.

    args: all settings of the definition, in declared order, with the values of this use.
    given: the names of those that the text passes (the others are defaults).
    """

    site: Site
    instance: Instance
    args: tuple[tuple[str, SettingValue], ...]
    given: tuple[str, ...]
    ins: tuple[Value, ...]
    names: tuple[str, ...]
    outs: tuple[Value, ...]
    frozen: bool = False
    owner: str = ""


class OwnStep(NamedTuple):
    """`shared name = stage`: owns the weights; every use refers to it by `owner == site.name`.

    use: the first use, which says what is owned (settings and operand types); None if never used.
    """

    site: Site
    use: OpStep | UseStep | None
    frozen: bool = False


class WeightStep(NamedTuple):
    """`weight name: [shape] = init`: a tensor of this instance, without a batch."""

    site: Site
    weight: Weight
    out: Value
    frozen: bool = False


class WeightReadStep(NamedTuple):
    """A shared instance's weight as a value: `wte.table`, `bert.words.table`.

    path: site names from this instance down to the op that owns the weight.
    """

    site: Site
    path: tuple[str, ...]
    weight: Weight
    out: Value


class BranchStep(NamedTuple):
    """One branch inside a merge; its body starts at the merge's entry."""

    body: Body


class MergeStep(NamedTuple):
    """`add { … }`, `concat { … }`, `residual { … }`: items are BranchSteps, perhaps inside IfStep
    and LoopStep, and steps that make named values. A `residual` has one branch and adds its entry.
    """

    site: Site
    op: Op
    settings: Settings
    entry: Value | None
    items: tuple[Step, ...]
    out: Value
    residual: bool = False


class IfStep(NamedTuple):
    """`if`: concrete: the taken side only. General: both sides, where instances took both.

    cond: the condition's formula; a constant one means that only the taken side exists: its steps
    stand there as if no `if` were written. out: the flow afterwards; None in merges.
    """

    site: Site
    taken: bool
    cond: Term
    then: Body | None
    other: Body | None
    entry: Value | None
    out: Value | None


class Turn(NamedTuple):
    """A round of a loop, `count` times in a row; `entry` is the flow at its start.

    bound: the loop variables, in the targets' shape, with their values (or symbols).
    """

    count: int  # type: ignore[assignment]  # a field, not tuple.count
    bound: tuple[tuple[str, SettingValue], ...]
    entry: Value | None
    body: Body


class Carried(NamedTuple):
    """A dimension that changes from turn to turn, as a local variable of the constructor.

    name: its symbol during a turn, `@loop1.2` (loop site, axis); `name + "!"` is the symbol of its
    value after the loop. Both are one local variable of the constructor: set to `before` ahead of
    the loop and to `after` at the end of every turn's constructor code. hint: a readable name
    (`channels`); axis of the flow; after may mention the symbol.
    """

    name: str
    hint: str
    axis: int
    before: Term
    after: Term


class LoopStep(NamedTuple):
    """`for` and `repeat`. `over`: formula of the sequence (`for`) or of the count (`repeat`).

    General: `over` has a formula and there is exactly one turn (its entry's dims are invariant
    formulas or carried symbols). Where `unrolled` is true, and in concrete bodies, the turns are
    what runs, each `count` times.
    """

    site: Site
    kind: str
    targets: tuple[ast.Target, ...]
    over: Term
    turns: tuple[Turn, ...]
    entry: Value | None
    out: Value | None
    carried: tuple[Carried, ...] = ()
    unrolled: bool = True


class GroupStep(NamedTuple):
    """Bare braces or `frozen { }`: steps of their own scope; the flow goes through."""

    site: Site
    body: Body
    frozen: bool
    out: Value | None


class LetStep(NamedTuple):
    """A number with a name (`let width = …`), for readable code; general bodies only. source: the
    value and the axis whose size it is, as in `let h, w, c = shape(x)`."""

    site: Site
    name: str
    value: SettingValue
    term: Term
    source: tuple[Value, int] | None = None


class GuardStep(NamedTuple):
    """General bodies: `cond` is `expected` in all instances; emitted code raises if it is not."""

    site: Site
    cond: Term
    expected: bool


class PushStep(NamedTuple):
    site: Site
    stack: str
    value: Value


class PopStep(NamedTuple):
    """`pop(s)` or, where `index` is not None, `s[index]` (which leaves the list as it is).
    In concrete bodies `pushed` is the very value that comes out."""

    site: Site
    stack: str
    index: int | None  # type: ignore[assignment]  # a field, not tuple.index
    pushed: Value
    out: Value


class LossStep(NamedTuple):
    """`loss name = expr`: a per-example term (its mean over the batch is added to the loss)."""

    site: Site
    value: Value


class AssertStep(NamedTuple):
    """`shape[…]`: equalities left to run time, as (axis, formula); empty where all is known."""

    site: Site
    value: Value
    open: tuple[tuple[int, Term], ...]


Step: TypeAlias = (
    "OpStep | UseStep | OwnStep | WeightStep | WeightReadStep | BranchStep | MergeStep | IfStep"
    " | LoopStep | GroupStep | LetStep | GuardStep | PushStep | PopStep | LossStep | AssertStep"
)


class Port(NamedTuple):
    """An input (name, value, doc)."""

    name: str
    value: Value
    doc: str = ""


class Result(NamedTuple):
    """An output: its name (empty for the one unnamed) and value."""

    name: str
    value: Value
    doc: str = ""


class Instance:
    """A block or model with its settings and input types settled. Compared by identity."""

    __slots__ = (
        "broken",
        "definition",
        "inputs",
        "key",
        "labels",
        "outputs",
        "settings",
        "stacks",
        "steps",
        "unit",
    )

    def __init__(
        self,
        definition: ast.Def,
        key: tuple[object, ...],
        settings: tuple[tuple[str, SettingValue], ...],
        inputs: tuple[Port, ...],
    ) -> None:
        self.definition = definition
        self.key = key
        self.settings = settings
        self.inputs = inputs
        self.outputs: tuple[Result, ...] = ()
        self.steps: tuple[Step, ...] = ()
        self.labels: dict[int, str] = {}
        """The user's name of a value, by its number (`mu = …`)."""
        self.stacks: tuple[str, ...] = ()
        self.broken = False
        self.unit: object = None
        """The file that the definition is from (a `scope.Unit`), to walk it again."""

    @property
    def name(self) -> str:
        return self.definition.name

    def __repr__(self) -> str:
        types = ", ".join(port.value.type.show() for port in self.inputs)
        return f"<{self.name} on {types}>"


class Argument(NamedTuple):
    """A setting that an emitted class or function may take. value: of the plan's witness."""

    name: str
    default: SettingValue
    required: bool
    doc: str
    value: SettingValue


class Plan:
    """One emitted class or function: a definition at fixed structure, general over its numbers.

    body: an Instance whose numbers are Syms over `var(setting)` and `dim(port, axis)`; or, where
    `general` is False, the concrete instance itself (then there are no arguments). instances: the
    concrete instances that it stands for. arguments: settings that stay arguments, in declared
    order; those no code reads are dropped by the backend.
    """

    __slots__ = ("arguments", "body", "definition", "exits", "general", "instances", "lets", "name")

    def __init__(
        self,
        name: str,
        definition: ast.Def,
        body: Instance,
        instances: tuple[Instance, ...],
        arguments: tuple[Argument, ...],
        general: bool,
    ) -> None:
        self.name = name
        self.definition = definition
        self.body = body
        self.instances = instances
        self.arguments = arguments
        self.general = general
        self.lets: dict[str, Term] = {}
        """The formulas of the body's LetSteps, by their variable names."""
        self.exits: dict[Term, Term] = {}
        """Closed formulas of the carried symbols after their loops, where there are some."""


class Program(NamedTuple):
    """What backends read.

    plans: callees first, the model last. plan_of: by instance in a body (`UseStep.instance`), its
    plan. reasons: why definitions are emitted instance by instance. constants: tables, by name.
    fixed: settings that are no arguments, and why. exact: whether targets have to train alike.
    """

    root: Instance
    plans: tuple[Plan, ...]
    plan_of: dict[int, Plan]
    reasons: Mapping[str, str] = {}
    constants: Mapping[str, Term] = {}
    fixed: Mapping[str, str] = {}
    exact: bool = False

    def plan(self, instance: Instance) -> Plan:
        return self.plan_of[id(instance)]
