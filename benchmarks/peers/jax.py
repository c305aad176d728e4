"""JAX: the whole step is one compiled function, which takes the old state over (donation)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from workloads import Curvature, Net, net

LIBRARY = "jax"
BLAS = "XLA"
# XLA's own generator: on the CPU ten times as fast as the default one.
jax.config.update("jax_default_prng_impl", "unsafe_rbg")


def start(problem: Net) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Parameters, and running estimates, of each layer."""
    parameters: list[dict[str, Any]] = []
    running: list[dict[str, Any]] = []
    for i, (w, b) in enumerate(zip(problem.weights(), problem.biases(), strict=True)):
        layer = {"w": jnp.asarray(w.T), "b": jnp.asarray(b)}
        estimates = {}
        if problem.activation == "modern" and i < problem.layers - 1:
            layer |= {"gamma": jnp.ones_like(b), "beta": jnp.zeros_like(b)}
            layer["alpha"] = jnp.float32(0.25)
            estimates = {"mean": jnp.zeros_like(b), "var": jnp.ones_like(b)}
        parameters.append(layer)
        running.append(estimates)
    return parameters, running


def apply(problem: Net, parameters: Any, running: Any, x: Any, key: Any) -> tuple[Any, Any]:
    """The scores, and the new running estimates."""
    estimates = []
    for i, (layer, old) in enumerate(zip(parameters, running, strict=True)):
        x = x @ layer["w"] + layer["b"]
        new = {}
        if i < problem.layers - 1:
            if problem.activation == "relu":
                x = jax.nn.relu(x)
            elif problem.activation == "sigmoid":
                x = jax.nn.sigmoid(x)
            else:
                mean, var = x.mean(axis=0), x.var(axis=0)
                m, n = problem.bn_momentum, x.shape[0]
                new["mean"] = (1 - m) * old["mean"] + m * mean
                new["var"] = (1 - m) * old["var"] + m * var * (n / (n - 1))
                x = (x - mean) * jax.lax.rsqrt(var + problem.bn_eps)
                x = x * layer["gamma"] + layer["beta"]
                x = jnp.where(x >= 0, x, layer["alpha"] * x)
                if problem.dropout:
                    keep = 1 - problem.dropout
                    kept = jax.random.bernoulli(jax.random.fold_in(key, i), keep, x.shape)
                    x = jnp.where(kept, x / keep, 0)
        estimates.append(new)
    return x, estimates


def loss_of(problem: Net, y: Any, target: Any) -> Any:
    if problem.loss == "mse":
        return jnp.mean((y - target) ** 2)
    logs = jax.nn.log_softmax(y)
    return -jnp.mean(jnp.take_along_axis(logs, target[:, None], axis=1))


def sgd(problem: Net, p: Any, g: Any, state: Any, t: Any) -> tuple[Any, Any]:
    if problem.weight_decay:
        g = g + problem.weight_decay * p
    v = problem.momentum * state[0] + g
    return p - problem.lr * v, (v,)


def adam(problem: Net, p: Any, g: Any, state: Any, t: Any) -> tuple[Any, Any]:
    beta1, beta2 = problem.betas
    m = beta1 * state[0] + (1 - beta1) * g
    v = beta2 * state[1] + (1 - beta2) * g * g
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return p - problem.lr * m_hat / (jnp.sqrt(v_hat) + problem.eps), (m, v)


def train(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name, proof)
    rule, memories = (sgd, 1) if problem.optimizer == "sgd" else (adam, 2)
    parameters, running = start(problem)
    memory = jax.tree.map(lambda p: (jnp.zeros_like(p),) * memories, parameters)
    memory = jax.tree.map(jnp.copy, memory)  # donated buffers must differ

    def one_step(state: Any, x: Any, target: Any) -> tuple[Any, Any]:
        parameters, running, memory, t = state
        t = t + 1

        def objective(parameters: Any) -> tuple[Any, Any]:
            y, estimates = apply(problem, parameters, running, x, jax.random.key(t))
            return loss_of(problem, y, target), estimates

        (loss, running), grads = jax.value_and_grad(objective, has_aux=True)(parameters)
        leaves, tree = jax.tree.flatten(parameters)
        moved = [
            rule(problem, p, g, s, t)
            for p, g, s in zip(
                leaves, tree.flatten_up_to(grads), tree.flatten_up_to(memory), strict=True
            )
        ]
        parameters = tree.unflatten([p for p, _ in moved])
        memory = tree.unflatten([s for _, s in moved])
        return (parameters, running, memory, t), loss

    compiled = jax.jit(one_step, donate_argnums=0)
    state = (parameters, running, memory, jnp.int32(0))
    batches = itertools.cycle(
        [
            (
                jnp.asarray(x),
                jnp.asarray(target, jnp.float32 if problem.loss == "mse" else jnp.int32),
            )
            for x, target in problem.batches()
        ]
    )

    def step() -> Any:
        nonlocal state
        state, loss = compiled(state, *next(batches))
        return loss

    return step


def forward(name: str, proof: bool) -> Callable[[], Any]:
    problem = net(name)
    parameters, running = start(problem)
    compiled = jax.jit(lambda parameters, x: apply(problem, parameters, running, x, None)[0])
    x = jnp.asarray(problem.batches()[0][0])
    return lambda: compiled(parameters, x)


def products(name: str, proof: bool) -> Callable[[], Any]:
    """The step's matrix products alone, in the layouts of the step, as one compiled function."""
    problem = net(name)
    work: list[Any] = []
    for m, n in zip(problem.sizes, problem.sizes[1:], strict=False):
        x, g = jnp.ones((problem.batch, m)), jnp.ones((problem.batch, n))
        work.append((x, g, jnp.ones((m, n))))

    def every(work: Any) -> Any:
        return [
            (x @ w, x.T @ g, g @ w.T if layer else None) for layer, (x, g, w) in enumerate(work)
        ]

    compiled = jax.jit(every)
    return lambda: compiled(work)


def hvp(name: str, proof: bool) -> Callable[[], Any]:
    data = Curvature().arrays()
    x, labels = jnp.asarray(data["x"]), jnp.asarray(data["labels"], jnp.int32)
    parameters = [jnp.asarray(p) for p in data["parameters"]]
    vector = [jnp.asarray(v) for v in data["vector"]]

    def loss(parameters: Any) -> Any:
        w1, b1, w2, b2 = parameters
        logs = jax.nn.log_softmax(jnp.tanh(x @ w1.T + b1) @ w2.T + b2)
        return -jnp.mean(jnp.take_along_axis(logs, labels[:, None], axis=1))

    product = jax.jit(lambda p, v: jax.jvp(jax.grad(loss), (p,), (v,))[1])
    return lambda: product(parameters, vector)


def number(result: Any) -> float:
    arrays = result if isinstance(result, list) else [result]
    if arrays[0].ndim == 0:
        return float(arrays[0])
    return math.sqrt(sum(float(jnp.vdot(a, a)) for a in arrays))


def wait(result: Any) -> None:
    """Dispatch is asynchronous: wait until the last result is there."""
    jax.block_until_ready(result)


WORKLOADS = {
    "train": train,
    "forward": forward,
    "products": products,
    "hvp": hvp,
}
