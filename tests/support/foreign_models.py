"""Models of other libraries with random weights, converted by nndsl's maps and run beside ours."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np

from nndsl.source import Source
from nndsl.weights import Options, Program, convert, find_map

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
BATCH = 2
Arrays = list[np.ndarray]


class Original(NamedTuple):
    """A model of another library: saves its weights at a path, and runs."""

    suffix: str
    save: Callable[[Path], object]
    run: Callable[[Arrays], Arrays]


class Foreign(NamedTuple):
    """A model, what nndsl calls it, and what to feed both. package: where it is from.

    shapes: of the inputs in the order of the file's axes; high: of whole numbers; channels: the
    axis of an image's channels in the file.
    """

    map: str
    example: str
    model: str
    settings: Mapping[str, str]
    package: str
    build: Callable[[Mapping[str, str]], Original]
    shapes: tuple[tuple[int, ...], ...]
    high: tuple[int, ...] = (0,)
    channels: int = -1

    def inputs(self) -> Arrays:
        random = np.random.default_rng(1)
        pairs = zip(self.shapes, self.high, strict=True)
        return [
            random.integers(0, high, (BATCH, *shape)).astype("int64")
            if high
            else random.normal(0, 1, (BATCH, *shape)).astype("float32")
            for shape, high in pairs
        ]


# ---- the other libraries -------------------------------------------------------------------------


def torchvision() -> ModuleType:
    """torchvision, beside a torch that it was not built for: only its compiled operators lack."""
    import torch

    try:
        import torchvision as found
    except RuntimeError:
        for name in [name for name in sys.modules if name.startswith("torchvision")]:
            del sys.modules[name]
        library = torch.library.Library("torchvision", "DEF")
        for name in ("nms", "qnms"):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _KEPT.append(library)
        import torchvision as found
    return found


_KEPT: list[object] = []  # what must live as long as the process


def _vision(name: str) -> Callable[[Mapping[str, str]], Original]:
    def build(settings: Mapping[str, str]) -> Original:
        return _torch(getattr(torchvision().models, name)(weights=None), _images)

    return build


def _gpt2(settings: Mapping[str, str]) -> Original:
    torchvision()
    from transformers import GPT2Config, GPT2LMHeadModel

    value = {name: int(text) for name, text in settings.items()}
    config = GPT2Config(
        vocab_size=value.get("vocab", 50257), n_positions=value.get("context", 1024),
        n_embd=value.get("dim", 768), n_layer=value.get("depth", 12), n_head=value.get("heads", 12),
    )  # fmt: skip
    return _torch(GPT2LMHeadModel(config), lambda model, x: [model(x[0]).logits])


def _bert(settings: Mapping[str, str]) -> Original:
    torchvision()
    from transformers import BertConfig, BertModel

    value = {name: int(text) for name, text in settings.items()}
    config = BertConfig(
        vocab_size=value.get("vocab", 30522), max_position_embeddings=value.get("context", 512),
        hidden_size=value.get("dim", 768), num_hidden_layers=value.get("depth", 12),
        num_attention_heads=value.get("heads", 12), intermediate_size=value.get("hidden", 3072),
    )  # fmt: skip

    def run(model: Callable, x: list) -> list:
        mask = (x[0] != 0).long()
        found = model(x[0], token_type_ids=x[1], attention_mask=mask)
        return [found.last_hidden_state, found.pooler_output]

    return _torch(BertModel(config), run)


def _images(model: Callable, x: list) -> list:
    return [model(x[0])]


def _torch(model: object, run: Callable) -> Original:
    """Every number of its state is random, those of statistics among them."""
    import torch

    torch.manual_seed(0)
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            shape = tuple(tensor.shape)
            tensor.copy_(torch.from_numpy(_random(name, shape, shape[1:])))
    model.eval()

    def apply(inputs: Arrays) -> Arrays:
        with torch.no_grad():
            outputs = run(model, [torch.from_numpy(array) for array in inputs])
        return [output.numpy() for output in outputs]

    return Original(".pt", lambda path: torch.save(model.state_dict(), path), apply)


def _application(name: str) -> Callable[[Mapping[str, str]], Original]:
    def build(settings: Mapping[str, str]) -> Original:
        import keras

        size = int(settings.get("size", 224))
        classes = int(settings.get("classes", 1000))
        made = getattr(keras.applications, name)
        model = made(weights=None, input_shape=(size, size, 3), classes=classes)
        for variable in model.weights:
            shape = tuple(variable.shape)
            variable.assign(_random(variable.path, shape, shape[:-1]))
        return Original(
            ".weights.h5", model.save_weights, lambda x: [np.asarray(model(x[0], training=False))]
        )

    return build


def _random(name: str, shape: tuple[int, ...], incoming: tuple[int, ...]) -> np.ndarray:
    """Such that signals keep their size; the same for the same name."""
    random = np.random.default_rng([len(name), *name.encode()])
    if name.endswith(("var", "variance", "gamma", "norm.weight", "bn.weight")):
        return (0.8 + 0.4 * random.random(shape)).astype("float32")
    scale = 0.1 if len(shape) < 2 else (1 / max(1, int(np.prod(incoming)))) ** 0.5
    near = 1.0 if len(shape) == 1 and name.endswith("weight") else 0.0
    return random.normal(near, scale, shape).astype("float32")


FOREIGN = (
    Foreign("torchvision-resnet18", "resnet", "ResNet18", {}, "torchvision", _vision("resnet18"),
            ((224, 224, 3),)),
    Foreign("torchvision-resnet50", "resnet", "ResNet50", {}, "torchvision", _vision("resnet50"),
            ((224, 224, 3),)),
    Foreign("torchvision-vgg16", "vgg", "VGG16", {}, "torchvision", _vision("vgg16"),
            ((3, 224, 224),), channels=0),
    Foreign("keras-resnet50", "resnet_keras", "ResNet50", {}, "keras", _application("ResNet50"),
            ((224, 224, 3),)),
    Foreign("keras-mobilenetv2", "mobilenet", "MobileNetV2", {}, "keras",
            _application("MobileNetV2"), ((224, 224, 3),)),
    Foreign("huggingface-gpt2", "gpt2", "GPT2", {}, "transformers", _gpt2, ((40,),), (50257,)),
    Foreign("huggingface-bert", "bert", "Bert", {}, "transformers", _bert, ((40,), (40,)),
            (30522, 2)),
)  # fmt: skip

_TEXT = {"vocab": "60", "context": "20", "dim": "24", "depth": "3", "heads": "3"}
SMALL: Mapping[str, Foreign] = {
    each.map: each
    for each in (
        FOREIGN[0]._replace(settings={"size": "64"}, shapes=((64, 64, 3),)),
        FOREIGN[4]._replace(settings={"size": "64", "classes": "7"}, shapes=((64, 64, 3),)),
        FOREIGN[5]._replace(settings=_TEXT, shapes=((9,),), high=(60,)),
        FOREIGN[6]._replace(settings={**_TEXT, "hidden": "40"}, shapes=((9,), (9,)), high=(60, 2)),
    )
}


# ---- ours beside them ----------------------------------------------------------------------------


def installed(foreign: Foreign) -> bool:
    return importlib.util.find_spec(foreign.package) is not None


def differences(foreign: Foreign, folder: Path) -> dict[str, float]:
    """By target: the largest difference of any output to the original's, by its largest number."""
    path = EXAMPLES / f"{foreign.example}.nn"
    program = Program(Source(path.name, path.read_text()), foreign.model, foreign.settings)
    original = foreign.build(foreign.settings)
    saved = folder / f"original{original.suffix}"
    original.save(saved)
    inputs = foreign.inputs()
    channels_first = [_moved(array, foreign.channels, 1) for array in inputs]
    channels_last = [_moved(array, foreign.channels, -1) for array in inputs]
    wanted = original.run(channels_last if foreign.package == "keras" else channels_first)
    options = Options(map=find_map(foreign.map))
    convert(saved, folder / "ours.pt", program, options=options)
    convert(saved, folder / "ours.weights.h5", program, options=options)
    found = {
        "torch": _ours_on_torch(program, folder, channels_first),
        "keras": _ours_on_keras(program, folder, inputs),
    }
    return {
        target: max(_difference(a, b) for a, b in zip(wanted, ours, strict=True))
        for target, ours in found.items()
    }


def _moved(array: np.ndarray, channels: int, to: int) -> np.ndarray:
    if array.ndim != 4:
        return array
    return np.ascontiguousarray(np.moveaxis(array, 1 if channels == 0 else -1, to))


def _ours_on_torch(program: Program, folder: Path, inputs: Arrays) -> Arrays:
    import torch

    model = _emitted(program, "torch", folder)()
    model.load_state_dict(torch.load(folder / "ours.pt", weights_only=True))
    model.eval()
    with torch.no_grad():
        found = model(*(torch.from_numpy(array) for array in inputs))
    return [each.numpy() for each in (found if isinstance(found, tuple) else (found,))]


def _ours_on_keras(program: Program, folder: Path, inputs: Arrays) -> Arrays:
    model = _emitted(program, "keras", folder)()
    model.load_weights(folder / "ours.weights.h5")
    found = model(inputs if len(inputs) > 1 else inputs[0], training=False)
    return [np.asarray(each) for each in (found if isinstance(found, list | tuple) else (found,))]


def _emitted(program: Program, target: str, folder: Path) -> Callable:
    made = program.compiled(target).code
    path = folder / f"{target}_{made.model}"
    path.write_text(made.files[made.model], encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return getattr(module, made.entry)


def _difference(left: np.ndarray, right: np.ndarray) -> float:
    assert left.shape == right.shape, (left.shape, right.shape)
    assert np.isfinite(left).all()
    return float(np.abs(left - right).max() / np.abs(left).max())


os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
