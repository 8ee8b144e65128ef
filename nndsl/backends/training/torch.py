"""How PyTorch says a training script."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nndsl.backends.training import pieces
from nndsl.backends.training.facts import ModelFacts, OutputFacts
from nndsl.backends.training.losses import LossSpec, MetricSpec
from nndsl.backends.training.pieces import Emission, Pieces, Slot
from nndsl.backends.training.spec import TrainSpec
from nndsl.backends.training.values import Chosen
from nndsl.emit import build as b
from nndsl.emit.imports import ImportStmt
from nndsl.emit.tree import Docstring, Expr, Import, ImportFrom, Stmt

DECOUPLED = ("sgd",)  # whose weight decay torch.optim adds to the gradient


def script(spec: TrainSpec, facts: ModelFacts, emission: Emission) -> Pieces:
    """The pieces of a PyTorch script."""
    decayed, spelled = _decayed(spec), emission.spelled(spec)
    needed = (
        ("torch/train_rmsprop.py.jinja", spec.optimizer.word == "rmsprop"),
        (f"torch/train_rate_{spec.schedule.word}.py.jinja", pieces.scheduled(spec)),
        ("torch/train_decay_weights.py.jinja", decayed),
    )
    helpers = tuple(path for path, true in needed if true)
    helpers += tuple(path for each in spelled.values() for path in each.exact)
    optimizer = _exact_optimizer if "optimizer" in spelled else _optimizer
    return Pieces(
        _imports(spec, facts),
        (
            Slot("constants", pieces.constants(spec, facts, "torch", _constants(spec, facts))),
            Slot("measure", (_measure(spec, facts),)),
            Slot("optimizer", (b.assign("self.optimizer", optimizer(spec.optimizer)),), 8),
        ),
        helpers,
        (
            *pieces.flags(spec, facts),
            *(("decayed",) if decayed else ()),
            *(("clipped_exactly",) if "clip" in spelled else ()),
        ),
        emission.notes(spec),
    )


def _decayed(spec: TrainSpec) -> bool:
    return spec.optimizer.word in DECOUPLED and spec.optimizer.number("weight_decay") > 0


def _imports(spec: TrainSpec, facts: ModelFacts) -> tuple[ImportStmt, ...]:
    gzip = ["gzip"] if "images" in pieces.flags(spec, facts) else []
    modules = ("argparse", "csv", *gzip, "math", "sys", "time", "torch")
    return (
        b.import_from("__future__", "annotations"),
        *(Import(module) for module in modules),
        b.import_from("functools", "partial"),
        b.import_from("pathlib", "Path"),
        Import("numpy", "np"),
        Import("torch.nn.functional", "F"),
        b.import_from("torch", "Tensor", "nn"),
        b.import_from("torch.utils.data", "DataLoader"),
        ImportFrom(facts.module, ((facts.entry, ""),)),
    )


def _constants(spec: TrainSpec, facts: ModelFacts) -> list[Stmt]:
    schedule = ["schedule"] if pieces.scheduled(spec) else []
    moved = [field.name for field in pieces.fields(spec, facts) if field.moved]
    state = b.tup("model", "optimizer", *schedule, "scaler")
    result: list[Stmt] = [b.assign("STATE", state, comment="what a checkpoint holds")]
    if moved:
        result.append(b.assign("CHANNELS_LAST", b.tup(*moved), comment="in the data"))
    if _decayed(spec):
        decay = pieces.plain(spec.optimizer.number("weight_decay"))
        result.append(b.assign("DECAY", decay, comment="of the weights"))
    return result


# ---- optimizers ----------------------------------------------------------------------------------


def _optimizer(chosen: Chosen) -> Expr:
    if chosen.word == "rmsprop":
        return _exact_optimizer(chosen)
    parameters, lr = b.call("self.model.parameters"), b.dotted("args.lr")
    word = _optimizer_class(chosen)
    return b.call(f"torch.optim.{word}", parameters, lr=lr, **OPTIMIZERS[chosen.word](chosen))


def _optimizer_class(chosen: Chosen) -> str:
    if chosen.word == "adam" and chosen.number("weight_decay"):
        return "AdamW"  # Keras' Adam decays weights apart from the gradient
    return {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}[chosen.word]


def _sgd(chosen: Chosen) -> dict[str, b.Value]:
    momentum = pieces.plain(chosen.number("momentum"))
    options: dict[str, b.Value] = {"momentum": momentum} if momentum else {}
    return options | ({"nesterov": True} if momentum and chosen.number("nesterov") else {})


def _adam(chosen: Chosen) -> dict[str, b.Value]:
    betas = (chosen.number("beta1"), chosen.number("beta2"))
    options: dict[str, b.Value] = {}
    if betas != (0.9, 0.999):
        options["betas"] = b.tup(*map(pieces.plain, betas))
    options["eps"] = pieces.plain(chosen.number("eps"))
    decay = chosen.number("weight_decay")
    if decay or chosen.word == "adamw":
        options["weight_decay"] = pieces.plain(decay)
    return options


def _exact_optimizer(chosen: Chosen) -> Expr:
    """A class of the script's own with all its numbers."""
    word, names = OWN[chosen.word]
    numbers: dict[str, b.Value] = {
        key: bool(value) if key == "nesterov" else pieces.plain(value)
        for key, value in ((key, chosen.number(name)) for key, name in names.items())
    }
    lr = {"lr": b.dotted("args.lr")}
    return b.call(word, b.call("self.model.parameters"), b.dic(lr | numbers))


OWN_ADAM = {"beta1": "beta1", "beta2": "beta2", "eps": "eps", "decay": "weight_decay"}
# By the language's word: the class, and what it calls the settings.
OWN: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "sgd": ("SGD", {"momentum": "momentum", "nesterov": "nesterov"}),
    "adam": ("Adam", OWN_ADAM),
    "adamw": ("Adam", OWN_ADAM),
    "rmsprop": (
        "RMSprop",
        {"rho": "rho", "momentum": "momentum", "eps": "eps", "decay": "weight_decay"},
    ),
}


OPTIMIZERS: Mapping[str, Callable[[Chosen], dict[str, b.Value]]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,
}


# ---- losses and metrics --------------------------------------------------------------------------


def _measure(spec: TrainSpec, facts: ModelFacts) -> Stmt:
    logits = pieces.from_logits(spec, facts)
    method = "model.logits" if _offered(spec, facts) else "model"
    names = pieces.variables(facts)
    if len(names) == 1:
        names = ("logits" if logits else "prediction",)
    inputs = [_array(each.name) for each in facts.inputs]
    given = names if _offered(spec, facts) or names != ("logits",) else ("prediction",)
    text = "The loss, computed from the logits, and the metrics." if logits else "Loss and metrics."
    metrics = {m.name: _metric(m, facts, spec, names) for m in spec.metrics}
    run = b.call(method, *inputs)
    return b.func(
        "measure",
        [b.param("model", facts.entry), b.param("batch", _tensors())],
        [
            Docstring(text),
            b.assign(b.target(*given), run) if spec.losses else b.do(run),
            *_inverted(spec, facts, given, names),
            b.assign("loss", _total(spec, facts, names)),
            b.ret(b.dic({"loss": b.name("loss"), **metrics})),
        ],
        _tensors(),
    )


def _offered(spec: TrainSpec, facts: ModelFacts) -> bool:
    """Some loss reads logits that the model gives."""
    return any(
        loss.from_logits(facts) and facts.outputs[loss.output].offered for loss in spec.losses
    )


def _inverted(
    spec: TrainSpec, facts: ModelFacts, given: tuple[str, ...], names: tuple[str, ...]
) -> list[Stmt]:
    """Logits from the probabilities, as Keras has them, where the model does not give them."""
    found: list[Stmt] = []
    for loss in spec.losses:
        output = facts.outputs[loss.output]
        if loss.from_logits(facts) and not output.offered:
            exact = b.call(b.attr(b.name(given[loss.output]), "float"))
            safe = b.call(b.attr(exact, "clamp"), min=1e-7)
            log, odds = b.call(b.attr(safe, "log")), b.call(b.attr(exact, "logit"), eps=1e-7)
            logits = log if output.activation == "softmax" else odds
            found.append(b.assign(names[loss.output], logits))
    return found


def _tensors() -> Expr:
    return b.index("dict", b.name("str"), b.name("Tensor"))


def _array(name: str) -> Expr:
    return b.index("batch", name)


def _total(spec: TrainSpec, facts: ModelFacts, names: tuple[str, ...]) -> Expr:
    terms = [_weighted(loss, _loss(loss, facts, spec, names)) for loss in spec.losses]
    offered = (("model.extra_losses", facts.terms), ("model.penalty", facts.penalty))
    terms += [b.call(name) for name, true in offered if true]
    return b.chain("+", *terms)


def _weighted(loss: LossSpec, term: Expr) -> Expr:
    return term if loss.weight == 1 else b.binop(pieces.plain(loss.weight), "*", term)


def _loss(loss: LossSpec, facts: ModelFacts, spec: TrainSpec, names: tuple[str, ...]) -> Expr:
    options: dict[str, b.Value] = {}
    word, option = LOSSES[loss.kind]
    if option and (loss.option or loss.kind != "cross_entropy"):
        options[option] = pieces.plain(loss.option)
    prediction = _prediction(loss, facts, spec, names)
    if loss.kind == "cross_entropy" and _class_axis(facts.outputs[loss.output]) == -1:
        prediction = b.call(b.attr(prediction, "movedim"), -1, 1)
    return b.call(f"F.{word}", prediction, _array(loss.target), **options)


def _prediction(loss: LossSpec, facts: ModelFacts, spec: TrainSpec, names: tuple[str, ...]) -> Expr:
    """The output that the loss reads; `logits` leaves off activations that others need."""
    output = facts.outputs[loss.output]
    value = b.name(names[loss.output])
    if loss.from_logits(facts) or not (output.offered and _offered(spec, facts)):
        return value
    if output.activation == "sigmoid":
        return b.call(b.attr(value, "sigmoid"))
    if output.activation == "softmax":
        return b.call(b.attr(value, "softmax"), _class_axis(output))
    return value


def _class_axis(output: OutputFacts) -> int:
    return 1 if output.moved or len(output.shape) == 1 else -1


def _metric(metric: MetricSpec, facts: ModelFacts, spec: TrainSpec, names: tuple[str, ...]) -> Expr:
    loss = next(loss for loss in spec.losses if loss.output == metric.output)
    value, target = _prediction(loss, facts, spec, names), _array(loss.target)
    axis = _class_axis(facts.outputs[loss.output])
    if metric.kind in ("mae", "mse"):
        return b.call(f"F.{LOSSES[metric.kind][0]}", value, target)
    if metric.kind == "top5":
        best = b.attr(b.call(b.attr(value, "topk"), 5, axis), "indices")
        hits = b.compare(best, "==", b.call(b.attr(target, "unsqueeze"), axis))
        return _mean(b.call(b.attr(hits, "any"), axis))
    if loss.kind == "cross_entropy":
        return _mean(b.compare(b.call(b.attr(value, "argmax"), axis), "==", target))
    return _mean(b.compare(b.compare(value, ">", 0), "==", target))


def _mean(hits: Expr) -> Expr:
    return b.call(b.attr(b.call(b.attr(hits, "float")), "mean"))


LOSSES: Mapping[str, tuple[str, str]] = {
    "cross_entropy": ("cross_entropy", "label_smoothing"),
    "binary_cross_entropy": ("binary_cross_entropy_with_logits", ""),
    "mse": ("mse_loss", ""),
    "mae": ("l1_loss", ""),
    "huber": ("huber_loss", "delta"),
    "smooth_l1": ("smooth_l1_loss", "beta"),
}
