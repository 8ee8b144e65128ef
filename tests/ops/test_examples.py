"""Every op's examples hold and its rejected calls are errors of the code that they name."""

from __future__ import annotations

import pytest

from nndsl.ops.base import Example, Op, Reject, Type
from nndsl.ops.codes import CODES
from nndsl.ops.registry import find, words
from support.calls import read_call, read_types, rejected

OPS: list[Op] = [op for word in words() if (op := find(word)) is not None]
EXAMPLES = [(op, example) for op in OPS for example in op.examples]
REJECTS = [(op, reject) for op in OPS for reject in op.rejects]


def _ids(pairs: list[tuple[Op, Example]] | list[tuple[Op, Reject]]) -> list[str]:
    return [f"{pair[1].call} of {pair[1].takes}" for pair in pairs]


def facts(type_: Type) -> object:
    """What an example says of a type: not whether it has a batch."""
    return type_.shape, type_.dtype, type_.axes, tuple(facts(part) for part in type_.parts)


@pytest.mark.parametrize(("op", "example"), EXAMPLES, ids=_ids(EXAMPLES))
def test_example(op: Op, example: Example) -> None:
    found, call = read_call(example.call, example.takes)
    assert found is op
    outs = found.infer(call)
    assert [facts(out) for out in outs] == [facts(t) for _, t in read_types(example.gives)]
    weights = op.weights(call)
    assert sum(int(w.count) for w in weights) == example.params
    assert sum(int(w.count) for w in weights if not w.trainable) == example.non_trainable
    if example.macs is not None:
        assert op.macs(call, outs) == example.macs


@pytest.mark.parametrize(("op", "reject"), REJECTS, ids=_ids(REJECTS))
def test_reject(op: Op, reject: Reject) -> None:
    failure = rejected(reject.call, reject.takes)
    assert failure is not None, f"{op.word} takes it"
    assert failure.diagnostic.code == reject.code
    assert failure.diagnostic.message


@pytest.mark.parametrize("op", OPS, ids=lambda op: op.word)
def test_documented(op: Op) -> None:
    assert (type(op).__doc__ or "").strip()
    assert op.examples, f"{op.word} has no example"
    assert all(example.source for example in op.examples)
    assert all(setting.doc for setting in op.settings)


def test_words_claim_every_example() -> None:
    """An example of one op never shows another."""
    for op, example in EXAMPLES:
        assert example.call.partition("(")[0] in (op.word, *op.aliases)


def test_codes_are_explained() -> None:
    raised = {reject.code for _, reject in REJECTS if reject.code.startswith("NN2")}
    assert raised <= set(CODES)
