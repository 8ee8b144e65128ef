"""The names of places: words of the text in snake case, numbered where they come again."""

from __future__ import annotations

import pytest

from nndsl import analyse
from nndsl.ir.sites import snake_case

# As torchvision, timm and Hugging Face name their modules, and as PEP 8 has it for the rest.
NAMES = {
    "Conv": "conv", "ConvBN": "conv_bn", "Conv2D": "conv2d", "MaxPool": "max_pool",
    "MBConv": "mb_conv", "SelfAttention": "self_attention", "NetBlock": "net_block",
    "MyNetwork": "my_network", "LeNet": "lenet", "ResNet": "resnet", "UNet": "unet",
    "DenseNet": "densenet", "EfficientNet": "efficientnet", "MobileNetV2": "mobilenet_v2",
    "ConvNeXt": "convnext", "ViT": "vit", "DeiT": "deit", "BEiT": "beit", "GPT2": "gpt2",
    "Seq2Seq": "seq2seq", "ConvReLU": "conv_relu", "RoBERTa": "roberta", "VAE": "vae",
    "XLNet": "xl_net",
}  # fmt: skip


@pytest.mark.parametrize(("word", "name"), NAMES.items())
def test_snake_case(word: str, name: str) -> None:
    assert snake_case(word) == name


def test_words_that_come_again_are_numbered() -> None:
    table = analyse(
        "model M { input x: [4]; Dense(3) -> relu6 -> Dense(2) -> relu6 -> tanh }"
    ).table
    assert table is not None
    assert [row.name for row in table.rows] == ["dense1", "relu6_1", "dense2", "relu6_2", "tanh"]


def test_a_name_that_is_given_stays_as_it_is() -> None:
    table = analyse(
        "model M { input x: [4]; weight w: [4]\n y = _ + w -> Dense(3); z = w -> sum(axis=0)\n"
        " y -> Dense(2) -> _ + z }"
    ).table
    assert table is not None
    assert {"w", "y"} <= {row.name for row in table.rows}
