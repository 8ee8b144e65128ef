"""What a train section means, and what it is told when it means nothing."""

import pytest

from nndsl.backends.training.facts import InputFacts, ModelFacts, OutputFacts
from nndsl.backends.training.spec import TrainSpec, read_train
from nndsl.compiler import check
from nndsl.diagnostics import Diagnostics
from training import programs


def facts(*outputs: tuple[str, tuple[int, ...], str]) -> ModelFacts:
    made = tuple(OutputFacts(*each) for each in outputs)
    return ModelFacts("M", "M", "m", (InputFacts("x", (4,)),), made, 1, 0)


CLASSES = facts(("", (10,), "softmax"))
YES_NO = facts(("", (1,), "sigmoid"))
NUMBER = facts(("", (1,), ""))
BARE = facts(("", (10,), ""))
TWO = facts(("kind", (3,), "softmax"), ("score", (1,), ""))


def spec(text: str, model: ModelFacts = CLASSES) -> TrainSpec:
    return programs.read(text, model)


def errors(text: str, model: ModelFacts = CLASSES) -> list[tuple[str, str, str]]:
    diagnostics = Diagnostics()
    assert read_train(programs.section(text), model, diagnostics) is None
    return [(item.code, item.message, item.fix) for item in diagnostics.items]


@pytest.mark.parametrize(
    ("model", "loss", "metric", "target"),
    [
        (CLASSES, "cross_entropy", "accuracy", "label"),
        (YES_NO, "binary_cross_entropy", "accuracy", "label"),
        (NUMBER, "mse", "mae", "target"),
        (BARE, "cross_entropy", "accuracy", "label"),
    ],
)
def test_without_a_section_the_output_says_it(
    model: ModelFacts, loss: str, metric: str, target: str
) -> None:
    read = read_train(None, model, Diagnostics())
    assert read is not None
    (found,) = read.losses
    assert (found.kind, found.target) == (loss, target)
    assert [each.name for each in read.metrics] == [metric]
    assert (read.data, read.output, read.precision) == ("synthetic", "", "float32")
    assert read.optimizer.word == "adam"


def test_the_seed() -> None:
    read = spec(
        """
        data fashion_mnist; loss cross_entropy; optimizer sgd(1e-3); metrics accuracy
        batch 32; epochs 10
        """
    )
    assert (read.data, read.batch, read.epochs) == ("fashion_mnist", 32, 10)
    assert (read.optimizer.word, read.optimizer.number("lr")) == ("sgd", 0.001)


def test_numbers_fill_settings_in_order() -> None:
    read = spec("optimizer sgd(0.1, 0.9, nesterov=true); schedule step(5, 1/4, warmup=2)")
    assert [read.optimizer.number(each) for each in ("lr", "momentum", "nesterov")] == [0.1, 0.9, 1]
    assert [read.schedule.number(each) for each in ("every", "factor", "warmup")] == [5, 0.25, 2]


def test_each_output_has_its_loss() -> None:
    read = spec("loss kind = cross_entropy(0.1, weight=2); metrics accuracy mae", TWO)
    kind, score = read.losses
    assert (kind.kind, kind.option, kind.weight, kind.target) == ("cross_entropy", 0.1, 2, "kind")
    assert (score.kind, score.target) == ("mse", "score")
    assert [each.name for each in read.metrics] == ["kind_accuracy", "score_mae"]


OWN = BARE._replace(terms=True)
OWN_YES = YES_NO._replace(terms=True)
OWN_TWO = TWO._replace(terms=True)


def test_a_model_with_losses_of_its_own_has_a_default_only_where_its_end_says_it() -> None:
    asked = (
        "NN709",
        "the model has losses of its own: has the output another one?",
        "`loss none` for no, or a loss such as `loss mse`",
    )
    assert errors("epochs 3", OWN) == [asked]
    assert errors("", NUMBER._replace(terms=True)) == [asked]
    assert errors("", OWN_TWO)[0][2].startswith("`loss score = none` for no")
    (loss,) = spec("", OWN_YES).losses
    assert loss.kind == "binary_cross_entropy"


def test_none_leaves_the_models_own_losses() -> None:
    assert (spec("loss none", OWN).losses, spec("loss none", OWN).metrics) == ((), ())
    assert spec("loss none", OWN_YES).losses == ()
    (kind,) = spec("loss score = none", OWN_TWO).losses
    (same,) = spec("loss none; loss kind = cross_entropy", OWN_TWO).losses
    assert kind == same
    (metric,) = spec("loss score = none", OWN_TWO).metrics
    assert metric.name == "kind_accuracy"


def test_something_has_to_be_trained_for() -> None:
    assert errors("loss none", NUMBER) == [
        (
            "NN709",
            "nothing is left to train for: no output has a loss, nor has the model",
            "give an output a loss, or the model a `loss` line",
        )
    ]
    assert errors("loss none; metrics mae", OWN)[0][0] == "NN705"


def test_an_input_as_the_target_of_yes_or_no_has_no_accuracy() -> None:
    assert spec("loss binary_cross_entropy(target=x)", YES_NO).metrics == ()


def test_a_target_may_be_an_input() -> None:
    (loss,) = spec("loss mse(target=x)", NUMBER).losses
    assert (loss.target, loss.own) == ("x", False)


def test_a_target_and_an_input_of_one_name_are_two_arrays() -> None:
    (loss,) = spec("", facts(("x", (4,), ""))).losses
    assert loss.target == "x_target"


@pytest.mark.parametrize(
    ("text", "code", "message", "fix"),
    [
        (
            "epoch 3",
            "NN701",
            "a train section has no `epoch`",
            "one of `epochs`",
        ),
        (
            "loss cross_entrop",
            "NN702",
            "`cross_entrop` is no loss",
            "did you mean `cross_entropy`, `binary_cross_entropy`?",
        ),
        (
            "optimizer sgd(1e-3, momentun=0.9)",
            "NN702",
            "`momentun` is no setting of `sgd`",
            "did you mean `momentum`?",
        ),
        (
            "optimizer sgd(1, 0.5, true, 0, 7)",
            "NN702",
            "one value more is no setting of `sgd`",
            "one of `lr`, `momentum`, `nesterov`, `weight_decay`",
        ),
        (
            "optimizer sgd(1, momentum=1)",
            "NN703",
            "`momentum` of `sgd` is a number from 0 up to, not including, 1; `1` is not",
            "give a number from 0 up to, not including, 1",
        ),
        (
            "schedule step(every=0)",
            "NN703",
            "`every` of `step` is a number from 1e-06 up; `0` is not",
            "give a number from 1e-06 up",
        ),
        (
            "batch 2.5",
            "NN703",
            "`batch` is a whole number from 1 up; `2.5` is not",
            "give a whole number from 1 up",
        ),
        (
            "precision float8",
            "NN703",
            "`precision` is one of `float32`, `bfloat16`, `float16`; `float8` is not",
            "give one of `float32`, `bfloat16`, `float16`",
        ),
        ("epochs 1; epochs 2", "NN704", "`epochs` is said twice", "keep one of the lines"),
        (
            "loss binary_cross_entropy",
            "NN705",
            "`binary_cross_entropy` does not go with an output that ends in softmax",
            "`loss cross_entropy`, or end the output in sigmoid",
        ),
        (
            "metrics mae",
            "NN705",
            "`mae` does not measure an output whose loss is cross_entropy",
            "try `accuracy`",
        ),
        ("loss y = mse", "NN706", "the model has no output `y`", "one of `output`"),
    ],
)
def test_what_is_wrong_is_said(text: str, code: str, message: str, fix: str) -> None:
    assert errors(text) == [(code, message, fix)]


def test_a_wrong_target_names_the_inputs() -> None:
    assert errors("loss mse(target=z)", NUMBER) == [
        ("NN703", "`target` of `mse` is one of `x`; `z` is not", "give one of `x`")
    ]


@pytest.mark.parametrize("loss", ["huber(delta=0)", "smooth_l1(beta=0)"])
def test_what_is_divided_by_is_not_zero(loss: str) -> None:
    assert [code for code, *_ in errors(f"loss {loss}", NUMBER)] == ["NN703"]


def test_all_errors_are_found() -> None:
    assert len(errors("epoch 3; batch 0; loss no; metrics no")) == 4


@pytest.mark.parametrize("value", ["2**10**9", "1/0", "0**-1", "[1]", "x+1"])
def test_arithmetic_has_bounds(value: str) -> None:
    (found,) = errors(f"clip {value}")
    assert found[0] == "NN703"


@pytest.mark.parametrize(
    ("body", "axis"),
    [
        ("input image: [C=3, H=6, W=4]; Conv(5, 1, softmax)", 0),
        ("input image: [6, 4, 3]; Conv(5, 1) -> softmax(axis=1)", 1),
    ],
)
def test_classes_stand_on_the_last_axis(body: str, axis: int) -> None:
    (found,) = check(f"model M {{ {body} }}\ntrain {{ }}").diagnostics
    assert found.code == "NN705"
    assert f"are axis {axis} of" in found.message


@pytest.mark.parametrize(
    "body",
    [
        "input image: [C=3, H=6, W=4]; Conv(5, 1) -> Permute(1, 2, 0) -> softmax",
        "input image: [C=3, H=6, W=4]; Conv(5, 1, relu) -> Flatten -> Dense(3, softmax)",
        "input image: [6, 4, 3]; Conv(5, 1, softmax)",
        "input image: [C=3, H=6, W=4]; Conv(5, 1, sigmoid)",
    ],
)
def test_other_ends_are_as_good(body: str) -> None:
    assert check(f"model M {{ {body} }}\ntrain {{ }}").diagnostics == ()
