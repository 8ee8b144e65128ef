"""Hand-written models with their facts and train sections, as the compiler would give them."""

from pathlib import Path
from typing import NamedTuple

from nndsl.backends.training.facts import InputFacts, ModelFacts, OutputFacts
from nndsl.backends.training.render import render_training
from nndsl.backends.training.spec import TrainSpec, read_train
from nndsl.diagnostics import Diagnostics
from nndsl.source import Source
from nndsl.syntax import ast
from nndsl.syntax.parser import parse

MODELS = Path(__file__).parent / "models"
TARGETS = ("torch", "keras")


class Program(NamedTuple):
    """A model of models/ with its section; if `flipped`, torch has it channels-first."""

    section: str
    facts: ModelFacts
    keras_entry: str
    flipped: bool = False

    def of(self, target: str) -> ModelFacts:
        if target == "keras":
            return self.facts._replace(entry=self.keras_entry)
        if not self.flipped:
            return self.facts
        return self.facts._replace(
            inputs=tuple(each._replace(moved=True) for each in self.facts.inputs),
            outputs=tuple(each._replace(moved=True) for each in self.facts.outputs),
        )


# Adam's epsilon is 1e-12 where targets are compared: they place it differently, and say so.
PROGRAMS = {
    "digits": Program(
        """
        data digits
        loss cross_entropy
        optimizer sgd(0.1, momentum=0.9)
        metrics accuracy
        epochs 3
        batch 64
        """,
        # 2*64 + 64*32+32 + 32*10+10 trainable, 2*64 statistics
        ModelFacts(
            "Digits",
            "Digits",
            "digits",
            (InputFacts("image", (8, 8)),),
            (OutputFacts("", (10,), "softmax"),),
            2538,
            128,
        ),
        "digits",
    ),
    "words": Program(
        """
        optimizer adam(weight_decay=0.01, eps=1e-12)
        schedule exponential(0.9, warmup=0.5)
        validation 0.25
        """,
        # 50*8 + 8+1
        ModelFacts(
            "Words",
            "Words",
            "words",
            (InputFacts("tokens", (7,), "int", high=50),),
            (OutputFacts("", (1,), "sigmoid"),),
            409,
            0,
            open=True,
        ),
        "words",
    ),
    "pair": Program(
        """
        loss kind = cross_entropy(smoothing=0.1)
        loss score = mse(weight=0.5)
        optimizer adamw(1/256, beta2=0.99, eps=1e-12)
        schedule cosine(end=0.1, warmup=1)
        metrics accuracy, top5, mae
        clip 1.0
        early_stopping 4
        """,
        # 4*6+6 + 6*5+5 + 6*1+1
        ModelFacts(
            "Pair",
            "Pair",
            "pair",
            (InputFacts("left", (4,)), InputFacts("right", (4,))),
            (OutputFacts("kind", (5,), "softmax"), OutputFacts("score", (1,), "sigmoid")),
            72,
            0,
            penalty=True,
            terms=True,
        ),
        "pair",
    ),
    "mask": Program(
        """
        loss binary_cross_entropy(target=image)
        optimizer rmsprop(1e-3, weight_decay=0.01)
        schedule step(2, 0.5)
        precision bfloat16
        """,
        # 3*3*3*4+4 + 3*3*4*3+3
        ModelFacts(
            "Mask",
            "Mask",
            "mask",
            (InputFacts("image", (8, 6, 3)),),
            (OutputFacts("picture", (8, 6, 3), "sigmoid"),),
            223,
            0,
        ),
        "mask",
        flipped=True,
    ),
}


def section(text: str) -> ast.Train:
    """The train section with these lines."""
    diagnostics = Diagnostics()
    file = parse(Source("test.nn", f"train {{\n{text}\n}}\n"), diagnostics)
    assert file is not None
    assert not diagnostics.items
    (train,) = file.declarations
    assert isinstance(train, ast.Train)
    return train


def read(text: str, facts: ModelFacts) -> TrainSpec:
    """The spec of a section that has no error."""
    diagnostics = Diagnostics()
    spec = read_train(section(text), facts, diagnostics)
    assert spec is not None, diagnostics.items
    return spec


def model_text(name: str, target: str) -> str:
    return (MODELS / f"{name}_{target}.py").read_text(encoding="utf-8")


def script(name: str, target: str, *, whole: bool = False) -> str:
    """The training script of a program; `whole` asks for the single-file form."""
    program = PROGRAMS[name]
    facts = program.of(target)
    model = model_text(name, target) if whole else None
    return render_training(target, read(program.section, facts), facts, model)


def write(name: str, target: str, folder: Path) -> Path:
    """Model and training script in a folder; the path of the script."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.py").write_text(model_text(name, target), encoding="utf-8")
    path = folder / f"train_{name}.py"
    path.write_text(script(name, target), encoding="utf-8")
    return path
