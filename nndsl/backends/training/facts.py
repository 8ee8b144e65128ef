"""What a training script has to know of the model that stands beside it."""

from __future__ import annotations

from typing import NamedTuple

from nndsl.source import Span


class InputFacts(NamedTuple):
    """An input of the model.

    shape: one example without the batch, in the order of the file's axes; an open dimension is
    some size that the model takes, for synthetic data. high: integers are below it (the
    vocabulary), 0 if not known. channels_first: the file names its axes so. moved: the emitted
    model takes the last axis of `shape` first (torch, rank 3 and up, channels-last in the file).
    sequence: its rows are steps, not those of a picture.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str = "float"
    high: int = 0
    channels_first: bool = False
    moved: bool = False
    sequence: bool = False


class OutputFacts(NamedTuple):
    """An output of the model, with shapes as for inputs.

    name: the user's, or empty. activation: the word of the operation that makes it if that is an
    activation (`softmax`), else empty. offered: for softmax and sigmoid, the model gives its
    logits too.
    moved: the emitted model gives the last axis of `shape` first. classes: the axis along which a
    softmax, or the channels, run. dense: the place of the `Dense` whose numbers they are, at each
    of its positions where there are several.
    """

    name: str
    shape: tuple[int, ...]
    activation: str = ""
    moved: bool = False
    offered: bool = True
    classes: int = -1
    dense: Span | None = None


class ModelFacts(NamedTuple):
    """A model as training sees it.

    name: the user's; entry: the class (torch) or function (Keras) that builds it, without
    arguments; module: the emitted file without `.py`. trainable, non_trainable: parameters.
    open: some dimension is open, so that data may have other shapes. penalty: weights have L1 or
    L2 penalties, terms: the model has `loss` lines. For these the torch model offers `penalty()`
    and `extra_losses()`; Keras adds them by itself.
    """

    name: str
    entry: str
    module: str
    inputs: tuple[InputFacts, ...]
    outputs: tuple[OutputFacts, ...]
    trainable: int
    non_trainable: int
    open: bool = False
    penalty: bool = False
    terms: bool = False
