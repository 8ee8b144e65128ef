"""The error codes of the train section: code -> title and explanation, for the error pages."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "NN701": (
        "no such word in a train section",
        "A line of a train section begins with one of its words: data, loss, optimizer, schedule, "
        "metrics, batch, epochs, precision, clip, early_stopping, seed, validation, checkpoints.",
    ),
    "NN702": (
        "no such loss, optimizer, schedule, metric or setting of one",
        "The vocabulary of training is closed, so that both targets mean the same by it.",
    ),
    "NN703": (
        "a value that the setting does not take",
        "The setting wants another kind of value, or one within its bounds. Values of a train "
        "section are numbers, words, strings, true and false, and arithmetic of numbers.",
    ),
    "NN704": (
        "said twice",
        "A line of a train section is given once; a loss once for each output.",
    ),
    "NN705": (
        "the loss or the metric does not fit the output",
        "cross_entropy wants an output with one number for each class, behind it a softmax or "
        "nothing; binary_cross_entropy one behind a sigmoid or nothing; accuracy is for these two "
        "losses, top5 for cross_entropy with five classes or more.",
    ),
    "NN706": (
        "no such output or input",
        "A loss was given for an output that the model does not have, or with the target taken "
        "from an input that it does not have.",
    ),
    "NN707": (
        "a train section without a model's name",
        "The name may be left out where the file has one model: `train Model { ... }`.",
    ),
    "NN708": (
        "a second train section for one model",
        "A model is trained in one way; what varies is given to the script by its flags.",
    ),
    "NN709": (
        "nothing says which loss an output has",
        "A model with `loss` lines may be trained by these alone, or by them and a loss of its "
        "output. Where the output ends in a softmax or a sigmoid, it has the loss that goes with "
        "them; elsewhere the train section says it: `loss none`, or a loss. `loss none` needs a "
        "model with `loss` lines: something has to be trained for.",
    ),
    "NN710": (
        "classes at every position of a picture",
        "A `Dense` works at each position of a picture, so that its classes are compared with a "
        "label for each. Where a picture has one label, a `Flatten` or a pooling over all "
        "positions is missing before it. A segmentation has classes at each position; written "
        "with `Conv(classes, 1)`, the same layer, it is not warned of.",
    ),
}
