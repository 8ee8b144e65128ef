"""How Keras 3 says a training script."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nndsl.backends.training import losses, pieces
from nndsl.backends.training.facts import ModelFacts
from nndsl.backends.training.losses import LossSpec, MetricSpec
from nndsl.backends.training.pieces import Emission, Pieces, Slot
from nndsl.backends.training.spec import TrainSpec
from nndsl.emit import build as b
from nndsl.emit.imports import ImportStmt
from nndsl.emit.tree import Assign, Comment, Docstring, Expr, Import, ImportFrom, Stmt

CLASSES: Mapping[str, str] = {
    "cross_entropy": "SparseCategoricalCrossentropy",
    "binary_cross_entropy": "BinaryCrossentropy",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "huber": "Huber",
    "smooth_l1": "Huber",  # times its delta
}


def script(spec: TrainSpec, facts: ModelFacts, emission: Emission) -> Pieces:
    """The pieces of a Keras script."""
    spelled = emission.spelled(spec)
    own = tuple(path for each in spelled.values() for path in each.exact)
    warming = (
        "rate" not in spelled
        and spec.schedule.word in ("step", "exponential")
        and spec.schedule.number("warmup") > 0
    )
    return Pieces(
        _imports(spec, facts),
        (
            Slot("constants", pieces.constants(spec, facts, "keras", [_columns(spec)])),
            Slot("batch_return", tuple(_batch(spec, facts)), 8),
            Slot(
                "compile_model",
                (*_smoothed(spec, facts), _compile_model(spec, facts, "rate" in spelled)),
            ),
        ),
        (*own, *(("keras/train_warmup.py.jinja",) if warming else ())),
        pieces.flags(spec, facts),
        emission.notes(spec),
    )


def _imports(spec: TrainSpec, facts: ModelFacts) -> tuple[ImportStmt, ...]:
    gzip = ["gzip"] if "images" in pieces.flags(spec, facts) else []
    modules = ("argparse", "contextlib", "csv", *gzip, "json", "math", "sys", "time", "keras")
    names = [facts.entry, *(["logits_model"] if pieces.from_logits(spec, facts) else [])]
    return (
        *(Import(module) for module in modules),
        b.import_from("pathlib", "Path"),
        Import("numpy", "np"),
        ImportFrom(facts.module, tuple((name, "") for name in names)),
    )


def _columns(spec: TrainSpec) -> Assign:
    names = ("loss", *(metric.name for metric in spec.metrics))
    return b.assign("COLUMNS", b.tup(*names, *(f"val_{name}" for name in names)))


# ---- what a batch holds --------------------------------------------------------------------------


def _inputs(facts: ModelFacts) -> Expr:
    return _bare_or_tuple([_array(each.name) for each in facts.inputs])


def _bare_or_tuple(items: list[Expr]) -> Expr:
    return items[0] if len(items) == 1 else b.tup(*items)


def _batch(spec: TrainSpec, facts: ModelFacts) -> list[Stmt]:
    """What `fit` takes: inputs, and an array for each output of a model that has a loss at all."""
    if not spec.losses:
        return [b.ret(b.tup(_inputs(facts)))]
    if len(facts.outputs) == 1:
        return [b.ret(b.tup(_inputs(facts), _array(spec.losses[0].target)))]
    targets = {loss.output: loss.target for loss in spec.losses}
    names = [losses.output_name(facts, position) for position in range(len(facts.outputs))]
    some = spec.losses[0].target
    table = {name: _array(targets.get(i, some)) for i, name in enumerate(names)}
    unread = [name for i, name in enumerate(names) if i not in targets]
    text = f"Keras wants an array for each output: {', '.join(unread)} has no loss to read it."
    return [*([Comment(text)] if unread else []), b.ret(b.tup(_inputs(facts), b.dic(table)))]


def _array(name: str) -> Expr:
    return b.index("batch", name)


def _each(spec: TrainSpec, facts: ModelFacts, make: Callable[[LossSpec], b.Value]) -> Expr:
    """What one output has, or a dictionary by the names of several."""
    if len(facts.outputs) == 1:
        return b.value(make(spec.losses[0]))
    names = [losses.output_name(facts, loss.output) for loss in spec.losses]
    return b.dic(dict(zip(names, map(make, spec.losses), strict=True)))


# ---- the model that is trained -------------------------------------------------------------------


def _compile_model(spec: TrainSpec, facts: ModelFacts, own_rate: bool) -> Stmt:
    logits = pieces.from_logits(spec, facts)
    steps = [b.param("steps", "int")] if pieces.scheduled(spec) else []
    text = "The model to train: up to the logits, from which the loss is computed."
    options: dict[str, b.Value] = {"optimizer": _optimizer(spec)}
    if spec.losses:
        options["loss"] = _each(spec, facts, lambda loss: _loss(loss, spec, facts))
    if any(_weight(loss) != 1 for loss in spec.losses):
        options["loss_weights"] = _each(spec, facts, lambda loss: float(_weight(loss)))
    if spec.metrics:
        options["metrics"] = _each(spec, facts, lambda loss: _metrics(loss, spec))
    return b.func(
        "compile_model",
        [b.param("network", "keras.Model"), b.param("args", "argparse.Namespace"), *steps],
        [
            Docstring(text if logits else "The model to train."),
            *_model(spec, facts),
            *_rate(spec, own_rate),
            b.do(b.call("model.compile", **options)),
            b.ret(b.name("model")),
        ],
        "keras.Model",
    )


def _model(spec: TrainSpec, facts: ModelFacts) -> list[Stmt]:
    logits = pieces.from_logits(spec, facts)
    if len(facts.outputs) == 1 or not spec.losses:
        network = b.name("network")
        return [b.assign("model", b.call("logits_model", network) if logits else network)]
    bare = {loss.output for loss in spec.losses if loss.from_logits(facts)}
    outputs = {
        losses.output_name(facts, i): b.index("logits" if i in bare else "network.outputs", i)
        for i in range(len(facts.outputs))
    }
    first = b.assign("logits", b.attr(b.call("logits_model", b.name("network")), "outputs"))
    model = b.call("keras.Model", b.dotted("network.inputs"), b.dic(outputs))
    return [*([first] if logits else []), b.assign("model", model)]


def _weight(loss: LossSpec) -> float:
    """Keras has no smooth_l1, which is Huber over its delta."""
    return loss.weight / loss.option if loss.kind == "smooth_l1" else loss.weight


def _loss(loss: LossSpec, spec: TrainSpec, facts: ModelFacts) -> Expr:
    if loss.kind == "cross_entropy" and loss.option:
        return b.name(_smoothed_name(loss, spec, facts))
    options: dict[str, b.Value] = {}
    if loss.kind in losses.CLASSES:
        options["from_logits"] = True
    if loss.kind in ("huber", "smooth_l1"):
        options["delta"] = pieces.plain(loss.option)
    return b.call(f"keras.losses.{CLASSES[loss.kind]}", **options)


def _smoothed_name(loss: LossSpec, spec: TrainSpec, facts: ModelFacts) -> str:
    several = len(facts.outputs) > 1
    name = losses.output_name(facts, loss.output)
    return f"smoothed_cross_entropy_{name}" if several else "smoothed_cross_entropy"


def _smoothed(spec: TrainSpec, facts: ModelFacts) -> list[Stmt]:
    """Keras smooths one-hot labels only: a function for each loss that does."""
    return [
        b.func(
            _smoothed_name(loss, spec, facts),
            ["labels", "logits"],
            [
                b.assign(
                    "one_hot",
                    b.call("keras.ops.one_hot", b.name("labels"), b.index("logits.shape", -1)),
                ),
                b.ret(
                    b.call(
                        "keras.losses.categorical_crossentropy",
                        b.name("one_hot"),
                        b.name("logits"),
                        from_logits=True,
                        label_smoothing=pieces.plain(loss.option),
                    )
                ),
            ],
        )
        for loss in spec.losses
        if loss.kind == "cross_entropy" and loss.option
    ]


def _metrics(loss: LossSpec, spec: TrainSpec) -> Expr:
    mine = [metric for metric in spec.metrics if metric.output == loss.output]
    return b.lst(*(_metric(metric, loss) for metric in mine))


def _metric(metric: MetricSpec, loss: LossSpec) -> Expr:
    name = metric.kind
    if name in ("mae", "mse"):
        return b.call(f"keras.metrics.{CLASSES[name]}", name=name)
    if name == "top5":
        return b.call("keras.metrics.SparseTopKCategoricalAccuracy", 5, name=name)
    if loss.kind == "cross_entropy":
        return b.call("keras.metrics.SparseCategoricalAccuracy", name=name)
    return b.call("keras.metrics.BinaryAccuracy", name=name, threshold=0.0)


# ---- optimizers and schedules --------------------------------------------------------------------


def _optimizer(spec: TrainSpec) -> Expr:
    chosen = spec.optimizer
    word, settings = OPTIMIZERS[chosen.word]
    always = ALWAYS[chosen.word]
    options: dict[str, b.Value] = {}
    for ours, theirs, default in settings:
        value = chosen.number(ours)
        if value != default or ours in always:
            options[theirs] = True if ours == "nesterov" else pieces.plain(value)
    if spec.clip:
        options["global_clipnorm"] = b.name("CLIP")
    rate = b.name("rate") if pieces.scheduled(spec) else b.dotted("args.lr")
    return b.call(f"keras.optimizers.{word}", rate, **options)


def _rate(spec: TrainSpec, own: bool) -> list[Stmt]:
    """The learning rate as a schedule of steps; `steps` is the number of them in an epoch."""
    if not pieces.scheduled(spec):
        return []
    if own:
        made = b.call("Rate", b.dotted("args.lr"), b.name("steps"), b.dotted("args.epochs"))
        return [b.assign("rate", made)]
    warm = spec.schedule.number("warmup") > 0
    result = SCHEDULES[spec.schedule.word](warm)
    if warm and spec.schedule.word in ("step", "exponential"):
        result = b.call("Warmup", result, _epochs("WARMUP"))
    return [b.assign("rate", result)]


def _epochs(name: str) -> Expr:
    return b.binop(b.name(name), "*", b.name("steps"))


def _cosine(warm: bool) -> Expr:
    name, lr = "keras.optimizers.schedules.CosineDecay", b.dotted("args.lr")
    last = b.binop(b.dotted("args.epochs"), "*", b.name("steps"))
    if not warm:
        return b.call(name, lr, last, alpha=b.name("END"))
    return b.call(
        name,
        0.0,
        b.call("max", b.binop(last, "-", _epochs("WARMUP")), 1),
        alpha=b.name("END"),
        warmup_target=lr,
        warmup_steps=_epochs("WARMUP"),
    )


def _constant(warm: bool) -> Expr:
    assert warm, "a constant rate without a warm-up is no schedule"
    name, lr = "keras.optimizers.schedules.PolynomialDecay", b.dotted("args.lr")
    return b.call(name, 0.0, _epochs("WARMUP"), end_learning_rate=lr)


def _steps(_warm: bool) -> Expr:
    every = _epochs("EVERY")
    return _exponential_decay(every, staircase=True)


def _exponential(_warm: bool) -> Expr:
    return _exponential_decay(b.name("steps"))


def _exponential_decay(steps: Expr, **options: b.Value) -> Expr:
    name, lr = "keras.optimizers.schedules.ExponentialDecay", b.dotted("args.lr")
    return b.call(name, lr, steps, b.name("FACTOR"), **options)


SCHEDULES: Mapping[str, Callable[[bool], Expr]] = {
    "constant": _constant,
    "cosine": _cosine,
    "step": _steps,
    "exponential": _exponential,
}
MOMENTUM = (("momentum", "momentum", 0.0),)
DECAY = (("weight_decay", "weight_decay", 0.0),)
EPSILON = (("eps", "epsilon", 1e-7),)
BETAS = (("beta1", "beta_1", 0.9), ("beta2", "beta_2", 0.999))
OPTIMIZERS: Mapping[str, tuple[str, tuple[tuple[str, str, float], ...]]] = {
    "sgd": ("SGD", (*MOMENTUM, ("nesterov", "nesterov", 0.0), *DECAY)),
    "adam": ("Adam", (*BETAS, *EPSILON, *DECAY)),
    "adamw": ("AdamW", (*BETAS, *EPSILON, *DECAY)),
    "rmsprop": ("RMSprop", (("rho", "rho", 0.9), *MOMENTUM, *EPSILON, *DECAY)),
}
# Written out even where they are Keras' defaults, because PyTorch's differ.
ALWAYS: Mapping[str, tuple[str, ...]] = {
    "sgd": (),
    "adam": ("eps",),
    "adamw": ("eps", "weight_decay"),
    "rmsprop": ("rho", "eps"),
}
