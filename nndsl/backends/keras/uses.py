"""Blocks and models in use, what is shared, and weights of their own."""

from __future__ import annotations

from collections.abc import Sequence

from nndsl.backends.keras.at import At
from nndsl.backends.keras.book import Signature
from nndsl.backends.keras.chance import acts_in_training
from nndsl.backends.keras.frame import FLOW
from nndsl.backends.keras.initial import initializer
from nndsl.backends.keras.owned import input_types, open_weight
from nndsl.backends.keras.records import shape_terms
from nndsl.backends.keras.same import same
from nndsl.backends.keras.spellings import spelling
from nndsl.backends.keras.straight import unpack
from nndsl.backends.keras.weight_names import ATTRIBUTES
from nndsl.backends.keras.words import word_of
from nndsl.backends.keras.writer import Handler, Writer
from nndsl.emit import build as b
from nndsl.emit.tree import Assign, Call, Const, Expr, ListE, Name, TupleE
from nndsl.ir.sites import snake_case
from nndsl.ir.steps import OpStep, OwnStep, Step, UseStep, Value, WeightReadStep, WeightStep
from nndsl.ops.activation import Identity
from nndsl.ops.base import Settings, Type
from nndsl.ops.numbers import OpenDim, Sym

DTYPES = {"int": "int32", "bool": "bool"}


def write_use(writer: Writer, step: Step) -> None:
    assert isinstance(step, UseStep)
    live = writer.flow.after(step)
    writer.goal(step, live)
    expr = use_expression(writer, step)
    if len(step.outs) > 1:
        unpack(writer, step.outs, expr, live, starred=False)
    else:
        writer.store(step.outs[0], expr, live, writer.comment(step.outs[0], step.ins))


def use_expression(writer: Writer, step: UseStep) -> Expr:
    """The call that makes a block's results: a function's, or a sub-model's."""
    if (step.frozen or writer.frozen) and not step.owner:
        writer.held(step.ins)  # the shapes of what a sub-model takes are read as well
    operands = _operands(writer, step)
    if step.owner:
        return _call_model(writer.owners[step.owner], operands)
    signature = writer.book.signature(writer.book.program.plan(step.instance))
    frozen = step.frozen or writer.frozen
    name = writer.name_of(step.site.name)
    if not signature.model and not frozen:
        return _function_call(writer, step, signature, operands, name)
    if signature.model:
        made = _built_model(writer, step, signature, name)
        if not frozen:
            return _call_model(made, operands)
        return _call_model(_frozen_model(writer, step, step.site.name, name, made), operands)
    inputs = [_input_like(each, value.type) for each, value in zip(operands, step.ins, strict=True)]
    body = _wrapped(writer, step, signature, step.site.name, name, inputs, frozen)
    return _call_model(body, operands)


def _operands(writer: Writer, step: UseStep) -> list[Expr]:
    """The operands in the order of the block's inputs."""
    ports = [port.name for port in step.instance.inputs]
    found: dict[str, Expr] = {}
    for name, value in zip(step.names, step.ins, strict=True):
        found[name or ports[0]] = writer.read(value)
    return [found[port] for port in ports if port in found]


def _call_model(model: Expr, operands: Sequence[Expr]) -> Expr:
    return Call(model, (operands[0] if len(operands) == 1 else ListE(tuple(operands)),))


def _function_call(
    writer: Writer, step: UseStep, signature: Signature, operands: Sequence[Expr], name: Expr
) -> Expr:
    args, keywords = _arguments(writer, step, signature)
    return Call(Name(signature.name), (*operands, *args), (*keywords, ("name", name)))


def _built_model(writer: Writer, step: UseStep, signature: Signature, name: Expr) -> Expr:
    """A model as a block: its function builds it, with inputs of its own."""
    writer.book.nested.add(signature.name)
    return _function_call(writer, step, signature, (), name)


def _arguments(
    writer: Writer, step: UseStep, signature: Signature
) -> tuple[list[Expr], list[tuple[str, Expr]]]:
    """What the function reads, without what it defaults to. By position stands what is required
    or passed on under its own name, up to the first gap."""
    values = dict(step.args)
    at = At(writer, OpStep(step.site, Identity(), Settings({}), step.ins, (), ()))
    args: list[Expr] = []
    keywords: list[tuple[str, Expr]] = []
    for number, (name, argument, required, worded) in enumerate(signature.parameters):
        value = values.get(argument.name)
        value = word_of(value) if worded else value
        if not required and same(value, argument.default):
            continue
        expr = at.code(value)
        if len(args) == number and (required or expr == Name(name)):
            args.append(expr)
        else:
            keywords.append((name, expr))
    return args, keywords


# ---- sub-models ----------------------------------------


def _stored(writer: Writer, hint: str, made: Expr) -> Expr:
    name = writer.frame.reserve_model(snake_case(hint))
    writer.frame.add(b.assign(name, made))
    return Name(name)


def _wrapped(
    writer: Writer, step: UseStep, signature: Signature, hint: str, name: Expr,
    inputs: Sequence[Expr], frozen: bool,
) -> Expr:  # fmt: skip
    """A block as a keras.Model of its own, so that it can be called twice or frozen."""
    model = writer.frame.reserve_model(snake_case(hint))
    given = []
    for port, made in zip(step.instance.inputs, inputs, strict=True):
        part = "input" if len(inputs) == 1 else snake_case(port.name)
        variable = writer.frame.reserve(f"{snake_case(hint)}_{part}")
        writer.frame.add(b.assign(variable, made))
        given.append(Name(variable))
    outs = _function_call(writer, step, signature, given, name)
    inside: Expr = given[0] if len(given) == 1 else ListE(tuple(given))
    still = frozen and acts_in_training(step.instance, writer.book.program.plan)
    cls = writer.helper("Frozen") if still else b.dotted("keras.Model")
    writer.frame.add(b.assign(model, Call(cls, (inside, outs), (("name", name),))))
    if frozen and not still:
        writer.frame.add(b.assign(b.attr(Name(model), "trainable"), False))
    return Name(model)


def _frozen_model(writer: Writer, step: UseStep, hint: str, name: Expr, made: Expr) -> Expr:
    """A model that its function has built, not trained any more."""
    model = _stored(writer, hint, made)
    if acts_in_training(step.instance, writer.book.program.plan):
        ends = b.attr(model, "input"), b.attr(model, "output")
        writer.frame.add(Assign((model,), Call(writer.helper("Frozen"), ends, (("name", name),))))
    else:
        writer.frame.add(b.assign(b.attr(model, "trainable"), False))
    return model


def _input_like(value: Expr, type_: Type) -> Expr:
    """An input of the shape that a value has."""
    shape = b.index(b.attr(value, "shape"), b.slice_(1))
    dtype = DTYPES.get(type_.dtype)
    return b.call("keras.Input", shape, **({} if dtype is None else {"dtype": dtype}))


def input_of(at: At, type_: Type, name: str = "", order: Sequence[int] | None = None) -> Expr:
    """`keras.Input((224, 224, 3), name=…)`; open dimensions are None."""
    dims = [type_.shape[axis] for axis in (order or range(type_.rank))]
    shape = TupleE(tuple(Const(None) if isinstance(d, OpenDim) else at.code(d) for d in dims))
    options = [("dtype", Const(DTYPES[type_.dtype]))] if type_.dtype in DTYPES else []
    if name:
        options.append(("name", Const(name)))
    if type_.batched:
        return Call(b.dotted("keras.Input"), (shape,), tuple(options))
    return Call(b.dotted("keras.Input"), (), (("batch_shape", shape), *options))


# ---- what is shared ----------------------------------------


def write_own(writer: Writer, step: Step) -> None:
    """`wte = layers.Embedding(…)`: made here, called where it is used."""
    assert isinstance(step, OwnStep)
    if step.use is None:
        return
    frozen = step.frozen or writer.frozen
    if isinstance(step.use, OpStep):
        _own_layer(writer, step, step.use, frozen)
    else:
        _own_block(writer, step, step.use, frozen)


def _own_layer(writer: Writer, step: OwnStep, use: OpStep, frozen: bool) -> None:
    make = spelling(use.op).make
    if make is None:
        return
    if use.parts:
        _own_composed(writer, step, use, frozen)
        return
    with writer.at_site(step.site, step.site.name):
        made = make(At(writer, use, frozen))
    writer.owners[step.site.name] = _stored(writer, step.site.name, made)


def _own_composed(writer: Writer, step: OwnStep, use: OpStep, frozen: bool) -> None:
    """A layer that holds recipes, as a keras.Model of its own."""
    frame, name, live = writer.frame, writer.name_of(step.site.name), writer.flow.after(step)
    frame.save(FLOW, live)
    if frame.holds.get(FLOW) in live:
        frame.drop(FLOW)
    model, state = frame.reserve_model(snake_case(step.site.name)), frame.snapshot()
    at, inputs = At(writer, use._replace(ins=())), list[Expr]()
    for word, value in zip(use.names, use.ins, strict=True):
        variable = frame.reserve(f"{snake_case(step.site.name)}_{word or 'input'}")
        frame.add(b.assign(variable, input_of(at, value.type)))
        frame.put(value, variable)
        inputs.append(Name(variable))
    writer.goal(step, live)
    with writer.at_site(step.site, step.site.name):
        made = spelling(use.op).write(At(writer, use, frozen), None)
    inside: Expr = inputs[0] if len(inputs) == 1 else ListE(tuple(inputs))
    frame.add(b.assign(model, Call(b.dotted("keras.Model"), (inside, made), (("name", name),))))
    frame.restore(state)
    if frozen:
        frame.add(b.assign(b.attr(Name(model), "trainable"), False))
    writer.owners[step.site.name] = Name(model)
    writer.composed[step.site.name] = use.names


def composed_call(writer: Writer, step: OpStep) -> Expr:
    """A use of such a layer."""
    wanted = writer.composed[step.owner]
    at = At(writer, step)
    if sorted(step.names) != sorted(wanted):
        raise at.refuse(f"a use of `{step.owner}` with other operands than its first",
                        "give all its uses the same: a mask, a context")  # fmt: skip
    given = [at.operand(step.names.index(name)) for name in wanted]
    return _call_model(writer.owners[step.owner], given)


def _own_block(writer: Writer, step: OwnStep, use: UseStep, frozen: bool) -> None:
    from nndsl.backends.keras import layout

    signature = writer.book.signature(writer.book.program.plan(use.instance))
    name = writer.name_of(step.site.name)
    if signature.model:
        made = _built_model(writer, use, signature, name)
        hint = step.site.name
        writer.owners[hint] = (
            _frozen_model(writer, use, hint, name, made) if frozen else _stored(writer, hint, made)
        )
    else:
        at = At(writer, OpStep(step.site, Identity(), Settings({}), (), (), ()))
        types = input_types(writer.plan.body.steps, step.site.name, use)
        open_ = open_weight(writer.book.program.plan(use.instance), types)
        if open_ is not None:
            raise at.refuse(
                f"the size of the weights of `{open_.site.name}` in a shared block whose inputs "
                "differ in size", "bring the inputs to one size before the block",
            )  # fmt: skip
        inputs = [input_of(at, type_, order=layout.order(type_)) for type_ in types]
        writer.owners[step.site.name] = _wrapped(
            writer, use, signature, step.site.name, name, inputs, frozen
        )


# ---- weights ----------------------------------------


def write_weight(writer: Writer, step: Step) -> None:
    """`weight pos: [197, 768]`: a layer that owns the tensor and gives it as a value."""
    assert isinstance(step, WeightStep)
    at = At(writer, OpStep(step.site, Identity(), Settings({}), (), (), ()))
    weight = step.weight
    options = initializer(at, "initializer", weight.init, "zeros")
    if step.frozen or writer.frozen:
        options.append(("trainable", Const(False)))
    options.append(("name", writer.name_of(step.site.name)))
    shape = TupleE(tuple(_size_of(writer, dim) or at.code(dim) for dim in weight.shape))
    layer = Call(writer.helper("Weight"), (shape,), tuple((k, b.value(v)) for k, v in options))
    writer.store(step.out, Call(layer, (writer.some_batched(),)), writer.flow.after(step))


def _size_of(writer: Writer, dim: object) -> Expr | None:
    """`x.shape[1]`, for a long formula that is a size of what flows here."""
    number = writer.frame.holds.get(FLOW)
    if number is None or not isinstance(dim, Sym) or dim.term.op in ("var", "dim", "const"):
        return None
    value = Value(number, writer.flow.types[number])
    found = shape_terms(value).get(dim.term)
    return None if found is None else writer.dim(*found)


def write_weight_read(writer: Writer, step: Step) -> None:
    """`wte.table`: a shared layer's weight as a value, read each time that the network runs."""
    assert isinstance(step, WeightReadStep)
    owner, *inside = step.path
    layer = writer.owners[owner]
    if inside:
        name = b.fstr(b.attr(layer, "name"), "_" + "_".join(inside))
        layer = b.call(b.attr(layer, "get_layer"), name)
    kind = _owned_word(writer, owner)
    if kind in ("LSTM", "GRU", "SimpleRNN"):
        at = At(writer, OpStep(step.site, Identity(), Settings({}), (), (), ()))
        raise at.refuse(f"the weight `{step.weight.name}` of `{kind}` as a value", "")
    word = ATTRIBUTES.get(step.weight.name, step.weight.name)
    word = "scale" if kind == "RMSNorm" else word  # its only weight
    options = (("name", writer.name_of(step.site.name)),)
    reader = Call(writer.helper("ReadWeight"), (layer, Const(word)), options)
    writer.store(step.out, Call(reader, (writer.some_batched(),)), writer.flow.after(step))


def _owned_word(writer: Writer, owner: str) -> str:
    """The layer that a `shared` line declares; empty for a block."""
    for step in writer.plan.body.steps:
        if isinstance(step, OwnStep) and step.site.name == owner and isinstance(step.use, OpStep):
            return step.use.op.word
    return ""


USES: dict[type, Handler] = {
    UseStep: write_use, OwnStep: write_own, WeightStep: write_weight,
    WeightReadStep: write_weight_read,
}  # fmt: skip
