"""Calls of built-in layers: arguments to settings and operands, and the step that they make."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from nndsl.diagnostics.model import Failure, Label, did_you_mean, fail, near
from nndsl.ir.binding import Facts, Given, Key
from nndsl.ir.context import BROKEN, Flow, Many
from nndsl.ir.expressions import Expressions
from nndsl.ir.pictures import mended, turned
from nndsl.ir.scope import Scope, SharedRef, StackRef
from nndsl.ir.silent import Silent, setting_value
from nndsl.ir.steps import Body, OpStep, Part, Site, UseStep, Value
from nndsl.ops.base import Call, Op, Recipe, Settings, Tensor, Word
from nndsl.ops.base import Value as SettingValue
from nndsl.ops.initializers import refuse_shape
from nndsl.ops.kinds import Dims, Flag, Initializer, Layer
from nndsl.ops.numbers import show_dim
from nndsl.source import NOWHERE, Span
from nndsl.syntax import ast

_PLAIN = frozenset((int, bool, float, str, Recipe))  # settings hold these as they are


class OpCalls(Expressions):
    """Calls of built-in layers and functions."""

    # ---- arguments ----

    def arguments(
        self, args: Sequence[ast.Arg], op: Op | None, inputs: Sequence[str] = ()
    ) -> tuple[list[Given], list[tuple[str, Value]]]:
        """Evaluates arguments into settings and tensors; tensors by keyword keep their names."""
        given: list[Given] = []
        tensors: list[tuple[str, Value]] = []
        for arg in args:
            value = self._unowned(arg, op)
            if isinstance(value, StackRef):
                self.stack_moves += 1
                tensors += [("", v) for v in self.stacks.get(value.name, [])]
                self.listed_stack = value.name
            elif isinstance(value, Value):
                if value.type == BROKEN:
                    raise Silent
                tensors.append((arg.name or "", value))
                self._check_operand(arg, op, inputs)
            elif isinstance(value, Many):
                raise self.several(value, arg.span)
            elif isinstance(value, SharedRef):
                raise fail(
                    "NN328",
                    arg.span,
                    f"`{value.name}` is shared and cannot be a setting",
                    "pipe through it where it was declared",
                )
            elif type(value) in _PLAIN:
                given.append(Given(arg.name, value, arg.span))  # type: ignore[arg-type]
            else:
                made = setting_value(value, arg.span, sizes=_takes_sizes(op, arg.name))
                given.append(Given(arg.name, made, arg.span))
        return given, tensors

    listed_stack = ""
    using = NOWHERE  # where a shared instance is used

    def _unowned(self, arg: ast.Arg, op: Op | None) -> object:
        """An argument's value; what it takes to make it belongs to no shared declaration."""
        owner, self.owner = self.owner, ""
        try:
            return self._argument(arg, op)
        finally:
            self.owner = owner

    def _argument(self, arg: ast.Arg, op: Op | None) -> object:
        if arg.name is None:
            return self.evaluate(arg.value, setting=True)
        setting = op.setting(arg.name) if op is not None else None
        if setting is not None and isinstance(setting.kind, Initializer):
            return self.initializer(arg.value)
        value = self.evaluate(arg.value, setting=True)
        words = getattr(setting.kind, "words", ()) if setting is not None else ()
        if isinstance(value, Recipe) and value.text in words:
            return Word(value.text)  # `merge=sum`: the setting's word, not the function
        return value

    def _check_operand(self, arg: ast.Arg, op: Op | None, inputs: Sequence[str]) -> None:
        names = (*op.operands, *op.given) if op is not None else tuple(inputs)
        if arg.name is None and op is not None and op.kind == "layer":
            raise fail(
                "NN329",
                arg.span,
                "layers take values by `->` or by keyword",
                "write `x -> Layer(…)`, or `name=x`",
            )
        if arg.name is not None and arg.name not in names:
            what = op.word if op is not None else "the block"
            known = [n for n in names if n]
            fix = did_you_mean(arg.name, known) or (
                f"its operands are {', '.join(known)}" if known else "it takes none by keyword"
            )
            raise fail("NN102", arg.span, f"`{what}` takes no value `{arg.name}`", fix)

    # ---- ops ----

    def call_op(
        self,
        op: object,
        given: list[Given],
        tensors: list[tuple[str, Value]],
        site: Site,
        span: Span,
    ) -> Value | Many:
        """Binds, infers and emits one op; the only place where an OpStep is made."""
        assert isinstance(op, Op)
        stack, self.listed_stack = self.listed_stack, ""
        names = tuple([name for name, _ in tensors])
        ins = tuple([value for _, value in tensors])
        self._check_words(op, given)
        _check_number(op, names, span)
        alike = self.home.alike
        key = alike.key(op, given, names)
        bound = self.settled(op, alike.bind(key, op, given, span))
        if BROKEN in [value.type for value in ins]:
            raise Silent
        for i, name in enumerate(names):
            if name and op.setting(name) is not None:
                bound[name] = Tensor(i)
        parts = self._parts(op, bound, ins, names, site)
        call = self.call_of(op, Settings(bound), tensors, span)
        step = self._inferred(op, call, ins, site, parts, key)
        if stack:
            step = step._replace(stack=stack)
        if parts:
            _check_parts(op, call._replace(settings=step.settings), parts)
        self.emit(step)
        if step.owner:
            self._first_use(step)
        return step.outs[0] if len(step.outs) == 1 else Many(step.outs)

    def call_of(
        self, op: Op, settings: Settings, tensors: Sequence[tuple[str, Value]], span: Span
    ) -> Call:
        """What an op's rules read: its settings, and the types and places of its operands."""
        return Call(
            settings,
            tuple([value.type for _, value in tensors]),
            tuple([name for name, _ in tensors]),
            span,
            tuple([self.origin.get(value.id, NOWHERE) for _, value in tensors]),
        )

    def _check_words(self, op: Op, given: Sequence[Given]) -> None:
        """NN101 for a bare word that none of the op's settings could know: a misspelt name."""
        for item in given:
            if not isinstance(item.value, Word) or item.value.args:
                continue
            named = op.setting(item.name) if item.name else None
            kinds = [named.kind] if named is not None else [s.kind for s in op.settings]
            if any(kind.accepts(item.value) for kind in kinds):
                continue
            words = [word for kind in kinds for word in getattr(kind, "words", ())]
            takes_words = any(kind.group == "word" for kind in kinds)
            if item.name is None and _is_flag(op, item.value.name):
                raise _unsaid(op, item.value.name, item.span)
            if not takes_words or (item.name is None and not near(item.value.name, words)):
                raise self.unknown(item.value.name, item.span, "name")

    def settled(self, op: Op, bound: dict[str, SettingValue]) -> dict[str, SettingValue]:
        """General walks take the formula from settings that shape the emitted code."""
        return bound

    def _inferred(
        self,
        op: Op,
        call: Call,
        ins: tuple[Value, ...],
        site: Site,
        parts: tuple[Part, ...],
        key: Key | None,
    ) -> OpStep:
        facts = self.home.alike.known(key, call.ins)
        try:
            settled = op.resolve(call) if facts is None else call.settings
            if settled is not call.settings:
                call, key = call._replace(settings=settled), None
            types = op.infer(call) if facts is None else facts.types
        except Failure as failure:
            raise mended(self.home, op, call, failure) from None
        found = turned(self.home, op, call) if self.home.pictures else None
        if found is not None:
            self.home.diagnostics.add(found)
        if facts is None:
            weights = op.weights(call)
            for weight in weights:
                refuse_shape(weight.init.name, weight.shape, call.span, weight.name)
            facts = Facts(types, weights, op.macs(call, types))
            self.home.alike.learn(key, call.ins, facts)
        outs = tuple([self.new_value(t, call.span) for t in types])
        owner, self.owner = self.owner, ""
        return OpStep(
            site,
            op,
            call.settings,
            ins,
            call.names,
            outs,
            facts.weights,
            facts.macs,
            self.frozen,
            owner,
            parts=parts,
        )

    def _parts(
        self,
        op: Op,
        bound: dict[str, SettingValue],
        ins: tuple[Value, ...],
        names: tuple[str, ...],
        site: Site,
    ) -> tuple[Part, ...]:
        parts = []
        for name in _named_by(op, Layer):
            recipe = bound.get(name)
            if isinstance(recipe, Recipe):
                parts.append(self._part(name, recipe, ins, names, site))
        return tuple(parts)

    def _part(
        self,
        setting: str,
        recipe: Recipe,
        ins: tuple[Value, ...],
        names: tuple[str, ...],
        site: Site,
    ) -> Part:
        """A recipe inside a layer: keys and values are made from the context where there is one."""
        source = ins[0]
        if setting in ("key", "value") and "context" in names:
            source = ins[names.index("context")]
        entry = self.new_value(source.type)
        owner, self.owner = self.owner, ""
        with self.inside(Scope(self.scope)) as steps:
            inner = site._replace(name=f"{site.name}_{setting}")
            out = self.use_recipe(recipe, (), entry, inner, site.span)
        self.owner = owner
        assert isinstance(out, Value)
        return Part(setting, entry, Body(tuple(steps), out))

    def _first_use(self, step: OpStep | UseStep) -> None:
        own = self.owned[step.owner]
        if own.use is None:
            own.use = step
            return
        if isinstance(step, OpStep) and isinstance(own.use, OpStep):
            same = [w.shape for w in step.weights] == [w.shape for w in own.use.weights]
        elif isinstance(step, UseStep) and isinstance(own.use, UseStep):
            same = step.instance is own.use.instance or self.same_weights(step, own.use)
        else:
            same = False
        if not same:
            before, now = own.use.ins[0].type.show(), step.ins[0].type.show()
            raise fail(
                "NN313",
                self.using,
                f"`{own.site.name}` is given {now} here, and was given {before} first",
                "one shared instance takes values of one size; "
                f"`let {own.site.name} = …` would make new weights at each use",
                [Label(own.site.span, "one set of weights")],
            )

    def same_weights(self, left: UseStep, right: UseStep) -> bool:
        raise NotImplementedError

    def _arrived(self, flow: Value | None, span: Span) -> Value:
        if flow is None:
            raise self.no_flow(span)
        return flow

    # ---- uses, in `uses` ----

    def use_recipe(
        self, recipe: Recipe, args: Sequence[ast.Arg], flow: Value | None, site: Site, span: Span
    ) -> Flow:
        raise NotImplementedError


def _check_parts(op: Op, call: Call, parts: Sequence[Part]) -> None:
    """NN201 where a recipe in a layer gives other channels than the layer needs there."""
    for part in parts:
        wanted = op.part_channels(call, part.setting)
        out = part.body.out
        if wanted is None or out is None or out.type.shape[-1:] == (wanted,):
            continue
        raise call.wrong(
            "NN201",
            f"`{part.setting}` has to give {show_dim(wanted)} channels here, and gives "
            f"{out.type.show()}",
            "give its last layer that many units",
        )


def _check_number(op: Op, names: Sequence[str], span: Span) -> None:
    """NN201: nothing that is given is left out."""
    count = names.count("")
    if op.most is None or count <= op.most:
        return
    if not op.most:
        raise fail("NN201", span, f"`{op.word}` takes no value, and {count} come here",
                   "it makes one: write it where a value is wanted, as in `_ + …`")  # fmt: skip
    wanted = "one value" if op.most == 1 else f"{op.most} values"
    fix = f"`{op.word}({', '.join('xyz'[: op.most])})` begins a line, or a value is piped into it"
    raise fail("NN201", span, f"`{op.word}` takes {wanted}, and {count} come here", fix)


def _takes_sizes(op: Op | None, name: str | None) -> bool:
    """True where an argument may be a size of a shape, which may be open."""
    sizes = _named_by(op, Dims) if op is not None else ()
    return bool(sizes) and (name is None or name in sizes)


@lru_cache(maxsize=1024)
def _named_by(op: Op, kind: type) -> tuple[str, ...]:
    """The settings of this kind."""
    return tuple(setting.name for setting in op.settings if isinstance(setting.kind, kind))


def _is_flag(op: Op, word: str) -> bool:
    setting = op.setting(word)
    return setting is not None and isinstance(setting.kind, Flag)


def _unsaid(op: Op, word: str, span: Span) -> Exception:
    """NN104 for the bare name of a setting that is true or false."""
    return fail("NN104", span, f"`{word}` of `{op.word}` is true or false", f"write `{word}=true`")
