"""The examples count what is published of them: parameters, the trainable ones, multiplications."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from examples.front import EXAMPLES, elaborated, example, found, models, names
from examples.small import SMALL, Small
from nndsl.analysis.totals import Totals, totals
from nndsl.ops.index import ALIASES
from nndsl.source import Source
from nndsl.syntax.format import format_source


class Published(NamedTuple):
    """What an outside source says; trainable 0: all of them. giga: 10^9 multiply-accumulates."""

    example: str
    model: str
    params: int
    trainable: int
    source: str
    giga: float = 0.0


README = EXAMPLES / "README.md"
TORCHVISION = "torchvision's weights, num_params (trainable) and GFLOPS"
APPLICATIONS = "keras.applications, count_params() and trainable_weights"
HUGGING_FACE = "Hugging Face transformers, num_parameters()"


def batch_norms(*channels: int) -> int:
    """Moving means and variances of batch norms: what torchvision does not count."""
    return 2 * sum(channels)


# ---- arithmetic, where nobody has published the number ---------------------------------------


def resnet_norms(stages: tuple[int, ...], widen: int) -> int:
    """Every convolution of a ResNet has a batch norm; the projection does in stages that widen."""
    total = 64
    for i, depth in enumerate(stages):
        width = 64 * 2**i
        inside = 2 * width + widen * width if widen > 1 else 2 * width
        total += depth * inside + (widen * width if widen > 1 or i else 0)
    return batch_norms(total)


def unet() -> int:
    """U-Net, figure 1 of arXiv:1505.04597, with one channel in and one out."""

    def double(channels: int, filters: int) -> int:
        return 9 * channels * filters + 9 * filters * filters + 2 * filters

    down = double(1, 64) + double(64, 128) + double(128, 256) + double(256, 512)
    up = sum(4 * 2 * w * w + w + double(2 * w, w) for w in (512, 256, 128, 64))
    return down + double(512, 1024) + up + 65


def digits() -> int:
    convolutions = 9 * (1 * 16 + 16 * 16 + 16 * 32 + 32 * 32)
    return convolutions + 4 * (16 + 16 + 32 + 32) + (2 * 2 * 32 * 10 + 10)


def seq2seq() -> int:
    d, words = 256, 8000
    lstm, attention = 4 * d * (d + d + 1), 4 * (d * d + d)
    return 2 * words * d + 2 * lstm + attention + (2 * d * d + d) + (d * words + words)


def albert() -> int:
    """ALBERT-base by hand: embeddings of 128, one layer of 768, the pooler."""
    embeddings = (30_000 + 2 + 512) * 128 + 2 * 128 + (128 * 768 + 768)
    attention, norm = 4 * (768 * 768 + 768), 2 * 768
    layer = attention + norm + (768 * 3072 + 3072) + (3072 * 768 + 768) + norm
    return embeddings + layer + (768 * 768 + 768)


def two_norms() -> int:
    batch = (20 * 64 + 64) + 2 * (64 * 64 + 64) + 3 * 4 * 64
    layer = 3 * (64 * 64 + 64) + 3 * 2 * 64
    return batch + layer + (64 * 64 + 64) + (64 * 10 + 10)


def two_ranks() -> int:
    """Three stages of two convolutions on an image of 3 channels, and on a sound of one."""

    def stages(channels: int, positions: int) -> int:
        total = 0
        for width in (32, 64, 128):
            total += positions * width * (channels + width) + 2 * 4 * width
            channels = width
        return total

    return stages(3, 9) + stages(1, 3) + (2 * 128 * 100 + 100)


MOBILENET = 3_228_864
HEAD = 1024 * 5 + 5

PUBLISHED = (
    Published("fashion_mlp", "FashionMLP", 271_346, 268_978, "Keras' summary"),
    Published("digits", "Digits", digits(), digits() - batch_norms(16, 16, 32, 32), "arithmetic"),
    Published("lenet", "LeNet", 61_706, 0, "PyTorch's and d2l.ai's LeNet-5 on one channel"),
    Published("resnet", "ResNet", 25_610_152, 25_557_032, TORCHVISION, 4.089),
    Published("resnet", "ResNet18", 11_689_512 + resnet_norms((2, 2, 2, 2), 1), 11_689_512,
              TORCHVISION, 1.814),
    Published("resnet", "ResNet34", 21_797_672 + resnet_norms((3, 4, 6, 3), 1), 21_797_672,
              TORCHVISION, 3.664),
    Published("resnet", "ResNet50", 25_557_032 + resnet_norms((3, 4, 6, 3), 4), 25_557_032,
              TORCHVISION, 4.089),
    Published("resnet", "ResNet101", 44_549_160 + resnet_norms((3, 4, 23, 3), 4), 44_549_160,
              TORCHVISION, 7.801),
    Published("resnet", "ResNet152", 60_192_808 + resnet_norms((3, 8, 36, 3), 4), 60_192_808,
              TORCHVISION, 11.514),
    Published("unet", "UNet", unet(), 0, "arithmetic"),
    Published("recursive_unet", "RecursiveUNet", unet(), 0, "the same network as unet.nn"),
    Published("inception", "InceptionV3", 23_851_784, 23_817_352, APPLICATIONS, 5.713),
    Published("lstm_text", "TextClassifier", 2_757_761, 0,
              "keras.io, Bidirectional LSTM on IMDB: model.summary()"),
    Published("gpt2", "GPT2", 124_439_808, 0, HUGGING_FACE),
    Published("gpt2", "GPT2Medium", 354_823_168, 0, HUGGING_FACE),
    Published("gpt2", "GPT2Large", 774_030_080, 0, HUGGING_FACE),
    Published("gpt2", "GPT2XL", 1_557_611_200, 0, HUGGING_FACE),
    Published("vit", "ViT", 86_567_656, 0, TORCHVISION, 17.564),
    Published("vit", "ViTBase16", 86_567_656, 0, TORCHVISION, 17.564),
    Published("vit", "ViTBase32", 88_224_232, 0, TORCHVISION, 4.409),
    Published("vit", "ViTLarge16", 304_326_632, 0, TORCHVISION, 61.555),
    Published("siamese", "Siamese", 38_951_745, 0,
              "Koch et al. 2015, figure 4; summaries of its Keras versions: 38,947,648 + 4,097"),
    Published("seq2seq", "Seq2Seq", seq2seq(), 0, "arithmetic"),
    Published("vae", "VAE", 69_076 + 65_089, 0, "keras.io, Variational AutoEncoder: summaries"),
    Published("densenet", "DenseNet", 8_062_504, 7_978_856, TORCHVISION, 2.834),
    Published("densenet", "DenseNet121", 8_062_504, 7_978_856, APPLICATIONS, 2.834),
    Published("densenet", "DenseNet169", 14_307_880, 14_149_480, TORCHVISION, 3.36),
    Published("densenet", "DenseNet201", 20_242_984, 20_013_928, TORCHVISION, 4.291),
    Published("albert", "Albert", albert(), 0, "arithmetic"),
    Published("efficientnet", "EfficientNet", 5_330_564, 5_288_548, TORCHVISION, 0.386),
    Published("efficientnet", "EfficientNetB0", 5_330_571 - 7, 5_288_548,
              "keras.applications less its 7 numbers of input normalisation", 0.386),
    Published("efficientnet", "EfficientNetB1", 7_856_239 - 7, 7_794_184, APPLICATIONS, 0.687),
    Published("efficientnet", "EfficientNetB2", 9_177_569 - 7, 9_109_994, APPLICATIONS),
    Published("efficientnet", "EfficientNetB3", 12_320_535 - 7, 12_233_232, APPLICATIONS, 1.827),
    Published("efficientnet", "EfficientNetB4", 19_466_823 - 7, 19_341_616, APPLICATIONS, 4.394),
    Published("convnext", "ConvNeXt", 28_589_128, 0, TORCHVISION, 4.456),
    Published("convnext", "ConvNeXtTiny", 28_589_128, 0, TORCHVISION, 4.456),
    Published("convnext", "ConvNeXtSmall", 50_223_688, 0, TORCHVISION, 8.684),
    Published("convnext", "ConvNeXtBase", 88_591_464, 0, TORCHVISION, 15.355),
    Published("two_ranks", "Speaker", two_ranks(),
              two_ranks() - 2 * batch_norms(32, 32, 64, 64, 128, 128), "arithmetic"),
    Published("two_norms", "TwoNorms", two_norms(), two_norms() - batch_norms(64, 64, 64),
              "arithmetic"),
    Published("vgg", "VGG", 138_357_544, 0, TORCHVISION, 15.47),
    Published("vgg", "VGG16", 138_357_544, 0, TORCHVISION, 15.47),
    Published("vgg", "VGG19", 143_667_240, 0, TORCHVISION, 19.632),
    Published("resnet_keras", "ResNetKeras", 25_636_712, 25_583_592, APPLICATIONS),
    Published("resnet_keras", "ResNet50", 25_636_712, 25_583_592, APPLICATIONS),
    Published("resnet_keras", "ResNet101", 44_707_176, 44_601_832, APPLICATIONS),
    Published("resnet_keras", "ResNet152", 60_419_944, 60_268_520, APPLICATIONS),
    Published("mobilenet", "MobileNetV2", 3_538_984, 3_504_872, APPLICATIONS, 0.301),
    Published("bert", "Bert", 109_482_240, 0, HUGGING_FACE),
    Published("bert", "BertLarge", 335_141_888, 0, HUGGING_FACE),
    Published("frozen", "NewHead", MOBILENET + HEAD, HEAD,
              "keras.applications, MobileNet(include_top=False), frozen, and a head for 5 classes"),
)  # fmt: skip


def counted(name: str, model: str | None = None, sets: Mapping[str, str] | None = None) -> Totals:
    return totals(elaborated(name, model, sets).root)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: f"{row.example}:{row.model}")
def test_counts_what_is_published(row: Published) -> None:
    made = counted(row.example, row.model)
    assert (made.params, made.trainable) == (row.params, row.trainable or row.params), row.source
    if row.giga:
        assert isinstance(made.macs, int)
        assert round(made.macs / 1e9, 3) == row.giga, row.source


@pytest.mark.parametrize("name", names(EXAMPLES))
def test_check_has_nothing_to_say(name: str) -> None:
    assert [(d.code, d.message) for d in found(name)] == []


def test_every_model_of_every_example_has_a_published_count() -> None:
    written = [(name, model) for name in names(EXAMPLES) for model in models(name)]
    assert sorted(written) == sorted((row.example, row.model) for row in PUBLISHED)


@pytest.mark.parametrize("depth", [1, 12, 1000])
def test_albert_has_one_layer_however_often_it_runs(depth: int) -> None:
    assert counted("albert", sets={"depth": str(depth)}).params == albert()


def test_albert_is_published_too() -> None:
    assert albert() == 11_683_584, "Hugging Face, AlbertModel, albert-base-v2, num_parameters()"


def test_a_siamese_network_has_one_tower() -> None:
    tower = 10 * 10 * 64 + 64 + 7 * 7 * 64 * 128 + 128 + 4 * 4 * 128 * 128 + 128
    tower += 4 * 4 * 128 * 256 + 256 + 6 * 6 * 256 * 4096 + 4096
    assert counted("siamese").params == tower + 4096 + 1


def test_the_paper_of_mobilenet_agrees() -> None:
    full = counted("frozen", sets={"classes": "1000"})
    assert isinstance(full.macs, int)
    assert round(full.macs / 1e6) == 569, "arXiv:1704.04861, table 4: 569 million mult-adds"


@pytest.mark.parametrize("small", SMALL, ids=lambda small: small.id)
def test_small_takes_what_it_is_fed(small: Small) -> None:
    root = elaborated(small.example, small.model, small.settings).root
    types = {port.name: port.value.type for port in root.inputs}
    assert list(types) == list(small.feeds)
    for name, feed in small.feeds.items():
        given, declared = feed.shape, types[name].shape
        assert len(given) == len(declared)
        assert all(g == d for g, d in zip(given, declared, strict=True) if isinstance(d, int))
        assert (types[name].dtype == "int") == bool(feed.high)
    assert totals(root).params < 10_000_000


def test_every_example_has_a_small_version() -> None:
    assert {small.example for small in SMALL} == set(names(EXAMPLES))


@pytest.mark.parametrize("name", names(EXAMPLES))
def test_examples_are_in_the_one_format(name: str) -> None:
    path: Path = example(name)
    text = path.read_text(encoding="utf-8")
    assert format_source(Source(path.name, text), ALIASES) == text


def test_the_readme_lists_every_example_with_its_count() -> None:
    rows = re.findall(r"^\| `(\w+)\.nn` \|[^|]*\| ([\d,]+) \|", README.read_text("utf-8"), re.M)
    first = {row.example: row.params for row in reversed(PUBLISHED)}
    assert {name: int(count.replace(",", "")) for name, count in rows} == first
