"""Optimizers and schedules of PyTorch that are not here, and the ones that come near them.

Rows as in `autograd.torch_names`: a line of Python, and behind `#` a remark; `parameters` are those
of a model, `optimizer` is one of them.
"""

from __future__ import annotations

__all__ = ["OPTIMIZERS", "SCHEDULES"]

OPTIMIZERS = {
    "LBFGS": "optim.Adam(parameters, lr=1e-3)  # or give autograd.value_and_grad(f) to "
    "scipy.optimize.minimize(..., jac=True)",
    "RAdam": "optim.NAdam(parameters)",
    "Adafactor": "optim.AdamW(parameters)",
    "Muon": "optim.AdamW(parameters)",
    "SparseAdam": "optim.Adam(parameters)  # gradients are not sparse here",
    "Rprop": "optim.RMSprop(parameters)  # its form for mini-batches",
    "ASGD": "optim.SGD(parameters, lr=1e-2, momentum=0.9)",
}

SCHEDULES = {
    "ConstantLR": "optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 / 3 if epoch < 5 else 1)",
    "PolynomialLR": "optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: max(0, 1 - epoch / 5))",
    "MultiplicativeLR": "optim.lr_scheduler.ExponentialLR(optimizer, 0.9)",
    "CosineAnnealingWarmRestarts": "optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)",
    "CyclicLR": "optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=10)",
    "ChainedScheduler": "optim.lr_scheduler.SequentialLR  # or call step() of each",
}
