"""Weights and images as tiles."""

import numpy as np
import pytest

import nn
from autograd import Tensor

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from nn import plots


def tiles(figure):
    return figure.axes[0].images[0].get_array().filled(np.nan)


def test_each_row_is_a_tile_and_between_them_is_nothing():
    matrix = np.arange(12.0).reshape(3, 4) - 5
    drawn = tiles(plots.weights(matrix, columns=2))
    gap = np.nan
    expected = [
        *([-5, -4, gap, -1, 0], [-3, -2, gap, 1, 2], [gap] * 5),
        *([3, 4, gap, gap, gap], [5, 6, gap, gap, gap]),
    ]
    np.testing.assert_array_equal(drawn, expected)


def test_the_scale_is_symmetric():
    image = plots.weights(np.array([[-1.0, 0, 0, 3]])).axes[0].images[0]
    low, high = image.get_clim()
    assert low == -high
    assert 2.9 < high <= 3


@pytest.mark.parametrize("layer", [nn.Linear(64, 5), nn.Linear(64, 5).weight, np.ones((5, 64))])
def test_a_layer_or_its_weights(layer):
    figure = plots.weights(layer)
    assert isinstance(figure, Figure)
    assert tiles(figure).shape == (8, 5 * 8 + 4)


@pytest.mark.parametrize("neurons", [1, 10, 17, 128, 200])
@pytest.mark.parametrize("side", [1, 8])
def test_any_number_of_neurons(neurons, side):
    figure = plots.weights(np.random.default_rng(0).normal(size=(neurons, side * side)))
    title = figure.axes[0].get_title(loc="left")
    assert ("the 128 strongest of 200" if neurons == 200 else f"of {neurons} neurons") in title


def test_of_many_neurons_the_strongest_are_shown_in_their_order():
    matrix = np.array([[1.0], [9], [-5], [3]])
    np.testing.assert_array_equal(tiles(plots.weights(matrix, count=2)), [[9, np.nan, -5]])


def test_the_margin_of_padded_images_is_cut_off():
    matrix = np.arange(2 * 32 * 32.0).reshape(2, 1024)
    drawn = tiles(plots.weights(matrix, crop=2))
    np.testing.assert_array_equal(drawn[:, :28], matrix[0].reshape(32, 32)[2:-2, 2:-2])
    assert drawn.shape == (28, 28 + 3 + 28)


def test_weights_that_are_all_zero_have_a_scale():
    assert plots.weights(np.zeros((3, 4))).axes[0].images[0].get_clim() == (-1, 1)


def test_images_are_ink_on_paper():
    figure = plots.images(Tensor(np.array([[0.0, 0.5, 0.25, 0.5]] * 3)), columns=2)
    assert figure.axes[0].images[0].get_clim() == (0, 0.5)
    assert tiles(figure).shape == (5, 5)
    assert plots.images(np.zeros((1, 6)), (2, 3)).axes[0].images[0].get_clim() == (0, 1)


@pytest.mark.parametrize("draw", [plots.weights, plots.images])
def test_what_is_no_image_is_refused(draw):
    with pytest.raises(ValueError, match=r"8 pixels are no image .*; pass shape"):
        draw(np.ones((2, 8)))
    with pytest.raises(ValueError, match="expected 3 x 3 = 9"):
        draw(np.ones((2, 8)), (3, 3))
    with pytest.raises(ValueError, match=r"at least one row of pixels, got shape \(4,\)"):
        draw(np.ones(4))
    with pytest.raises(ValueError, match="at least one row"):
        draw(np.ones((0, 4)))
    with pytest.raises(ValueError, match="leaves something of 2 x 2 pixels, got 1"):
        draw(np.ones((1, 4)), crop=1)
    with pytest.raises(ValueError, match="columns of at least 1, got 0"):
        draw(np.ones((1, 4)), columns=0)


def test_what_has_no_weights_is_refused():
    with pytest.raises(TypeError, match=r"got Sequential; of a network pass one layer"):
        plots.weights(nn.Sequential(nn.Linear(4, 2)))
    with pytest.raises(ValueError, match="count of at least 1"):
        plots.weights(np.ones((1, 4)), count=0)
