"""What holds for schedules whatever the numbers are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nn import Parameter
from optim import SGD
from optim.lr_scheduler import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    OneCycleLR,
    SequentialLR,
    StepLR,
)

counts = st.integers(1, 30)
factors = st.floats(0.05, 1)


def sgd(*rates):
    optimizer = SGD([dict(params=[Parameter(1.0)], lr=rate) for rate in rates])
    optimizer.step()  # the schedules are looked at alone
    return optimizer


def rates_of(scheduler, epochs):
    rates = [scheduler.get_last_lr()]
    for _ in range(epochs):
        scheduler.step()
        rates.append(scheduler.get_last_lr())
    return rates


schedules = st.one_of(
    st.builds(lambda n, f: lambda o: StepLR(o, n, f), counts, factors),
    st.builds(lambda ms, f: lambda o: MultiStepLR(o, ms, f), st.lists(counts), factors),
    st.builds(lambda f: lambda o: ExponentialLR(o, f), factors),
    st.builds(lambda n, low: lambda o: CosineAnnealingLR(o, n, low), counts, st.floats(0, 0.1)),
    st.builds(lambda a, b, n: lambda o: LinearLR(o, a, b, n), factors, factors, counts),
    st.builds(lambda a: lambda o: LambdaLR(o, lambda t: 1 / (1 + a * t)), factors),
    st.builds(lambda top: lambda o: OneCycleLR(o, top, 50), factors),
)


@given(schedules)
def test_going_epoch_by_epoch_leads_where_the_closed_form_is(make):
    scheduler = make(sgd(0.5, 0.02))
    for _ in range(50):
        np.testing.assert_allclose(
            scheduler.get_last_lr(), scheduler.closed_form(), rtol=1e-10, atol=1e-14
        )
        scheduler.step()
    assert scheduler.last_epoch == 50


@given(schedules)
def test_the_last_rates_are_those_of_the_groups(make):
    optimizer = sgd(0.5, 0.02)
    scheduler = make(optimizer)
    for _ in range(5):
        assert scheduler.get_last_lr() == [group["lr"] for group in optimizer.param_groups]
        scheduler.step()


@given(st.integers(0, 20), factors, factors)
def test_two_schedulers_of_one_optimizer_multiply(epochs, a, b):
    optimizer = sgd(1.0)
    both = [ExponentialLR(optimizer, a), LinearLR(optimizer, b, total_iters=7)]
    for _ in range(epochs):
        for scheduler in both:
            scheduler.step()
    expected = a**epochs * (b + (1 - b) * min(epochs, 7) / 7)
    np.testing.assert_allclose(optimizer.param_groups[0]["lr"], expected, rtol=1e-10)


@given(schedules, schedules, counts)
def test_a_sequence_is_one_schedule_and_then_the_other(first, second, milestone):
    optimizer = sgd(0.5)
    # A OneCycleLR sets the rate that all later schedulers begin with, so both are built here.
    parts = [first(optimizer), second(optimizer)]
    rates = rates_of(SequentialLR(optimizer, parts, [milestone]), milestone + 10)
    for t in range(11):
        parts[1].last_epoch = t
        expected = parts[1].closed_form()
        np.testing.assert_allclose(rates[milestone + t], expected, rtol=1e-10, atol=1e-14)


@given(st.integers(1, 10), st.integers(1, 10))
def test_a_sequence_of_sequences_is_one_long_sequence(a, b):
    def flat(o):
        parts = [LinearLR(o, 0.1, total_iters=a), ExponentialLR(o, 0.9), StepLR(o, 2)]
        return SequentialLR(o, parts, [a, a + b])

    def nested_first(o):
        inner = SequentialLR(o, [LinearLR(o, 0.1, total_iters=a), ExponentialLR(o, 0.9)], [a])
        return SequentialLR(o, [inner, StepLR(o, 2)], [a + b])

    def nested_last(o):
        linear = LinearLR(o, 0.1, total_iters=a)
        inner = SequentialLR(o, [ExponentialLR(o, 0.9), StepLR(o, 2)], [b])
        return SequentialLR(o, [linear, inner], [a])

    expected = rates_of(flat(sgd(1.0)), 30)
    assert rates_of(nested_first(sgd(1.0)), 30) == expected
    assert rates_of(nested_last(sgd(1.0)), 30) == expected


@given(st.integers(1, 60), st.floats(0, 0.9), st.booleans(), st.sampled_from(["cos", "linear"]))
def test_one_cycle_stays_between_its_ends(total, part, three_phase, strategy):
    optimizer = sgd(0.1)
    scheduler = OneCycleLR(
        optimizer,
        1.0,
        total,
        pct_start=part / 2 if three_phase else part,
        three_phase=three_phase,
        anneal_strategy=strategy,
    )
    for _ in range(total - 1):
        group = optimizer.param_groups[0]
        assert 0 <= group["lr"] <= 1 + 1e-12
        assert 0.85 - 1e-12 <= group["momentum"] <= 0.95 + 1e-12
        scheduler.step()
    if total > 1:
        np.testing.assert_allclose(scheduler.get_last_lr(), 1 / 25 / 1e4)
