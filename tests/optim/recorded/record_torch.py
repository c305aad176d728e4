"""Record what PyTorch's optimizers and schedulers do, for the tests beside this directory.

    python tests/optim/recorded/record_torch.py

It writes torch.json; it needs torch (2.13.0 was used) and NumPy. The tests need neither the
script nor PyTorch.
"""

import inspect
import json
import random
from pathlib import Path

import torch
from problem import EPOCHS, LAMBDAS, RECORDED, SHAPES, STEPS, gradient, metric, start

# NAdam keeps the product of its momenta in the default dtype.
torch.set_default_dtype(torch.float64)


def sgd(rng, i):
    momentum = rng.uniform(0.3, 0.95) if i % 4 else 0.0
    nesterov = i % 4 in (1, 2)
    dampening = rng.uniform(0.1, 0.9) if i % 4 == 3 else 0.0
    return dict(
        lr=rng.uniform(0.001, 0.02), momentum=momentum, dampening=dampening, nesterov=nesterov
    )


def adam(rng, i):
    return dict(
        lr=rng.uniform(0.001, 0.1),
        betas=(rng.uniform(0, 0.95), rng.uniform(0.5, 0.9995)),
        eps=10 ** rng.uniform(-9, -2),
        amsgrad=i % 4 in (1, 2),
    )


def decoupled(rng, i):
    return adam(rng, i) | dict(decoupled_weight_decay=i % 2 == 0)


def without_amsgrad(options):
    return {k: v for k, v in options.items() if k != "amsgrad"}


def nadam(rng, i):
    return without_amsgrad(decoupled(rng, i)) | dict(momentum_decay=rng.uniform(0, 0.1))


def adamax(rng, i):
    return without_amsgrad(adam(rng, i))


def rmsprop(rng, i):
    return dict(
        lr=rng.uniform(0.001, 0.05),
        alpha=rng.uniform(0.5, 0.995),
        eps=10 ** rng.uniform(-9, -2),
        momentum=rng.uniform(0.3, 0.95) if i % 2 else 0.0,
        centered=i % 4 in (1, 2),
    )


def adagrad(rng, i):
    return dict(
        lr=rng.uniform(0.01, 0.3),
        lr_decay=rng.uniform(0, 0.2) if i % 2 else 0.0,
        eps=10 ** rng.uniform(-11, -2),
    )


def adadelta(rng, i):
    return dict(lr=rng.uniform(0.1, 2), rho=rng.uniform(0.3, 0.99), eps=10 ** rng.uniform(-7, -2))


OPTIONS = {
    "SGD": sgd,
    "Adam": decoupled,
    "AdamW": adam,
    "RMSprop": rmsprop,
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "NAdam": nadam,
    "Adamax": adamax,
}
GROUPS = (
    [["weight", "bias", "gain"]],
    [["weight", "gain"], ["bias"]],
    [["bias"], ["gain"], ["weight"]],
)


def draw(rng, kind, i):
    """Random options; which flags are set goes through all combinations as i does."""
    decay = rng.uniform(0.001, 0.2) if i % 5 else 0.0
    return OPTIONS[kind](rng, i) | dict(weight_decay=decay, maximize=i % 3 == 1)


def optimizer_case(kind, i, rng):
    options = draw(rng, kind, i)
    if kind == "Adagrad":
        options["initial_accumulator_value"] = rng.uniform(0, 1) if i % 2 else 0.0
    groups = [dict(params=GROUPS[i % 3][0])]
    groups += [
        dict(params=names) | draw(rng, kind, i + k + 1) for k, names in enumerate(GROUPS[i % 3][1:])
    ]
    params = {name: torch.nn.Parameter(torch.tensor(start(name))) for name in SHAPES}
    optimizer = getattr(torch.optim, kind)(
        [group | dict(params=[params[n] for n in group["params"]]) for group in groups], **options
    )
    path = {name: [] for name in SHAPES}
    for t in range(1, STEPS + 1):
        for name, p in params.items():
            g = gradient(name, p.detach().numpy(), t)
            p.grad = None if g is None else torch.tensor(g)
        optimizer.step()
        if t in RECORDED:
            for name, p in params.items():
                path[name].append(p.tolist())
    state = {
        key: value.tolist()
        for key, value in optimizer.state[params["bias"]].items()
        if value is not None
    }
    return dict(kind=kind, options=options, groups=groups, path=path, bias_state=state)


SCHEDULES = [
    [["LambdaLR", dict(lr_lambda="inverse")]],
    [["LambdaLR", dict(lr_lambda=["inverse", "saw"])]],
    [["StepLR", dict(step_size=7)]],
    [["StepLR", dict(step_size=5, gamma=0.83)]],
    [["MultiStepLR", dict(milestones=[30, 4, 17, 30], gamma=0.6)]],
    [["MultiStepLR", dict(milestones=[0, 9])]],
    [["ExponentialLR", dict(gamma=0.93)]],
    [["CosineAnnealingLR", dict(T_max=13)]],
    [["CosineAnnealingLR", dict(T_max=60, eta_min=0.003)]],
    [["LinearLR", dict()]],
    [["LinearLR", dict(start_factor=0.07, end_factor=0.61, total_iters=23)]],
    [["LinearLR", dict(start_factor=1.0, end_factor=0.0, total_iters=40)]],
    [["ExponentialLR", dict(gamma=0.97)], ["LinearLR", dict(start_factor=0.1, total_iters=9)]],
    [["StepLR", dict(step_size=11, gamma=0.5)], ["CosineAnnealingLR", dict(T_max=20)]],
    [["OneCycleLR", dict(max_lr=0.9, total_steps=60)]],
    [["OneCycleLR", dict(max_lr=[0.9, 0.2], total_steps=61, three_phase=True, pct_start=0.23)]],
    [
        [
            "OneCycleLR",
            dict(
                max_lr=0.4,
                epochs=8,
                steps_per_epoch=9,
                anneal_strategy="linear",
                base_momentum=[0.7, 0.6],
                max_momentum=0.99,
                div_factor=10.0,
                final_div_factor=100.0,
            ),
        ]
    ],
    [["OneCycleLR", dict(max_lr=0.4, total_steps=70, cycle_momentum=False, pct_start=0.0)]],
    [["ReduceLROnPlateau", dict(patience=3)]],
    [
        [
            "ReduceLROnPlateau",
            dict(mode="max", factor=0.7, patience=2, cooldown=3, min_lr=[0.1, 0.0]),
        ]
    ],
    [["ReduceLROnPlateau", dict(factor=0.5, patience=1, threshold=0.01, threshold_mode="abs")]],
    [["ReduceLROnPlateau", dict(mode="max", patience=0, threshold_mode="abs", eps=1e-3)]],
    [
        [
            "SequentialLR",
            dict(
                schedulers=[
                    ["LinearLR", dict(start_factor=0.1, total_iters=10)],
                    ["CosineAnnealingLR", dict(T_max=30, eta_min=0.001)],
                    ["StepLR", dict(step_size=4, gamma=0.5)],
                ],
                milestones=[10, 42],
            ),
        ]
    ],
    [
        [
            "SequentialLR",
            dict(
                schedulers=[
                    ["ExponentialLR", dict(gamma=0.9)],
                    ["LambdaLR", dict(lr_lambda="saw")],
                    ["MultiStepLR", dict(milestones=[3, 8])],
                    ["LinearLR", dict(start_factor=0.5, end_factor=0.2, total_iters=6)],
                    ["ExponentialLR", dict(gamma=0.8)],
                ],
                milestones=[5, 20, 31, 45],
            ),
        ]
    ],
]
RESUMED = [
    ["LambdaLR", dict(lr_lambda="inverse")],
    ["StepLR", dict(step_size=4)],
    ["MultiStepLR", dict(milestones=[8, 30])],
    ["ExponentialLR", dict(gamma=0.93)],
    ["CosineAnnealingLR", dict(T_max=25)],
    ["LinearLR", dict(start_factor=0.2, total_iters=20)],
]


def build(name, options, optimizer):
    options = dict(options)
    if name == "LambdaLR":
        given = options["lr_lambda"]
        options["lr_lambda"] = (
            LAMBDAS[given] if isinstance(given, str) else [LAMBDAS[one] for one in given]
        )
    if name == "SequentialLR":
        options["schedulers"] = [build(*inner, optimizer) for inner in options["schedulers"]]
    return getattr(torch.optim.lr_scheduler, name)(optimizer, **options)


def scheduler_case(chain, kind, last_epoch, by_hand):
    params = [torch.nn.Parameter(torch.tensor([1.0])) for _ in range(2)]
    groups = [dict(params=[params[0]]), dict(params=[params[1]], lr=0.05)]
    if last_epoch != -1:
        for group, lr in zip(groups, (0.6, 0.07), strict=True):
            group["initial_lr"] = lr
        chain = [[name, options | dict(last_epoch=last_epoch)] for name, options in chain]
    options = dict(lr=0.5)
    optimizer = getattr(torch.optim, kind)(groups, **options)
    schedulers = [build(name, opts, optimizer) for name, opts in chain]
    rates, momenta = [], []
    for epoch in range(EPOCHS + 1):
        rates.append([group["lr"] for group in optimizer.param_groups])
        momenta.append(
            [group.get("momentum", group.get("betas", [0])[0]) for group in optimizer.param_groups]
        )
        if epoch == EPOCHS:
            break
        optimizer.step()
        if by_hand and epoch == 21:
            optimizer.param_groups[1]["lr"] *= 0.5
        for (name, opts), scheduler in zip(chain, schedulers, strict=True):
            if name == "ReduceLROnPlateau":
                scheduler.step(metric(opts.get("mode", "min"), epoch))
            else:
                scheduler.step()
    case = dict(chain=chain, optimizer=kind, last_epoch=last_epoch, by_hand=by_hand, rates=rates)
    if chain[0][0] == "OneCycleLR":
        case["momenta"] = momenta
    return case


# How PyTorch computes, not what: arguments that NumPy has no use for.
MEANS = ("self", "params", "foreach", "fused", "capturable", "differentiable")


def signature(kind):
    """Arguments in their order, with their defaults; null where there is none."""
    parameters = inspect.signature(kind.__init__).parameters.values()
    return [
        [p.name, None if p.default is p.empty else p.default]
        for p in parameters
        if p.name not in MEANS
    ]


def main():
    rng = random.Random(20130213)
    optimizers = [optimizer_case(kind, i, rng) for kind in OPTIONS for i in range(6)]
    schedulers = [
        scheduler_case(chain, "Adam" if i % 2 else "SGD", -1, by_hand=i % 3 == 0)
        for i, chain in enumerate(SCHEDULES)
    ]
    schedulers += [scheduler_case([one], "SGD", 7, by_hand=False) for one in RESUMED]
    names = {name for case in schedulers for name, _ in case["chain"]}
    signatures = [[name, signature(getattr(torch.optim, name))] for name in OPTIONS]
    signatures += [[n, signature(getattr(torch.optim.lr_scheduler, n))] for n in sorted(names)]
    sections = {"optimizers": optimizers, "schedulers": schedulers, "signatures": signatures}
    lines = [f'"torch": "{torch.__version__.partition("+")[0]}"']
    for name, cases in sections.items():
        lines.append(f'"{name}": [\n' + ",\n".join(map(json.dumps, cases)) + "\n]")
    Path(__file__).with_name("torch.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
