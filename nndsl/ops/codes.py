"""The error codes that ops raise: code -> title and explanation, for the error pages."""

from __future__ import annotations

from collections.abc import Mapping

CODES: Mapping[str, tuple[str, str]] = {
    "NN201": (
        "the operands do not fit the layer",
        "A layer was given a value of a rank or of sizes that it cannot take. The message says "
        "what arrived and what the layer takes; the second place is where the value came from.",
    ),
    "NN202": (
        "a weight depends on an open dimension",
        "A dimension such as `?T` is known only at run time, and the number of weights must be "
        "known now. Give the dimension a number in the input's type, or reduce it away first.",
    ),
    "NN203": (
        "the window does not fit",
        "A kernel, pooling window or crop is larger than the (padded) input, so that nothing "
        "would be left; or a pooling window would see padding only.",
    ),
    "NN204": (
        "groups do not divide the channels",
        "The channels of the input, and the filters of a grouped convolution, must be multiples "
        "of the number of groups.",
    ),
    "NN205": (
        "a reshape that changes the number of elements",
        "Reshape keeps every element, in the order of the file. At most one dimension may be -1; "
        "it is what is left over, and has to come out even.",
    ),
    "NN206": (
        "the value has another rank",
        "Words such as Conv2D ask for a rank: Conv1D takes [steps, channels], Conv2D [height, "
        "width, channels], Conv3D [depth, height, width, channels]. Conv takes any of them.",
    ),
    "NN207": (
        "a list does not have one entry for each spatial axis",
        "A kernel, stride, dilation, size or padding is one number for all spatial axes, or a list "
        "with one entry for each of them.",
    ),
    "NN208": (
        "no such axis",
        "Axes count from 0, without the batch; negative ones count from the end.",
    ),
    "NN209": (
        "a setting that fits no value of this rank",
        "Causal padding is for sequences, bilinear upsampling for images.",
    ),
    "NN210": (
        "the layer computes with real numbers",
        "The value holds whole numbers or truth values. Whole numbers that name things go through "
        "an Embedding; others are declared as floats at the input.",
    ),
    "NN211": (
        "shapes that do not combine",
        "Elementwise operators broadcast per example, from the right: dimensions must be equal or "
        "1. What concat and stack join must agree on all other axes, a product on the inner one.",
    ),
    "NN212": (
        "a value of another dtype is wanted",
        "Rows and indices are ints, masks and conditions are bools, and bools are neither ordered "
        "nor negated. Compare (`x != 0`) or convert (`cast(float)`).",
    ),
    "NN213": (
        "an index or bound beyond the axis",
        "Indices and the bounds of slices are checked against the axis now, so a bound beyond the "
        "end is an error rather than cut as Python would. Steps are at least 1: flip reverses.",
    ),
    "NN214": (
        "pieces that do not come out even",
        "split, PixelShuffle and PixelUnshuffle use up an axis exactly.",
    ),
    "NN215": (
        "heads that do not divide",
        "Without `head_dim` the heads share the channels, so their number divides them; `kv_heads` "
        "divides `heads`; rope turns pairs of numbers and needs an even `head_dim`.",
    ),
    "NN216": (
        "a mask that does not fit",
        "A mask holds bools; true attends, or is read. Attention takes [S], one for every key, or "
        "[T, S]; recurrent layers take [T].",
    ),
    "NN217": (
        "a state of another layer",
        "An LSTM's state is h and c, a GRU's or SimpleRNN's h alone, a bidirectional layer's the "
        "same again for the way back; all of size `units`.",
    ),
    "NN218": (
        "operands with their axes in different orders",
        "One operand names its axes channels first, the other otherwise. Bring one into the "
        "other's order with Permute or transpose.",
    ),
    "NN219": (
        "a size that an open dimension leaves unknown",
        "An axis such as `?T` may be shorter than the slice or the pieces ask for, so the shape of "
        "the result is not known. Cut it relative to its ends, or give it a number.",
    ),
}
