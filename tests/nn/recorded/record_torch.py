"""Record what PyTorch 2.13 gives for the cases: run where it is installed, not by the tests.

    python -m tests.nn.recorded.record_torch

Everything is in float64. For each case: the output, the gradients of a weighted sum of it with
respect to the floating inputs and the parameters, the state afterwards, the output in eval mode.
"""

import numpy as np
import torch

from tests.nn.recorded import store
from tests.nn.recorded.cases import CASES, CLIPPING, GAINS, NETWORK, Case, drawn, randomized


def module_of(layer, kwargs):
    values = {
        name: torch.tensor(value, dtype=torch.float64)
        if name in ("weight", "pos_weight")
        else value
        for name, value in kwargs.items()
    }
    module = getattr(torch.nn, layer)(**values).double()
    with torch.no_grad():
        for path, parameter in module.named_parameters():
            parameter.copy_(torch.tensor(randomized(tuple(parameter.shape), path)))
    return module


def record(case: Case, arrays):
    module = module_of(case.layer, case.kwargs)
    inputs = [torch.tensor(x) for x in drawn(case)]
    loss = case.layer.endswith("Loss")
    for i, x in enumerate(inputs):
        # PyTorch's losses do not all have a derivative with respect to the target.
        x.requires_grad_(x.is_floating_point() and not (loss and i))
    out = module(*inputs)
    g = torch.tensor(randomized(tuple(out.shape), "output"))
    arrays[f"{case.id}/out"] = out.detach().numpy()
    (out * g).sum().backward()
    for i, x in enumerate(inputs):
        if x.requires_grad:
            arrays[f"{case.id}/input {i}"] = x.grad.numpy()
    for path, parameter in module.named_parameters():
        arrays[f"{case.id}/gradient {path}"] = parameter.grad.numpy()
    for path, value in module.state_dict().items():
        arrays[f"{case.id}/state {path}"] = value.numpy()
    if module.state_dict():
        arrays[f"{case.id}/eval"] = module.eval()(*inputs).detach().numpy()


def record_network(arrays):
    net = torch.nn.Sequential(*(module_of(name, kwargs) for name, kwargs in NETWORK))
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.normal(size=(8, 6)), requires_grad=True)
    labels = torch.tensor(rng.integers(0, 3, 8))
    J = torch.nn.functional.cross_entropy(net(x), labels)
    J.backward()
    arrays["network/out"] = J.detach().numpy()
    arrays["network/input 0"] = x.grad.numpy()
    for path, parameter in net.named_parameters():
        arrays[f"network/gradient {path}"] = parameter.grad.numpy()
    for path, value in net.state_dict().items():
        arrays[f"network/state {path}"] = value.numpy()


def record_utilities(arrays):
    for i, (max_norm, norm_type) in enumerate(CLIPPING):
        parameters = [torch.nn.Parameter(torch.zeros(shape).double()) for shape in ((3, 2), (4,))]
        for j, parameter in enumerate(parameters):
            parameter.grad = torch.tensor(randomized(tuple(parameter.shape), f"clip{j}"))
        norm = torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type)
        arrays[f"clip {i}/norm"] = norm.numpy()
        for j, parameter in enumerate(parameters):
            arrays[f"clip {i}/{j}"] = parameter.grad.numpy()
    arrays["gains"] = [torch.nn.init.calculate_gain(name, param) for name, param in GAINS]


def main():
    assert torch.__version__.startswith("2.13"), torch.__version__
    arrays = {}
    for case in CASES:
        record(case, arrays)
    record_network(arrays)
    record_utilities(arrays)
    store.write(arrays)


if __name__ == "__main__":
    main()
