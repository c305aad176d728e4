"""NAdam to the last digits: the product of its momenta has to have them."""

import numpy as np

from nn import Parameter
from optim import NAdam

START = np.array([1.0, -2.0, 0.5, 0.1])
LR, BETA1, BETA2, EPS, SLOWNESS = 0.01, 0.9, 0.999, 1e-8, 4e-3


def gradient(t):
    return np.array([0.3, -1.2, 0.7, 2.0]) * (1 + 0.1 * t)


def reference(steps, kind):
    """Parameters as the paper has them, in extended precision; the product of μ as `kind`."""
    number = np.longdouble
    p, m, v, product = START.astype(number), number(0), number(0), kind(1)
    for t in range(1, steps + 1):
        g = gradient(t).astype(number)
        now, after = (BETA1 * (1 - 0.5 * number(0.96) ** (s * SLOWNESS)) for s in (t, t + 1))
        product = kind(product * now)
        m = BETA1 * m + (1 - number(BETA1)) * g
        v = BETA2 * v + (1 - number(BETA2)) * g * g
        ahead = after * m / (1 - number(product) * after)
        ahead += (1 - now) * g / (1 - number(product))
        p = p - LR * ahead / (np.sqrt(v / (1 - number(BETA2) ** t)) + EPS)
    return p


def stepped(steps):
    p = Parameter(START)
    optimizer = NAdam([p], lr=LR, betas=(BETA1, BETA2), eps=EPS, momentum_decay=SLOWNESS)
    for t in range(1, steps + 1):
        p.grad = type(p)(gradient(t))
        optimizer.step()
    return p.data


def test_steps_agree_with_the_paper_to_rounding():
    for steps in (1, 20):
        np.testing.assert_allclose(
            stepped(steps), reference(steps, np.longdouble).astype(float), rtol=1e-14
        )


def test_a_product_in_single_precision_is_what_parts_pytorch_from_it():
    exact, single = (reference(20, kind) for kind in (np.longdouble, np.float32))
    assert 1e-11 < np.abs(single - exact).max() < 1e-8
    assert np.abs(stepped(20) - single).max() > 1e-11
