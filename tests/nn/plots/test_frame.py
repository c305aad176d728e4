"""What holds for every picture."""

import subprocess
import sys

import numpy as np
import pytest

from nn.training import Epoch

pytest.importorskip("matplotlib")
from matplotlib import pyplot
from matplotlib.figure import Figure

from nn import plots
from nn.plots.frame import colors

POINTS, LABELS = np.array([[0.0, 0], [1, 1]]), [0, 1]
PICTURES = {
    "weights": lambda **ax: plots.weights(np.ones((2, 4)), **ax),
    "images": lambda **ax: plots.images(np.ones((2, 4)), **ax),
    "losses": lambda **ax: plots.losses([Epoch(1, 1.0, None, 2.0, None, 0.1)], **ax),
    "confusion_matrix": lambda **ax: plots.confusion_matrix(LABELS, LABELS, **ax),
    "codes": lambda **ax: plots.codes(POINTS, LABELS, **ax),
    "decision_boundary": lambda **ax: plots.decision_boundary(
        lambda x: x, POINTS, LABELS, resolution=3, **ax
    ),
}


@pytest.mark.parametrize("name", PICTURES)
def test_it_draws_into_the_axes_it_is_given(name):
    figure = Figure()
    left, right = figure.subfigures(1, 2)[0].subplots(1, 2)
    assert PICTURES[name](ax=right) is figure
    assert right.has_data()
    assert not left.has_data()


@pytest.mark.parametrize("name", PICTURES)
def test_it_makes_a_figure_of_its_own_and_shows_nothing(name):
    figure = PICTURES[name]()
    assert figure is not PICTURES[name]()
    assert not pyplot.get_fignums()
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_something_else_than_axes_is_refused():
    with pytest.raises(TypeError, match="expected a matplotlib Axes as ax, got ndarray"):
        plots.codes(POINTS, LABELS, ax=Figure().subplots(1, 2))


@pytest.mark.parametrize("count", [2, 7, 10])
def test_colours_differ_in_lightness_or_hue_for_the_colour_blind(count):
    """Under Viénot's model of deuteranopia no two colours fall together."""
    from matplotlib.colors import to_rgb

    linear = np.array([to_rgb(color) for color in colors(count)]) ** 2.2
    red_green = 0.29275 * linear[:, 0] + 0.70725 * linear[:, 1]
    seen = np.stack([red_green, linear @ [-0.02234, 0.02234, 1.0]], axis=1)
    seen = np.clip(seen, 0, 1) ** (1 / 2.2)
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)
    assert apart[~np.eye(count, dtype=bool)].min() > 0.04


def test_nn_loads_without_matplotlib():
    program = "import sys, nn, nn.training; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
