"""Confusion matrix, codes, and decision boundary."""

import numpy as np
import pytest

import nn
from autograd import Tensor

pytest.importorskip("matplotlib")
from matplotlib.figure import Figure

from nn import plots


def texts(ax):
    return {tuple(map(int, text.get_position())): text.get_text() for text in ax.texts}


def test_a_confusion_matrix_counts_rows_of_the_truth():
    figure = plots.confusion_matrix([0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 1, 0])
    assert isinstance(figure, Figure)
    (ax,) = figure.axes
    # (column, row) as matplotlib has them; zeros are blank.
    assert texts(ax) == {(0, 0): "2", (1, 0): "1", (1, 1): "2", (0, 2): "1"}
    np.testing.assert_allclose(ax.images[0].get_array(), [[2 / 3, 1 / 3, 0], [0, 1, 0], [1, 0, 0]])
    assert ax.get_title(loc="left") == "66.67% of 6 are right"


def test_a_confusion_matrix_takes_scores_tensors_and_names():
    scores = Tensor([[0.1, 0.9], [2.0, 1.0], [0.0, 1.0]])
    ax = plots.confusion_matrix(Tensor([1, 1, 1]), scores, ["no", "yes"]).axes[0]
    assert texts(ax) == {(0, 1): "1", (1, 1): "2"}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["no", "yes"]


def test_codes_stand_in_the_order_given_with_a_name_at_each_median():
    points = np.array([[0.0, 0], [2, 2], [10, 10], [1, 1]])
    (ax,) = plots.codes(points, [0, 0, 2, 0], ["a", "b", "c"]).axes
    np.testing.assert_array_equal(ax.collections[0].get_offsets(), points)
    assert texts(ax) == {(1, 1): "a", (10, 10): "c"}
    faces = ax.collections[0].get_facecolors()
    assert (faces[0] == faces[3]).all()
    assert (faces[0] != faces[2]).any()


@pytest.mark.parametrize("classes", [1, 7, 10, 25])
def test_any_number_of_classes_has_colours_of_its_own(classes):
    points = np.random.default_rng(0).normal(size=(classes, 2))
    (ax,) = plots.codes(points, np.arange(classes)).axes
    assert len(np.unique(ax.collections[0].get_facecolors(), axis=0)) == classes
    (ax,) = plots.decision_boundary(
        lambda x: x @ points.T, points, np.arange(classes), resolution=5
    ).axes
    assert len(ax.collections) == classes


def test_a_decision_boundary_asks_the_model_and_leaves_it_as_it_was():
    class Side(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop = nn.Dropout(0.9)
            self.modes = set()

        def forward(self, x):
            self.modes |= {self.training, self.drop.training}
            return np.concatenate([-x[:, :1], x[:, :1]], axis=1)

    model = Side()
    model.drop.eval()
    (ax,) = plots.decision_boundary(
        model, [[-1.0, 0], [1, 2]], [0, 1], ["left", "right"], resolution=4
    ).axes
    assert model.modes == {False}
    assert model.training
    assert not model.drop.training
    np.testing.assert_array_equal(ax.images[0].get_array(), [[0, 0, 1, 1]] * 4)
    assert [c.get_label() for c in ax.collections] == ["left", "right"]


@pytest.mark.parametrize("shape", [(-1,), (-1, 1)])
def test_one_number_decides_between_two_classes(shape):
    def model(x):
        return x[:, 1].reshape(shape)

    points = np.array([[0.0, 0], [1, 1]])
    regions = plots.decision_boundary(model, points, [0, 1], threshold=0.5, resolution=4)
    np.testing.assert_array_equal(
        regions.axes[0].images[0].get_array(), [[0] * 4] * 2 + [[1] * 4] * 2
    )


def test_a_decision_boundary_keeps_the_dtype_and_stands_around_a_single_point():
    seen = []
    plots.decision_boundary(
        lambda x: (seen.append(x.dtype), x)[1], np.float32([[3, 3]]), [0], resolution=2
    )
    assert seen == [np.float32]


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="as many classes found as labels, got 1 for 2"):
        plots.confusion_matrix([0, 1], [0])
    with pytest.raises(ValueError, match=r"labels of shape \(N,\), at least one"):
        plots.confusion_matrix([], [])
    with pytest.raises(ValueError, match="integers from 0, got dtype float64"):
        plots.confusion_matrix([0, 1], [0.5, 1.0])
    with pytest.raises(ValueError, match="the smallest -1"):
        plots.confusion_matrix([0, -1], [0, 1])
    with pytest.raises(ValueError, match="a name for each of 3 classes, got 2"):
        plots.confusion_matrix([0, 2], [0, 1], ["a", "b"])
    with pytest.raises(ValueError, match=r"shape \(N, 2\), got \(1, 3\)"):
        plots.codes(np.ones((1, 3)), [0])
    with pytest.raises(ValueError, match="a label for each point, got 2 for 1"):
        plots.codes(np.ones((1, 2)), [0, 0])
    with pytest.raises(ValueError, match="resolution of at least 2, got 1"):
        plots.decision_boundary(lambda x: x, np.ones((1, 2)), [0], resolution=1)
    with pytest.raises(ValueError, match=r"scores of shape \(4, C\) for 4 points, got \(1, 2\)"):
        plots.decision_boundary(lambda x: x[:1], np.ones((1, 2)), [0], resolution=2)
