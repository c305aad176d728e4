"""The training loop."""

import threading

import numpy as np
import pytest

import nn
import optim
from autograd import is_grad_enabled
from nn.data import DataLoader, TensorDataset
from nn.training import Callback, History, accuracy, evaluate, fit, measure

X = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
LABELS = (X[:, 0] > 0).astype(np.int64)


def setting(batch_size=10):
    model = nn.Linear(3, 2, rng=0)
    loader = DataLoader(TensorDataset(X, LABELS), batch_size, shuffle=True, rng=0)
    return model, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.5), loader


def test_it_learns_and_keeps_the_history():
    model, loss, optimizer, loader = setting()
    validation = DataLoader(TensorDataset(X, LABELS), 50)
    history = fit(model, loss, optimizer, loader, 20, validation=validation)
    assert [epoch.number for epoch in history] == list(range(1, 21))
    assert history[-1].train_loss < history[0].train_loss
    assert history[-1].test_accuracy > 0.9
    assert all(epoch.seconds > 0 for epoch in history)
    assert evaluate(model, loss, validation) == (history[-1].test_loss, history[-1].test_accuracy)


def test_same_seed_same_parameters():
    states = []
    for _ in range(2):
        model, loss, optimizer, loader = setting()
        fit(model, loss, optimizer, loader, 3)
        states.append(model.state_dict())
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])


def test_a_history_goes_on():
    model, loss, optimizer, loader = setting()
    history = fit(model, loss, optimizer, loader, 2)
    assert history[0].test_loss is None
    assert fit(model, loss, optimizer, loader, 2, history=history) is history
    assert [epoch.number for epoch in history] == [1, 2, 3, 4]


def test_averages_weigh_samples_not_batches():
    model, loss, _, _ = setting()
    whole = evaluate(model, loss, DataLoader(TensorDataset(X, LABELS), 50))
    parts = evaluate(model, loss, DataLoader(TensorDataset(X, LABELS), 7))
    assert parts == pytest.approx(whole)


def test_evaluation_is_in_eval_mode_unrecorded_and_leaves_the_modes():
    model = nn.Sequential(nn.Linear(3, 2), nn.Sequential())
    model[1].eval()
    seen = []
    model.register_forward_hook(
        lambda module, args, out: seen.append((module.training, is_grad_enabled()))
    )
    evaluate(model, nn.CrossEntropyLoss(), DataLoader(TensorDataset(X, LABELS), 25))
    assert seen == [(False, False)] * 2
    assert (model.training, model[0].training, model[1].training) == (True, True, False)


class Watch(Callback):
    def __init__(self, stop_at=None):
        self.seen = []
        self.stop_at = stop_at

    def on_epoch_begin(self, number, steps):
        self.seen.append(("begin", number, steps))

    def on_step(self, loss):
        self.seen.append("step")
        if self.seen.count("step") == self.stop_at:
            raise KeyboardInterrupt

    def on_epoch_end(self, epoch):
        self.seen.append(("end", epoch.number))

    def on_end(self):
        self.seen.append("over")


def test_callbacks_are_called_in_order():
    watch = Watch()
    fit(*setting(25), 1, callbacks=[watch, Callback()])
    assert watch.seen == [("begin", 1, 2), "step", "step", ("end", 1), "over"]


def test_an_interruption_leaves_what_was_done():
    history, watch = History(), Watch(stop_at=3)
    with pytest.raises(KeyboardInterrupt):
        fit(*setting(25), 5, callbacks=[watch], history=history)
    assert [epoch.number for epoch in history] == [1]
    assert watch.seen[-1] == "over"


def test_a_loader_without_length_or_without_batches():
    model, loss, optimizer, loader = setting()
    watch = Watch()
    fit(model, loss, optimizer, iter(list(loader)), 1, callbacks=[watch])
    assert watch.seen[0] == ("begin", 1, None)
    with pytest.raises(ValueError, match="at least one batch"):
        fit(model, loss, optimizer, [], 1)


def test_accuracy():
    scores = nn.Parameter([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0], [5.0, 1.0]])
    assert accuracy(scores, nn.Parameter(np.array([1, 0, 0, 0]), requires_grad=False)) == 0.75


# -- several losses, metrics, schedulers -----------------------------------------------------------


def penalty(scores, labels):
    return 0.1 * (scores * scores).mean()


def mean_score(scores, labels):
    return scores.data.mean()


@pytest.mark.parametrize("form", ["dictionary", "list", "function of a dictionary", "of a list"])
def test_several_losses_are_summed_up(form):
    def run(loss):
        model, main, optimizer, loader = setting()
        history = fit(model, loss(main), optimizer, loader, 2, validation=loader)
        return history, model.state_dict()

    reference, state = run(lambda main: lambda out, y: main(out, y) + penalty(out, y))
    history, other = run(
        {
            "dictionary": lambda main: {"main": main, "penalty": penalty},
            "list": lambda main: [main, penalty],
            "function of a dictionary": lambda main: (
                lambda out, y: {"main": main(out, y), "penalty": penalty(out, y)}
            ),
            "of a list": lambda main: lambda out, y: (main(out, y), penalty(out, y)),
        }[form]
    )
    for name, value in state.items():
        np.testing.assert_array_equal(value, other[name])
    assert history[1].test_loss == reference[1].test_loss
    if "dictionary" in form:
        for part in ("train", "test"):
            parts = history[1][f"{part}_main"] + history[1][f"{part}_penalty"]
            assert parts == pytest.approx(history[1][f"{part}_loss"], rel=1e-6)


@pytest.mark.parametrize(
    ("loss", "error", "message"),
    [
        (3, TypeError, "a function of the output and the target, .* got int"),
        ({"a": 3}, TypeError, "got int"),
        ([], ValueError, "at least one loss"),
        (
            lambda out, y: np.float64(out.data.sum()),
            TypeError,
            "losses that are Tensors, got float",
        ),
        ({"loss": nn.CrossEntropyLoss()}, ValueError, "'loss' stands for two"),
        (lambda out, y: out, RuntimeError, "shape"),
    ],
)
def test_what_is_no_loss(loss, error, message):
    model, _, optimizer, loader = setting()
    with pytest.raises(error, match=message):
        fit(model, loss, optimizer, loader, 1)


def test_metrics_by_name_replace_the_accuracy():
    model, loss, optimizer, loader = setting()
    metrics = {"score": mean_score, "accuracy": accuracy}
    history = fit(model, loss, optimizer, loader, 1, validation=loader, metrics=metrics)
    measured = measure(model, loss, loader, metrics=metrics)
    assert history[0]["test_score"] == pytest.approx(measured["score"])
    assert history[0].test_accuracy == measured["accuracy"]
    history = fit(model, loss, optimizer, loader, 1, metrics={})
    assert history[0].train_accuracy is None
    with pytest.raises(ValueError, match="'loss' stands for two losses or metrics"):
        fit(model, loss, optimizer, loader, 1, metrics={"loss": mean_score})


def test_values_have_no_accuracy():
    model = nn.Linear(3, 1)
    loader = DataLoader(TensorDataset(X, X[:, :1]), 10)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    history = fit(model, nn.MSELoss(), optimizer, loader, 1, validation=loader)
    assert (history[0].train_accuracy, history[0].test_accuracy) == (None, None)
    assert evaluate(model, nn.MSELoss(), loader)[1] is None


def test_several_inputs_and_several_targets():
    class Two(nn.Module):
        def __init__(self):
            self.one = nn.Linear(3, 2, rng=0)

        def forward(self, x, scale):
            return self.one(x) * scale

    model = Two()
    loader = DataLoader(TensorDataset(X, X[:, :1], LABELS, X[:, :2]), 10)
    seen = []

    def loss(output, target):
        labels, values = target
        seen.append((labels.shape, values.shape))
        return nn.functional.cross_entropy(output, labels) + ((output - values) ** 2).mean()

    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(model, loss, optimizer, loader, 1, inputs=2, validation=loader)
    assert seen == [((10,), (10, 2))] * 10
    with pytest.raises(ValueError, match=r"at least 5 fields, 4 for the model .* got 4"):
        fit(model, loss, optimizer, loader, 1, inputs=4)


class Plan:
    """A scheduler that notes how it is called."""

    def __init__(self):
        self.calls = []

    def step(self):
        self.calls.append(None)


class Plateau(Plan):
    def step(self, metrics):
        self.calls.append(metrics)


def test_schedulers_step_per_epoch_or_per_mini_batch():
    for per, count in (("epoch", 3), ("step", 15)):
        plan = Plan()
        fit(*setting(), 3, scheduler=plan, scheduler_per=per)
        assert len(plan.calls) == count
    with pytest.raises(ValueError, match="scheduler_per 'epoch' or 'step', got 'day'"):
        fit(*setting(), 1, scheduler=plan, scheduler_per="day")


def test_a_scheduler_that_asks_for_a_value_gets_the_loss():
    plan = Plateau()
    history = fit(*setting(), 2, scheduler=plan)
    assert plan.calls == [epoch.train_loss for epoch in history]
    plan = Plateau()
    history = fit(*setting(), 2, scheduler=plan, validation=setting()[3])
    assert plan.calls == [epoch.test_loss for epoch in history]


def test_the_learning_rate_of_each_epoch_is_noted():
    model, loss, optimizer, loader = setting()

    class Halve:
        def step(self):
            optimizer.param_groups[0]["lr"] /= 2

    history = fit(model, loss, optimizer, loader, 3, scheduler=Halve())
    assert history.values("lr") == [0.5, 0.25, 0.125]


def test_gradients_can_be_clipped_before_the_step():
    model, loss, optimizer, loader = setting()
    before = model.state_dict()

    class Clip(Callback):
        def on_backward(self, loss):
            for p in model.parameters():
                p.grad = p.grad * 0

    fit(model, loss, optimizer, loader, 1, callbacks=[Clip()])
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_losses_with_a_state_are_trained_and_put_into_eval_mode_too():
    class Scaled(nn.Module):
        def __init__(self):
            self.scale = nn.Parameter(1.0)
            self.modes = []

        def forward(self, output, target):
            self.modes.append(self.training)
            return nn.functional.cross_entropy(output * self.scale, target)

    model, _, _, loader = setting()
    loss = Scaled()
    optimizer = optim.SGD([*model.named_parameters(), *loss.named_parameters()], lr=0.1)
    fit(model, loss, optimizer, loader, 1, validation=loader)
    assert loss.modes == [True] * 5 + [False] * 5
    assert loss.training
    assert loss.scale.item() != 1


def test_a_failing_training_ends_the_thread_of_its_loader():
    model, loss, optimizer, _ = setting()
    loader = DataLoader(TensorDataset(X, LABELS), 5, prefetch=2)
    with pytest.raises(KeyboardInterrupt) as caught:
        fit(model, loss, optimizer, loader, 1, callbacks=[Watch(stop_at=2)])
    assert caught.value.__traceback__ is not None
    assert not [t for t in threading.enumerate() if t.name == "chalkgrad-prefetch"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"history": []}, TypeError, "a History as history, got list"),
        ({"epochs": -1}, ValueError, "epochs >= 0, got -1"),
        ({"epochs": 1.5}, TypeError, "integer"),
    ],
)
def test_wrong_arguments_are_errors(options, error, message):
    model, loss, optimizer, loader = setting()
    with pytest.raises(error, match=message):
        fit(model, loss, optimizer, loader, **{"epochs": 1, **options})
