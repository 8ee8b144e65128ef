"""One plan as a function: inputs, the walk, what is returned, the arguments that are read."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.docs import doc_of
from nndsl.backends.keras import layout, naming
from nndsl.backends.keras.at import At
from nndsl.backends.keras.beside import BESIDE, at_end, with_beside
from nndsl.backends.keras.book import Book, Parameter, Signature
from nndsl.backends.keras.branches import BRANCHING
from nndsl.backends.keras.frame import FLOW, INPUTS
from nndsl.backends.keras.held import hold
from nndsl.backends.keras.reading import names_in, without_unread
from nndsl.backends.keras.records import steps_inside
from nndsl.backends.keras.side_paths import name_side_paths
from nndsl.backends.keras.straight import STRAIGHT
from nndsl.backends.keras.tidy import gathered, joined, without_copies
from nndsl.backends.keras.uses import USES, input_of
from nndsl.backends.keras.writer import Handler, Writer
from nndsl.emit import build as b
from nndsl.emit.tree import (
    Assign,
    Call,
    Const,
    Docstring,
    Expr,
    FunctionDef,
    ListE,
    Name,
    Param,
    Return,
    Stmt,
    TupleE,
)
from nndsl.emit.unpack import unpacked
from nndsl.ir.sites import snake_case
from nndsl.ir.statics import bare
from nndsl.ir.steps import Argument, OpStep, Plan, Site, Step
from nndsl.ops.activation import Identity
from nndsl.ops.base import Settings

HANDLERS: dict[type, Handler] = {
    step: with_beside(write) for step, write in {**STRAIGHT, **BRANCHING, **USES, **BESIDE}.items()
}


def write_function(book: Book, plan: Plan) -> tuple[FunctionDef, Signature]:
    """The function of a plan, and the signature that its callers see in the next round."""
    writer = Writer(book, plan, HANDLERS)
    model = plan.definition.kind == "model"
    inputs = _model_inputs(writer) if model else _block_inputs(writer)
    if writer.root:
        hold(writer)
    _find_ties(writer, plan.body.steps)
    head = len(writer.frame.code)
    name_side_paths(writer, plan.body.steps)
    writer.steps(plan.body.steps)
    at_end(writer)
    ending = _model_end(writer, inputs) if model else _block_end(writer)
    if writer.root:
        _name_logits(writer)
    code = writer.frame.code
    code[head:head] = _size_lines(writer)
    for name in reversed([*writer.stacks.values()]):
        code.insert(head, b.assign(name, ListE()))
    code = without_copies(without_unread(code, writer.locals, (ending,)), ending)
    code = unpacked(_folded(gathered(joined(code)), ending), writer.sizes_at)
    parameters = _parameters(writer, {*names_in(code)})
    signature = Signature(book.names[plan.name], model, parameters)
    if not model:
        _remember(writer)
    return _definition(writer, signature, inputs, code), signature


def _size_lines(writer: Writer) -> list[Stmt]:
    """`channels = x.shape[-1]`, for sizes that are read more than once."""
    found: list[Stmt] = []
    for term, name in writer.dims.items():
        port, axis = term.args
        value = next(p.value for p in writer.plan.body.inputs if p.name == port)
        index = layout.index(value.type, int(str(axis)))
        at = b.neg(1) if index == -1 else b.const(index)
        found.append(b.assign(name, b.index(b.attr(writer.given[value.id], "shape"), at)))
    return found


def _remember(writer: Writer) -> None:
    """What the next round writes in another way: the name of the first input, sizes with names."""
    name = writer.plan.name
    ports = writer.plan.body.inputs
    if ports and writer.flow.of(ports[0].value) in writer.frame.kept:
        writer.book.kept.add(name)
    often = (term for term, times in writer.reads.items() if times > 1)
    writer.book.dims[name] = tuple(dict.fromkeys((*writer.sizes, *often)))


# ---- inputs ----------------------------------------


def _block_inputs(writer: Writer) -> list[str]:
    """Parameters for the inputs: `x` where there is one, else their names."""
    ports, names = writer.plan.body.inputs, list[str]()
    for port in ports:
        plain = len(ports) == 1 or port.name == "input"
        if port is ports[0] and writer.plan.name in writer.book.kept:
            name = INPUTS
        else:
            name = FLOW if plain else writer.frame.free(snake_case(port.name))
        writer.given[port.value.id] = Name(name)
        writer.frame.put(port.value, name)
        names.append(name)
    return names


def _model_inputs(writer: Writer) -> list[str]:
    """`image = keras.Input(…)` for each input, in the file's order of axes."""
    names: list[str] = []
    step = OpStep(_anywhere(writer), Identity(), Settings({}), (), (), ())
    for port in writer.plan.body.inputs:
        word = snake_case(port.name)
        name = writer.frame.reserve("inputs" if word in ("input", FLOW) else word)
        type_ = port.value.type
        given = name if port.name == "input" else port.name
        writer.frame.add(b.assign(name, input_of(At(writer, step), type_, given)))
        writer.frame.put(port.value, name)
        names.append(name)
    writer.inputs.update(names)
    for port, name in zip(writer.plan.body.inputs, names, strict=True):
        if layout.turned(port.value.type):
            single = len(names) == 1
            last = FLOW if single else writer.frame.free(f"{name}_last")
            held = layout.as_held(Name(name), port.value.type)
            writer.frame.add(b.assign(last, held, comment="channels last, as Keras computes"))
            writer.frame.drop(name)
            writer.frame.put(port.value, last)
    return names


def _anywhere(writer: Writer) -> Site:
    return Site("", writer.plan.definition.name_span)


# ---- the end ----------------------------------------


def _block_end(writer: Writer) -> Expr:
    values = tuple(writer.read(result.value) for result in writer.plan.body.outputs)
    return values[0] if len(values) == 1 else TupleE(values)


def _model_end(writer: Writer, inputs: Sequence[str]) -> Expr:
    given = tuple(Name(name) for name in inputs)
    outs = []
    for result in writer.plan.body.outputs:
        value, type_ = writer.read(result.value), result.value.type
        outs.append(layout.as_filed(value, type_))
    first: Expr = given[0] if len(given) == 1 else ListE(given)
    last: Expr = outs[0] if len(outs) == 1 else ListE(tuple(outs))
    name = writer.book.names[writer.plan.name]
    label: Expr = Name("name") if name in writer.book.nested else Const(name)
    return Call(b.dotted("keras.Model"), (first, last), (("name", label),))


def _folded(code: list[Stmt], ending: Expr) -> list[Stmt]:
    """`x = f(x)` and `return x` as one line."""
    last = code[-1] if code else None
    if isinstance(last, Assign) and last.targets == (ending,) and last.value is not None:
        return [*code[:-1], Return(last.value, last.comment)]
    return [*code, Return(ending)]


def _name_logits(writer: Writer) -> None:
    """The names of the layers that hold the outputs' last activations."""
    for number, final in enumerate(writer.book.finals):
        if final is None:
            continue
        first, *inner = final.sites
        suffix = f"_{final.word}" if final.fused else ""
        if inner:
            rest = "_".join(("", *inner)) + suffix
            writer.book.logits[number] = naming.indexed(writer.name_of(first), rest)
        else:
            writer.book.logits[number] = writer.name_of(first + suffix)


# ---- the head ----------------------------------------


def _parameters(writer: Writer, read: set[str]) -> tuple[Parameter, ...]:
    """The settings that the code reads; one has a default only if all after it have."""
    live = [a for a in writer.plan.arguments if writer.settings[a.name] in read]
    last = max((i for i, a in enumerate(live) if a.required), default=-1)
    return tuple(Parameter(writer.settings[a.name], a, i <= last) for i, a in enumerate(live))


def _definition(
    writer: Writer, signature: Signature, inputs: Sequence[str], code: list[Stmt]
) -> FunctionDef:
    params = [] if signature.model else [Param(name) for name in inputs]
    at = At(writer, OpStep(_anywhere(writer), Identity(), Settings({}), (), (), ()))
    for name, argument, required, _ in signature.parameters:
        params.append(Param(name, None, None if required else _default(writer, at, argument)))
    if not signature.model or signature.name in writer.book.nested:
        params.append(Param("name", None, Const(signature.name)))
    doc = doc_of(writer.plan)
    body = [Docstring(doc), *code] if doc else code
    returns = b.dotted("keras.Model") if signature.model else None
    return FunctionDef(signature.name, tuple(params), tuple(body), returns)


def _default(writer: Writer, at: At, argument: Argument) -> Expr:
    return at.code(bare(argument.value) if writer.root else argument.default)


# ---- ties ----------------------------------------


def _find_ties(writer: Writer, steps: Sequence[Step]) -> None:
    """Shared layers whose matrix is used turned round as well: they are made by a class for it."""
    for step in steps:
        if isinstance(step, OpStep) and step.op.word == "Tied":
            writer.tied_weights[step.owner] = str(step.settings.get("weight"))
        for inner in steps_inside(step):
            _find_ties(writer, inner)
