"""Optimizers for one number, as the papers write them: what the real ones are compared with."""

import math


def sgd(
    p, gradient, steps, lr, momentum=0, dampening=0, weight_decay=0, nesterov=False, maximize=False
):
    """Values of p after each step; gradient(p, t) is dJ/dp at step t."""
    path, v = [], None
    for t in range(1, steps + 1):
        g = gradient(p, t) * (-1 if maximize else 1) + weight_decay * p
        if momentum:
            v = g if v is None else momentum * v + (1 - dampening) * g
            g = g + momentum * v if nesterov else v
        p = p - lr * g
        path.append(p)
    return path


def adam(p, gradient, steps, lr, betas, eps, weight_decay, amsgrad, maximize, decoupled):
    """Values of p after each step; gradient(p, t) is dJ/dp at step t."""
    path, m, v, top = [], 0.0, 0.0, 0.0
    for t in range(1, steps + 1):
        g = gradient(p, t) * (-1 if maximize else 1)
        if decoupled:
            p = p - lr * weight_decay * p
        else:
            g = g + weight_decay * p
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g * g
        top = max(top, v)
        m_hat = m / (1 - betas[0] ** t)
        v_hat = (top if amsgrad else v) / (1 - betas[1] ** t)
        p = p - lr * m_hat / (math.sqrt(v_hat) + eps)
        path.append(p)
    return path


def gradient(p, t):
    """A gradient that changes its sign and its size from step to step, and follows p gently.

    It does so smoothly and stays away from 0: where Adam's quotient flips with the sign of g, two
    correct computations part from each other.
    """
    return (1.5 + 0.5 * math.sin(3 * t)) * (1 if t % 3 else -1) + 0.1 * p


def run(optimizer, parameter, steps):
    """Values of the only element of `parameter` after each step of `optimizer`."""
    path = []
    for t in range(1, steps + 1):
        optimizer.zero_grad()
        (parameter * gradient(parameter.item(), t)).sum().backward()
        optimizer.step()
        path.append(parameter.item())
    return path
