"""Recorder: how large activations and gradients are while a network learns."""

import numpy as np
import pytest

import autograd
import nn
import optim
from nn.data import DataLoader, TensorDataset
from nn.training import Checkpoint, Recorder, fit


def setting(recorder, *others, epochs=2, resume=False):
    """Six samples in batches of two: three steps an epoch."""
    autograd.manual_seed(0)
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(6, 3)).astype(np.float32), np.array([0, 1, 0, 1, 0, 1])
    model = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 2))
    data = TensorDataset(x, labels)
    fit(
        model,
        nn.CrossEntropyLoss(),
        optim.SGD(model.named_parameters(), lr=0.1),
        DataLoader(data, 2),
        epochs,
        validation=DataLoader(data, 6),
        callbacks=[recorder, *others],
        progress=False,
        resume=resume,
    )
    return model, x


def test_it_writes_down_the_training_steps_and_not_the_evaluation():
    recorder = Recorder()
    setting(recorder)
    assert recorder.steps == [1, 2, 3, 4, 5, 6]
    assert list(recorder.activations) == ["0: Linear", "1: Sigmoid", "2: Linear"]
    assert list(recorder.gradients) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert recorder.matrices == {"0.weight", "2.weight"}
    assert all(len(pairs) == 6 for pairs in recorder.activations.values())
    assert all(len(sizes) == 6 for sizes in recorder.gradients.values())


def test_its_numbers_are_those_of_the_first_step():
    recorder = Recorder(every=100)
    model, x = setting(recorder)
    assert recorder.steps == [1]
    autograd.manual_seed(0)
    fresh = nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 2))
    out = fresh[1](fresh[0](x[:2])).detach()
    np.testing.assert_allclose(
        recorder.activations["1: Sigmoid"], [(out.mean(), out.std())], rtol=1e-6
    )
    nn.CrossEntropyLoss()(fresh(autograd.Tensor(x[:2])), autograd.Tensor([0, 1])).backward()
    size = np.sqrt(np.mean(fresh[0].weight.grad.data ** 2))
    np.testing.assert_allclose(recorder.gradients["0.weight"], [size], rtol=1e-5)
    # The model is left as it was.
    assert not any(module._forward_hooks for module in model.modules())


def test_it_looks_at_every_so_many_steps_over_the_ends_of_epochs():
    recorder = Recorder(every=2)
    setting(recorder)
    assert recorder.steps == [1, 3, 5]


def test_what_is_not_there_is_not_a_number():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.unused = nn.Linear(3, 2), nn.Linear(3, 2)

        def forward(self, x):
            return self.used(x)

    recorder, model = Recorder(), Idle()
    batches = [(autograd.Tensor(np.ones((2, 3), np.float32)), autograd.Tensor([0, 1]))]
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    fit(
        *(model, nn.CrossEntropyLoss(), optimizer, batches, 1),
        callbacks=[recorder],
        progress=False,
    )
    assert np.isnan(recorder.activations["unused: Linear"]).all()
    assert np.isnan(recorder.gradients["unused.weight"]).all()
    assert np.isfinite(recorder.activations["used: Linear"]).all()


def test_it_goes_on_with_a_training(tmp_path):
    whole, first, second = Recorder(), Recorder(), Recorder()
    setting(whole)
    setting(first, Checkpoint(tmp_path), epochs=1)
    setting(second, Checkpoint(tmp_path), resume=True)
    assert second.state_dict() == whole.state_dict()
    assert second.matrices == whole.matrices


def test_it_refuses_to_look_never():
    with pytest.raises(ValueError, match="every >= 1, got 0"):
        Recorder(every=0)
