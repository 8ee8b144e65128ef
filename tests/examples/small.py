"""Every example at a size that a test can compute with: settings, and what to feed it."""

from collections.abc import Mapping
from typing import NamedTuple


class Feed(NamedTuple):
    """One example of an input, without the batch, in the order of the file's axes.

    high: whole numbers from 0 up to, not including, this; 0 for real numbers.
    """

    shape: tuple[int, ...]
    high: int = 0


class Small(NamedTuple):
    """A model of an example file (none: its first), made small by `--set name=value`."""

    example: str
    settings: Mapping[str, str]
    feeds: Mapping[str, Feed]
    model: str | None = None

    @property
    def id(self) -> str:
        return f"{self.example}:{self.model}" if self.model else self.example


def _image(size: int, channels: int = 3) -> dict[str, Feed]:
    return {"image": Feed((size, size, channels))}


SMALL = (
    Small("fashion_mlp", {}, {"image": Feed((28, 28))}),
    Small("digits", {"widths": "[4, 6]"}, _image(8, 1)),
    Small("lenet", {}, _image(28, 1)),
    Small("resnet", {"stages": "[1, 2]", "size": "32", "classes": "5"}, _image(32)),
    Small("resnet", {"stages": "[2, 1]", "size": "32", "classes": "5"}, _image(32), "ResNet18"),
    Small("unet", {"widths": "[4, 6]", "bottom": "8", "size": "16"}, _image(16, 1)),
    Small("recursive_unet", {"width": "4", "depth": "2", "size": "16"}, _image(16, 1)),
    Small(
        "inception",
        {"pools": "[8, 16]", "widths": "[8]", "rounds": "1", "size": "75", "classes": "5"},
        _image(75),
    ),
    Small("lstm_text", {"vocab": "20", "dim": "6", "units": "5"}, {"tokens": Feed((7,), 20)}),
    Small(
        "gpt2",
        {"vocab": "30", "context": "12", "dim": "8", "depth": "2", "heads": "2", "drop": "0.0"},
        {"tokens": Feed((9,), 30)},
    ),
    Small(
        "vit",
        {"patch": "4", "dim": "8", "depth": "2", "heads": "2", "size": "8", "classes": "5"},
        _image(8),
    ),
    Small(
        "siamese",
        {"width": "4", "features": "6", "size": "88"},
        {"left": Feed((88, 88, 1)), "right": Feed((88, 88, 1))},
    ),
    Small(
        "seq2seq",
        {"src": "20", "tgt": "17", "dim": "6"},
        {"source": Feed((8,), 20), "reply": Feed((5,), 17)},
    ),
    Small("vae", {"width": "4"}, _image(28, 1)),
    Small(
        "densenet",
        {"depths": "[2, 3]", "growth": "4", "size": "32", "classes": "5"},
        _image(32),
    ),
    Small(
        "albert",
        {
            "vocab": "30", "context": "12", "narrow": "4", "dim": "8", "depth": "3", "heads": "2",
            "hidden": "16",
        },
        {"tokens": Feed((9,), 30), "segments": Feed((9,), 2)},
    ),
    Small(
        "efficientnet",
        {
            "width": "0.25", "depth": "0.5", "size": "32", "drop": "0.0", "path_drop": "0.0",
            "classes": "5",
        },
        _image(32),
    ),
    Small(
        "convnext",
        {"depths": "[1, 2]", "dims": "[4, 8]", "drop": "0.0", "size": "16", "classes": "5"},
        _image(16),
    ),
    Small(
        "two_ranks",
        {"width": "4", "depth": "2", "size": "12", "samples": "30", "people": "5"},
        {"face": Feed((12, 12, 3)), "voice": Feed((30, 1))},
    ),
    Small("two_norms", {"width": "6", "depth": "2"}, {"features": Feed((20,))}),
    Small("vgg", {"depths": "[1, 2]", "hidden": "6", "size": "8", "classes": "5"},
          {"image": Feed((3, 8, 8))}),
    Small("resnet_keras", {"stages": "[1, 2]", "size": "32", "classes": "5"}, _image(32)),
    Small("mobilenet", {"width": "0.25", "size": "32", "classes": "5"}, _image(32)),
    Small(
        "bert",
        {
            "vocab": "30", "context": "12", "dim": "8", "depth": "2", "heads": "2",
            "hidden": "16", "drop": "0.0",
        },
        {"tokens": Feed((9,), 30), "segments": Feed((9,), 2)},
    ),
    Small("frozen", {"width": "0.125", "size": "32"}, _image(32)),
)  # fmt: skip

FEEDS: Mapping[str, Mapping[str, Feed]] = {
    **{
        name: _image(size)
        for name, size in (
            ("nested_carry", 8), ("triple_carry", 6), ("use_before_update", 6), ("wider", 6),
            ("zero_turns", 8), ("first_turn", 16), ("both_sides", 6), ("recursion", 8),
            ("long_lists", 12), ("equal_concat", 5), ("used_twice", 8), ("two_branches", 8),
            ("nested_pushes", 8), ("ends_in_if", 12),
        )
    },
    "let_leak": _image(4, 2),
    "list_ends": {"x": Feed((4,))},
    "shuffled": {"image": Feed((12, 10, 3))},
    "loop_layout": {"image": Feed((3, 6, 6))},
    "two_layouts": {
        "photo": Feed((6, 5, 3)), "slices": Feed((2, 6, 5)), "sound": Feed((12, 2)),
    },
    "shared_in_repeat": {"rows": Feed((5, 6))},
    "activations_down": {"x": Feed((4,))},
    "rings_and_losses": {"x": Feed((5,))},
    "activations_along": {"x": Feed((8,)), "image": Feed((6, 6, 3))},
    "norms_down": {"x": Feed((4,))},
    "names_layers": {"inputs": Feed((3,))},
    "names_methods": {"training": Feed((4,))},
    "names_settings": {"x": Feed((4,))},
    "sums_that_broadcast": {"q": Feed((6,)), "k": Feed((6,)), "image": Feed((2, 8, 8))},
    "ranks_that_grow": {"x": Feed((8,))},
    "frozen_parts": {"x": Feed((9, 8))},
    "names_values": {"x": Feed((4,)), "y": Feed((4,))},
}  # fmt: skip
"""What to feed the adversarial programs, which are small as they are."""
