"""What schedulers refuse, and what belongs to single ones."""

import copy
import math
import pickle

import numpy as np
import pytest

import optim
from autograd import Tensor
from nn import Parameter
from optim import SGD, Adagrad, Adam
from optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)


def sgd(groups=1):
    optimizer = SGD([dict(params=[Parameter(1.0)]) for _ in range(groups)], lr=1.0)
    optimizer.step()  # the schedules are looked at alone
    return optimizer


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda o: StepLR(o, 0), "step_size >= 1, got 0"),
        (lambda o: CosineAnnealingLR(o, 0), "T_max > 0, got 0"),
        (lambda o: LinearLR(o, 0.0), r"start_factor in \(0, 1\], got 0.0"),
        (lambda o: LinearLR(o, 1.5), r"start_factor in \(0, 1\], got 1.5"),
        (lambda o: LinearLR(o, end_factor=-1), r"end_factor in \[0, 1\], got -1"),
        (lambda o: LinearLR(o, total_iters=0), "total_iters > 0, got 0"),
        (lambda o: LambdaLR(o, [abs] * 3), "each of 2 parameter groups, got 3"),
        (lambda o: OneCycleLR(o, 1.0), "total_steps, or both epochs and steps_per_epoch"),
        (lambda o: OneCycleLR(o, 1.0, 0), "total_steps to be an integer > 0, got 0"),
        (lambda o: OneCycleLR(o, 1.0, 2.5), "total_steps to be an integer > 0, got 2.5"),
        (lambda o: OneCycleLR(o, 1.0, epochs=2, steps_per_epoch=-1), "steps_per_epoch to be"),
        (lambda o: OneCycleLR(o, 1.0, 9, pct_start=1.5), r"pct_start in \[0, 1\], got 1.5"),
        (lambda o: OneCycleLR(o, 1.0, 9, anneal_strategy="sin"), "'cos' or 'linear', got 'sin'"),
        (lambda o: OneCycleLR(o, [1.0], 9), "max_lr to be one value, or one for each of 2"),
        (lambda o: ReduceLROnPlateau(o, factor=1.0), "factor < 1, got 1.0"),
        (lambda o: ReduceLROnPlateau(o, "less"), "'min' or 'max', got 'less'"),
        (lambda o: ReduceLROnPlateau(o, threshold_mode="x"), "'rel' or 'abs', got 'x'"),
        (lambda o: ReduceLROnPlateau(o, min_lr=[0.1]), "each of 2 parameter groups, got 1"),
        (lambda o: SequentialLR(o, [], []), "at least one scheduler"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)], [1]), "expects 0 milestones, got 1"),
        (lambda o: SequentialLR(o, [StepLR(o, 1)] * 3, [2, 1]), r"in order, got \[2, 1\]"),
        (lambda o: SequentialLR(o, [StepLR(sgd(), 1)], []), "belongs to another optimizer"),
        (lambda o: SequentialLR(o, [ReduceLROnPlateau(o)], []), "needs a metric"),
    ],
)
def test_arguments_out_of_range(build, message):
    with pytest.raises(ValueError, match=message):
        build(sgd(2))


@pytest.mark.parametrize(
    "build",
    [
        lambda o: StepLR(o, 1),
        lambda o: LambdaLR(o, abs),
        lambda o: OneCycleLR(o, 1.0, 9),
        lambda o: ReduceLROnPlateau(o),
        lambda o: SequentialLR(o, [], []),
    ],
)
def test_something_else_than_an_optimizer(build):
    with pytest.raises(TypeError, match="expects an Optimizer, got list"):
        build([Parameter(1.0)])


def test_something_else_than_a_scheduler_in_a_sequence():
    optimizer = sgd()
    with pytest.raises(TypeError, match="expects schedulers, got int at 0"):
        SequentialLR(optimizer, [3], [])


def test_one_cycle_needs_momentum_to_change():
    p = Parameter(1.0)
    with pytest.raises(ValueError, match="Adagrad has neither momentum nor betas"):
        OneCycleLR(Adagrad([p]), 1.0, 9)
    OneCycleLR(Adagrad([p]), 1.0, 9, cycle_momentum=False)
    adam = Adam([p])
    OneCycleLR(adam, 1.0, 9)
    assert adam.param_groups[0]["betas"] == (0.95, 0.999)


def test_one_cycle_ends():
    optimizer = sgd()
    scheduler = OneCycleLR(optimizer, 1.0, total_steps=3)
    for _ in range(3):
        scheduler.step()
    before = optimizer.param_groups[0]["lr"]
    with pytest.raises(ValueError, match="built for 3 steps, and this would be step 4"):
        scheduler.step()
    assert (optimizer.param_groups[0]["lr"], scheduler.last_epoch) == (before, 3)


def test_a_phase_of_one_step_is_at_its_end():
    assert OneCycleLR(sgd(), 1.0, total_steps=10, pct_start=0.1).get_last_lr() == [1.0]


def test_a_metric_may_be_a_tensor_and_nan_is_no_improvement():
    optimizer = sgd()
    scheduler = ReduceLROnPlateau(optimizer, patience=1)
    for metric in (Tensor(1.0), np.float32(0.5), math.nan, math.nan):
        scheduler.step(metric)
    assert scheduler.best == 0.5
    assert scheduler.get_last_lr() == [0.1]


def test_a_plateau_takes_further_groups():
    optimizer = sgd()
    scheduler = ReduceLROnPlateau(optimizer, patience=0, min_lr=0.2)
    optimizer.add_param_group(dict(params=[Parameter(1.0)], lr=0.5))
    scheduler.step(1.0)
    scheduler.step(1.0)
    assert scheduler.get_last_lr() == [0.2, 0.2]


def test_groups_added_later():
    optimizer = sgd()
    steps, cosine = StepLR(optimizer, 1), LambdaLR(optimizer, lambda t: 1.0)
    optimizer.add_param_group(dict(params=[Parameter(1.0)], lr=0.5))
    steps.step()
    assert steps.get_last_lr() == [0.1, 0.05]
    with pytest.raises(ValueError, match="built for 1 parameter groups, the optimizer has 2"):
        cosine.step()


def test_to_go_on_needs_the_first_rate():
    with pytest.raises(KeyError, match=r"'initial_lr' in param_groups\[0\]"):
        StepLR(sgd(), 2, last_epoch=3)


def test_one_cycle_goes_on_where_the_groups_say():
    first = sgd()
    scheduler = OneCycleLR(first, 1.0, total_steps=20)
    for _ in range(5):
        scheduler.step()
    second = sgd()
    second.load_state_dict(first.state_dict())
    again = OneCycleLR(second, 9.0, total_steps=20, last_epoch=4)
    for _ in range(5):
        assert again.get_last_lr() == scheduler.get_last_lr()
        again.step()
        scheduler.step()


class Slower:
    """A factor with a state of its own."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, epoch):
        return 1 / (1 + self.rate * epoch)


def test_functions_stay_and_attributes_of_callables_are_saved():
    scheduler = LambdaLR(sgd(3), [Slower(0.5), lambda t: 1.0, math.exp])
    state = scheduler.state_dict()
    assert state["lr_lambdas"] == [{"rate": 0.5}, None, None]
    other = LambdaLR(sgd(3), [Slower(9.0), lambda t: 2.0, math.exp])
    other.load_state_dict(state)
    other.step()
    assert other.get_last_lr() == [1 / 1.5, 2.0, math.e]


def test_own_schedulers_write_only_get_lr():
    class Halving(LRScheduler):
        def get_lr(self):
            return [lr / 2 ** (self.last_epoch > 0) for lr in self._current()]

    scheduler = Halving(sgd())
    scheduler.step()
    assert scheduler.get_last_lr() == [0.5]
    with pytest.raises(NotImplementedError, match="LRScheduler does not define get_lr"):
        LRScheduler(sgd())


def sequence(optimizer):
    return SequentialLR(optimizer, [StepLR(optimizer, 1), ExponentialLR(optimizer, 0.5)], [2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("_milestones"), "missing _milestones"),
        (lambda s: s.update(gamma=1), "unexpected gamma"),
        (lambda s: s["_last_lr"].append(1.0), "_last_lr: expected one for each of 1"),
        (lambda s: s["_schedulers"].pop(), "the states of 2 schedulers, got 1"),
        (lambda s: s["_schedulers"][1].pop("gamma"), "ExponentialLR.*\n.*missing gamma"),
        (lambda s: s["_schedulers"].__setitem__(0, 5), "what state_dict.. returned, got int"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing(change, message):
    scheduler, other = sequence(sgd()), sequence(sgd())
    for _ in range(3):
        scheduler.step()
    state, before = scheduler.state_dict(), other.state_dict()
    change(state)
    with pytest.raises(ValueError, match=message):
        other.load_state_dict(state)
    assert other.state_dict() == before


def test_a_state_is_a_copy():
    scheduler = sequence(sgd())
    state = scheduler.state_dict()
    before = copy.deepcopy(state)
    scheduler.step()
    assert state == before
    scheduler.load_state_dict(state)
    scheduler.step()
    assert state == before


@pytest.mark.parametrize("again", [copy.deepcopy, lambda pair: pickle.loads(pickle.dumps(pair))])
def test_copies_and_pickles_go_on_with_their_own_optimizer(again):
    optimizer = sgd()
    pair = optimizer, sequence(optimizer)
    other_optimizer, other = again(pair)
    other.step()
    assert other_optimizer.param_groups[0]["lr"] == 0.1
    assert optimizer.param_groups[0]["lr"] == 1.0


def test_schedulers_are_found_where_pytorch_has_them():
    assert optim.lr_scheduler.StepLR is StepLR


@pytest.mark.parametrize(
    "build",
    [
        lambda o: StepLR(o, 1),
        lambda o: OneCycleLR(o, 1.0, 9),
        lambda o: SequentialLR(o, [StepLR(o, 1), ExponentialLR(o, 0.5)], [3]),
    ],
)
def test_a_step_before_the_first_of_the_optimizer_warns(build):
    optimizer = SGD([Parameter(1.0)], lr=1.0)
    scheduler = build(optimizer)
    with pytest.warns(UserWarning, match=r"called before any optimizer\.step\(\)"):
        scheduler.step()
    scheduler.step()  # once is enough
    in_order = SGD([Parameter(1.0)], lr=1.0)
    scheduler = build(in_order)
    in_order.step()
    scheduler.step()
