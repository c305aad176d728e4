"""What is tried unasked: other shapes are noted, and decide only where they are promised."""

from typing import Any

import numpy as np
import pytest

from autograd import Function, GradcheckError, check, gradcheck, primitive


def normal(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


X = normal(3, 3, 4)
Q, K, V = normal(4, 3, 5, 2)
ROWS = np.array([0, 2, 0, 1, 2, 0])


def softmax(s: Any) -> Any:
    e = np.exp(s - s.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def attend(q: Any, k: Any, v: Any) -> Any:
    return softmax(q @ k.T / np.sqrt(q.shape[-1])) @ v


def attend_back(needs: Any, g: Any, out: Any, q: Any, k: Any, v: Any) -> Any:
    p, root = softmax(q @ k.T / np.sqrt(q.shape[-1])), np.sqrt(q.shape[-1])
    ds = p * (g @ v.T - np.sum(g @ v.T * p, axis=-1, keepdims=True)) / root
    return ds @ k, ds.T @ q, p.T @ g


def normalized(x: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred**2, axis=-1, keepdims=True) + 1e-5)


def layernorm_back(needs: Any, g: Any, out: Any, x: Any, gain: Any, bias: Any) -> Any:
    z = normalized(x)
    s = np.sqrt(x.var(axis=-1, keepdims=True) + 1e-5)
    h = g * gain
    means = h.mean(axis=-1, keepdims=True), (h * z).mean(axis=-1, keepdims=True)
    return (h - means[0] - z * means[1]) / s, np.sum(g * z, axis=0), np.sum(g, axis=0)


def scatter_mean(x: Any) -> Any:
    sums = np.zeros((3, *x.shape[1:]))
    np.add.at(sums, ROWS, x)
    return sums / np.bincount(ROWS)[:, None]


class RMSNorm(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, gain: Any) -> Any:
        ctx.save_for_backward(x, gain)
        return x / np.sqrt(np.mean(x**2, axis=-1, keepdims=True)) * gain

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, gain = ctx.saved_tensors
        r = np.sqrt(np.mean(x**2, axis=-1, keepdims=True))
        h = g * gain
        dx = h / r - x * np.mean(h * x, axis=-1, keepdims=True) / r**3
        return dx, np.sum(g * x / r, axis=0)


RIGHT = {
    "attention": (primitive(attend, joint=attend_back), (Q, K, V)),
    "layernorm": (
        primitive(lambda x, gain, bias: normalized(x) * gain + bias, joint=layernorm_back),
        (X, normal(5, 4), normal(6, 4)),
    ),
    "scatter_mean": (
        primitive(
            scatter_mean, lambda g, out, x: (g / np.bincount(ROWS)[:, None])[ROWS], name="mean"
        ),
        normal(7, 6, 2),
    ),
    "rmsnorm": (RMSNorm, (X, normal(8, 4))),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_op_passes_at_its_inputs(name: str) -> None:
    op, inputs = RIGHT[name]
    report = check(op, inputs)
    assert (report.verdict, report.findings) == ("pass", ()), str(report)
    assert gradcheck(op, inputs)
    assert gradcheck(op, inputs, variations=False)


product = primitive(
    np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x, name="product"
)


def test_what_is_wrong_beyond_is_noted_with_argument_and_shapes() -> None:
    report = check(product, (X, X + 1))
    assert report.verdict == "pass"
    assert {(f.variation, f.diagnosis) for f in report.beyond} == {
        ("broadcast", "missing un-broadcast")
    }
    first = report.beyond[0]
    assert first.shapes == ((1, 4), (3, 4))
    text = str(report)
    assert text.startswith("pass at your inputs: product")
    for part in ("beyond your inputs", "argument 0", "shapes (1, 4), (3, 4)", "variations=True"):
        assert part in text
    assert "fail:" not in text
    assert repr(report) == "<Report product: pass at these inputs>"
    assert report.to_dict()["beyond"][0]["shapes"] == [[1, 4], [3, 4]]


def test_asked_for_it_is_a_fail() -> None:
    with pytest.raises(GradcheckError, match="missing un-broadcast"):
        gradcheck(product, (X, X + 1), variations=True)
    report = check(product, (X, X + 1), variations=True)
    assert (report.verdict, report.beyond) == ("fail", ())


def test_what_an_elementwise_op_has_promised_is_a_fail() -> None:
    first = primitive(
        lambda x, y: x * y,
        lambda g, out, x, y: g * y if x.shape == g.shape else g,
        lambda g, out, x, y: g * x,
        elementwise=True,
        name="promised",
    )
    report = check(first, (X, X + 1))
    assert (report.verdict, report.findings[0].variation) == ("fail", "broadcast")


def test_layouts_are_not_beyond_the_inputs() -> None:
    f = primitive(
        lambda x: 2 * x, lambda g, out, x: g * (2 if x.flags.c_contiguous else 3), name="f"
    )
    assert check(f, X).verdict == "fail"


def test_html_tells_argument_shapes_and_message() -> None:
    html = check(product, (X, X + 1))._repr_html_()
    for part in ("at your inputs", "beyond your inputs", "shapes (1, 4), (3, 4)", "argument 0"):
        assert part in html
    assert ">fail<" not in html
    assert ">fail<" in check(product, (X, X + 1), variations=True)._repr_html_()
