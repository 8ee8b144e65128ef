"""The error codes of targets: code -> title and explanation."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "NN601": (
        "what a target cannot say",
        "The framework has no way to do exactly this, and the compiler never drops or bends what "
        "the file says. Another target may have one; the message names a way round where there is.",
    ),
    "NN801": (
        "no such target",
        "Targets are packages: `keras` and `torch` come with nndsl, others register themselves by "
        "the entry point `nndsl.targets`.",
    ),
    "NN802": (
        "no training script for this target",
        "The target emits models only.",
    ),
    "NN803": (
        "a name of the model that a training script needs",
        "In a single file, model and script share one namespace. Rename the block, or compile "
        "without --single-file.",
    ),
    "NN901": (
        "a mistake of the compiler's own",
        "Before any file is written the emitted code is read back and compared with the network "
        "that the text describes. They differ, so nothing was written. Please report it.",
    ),
}
