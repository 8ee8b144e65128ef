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
    start = model.dense1(x)
    flow = start
    for dense in model.dense2s:
        flow = dense(flow) + start
    assert torch.equal(model(x), flow * start)


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
    seen = torch.relu(model.seen1(x))
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
