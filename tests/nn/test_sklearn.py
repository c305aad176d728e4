"""The estimators: scikit-learn's own checks, and what it does not offer."""

import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

from autograd import generator, manual_seed

pytest.importorskip("sklearn")
from sklearn.datasets import make_blobs, make_regression
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from nn.sklearn import MLPClassifier, MLPRegressor

X, Y = make_blobs(120, 4, centers=3, random_state=0)
X = StandardScaler().fit_transform(X)


def quick(**options):
    return MLPClassifier(
        **{"learning_rate_init": 0.02, "max_iter": 60, "tol": 0.0, "random_state": 0, **options}
    )


@pytest.fixture(autouse=True)
def unconverged():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


@pytest.mark.slow
@pytest.mark.parametrize("estimator", [MLPClassifier(), MLPRegressor()], ids=repr)
def test_scikit_learn_checks_pass(estimator):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_skip=None)
    assert len(results) > 40
    assert {result["status"] for result in results} <= {"passed", "skipped"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_scikit_learn_checks_pass_with_everything_on(kind):
    estimator = kind(
        (16, 16), ("leaky_relu", "prelu"), dropout=0.1, batch_norm=True, learning_rate_init=0.01
    )
    # A batch of one sample cannot be normalized; the error says so, as the check demands.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, on_skip=None)
    assert len(results) > 40
    assert {result["status"] for result in results} <= {"passed", "skipped"}


@pytest.mark.parametrize("solver", ["adam", "adamw", "sgd"])
def test_it_learns_labels_of_any_kind(solver):
    names = np.array(["red", "green", "blue"])[Y]
    model = quick(solver=solver).fit(X, names)
    assert model.score(X, names) > 0.9
    np.testing.assert_array_equal(model.classes_, ["blue", "green", "red"])
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    assert (model.n_iter_, len(model.loss_curve_)) == (60, 60)
    assert model.loss_ == model.loss_curve_[-1] < model.loss_curve_[0]


@pytest.mark.parametrize("shape", [(100,), (100, 1), (100, 2)])
def test_it_learns_values_and_keeps_their_shape(shape):
    x, y = make_regression(100, 4, n_targets=2, random_state=0)
    y = (y / y.std())[:, : shape[-1] if len(shape) == 2 else 1].reshape(shape)
    model = MLPRegressor(50, learning_rate_init=0.02, max_iter=100, random_state=0).fit(x, y)
    assert model.predict(x).shape == shape
    assert model.score(x, y) > 0.9


@pytest.mark.parametrize("activation", ["identity", "logistic", "sigmoid", "tanh", "relu"])
def test_activations_by_name(activation):
    network = quick(hidden_layer_sizes=(8,), activation=activation).fit(X, Y).network_
    assert len(network) == 3 - (activation == "identity")


def test_an_activation_for_each_layer():
    network = quick(hidden_layer_sizes=(8, 7), activation=["tanh", "relu"]).fit(X, Y).network_
    kinds = [type(layer).__name__ for layer in network]
    assert kinds == ["Linear", "Tanh", "Linear", "ReLU", "Linear"]
    assert network[2].weight.shape == (7, 8)


def test_no_hidden_layer_is_a_linear_model():
    assert len(quick(hidden_layer_sizes=()).fit(X, Y).network_) == 1


def test_batch_normalization_dropout_and_leaky_activations():
    model = quick(
        hidden_layer_sizes=(16, 8),
        activation=("leaky_relu", "prelu"),
        negative_slope=0.2,
        dropout=(0.1, 0.0),
        batch_norm=True,
    ).fit(X, Y)
    kinds = [type(layer).__name__ for layer in model.network_]
    assert kinds == [
        *("Linear", "BatchNorm1d", "LeakyReLU", "Dropout"),
        *("Linear", "BatchNorm1d", "PReLU", "Linear"),
    ]
    assert model.network_[2].negative_slope == 0.2
    assert not model.network_.training
    assert model.score(X, Y) > 0.9
    np.testing.assert_array_equal(model.predict(X), model.predict(X))


def test_a_last_batch_of_one_sample_is_left_out():
    quick(batch_norm=True, batch_size=17, max_iter=2).fit(X[:18], Y[:18])
    with pytest.raises(ValueError, match="got 1 sample"):
        MLPRegressor(batch_norm=True).fit(X[:1], Y[:1])


def test_early_stopping_holds_out_and_keeps_the_best():
    model = quick(early_stopping=True, n_iter_no_change=3, max_iter=500, tol=1e-3).fit(X, Y)
    assert model.n_iter_ < 500
    assert model.score(X, Y) > 0.9
    with pytest.raises(ValueError, match=r"validation_fraction=1\.0 of 120 samples leaves none"):
        quick(early_stopping=True, validation_fraction=1.0).fit(X, Y)


def test_a_seed_decides_and_the_library_goes_on_undisturbed():
    manual_seed(3)
    expected = generator().random()
    manual_seed(3)
    first = quick(max_iter=3).fit(X, Y)
    assert generator().random() == expected
    again = quick(max_iter=3).fit(X, Y)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    other = quick(max_iter=3, random_state=1).fit(X, Y)
    assert not np.array_equal(first.predict_proba(X), other.predict_proba(X))
    state = np.random.RandomState(0)
    assert quick(max_iter=1, random_state=state).fit(X, Y).n_iter_ == 1


def test_float32_stays_float32():
    model = quick(max_iter=2).fit(X.astype(np.float32), Y)
    assert model.predict_proba(X).dtype == np.float32
    assert quick(max_iter=2).fit(X, Y).predict_proba(X).dtype == np.float64


def test_pipelines_searches_and_pickles():
    search = GridSearchCV(
        make_pipeline(StandardScaler(), quick(max_iter=5)),
        {"mlpclassifier__hidden_layer_sizes": [(4,), (8, 8)]},
        cv=2,
    ).fit(X, Y)
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    np.testing.assert_array_equal(copy.predict(X), search.predict(X))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "cubic"}, "expected as activation one of identity, .*, got 'cubic'"),
        ({"activation": ["relu", "tanh"]}, "one activation for all 1 hidden layers, or 1 of them"),
        ({"dropout": [0.1, 0.2]}, "one dropout for all 1 hidden layers"),
        ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes of at least 1"),
        ({"solver": "lbfgs"}, "expected as solver one of adam, adamw, sgd, got 'lbfgs'"),
        ({"max_iter": 0}, "max_iter and n_iter_no_change of at least 1, got 0 and 10"),
        ({"batch_size": 0}, "batch_size of at least 1"),
    ],
)
def test_wrong_parameters_are_errors(options, message):
    with pytest.raises(ValueError, match=message):
        quick(**options).fit(X, Y)


def test_without_fit_and_with_one_class():
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)
    with pytest.raises(ValueError, match="at least two classes, got one class"):
        MLPClassifier().fit(X, np.zeros(len(X)))


def test_too_few_epochs_are_a_warning():
    with pytest.warns(ConvergenceWarning, match="not converged after max_iter=2 epochs"):
        quick(max_iter=2).fit(X, Y)


def test_without_the_extra_the_error_names_it():
    program = "import sys; sys.modules['sklearn.base'] = None; import nn.sklearn"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "pip install 'chalkgrad[sklearn]'" in done.stderr
