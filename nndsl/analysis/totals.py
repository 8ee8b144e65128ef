"""Totals of instances, from the bottom up: each distinct instance is added up once.

Never a walk over the flattened network: a `repeat` multiplies, an equal use is looked up. What a
declaration (`shared`, `weight`) owns is counted there; its uses cost time, but hold no weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from nndsl._record import NamedTuple
from nndsl.analysis import cost, params
from nndsl.ir.steps import (
    AssertStep,
    BranchStep,
    GroupStep,
    IfStep,
    Instance,
    LetStep,
    LoopStep,
    LossStep,
    MergeStep,
    OpStep,
    OwnStep,
    PopStep,
    PushStep,
    Step,
    UseStep,
    WeightReadStep,
    WeightStep,
)
from nndsl.ops.numbers import Dim


class Totals(NamedTuple):
    """Parameters, the trainable ones among them, and multiply-accumulates for one example."""

    params: int = 0
    trainable: int = 0
    macs: Dim = 0

    @property
    def non_trainable(self) -> int:
        """Frozen weights, and statistics that training does not change by gradients."""
        return self.params - self.trainable

    def plus(self, other: Totals) -> Totals:
        """The sum of both."""
        return Totals(
            self.params + other.params,
            self.trainable + other.trainable,
            cost.add(self.macs, other.macs),
        )

    def times(self, rounds: int) -> Totals:
        """The sum of `rounds` equal ones, each with weights of its own."""
        return Totals(self.params * rounds, self.trainable * rounds, cost.times(self.macs, rounds))

    def frozen(self) -> Totals:
        """The same with nothing trainable."""
        return self._replace(trainable=0)

    def without_weights(self) -> Totals:
        """The cost of using weights that are counted elsewhere."""
        return Totals(macs=self.macs)

    def weights_only(self) -> Totals:
        """What a declaration owns; it does not run."""
        return self._replace(macs=0)


class Adder:
    """Adds steps up; remembers every instance that it has added up."""

    def __init__(self) -> None:
        self._memo: dict[int, tuple[Instance, Totals]] = {}

    def instance(self, instance: Instance) -> Totals:
        """The totals of an instance, as if nothing around it were frozen."""
        found = self._memo.get(id(instance))
        if found is None:
            found = self._memo[id(instance)] = (instance, self.steps(instance.steps))
        return found[1]

    def steps(self, steps: Iterable[Step]) -> Totals:
        """The sum over steps."""
        total = Totals()
        for step in steps:
            total = total.plus(self.step(step))
        return total

    def step(self, step: Step) -> Totals:
        """What one step holds and costs, with everything inside it."""
        return _RULES[type(step)](self, step)

    def _op(self, step: OpStep) -> Totals:
        total = Totals(*params.count(params.weights_of(step), step.frozen), step.macs)
        for part in step.parts:
            inside = self.steps(part.body.steps)
            total = total.plus(inside.without_weights() if step.owner else inside)
        return total

    def _use(self, step: UseStep) -> Totals:
        total = self.instance(step.instance)
        if step.owner:
            return total.without_weights()
        return total.frozen() if step.frozen else total

    def _own(self, step: OwnStep) -> Totals:
        if step.use is None:
            return Totals()
        owned = self.step(step.use._replace(owner="")).weights_only()
        return owned.frozen() if step.frozen else owned

    def _weight(self, step: WeightStep) -> Totals:
        return Totals(*params.count(params.weights_of(step), step.frozen))

    def _branch(self, step: BranchStep) -> Totals:
        return self.steps(step.body.steps)

    def _group(self, step: GroupStep) -> Totals:
        total = self.steps(step.body.steps)
        return total.frozen() if step.frozen else total

    def _merge(self, step: MergeStep) -> Totals:
        return self.steps(step.items)

    def _if(self, step: IfStep) -> Totals:
        body = step.then if step.taken else step.other
        return self.steps(body.steps) if body is not None else Totals()

    def _loop(self, step: LoopStep) -> Totals:
        total = Totals()
        for turn in step.turns:
            total = total.plus(self.steps(turn.body.steps).times(turn.count))
        return total

    def _nothing(self, step: Step) -> Totals:
        return Totals()


_RULES: Mapping[type[Step], Callable[..., Totals]] = {
    OpStep: Adder._op,
    UseStep: Adder._use,
    OwnStep: Adder._own,
    WeightStep: Adder._weight,
    WeightReadStep: Adder._nothing,
    BranchStep: Adder._branch,
    MergeStep: Adder._merge,
    IfStep: Adder._if,
    LoopStep: Adder._loop,
    GroupStep: Adder._group,
    LetStep: Adder._nothing,
    PushStep: Adder._nothing,
    PopStep: Adder._nothing,
    LossStep: Adder._nothing,
    AssertStep: Adder._nothing,
}


def totals(instance: Instance) -> Totals:
    """Parameters and cost of a concrete instance; linear in the number of distinct instances."""
    return Adder().instance(instance)
