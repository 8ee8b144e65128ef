"""Small programs in PyTorch, against what they say written out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance.harness import execute
from nndsl.compiler import compile_model

if TYPE_CHECKING:
    from torch import Tensor, nn

torch = pytest.importorskip("torch", reason="runs emitted models")
pytestmark = pytest.mark.framework


def built(text: str) -> tuple[nn.Module, str]:
    """The model of a file with one model named M, and its code."""
    made = compile_model(text, "torch")
    assert made.files, [item.message for item in made.diagnostics]
    code = made.files[made.model]
    torch.manual_seed(0)
    return execute(code)["M"](), code  # type: ignore[operator]


def test_a_value_from_before_a_loop_stays_what_it_is() -> None:
    model, _ = built(
        "model M {\n input t: [6]\n t -> Dense(6)\n s = _\n"
        " repeat 3 { Dense(6) -> _ + s }\n _ * s\n}"
    )
    x = torch.randn(2, 6)
    start = model.dense(x)
    flow = start
    for dense in model.denses:
        flow = dense(flow) + start
    assert torch.equal(model(x), flow * start)


def test_several_numbers_among_operands() -> None:
    model, code = built(
        "model M {\n input x: [8]\n a = add(x, 1, 2)\n b = multiply(2, x, 3)\n"
        " c = maximum(x, 0.25, -1)\n d = average(x, 1, 4)\n e = add(1, x, 2, x)\n"
        " concat(a, b, c, d, e, axis=0)\n}"
    )
    x = torch.randn(2, 8)
    wanted = [x + 3, x * 6, x.clamp(min=0.25), (x + 5) / 3, 2 * x + 3]
    assert torch.allclose(model(x), torch.cat(wanted, 1))
    assert "x + 3" in code


def test_logits_go_through_the_block_that_ends_the_model() -> None:
    model, _ = built(
        "block Head(n) { Dense(8, relu) -> Dense(n, softmax) }\n"
        "model M { input x: [4]; Dense(5, tanh) -> Head(3) }"
    )
    x = torch.randn(2, 4)
    wanted = model.head.dense2(torch.relu(model.head.dense1(torch.tanh(model.dense(x)))))
    assert torch.equal(model.logits(x), wanted)
    assert torch.equal(model(x), wanted.softmax(-1))


def test_branches_in_a_list_read_what_was_before_them() -> None:
    model, _ = built(
        "model M(rates=[1, 2]) {\n input x: [5]\n seen = x -> Dense(4, relu)\n"
        " seen -> add {\n  Dense(4)\n  multiply { seen; x -> Dense(4, sigmoid) }\n"
        "  for r in rates { Dense(r) -> Dense(4) }\n }\n}"
    )
    x = torch.randn(2, 5)
    seen = torch.relu(model.seen(x))
    parts = [model.dense1(seen), seen * torch.sigmoid(model.dense2(x))]
    lists = [m for m in model.children() if isinstance(m, torch.nn.ModuleList)]
    parts += [branch(seen) for branch in lists[0]]
    assert torch.allclose(model(x), sum(parts), atol=1e-6)


def test_frozen_parts_stay_at_rest() -> None:
    model, _ = built(
        "block Body { Dense(8) -> BatchNorm -> Dropout(0.5) }\n"
        "model M { input x: [4]; frozen Body; Dense(2) }"
    )
    x = torch.randn(16, 4)
    for mode in (True, False):
        model.train(mode)
        assert not any(m.training for m in model.body.modules())
    model.train()
    mean = model.body.batch_norm.running_mean.clone()
    first, second = model.body(x), model.body(x)
    assert torch.equal(first, second)
    assert torch.equal(model.body.batch_norm.running_mean, mean)
    model(x).sum().backward()
    assert [n for n, p in model.named_parameters() if p.grad is not None] == [
        "dense.weight", "dense.bias",
    ]  # fmt: skip


def test_loss_terms_and_penalties() -> None:
    model, _ = built(
        "model M { input x: [4]; Dense(3, l1=0.5, l2=0.25)\n loss size = sum(_ ** 2)\n Dense(1) }"
    )
    x = torch.randn(5, 4)
    for _ in range(2):
        model(x)
    inner: Tensor = model.dense1(x)
    assert torch.allclose(model.extra_losses(), (inner**2).sum(1).mean())
    weight = model.dense1.weight
    assert torch.allclose(model.penalty(), 0.5 * weight.abs().sum() + 0.25 * (weight**2).sum())


@pytest.mark.parametrize("steps", [3, 7])
def test_a_pushed_list_is_read_from_its_end(steps: int) -> None:
    model, code = built(
        f"model M {{ input x: [4]; repeat {steps} {{ Dense(4); push seen }}\n"
        f" repeat {steps} {{ _ * pop(seen) }} }}"
    )
    x = flow = torch.randn(2, 4)
    seen = []
    dense = [m for m in model.modules() if isinstance(m, torch.nn.Linear)]
    for layer in dense:
        flow = layer(flow)
        seen.append(flow)
    for value in reversed(seen):
        flow = flow * value
    assert torch.allclose(model(x), flow, atol=1e-6), code


def test_a_transposed_convolution_cut_at_one_side_and_longer_at_the_other() -> None:
    model, _ = built(
        "model M { input x: [8, 7, 3]\n"
        " ConvTranspose(4, 3, 2, padding=[[0, 1], [1, 0]], output_padding=1) }"
    )
    x = torch.randn(2, 3, 8, 7)
    layer = model.conv_transpose
    torch.nn.init.normal_(layer.bias)
    whole = torch.nn.functional.conv_transpose2d(x, layer.weight, stride=2)
    whole = torch.nn.functional.pad(whole, (0, 1, 0, 1)) + layer.bias[:, None, None]
    assert torch.allclose(model(x), whole[:, :, :-1, 1:], atol=1e-6)


WAVES = """
block Gated(c, dilation) {
  a = _ -> Conv1D(c, 2, causal, tanh, dilation=dilation)
  b = _ -> Conv1D(c, 2, causal, sigmoid, dilation=dilation)
  a * b
}
model M(channels=6, skip=5, depth=10, stacks=2) {
  input audio: [1100, 1]
  Conv1D(channels, 2, causal)
  repeat stacks {
    for i in range(depth) {
      z = _ -> Gated(channels, 2**i)
      push skips = z -> Conv1D(skip, 1)
      _ + (z -> Conv1D(channels, 1))
    }
  }
  add(skips)
  relu -> Conv1D(7, 1)
}
"""


def test_dilated_convolutions_whose_last_residual_nobody_reads() -> None:
    model, code = built(WAVES)
    assert code.count("class ") == 2
    gated = 2 * (2 * 6 * 6 + 6)
    each = gated + (6 * 5 + 5) + (6 * 6 + 6)
    wanted = (2 * 6 + 6) + 20 * each + (5 * 7 + 7)
    assert sum(p.numel() for p in model.parameters()) == wanted
    x = torch.randn(1, 1100, 1)
    seen = torch.autograd.functional.jacobian(lambda t: model(t)[0, -1].sum(), x)[0, :, 0] != 0
    reach = 2 + 2 * sum(2**i for i in range(10))  # 2 048 positions: more than there are
    assert reach > 1100
    assert seen.all()


def test_wave_skips_are_added_by_hand() -> None:
    model, _ = built(WAVES.replace("depth=10", "depth=3").replace("1100", "20"))
    x = torch.randn(2, 20, 1)
    convs = [m for m in model.modules() if isinstance(m, torch.nn.Conv1d)]
    first, last = convs[0], convs[-1]
    gates = [m for m in convs if m.kernel_size == (2,) and m is not first]
    ones = [m for m in convs if m.kernel_size == (1,) and m is not last]
    skips, residuals = ([m for m in ones if m.out_channels == n] for n in (5, 6))
    pad = torch.nn.functional.pad
    flow, total = first(pad(x.transpose(1, 2), (1, 0))), torch.zeros(())
    for a, b, skip, residual in zip(gates[::2], gates[1::2], skips, residuals, strict=True):
        wide = pad(flow, (a.dilation[0], 0))
        z = torch.tanh(a(wide)) * torch.sigmoid(b(wide))
        total, flow = total + skip(z), flow + residual(z)
    wanted = last(torch.relu(total)).transpose(1, 2)
    assert torch.allclose(model(x), wanted, atol=1e-5)


def attended(layer: nn.Module, x: Tensor, memory: Tensor, heads: int) -> Tensor:
    """Attention written out, for modules with one matrix a projection."""
    q, k, v = (
        p(t).unflatten(-1, (heads, -1)).transpose(1, 2)
        for p, t in ((layer.query, x), (layer.key, memory), (layer.value, memory))
    )
    weights = (q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5).softmax(-1)
    return layer.output((weights @ v).transpose(1, 2).flatten(2))


def test_attention_of_a_weight_to_a_sequence_with_a_batch() -> None:
    model, _ = built(
        "model M {\n input memory: [5, 8]\n weight query: [3, 8] = normal(0.5)\n"
        " query -> Attention(2, context=memory)\n}"
    )
    memory = torch.randn(4, 5, 8)
    query = next(p for name, p in model.named_parameters() if "query" in name and p.dim() == 2
                 and p.shape == (3, 8))  # fmt: skip
    wanted = attended(model.attention, query.expand(4, 3, 8), memory, 2)
    assert torch.allclose(model(memory), wanted, atol=1e-6)


LONE = ("SelfAttention(2)", "GRU(8, sequences=true)", "Conv(8, 3, same)")


@pytest.mark.parametrize("layer", LONE)
def test_layers_on_a_weight_are_as_on_a_batch_of_one(layer: str) -> None:
    model, _ = built(
        f"model M {{\n input x: [8]\n weight w: [6, 8] = normal(0.5)\n w -> {layer}\n _ + x\n}}"
    )
    alone, _ = built(f"model M {{ input x: [6, 8]; {layer} }}")
    weight = model.w1 if hasattr(model, "w1") else model.w
    names = [name for name, _ in alone.named_parameters()]
    own = [p for p in model.parameters() if p is not weight]
    alone.load_state_dict(dict(zip(names, own, strict=True)), strict=False)
    x = torch.randn(3, 8)
    wanted = alone(weight.detach()[None]) + x[:, None]
    assert torch.allclose(model(x), wanted, atol=1e-6)


def test_a_layer_that_nobody_reads_keeps_its_weights() -> None:
    model, _ = built(
        "model M {\n input x: [8]\n y = _ -> Dense(4)\n Dense(3) -> Dense(4)\n"
        " output z = y -> Dense(2)\n}"
    )
    wanted = (8 * 4 + 4) + (8 * 3 + 3) + (3 * 4 + 4) + (4 * 2 + 2)
    assert sum(p.numel() for p in model.parameters()) == wanted
    assert model(torch.randn(5, 8)).shape == (5, 2)


def test_shape_comments_have_the_parameters_names() -> None:
    _, code = built(
        "model M(torch=8, n=4) { input x: [3]; a = _ -> Dense(torch); a * a -> Dense(n) }"
    )
    assert "# [torch_]" in code
    assert "# [torch]" not in code


CHAIN = (
    "LSTM(4, bidirectional=true, sequences=true)",
    "GRU(3, sequences=true, reset_after=false)",
    "SimpleRNN(5, sequences=true, reverse=true)",
    "GRU(2, bidirectional=true, merge=multiply)",
)


def test_recurrent_layers_of_all_kinds_in_one_file_are_as_alone() -> None:
    """One file holds what all ask for, files of their own what each asks for."""
    model, _ = built(f"model M {{ input x: [7, 3]; {' -> '.join(CHAIN)} }}")
    inner = [m for m in model.children() if hasattr(m, "rnn")]
    x = flow = torch.randn(2, 7, 3)
    for call, layer, channels in zip(CHAIN, inner, (3, 8, 3, 5), strict=True):
        alone, _ = built(f"model M {{ input x: [7, {channels}]; {call} }}")
        (only,) = (m for m in alone.children() if hasattr(m, "rnn"))
        only.load_state_dict(layer.state_dict())
        flow = alone(flow)
    assert torch.allclose(model(x), flow, atol=1e-6)


def test_one_block_with_several_norms_is_one_class() -> None:
    model, code = built(
        "block Unit(width, norm=none) { Dense(width) -> norm -> relu }\n"
        "model M {\n input x: [5]\n Unit(6, norm=BatchNorm)\n Unit(7, norm=LayerNorm(eps=1e-5))\n"
        " Unit(8)\n}"
    )
    assert code.count("class ") == 2
    norms = [torch.nn.BatchNorm1d, torch.nn.LayerNorm, torch.nn.Identity]
    assert [type(unit.norm) for unit in model.children()] == norms
    assert model.unit1.norm.eps == 1e-3
    x = flow = torch.randn(4, 5)
    for unit in model.children():
        flow = torch.relu(unit.norm(unit.dense(flow)))
    model.load_state_dict(model.state_dict())
    assert torch.equal(model(x), flow)


def test_one_block_with_several_paddings_is_one_class() -> None:
    model, code = built(
        "block C(n, kernel, stride=1, padding=same) { Conv(n, kernel, stride, padding) -> relu }\n"
        "model M {\n input x: [9, 9, 2]\n"
        " C(3, 3)\n C(4, [1, 5])\n C(5, 3, stride=2, padding=valid)\n}"
    )
    assert code.count("class ") == 2
    assert "SamePad" not in code
    first, second, third = (c.conv for c in model.children())
    x = torch.randn(2, 2, 9, 9)
    conv = torch.nn.functional.conv2d
    flow = conv(x, first.weight, first.bias, padding=1).relu()
    flow = conv(flow, second.weight, second.bias, padding=(0, 2)).relu()
    flow = conv(flow, third.weight, third.bias, stride=2).relu()
    assert torch.allclose(model(x), flow, atol=1e-6)


def test_same_padding_of_known_sizes_is_constants() -> None:
    model, code = built("model M { input x: [28, 27, 2]; Conv(3, 3, 2, same) -> MaxPool(2) }")
    assert "SamePad" not in code
    x = torch.randn(2, 2, 28, 27)
    conv = model.conv
    wide = torch.nn.functional.pad(x, (1, 1, 0, 1))  # 27 columns need two, 28 rows one behind
    wanted = torch.nn.functional.conv2d(wide, conv.weight, conv.bias, stride=2)
    assert torch.allclose(model(x), torch.nn.functional.max_pool2d(wanted, 2), atol=1e-6)


def test_a_fixed_repeat_is_a_sequential_and_one_branch_more_is_no_list() -> None:
    _, code = built(
        "block B(f, skip=false) {\n add { { repeat 2 { Conv(f, 3, same) -> relu } }\n"
        " if skip { identity } }\n}\n"
        "model M { input x: [8, 8, 3]; Conv(4, 1) -> B(4) -> B(4, skip=true) }"
    )
    assert "for _ in range" not in code
    assert "branches" not in code


def test_a_border_that_is_read_before_same_padding() -> None:
    model, _ = built(
        "model M {\n input x: [C=4, H=6, W=8]\n Pad(1)\n v = _\n"
        " _ + mean(_ -> DepthwiseConv(2, same))\n _ + mean(v)\n}"
    )
    x = torch.randn(2, 4, 6, 8)
    v = torch.nn.functional.pad(x, (1, 1, 1, 1))
    conv = model.depthwise_conv
    wide = torch.nn.functional.pad(v, (0, 1, 0, 1))
    made = torch.nn.functional.conv2d(wide, conv.weight, conv.bias, groups=4)
    wanted = v + (made.mean((1, 2, 3)) + v.mean((1, 2, 3)))[:, None, None, None]
    assert torch.allclose(model(x), wanted, atol=1e-6)


@pytest.mark.parametrize("padding", ["same", "half"])
def test_an_average_over_a_window_larger_than_the_volume(padding: str) -> None:
    model, _ = built(
        f"model M {{\n input x: [C=2, D=1, H=2, W=3]\n AvgPool(3, stride=1, padding={padding})\n}}"
    )
    x = torch.randn(2, 2, 1, 2, 3)
    wide = torch.nn.functional.pad(x, (1, 1) * 3)
    ones = torch.nn.functional.pad(torch.ones_like(x), (1, 1) * 3)
    sums, counts = (
        sum(
            each[:, :, d : d + 1, h : h + 2, w : w + 3]
            for d in range(3)
            for h in range(3)
            for w in range(3)
        )
        for each in (wide, ones)
    )
    assert torch.allclose(model(x), sums / counts, atol=1e-6)


def test_a_sequence_whose_channels_are_marked_first_is_read_along_its_first_axis() -> None:
    model, _ = built("model M {\n input x: [C=4, L=3]\n LSTM(6)\n}")
    assert model.lstm.rnn.input_size == 3


def test_a_batch_norm_that_torch_lacks_is_refused() -> None:
    made = compile_model("model M { input x: [2, 2, 2, 2, 3]; BatchNorm }", "torch")
    assert [item.code for item in made.diagnostics] == ["NN601"]
    assert not hasattr(torch.nn, "BatchNorm4d")


HALF = "block Half(n) {{\n input x: [2*?n, n]\n {body}\n}}\n"


@pytest.mark.parametrize(
    ("given", "size", "body", "wanted"),
    [
        ("[2*?T + 2, 4]", 10, "Conv(4, 2, stride=2) -> shape[?n, n]", 5),
        ("[4*?T, 4]", 12, "_[:?n] -> Dense(4)", 6),
        ("[?T, 4]", 8, "concat(_, _, axis=0) -> shape[4*?n, n]", 16),
        ("[2*?T + 2, 4]", 10, "_[:?n] -> Conv(4, 2) -> shape[?n - 1, n]", 4),
    ],
)
def test_a_block_tells_its_open_size_by_its_input(
    given: str, size: int, body: str, wanted: int
) -> None:
    model, _ = built(f"{HALF.format(body=body)}model M {{ input a: {given}; Half(4) }}")
    assert model(torch.randn(2, size, 4)).shape == (2, wanted, 4)


def test_axes_of_size_1_are_padded_in_their_order() -> None:
    model, _ = built(
        "model M {\n input x: [8, 8, 3]\n v = _\n GlobalMaxPool(keepdims=true)\n"
        " Dense(2, bias=false) -> Pad(1)\n _ + 0.1 * mean(v)\n Dense(3)\n}"
    )
    x = torch.randn(2, 3, 8, 8)
    start = torch.zeros(2, 3, 3, 2)
    start[:, 1, 1] = model.dense1(x.amax((2, 3)))
    wanted = model.dense2(start + 0.1 * x.mean((1, 2, 3))[:, None, None, None])
    assert torch.allclose(model(x), wanted.permute(0, 3, 1, 2), atol=1e-6)


def test_sizes_that_inputs_share_are_checked() -> None:
    model, _ = built(
        "model M {\n input a: [?T, 4]\n input b: [?T, 4]\n input c: [?T + 1, 4]\n"
        " input d: [8*?h, 8*?w, 3]\n output p = concat(a, b, c, axis=0)\n"
        " output q = d -> Conv(2, 3)\n}"
    )

    def run(a: int, b: int, c: int, h: int, w: int) -> None:
        rows = (torch.randn(2, n, 4) for n in (a, b, c))
        model(*rows, torch.randn(2, 3, h, w))

    run(5, 5, 6, 8, 16)
    for wrong in ((5, 4, 6, 8, 16), (5, 5, 5, 8, 16), (5, 5, 6, 12, 16), (5, 5, 6, 8, 15)):
        with pytest.raises(AssertionError):
            run(*wrong)


def test_a_block_checks_what_its_inputs_say() -> None:
    model, _ = built(
        "block Pair {\n input x: [2*?n, 4]\n input y: [?n, 4]\n concat(x, y, axis=0)\n}\n"
        "model M { input a: [?T, 4]; input b: [?S, 4]; a -> Pair(y=b) }"
    )
    assert model(torch.randn(1, 6, 4), torch.randn(1, 3, 4)).shape == (1, 9, 4)
    for a, b in ((6, 4), (7, 3)):
        with pytest.raises(AssertionError):
            model(torch.randn(1, a, 4), torch.randn(1, b, 4))


def test_what_is_frozen_pays_no_penalty() -> None:
    """Keras adds up the penalties of what trains: of the second layer, 0.2 * sum(w**2)."""
    model, _ = built("model M { input x: [3]; frozen Dense(4, l2=0.1) -> Dense(2, l2=0.2) }")
    assert torch.allclose(model.penalty(), 0.2 * model.dense2.weight.square().sum())


def test_a_frozen_projection_of_attention_stays() -> None:
    model, _ = built("model M { input x: [5, 8]; SelfAttention(2, key=frozen Dense(8)) }")
    kept = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert kept == {"self_attention.key.weight", "self_attention.key.bias"}


def test_a_kernel_inside_a_layer_of_two_is_read_in_its_own_layout() -> None:
    """Keras' depthwise kernel is [3, 3, 8, 1]: its element [h, w, c, 0] is torch's [c, 0, h, w]."""
    model, _ = built(
        "model M { input x: [6, 6, 8]; shared e = SeparableConv(4, 3)\n"
        " x -> e\n output k = _ * sum(e.depthwise_kernel[:1]) }"
    )
    x = torch.randn(2, 8, 6, 6)
    wanted = model.e(x) * model.e[0].weight[:, :, :1].sum()
    assert torch.allclose(model(x), wanted, atol=1e-5)
