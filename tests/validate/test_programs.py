"""Every example, op and adversarial program: emitted code computes what the text says."""

import re

import pytest

from conformance.harness import build
from examples.front import ADVERSARIAL, EXAMPLES, names
from nndsl.diagnostics import Diagnostics
from nndsl.ir.flatten import FlatOp, flatten, show_path
from nndsl.ops.registry import find, words
from nndsl.validate import validate
from nndsl.validate.check import READERS
from nndsl.validate.perturb import perturb
from validate.programs import TARGETS, elaborated, lower, of_example, of_text, target

pytestmark = pytest.mark.slow

ALL = [*names(EXAMPLES), *names(ADVERSARIAL)]


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("example", ALL)
def test_an_example_is_valid(example: str, name: str) -> None:
    case = of_example(example, name)
    report = validate(case.program, case.emitted, name)
    assert report.ok, [str(each) for each in report.mismatches]


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("word", words())
def test_an_op_is_valid(word: str, name: str) -> None:
    op = find(word)
    assert op is not None
    for example in op.examples:
        case = build(example)
        emitted = target(name).lower(case.program, Diagnostics())
        if emitted is None:
            continue  # the target refuses it: its own tests hold that to be right
        report = validate(case.program, emitted, name)
        assert report.ok, (example.call, [str(each) for each in report.mismatches])


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("example", ["lenet", "vae", "unet", "gpt2", "recursive_unet"])
def test_code_without_loops_is_valid_too(example: str, name: str) -> None:
    """The way out where a definition cannot be general: instance by instance."""
    case = lower(of_example(example, name).elaborated, name, concrete=True)
    report = validate(case.program, case.emitted, name)
    assert report.ok, [str(each) for each in report.mismatches]


@pytest.mark.parametrize("name", TARGETS)
def test_each_weight_has_one_key(name: str) -> None:
    case = of_example("densenet", name)
    paths = validate(case.program, case.emitted, name).paths
    ops = [item for item in flatten(case.program.root) if isinstance(item, FlatOp)]
    wanted = [
        f"{show_path(op.home)}.{w.name}" for op in ops for w in getattr(op.step, "weights", ())
    ]
    assert list(paths) == wanted
    assert len(set(paths.values())) == len(wanted)


def test_torch_keys_mirror_the_paths() -> None:
    text = """
    block Pair(units) { Dense(units, bias=false) -> BatchNorm }
    model M { input x: [4]; repeat 3 { Pair(4) }; shared head = Dense(4); head -> head }
    """
    case = of_text(text, "torch")
    paths = validate(case.program, case.emitted, "torch").paths
    assert paths["head.kernel"] == "head.weight"
    assert re.fullmatch(r"\w+\.2\.batch_norm\.running_var",
                        paths["pair[2].batch_norm.moving_variance"])  # fmt: skip


# ---- arguments ---


QUICK = {"digits", "fashion_mlp", "lenet", "lstm_text", "seq2seq", "siamese", "two_norms", "unet",
         "vae", *names(ADVERSARIAL)}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize(
    "example", [each if each in QUICK else pytest.param(each, marks=pytest.mark.slow)
                for each in ALL]
)  # fmt: skip
def test_every_argument_holds_at_other_values(example: str, name: str) -> None:
    """Each class and function, at two other values of each of its arguments at least.

    The compiler does not do this: docs/decisions/0006 has what it would cost.
    """
    case = of_example(example, name)
    found = perturb(case.elaborated, case.program, case.emitted, name)
    assert not found.findings
    model = case.program.plans[-1]
    settings = {argument for plan, argument in found.tried if plan == model.name}
    if example in names(EXAMPLES):
        taken = READERS[name](case.program.root, case.emitted).parameters(case.emitted.entry)
        assert settings == set(taken)


def test_activations_hold_at_other_values() -> None:
    case = of_example("resnet", "torch")
    tried = perturb(case.elaborated, case.program, case.emitted, "torch").tried
    assert ("ConvBN", "act") in tried


def test_an_argument_that_was_baked_in_is_found() -> None:
    """A width written as a number where the class takes it as an argument."""
    from dataclasses import replace

    from nndsl.emit import tree
    from validate.mutate import called, rewrite

    text = """
    block Wide(units, factor=2) { Dense(factor * units) -> Dense(units) }
    model M(units=8) { input x: [4]; Wide(units); Wide(units) }
    """
    for name in TARGETS:
        case = lower(elaborated(text), name)
        layer = {"torch": "Linear", "keras": "Dense"}[name]

        def baked(node: object, layer: str = layer) -> object:
            """`factor * units` as 16, where both have the values of this program."""
            if not called(node, layer):
                return node
            args = tuple(tree.Const(16) if isinstance(arg, tree.Bin) else arg for arg in node.args)
            return replace(node, args=args) if args != node.args else node

        broken = rewrite(case.emitted, baked)
        assert validate(case.program, broken, name).ok, "right for these values"
        found = perturb(case.elaborated, case.program, broken, name).findings
        assert {finding.argument for finding in found} >= {"units"}


def test_every_rule_is_used_where_it_is_named() -> None:
    """What two spellings may differ in has a name, and the code says where it is applied."""
    from pathlib import Path

    from nndsl.validate import meaning

    folder = Path(meaning.__file__).parent
    code = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert not [rule for rule in meaning.RULES if f"rule `{rule}`" not in code]
    assert not [rule for rule in re.findall(r"rule `([^`]+)`", code) if rule not in meaning.RULES]
