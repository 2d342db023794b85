"""replay.sklearn.fit against scikit-learn itself: what is recorded, and that training stays what it was."""

from __future__ import annotations

import copy
import logging
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

import replay
from replay import Replay
from replay.errors import DataError, RunFileError, ScenarioError, ViewError
from replay.recorders.loop import LoopRecorder
from replay.sklearn import fit
from replay.storage.reader import RunFile

Array = np.ndarray
RNG = np.random.default_rng(0)
N, EPOCHS = 60, 4
X = RNG.normal(size=(N, 3))
TWO = (X[:, 0] + X[:, 1] > 0).astype(int)
THREE = np.array(["low", "mid", "top"])[np.digitize(X[:, 0], [-0.5, 0.5])]
NUMBERS = X @ [1.0, 2.0, -1.0] + 0.1 * RNG.normal(size=N)
PAIRS = np.stack([NUMBERS, X[:, 0]], axis=1)
HELD_OUT = X[:20] + 0.1
MARGINS = ("hinge", "squared_hinge", "perceptron", "modified_huber", "log_loss")


def mlp(*hidden: int, **options: Any) -> MLPClassifier:
    return MLPClassifier(hidden, **{"random_state": 3, "learning_rate_init": 0.05, **options})


def regressor(*hidden: int, **options: Any) -> MLPRegressor:
    return MLPRegressor(hidden_layer_sizes=hidden, random_state=3, learning_rate_init=0.02, **options)


def sgd(loss: str) -> SGDClassifier:
    return SGDClassifier(loss=loss, random_state=3, alpha=0.01, learning_rate="constant", eta0=0.02)


def linear() -> SGDRegressor:
    return SGDRegressor(random_state=3)


Case = tuple[Any, Any]
CASES: dict[str, Case] = {
    "mlp tanh": (mlp(4, activation="tanh"), TWO),
    "mlp relu, two layers, sgd": (mlp(5, 3, solver="sgd"), THREE),
    "mlp logistic": (mlp(4, activation="logistic", batch_size=7), THREE),
    "mlp identity": (mlp(2, activation="identity", alpha=0.1), TWO),
    "mlp without hidden layers": (mlp(), THREE),
    "mlp regressor": (regressor(4, activation="tanh"), NUMBERS),
    "mlp regressor, two targets": (regressor(4, 3), PAIRS),
    "perceptron": (Perceptron(random_state=3), TWO),
    "perceptron, three classes": (Perceptron(random_state=3, fit_intercept=False), THREE),
    **{f"sgd {loss}": (sgd(loss), TWO) for loss in MARGINS},
    **{f"sgd {loss}, three classes": (sgd(loss), THREE) for loss in MARGINS},
    "averaged sgd": (sgd("hinge").set_params(average=True), TWO),
    "sgd regressor": (SGDRegressor(random_state=3), NUMBERS),
    "sgd regressor, huber": (SGDRegressor(loss="huber", epsilon=0.5, random_state=3), NUMBERS),
    "logistic regression": (LogisticRegression(), TWO),
    "logistic regression, three classes": (LogisticRegression(C=0.5), THREE),
    "logistic regression, saga": (LogisticRegression(solver="saga", random_state=3), THREE),
    "standard scaler": (make_pipeline(StandardScaler(), mlp(4)), THREE),
    "both scalers": (make_pipeline(MinMaxScaler((-1, 2)), StandardScaler(), linear()), NUMBERS),
    "scaler of no mean": (make_pipeline(StandardScaler(with_mean=False), sgd("log_loss")), TWO),
    "scaler of no deviation": (make_pipeline(StandardScaler(with_std=False), Perceptron()), TWO),
}  # fmt: skip
EACH = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def last_of(model: Any) -> Any:
    return model.steps[-1][1] if isinstance(model, Pipeline) else model


def plain_loop(model: Any, y: Any, epochs: int = EPOCHS) -> list[Any]:
    """What somebody would write without Replay: the model after each epoch."""
    inputs, estimator, found = X, last_of(model), []
    for _, step in model.steps[:-1] if isinstance(model, Pipeline) else ():
        inputs = step.fit_transform(inputs, y)
    given = {} if isinstance(estimator, MLPRegressor | SGDRegressor) else {"classes": np.unique(y)}
    for _ in range(epochs):
        if isinstance(estimator, LogisticRegression):
            estimator.set_params(warm_start=True, max_iter=1)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator.fit(inputs, y)
            estimator.set_params(warm_start=False, max_iter=100)
        else:
            estimator.partial_fit(inputs, y, **given)
        found.append(copy.deepcopy(model))
    return found


def weights_of(model: Any) -> list[Array]:
    estimator = last_of(model)
    if hasattr(estimator, "coefs_"):
        return [*estimator.coefs_, *estimator.intercepts_]
    return [estimator.coef_, estimator.intercept_]


def recorded(case: Case, path: Path, **options: Any) -> tuple[Any, Replay]:
    model, y = copy.deepcopy(case)
    given = fit(model, X, y, path, epochs=EPOCHS, **options)
    assert given is model
    return model, Replay(path)


# The training


@EACH
def test_the_estimator_is_what_the_same_loop_without_replay_gives(case: Case, tmp_path: Path) -> None:
    model, _ = recorded(case, tmp_path / "run.h5")
    expected = plain_loop(*copy.deepcopy(case))[-1]
    for own, theirs in zip(weights_of(model), weights_of(expected), strict=True):
        np.testing.assert_array_equal(own, theirs)
    assert repr(model) == repr(expected)
    assert vars(last_of(model)).keys() == vars(last_of(expected)).keys()


@pytest.mark.parametrize("state", [None, 5, "shared"])
def test_random_states_are_used_as_without_replay(state: Any, tmp_path: Path) -> None:
    found = []
    for train in (
        lambda model: recorded((model, TWO), tmp_path / "run.h5")[0],
        lambda m: plain_loop(m, TWO)[-1],
    ):
        np.random.seed(11)  # noqa: NPY002 - the state that an estimator without its own draws from
        own = np.random.RandomState(4) if state == "shared" else state
        model = train(mlp(3, random_state=own))
        found.append((weights_of(model), np.random.random()))  # noqa: NPY002
    for one, other in zip(found[0][0], found[1][0], strict=True):
        np.testing.assert_array_equal(one, other)
    assert found[0][1] == found[1][1]


# What is recorded


@EACH
def test_answers_of_every_epoch_are_the_estimator_s(case: Case, tmp_path: Path) -> None:
    _, replay = recorded(case, tmp_path / "run.h5")
    models = plain_loop(*copy.deepcopy(case))
    assert replay.evaluation.in_numpy
    assert replay.epochs.tolist() == [0, 1, 2, 3, 4] and replay.recording.complete
    for epoch, model in enumerate(models, start=1):
        if replay.evaluation.task.n_classes:
            own = replay.evaluation.probabilities(epochs=[epoch])[0]
            labels = model.classes_[replay.evaluation.task.predicted(own)]
            np.testing.assert_array_equal(labels, model.predict(X))
            if hasattr(model, "predict_proba"):
                expected = model.predict_proba(X)
                np.testing.assert_allclose(own, expected[:, 1] if own.ndim == 1 else expected, atol=1e-5)
        else:
            own = replay.evaluation.activations(epochs=[epoch])[0]
            np.testing.assert_allclose(own, model.predict(X).reshape(N, -1), atol=1e-5)
        if hasattr(model, "decision_function"):
            z = replay.evaluation.activations(epochs=[epoch], before_activation=True)[0]
            expected = model.decision_function(X).reshape(N, -1)
            np.testing.assert_allclose(z, expected, rtol=1e-5, atol=1e-5)


@EACH
def test_the_gradient_of_the_loss_is_that_of_finite_differences(case: Case, tmp_path: Path) -> None:
    _, replay = recorded(case, tmp_path / "run.h5")
    evaluation = replay.evaluation
    weights = [each.astype(np.float64) for each in evaluation.recording.weights_at(3)]
    own = evaluation.gradients_of([each.astype(np.float32) for each in weights])

    def loss(shifted: list[Array]) -> float:
        return mean_loss(case, shifted, replay)

    for place, values in enumerate(weights):
        for index in list(np.ndindex(values.shape))[:4]:
            ends = []
            for step in (1e-5, -1e-5):
                shifted = [each.copy() for each in weights]
                shifted[place][index] += step
                ends.append(loss([each[0] for each in shifted]))
            expected = (ends[0] - ends[1]) / 2e-5
            assert own[place][index] == pytest.approx(expected, rel=2e-4, abs=2e-5)


FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "identity": lambda z: z,
    "logistic": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}
OF_MARGINS: dict[str, Callable[[Array], Array]] = {
    "hinge": lambda m: np.maximum(0, 1 - m),
    "squared_hinge": lambda m: np.maximum(0, 1 - m) ** 2,
    "perceptron": lambda m: np.maximum(0, -m),
    "modified_huber": lambda m: np.where(m > -1, np.maximum(0, 1 - m) ** 2, -4 * m),
    "log_loss": lambda m: np.log1p(np.exp(-m)),
}


def mean_loss(case: Case, weights: list[Array], replay: Replay) -> float:
    """The mean loss with these weights, in float64, from scikit-learn's own definitions."""
    model, y = case
    inputs = X
    if isinstance(model, Pipeline):
        inputs = copy.deepcopy(Pipeline(model.steps[:-1])).fit_transform(X, y)
    estimator = last_of(model)
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        inputs = FUNCTIONS[estimator.activation](inputs @ kernel + bias)
    z = inputs @ weights[-2] + weights[-1]
    if isinstance(estimator, MLPRegressor):
        return float(((np.asarray(y).reshape(N, -1) - z) ** 2).mean() / 2)
    if isinstance(estimator, SGDRegressor):
        size = np.abs(z[:, 0] - y)
        e = estimator.epsilon
        huber = np.where(size <= e, size**2 / 2, e * size - e**2 / 2)
        return float((huber if estimator.loss == "huber" else size**2 / 2).mean())
    classes = np.unique(y)
    true = np.asarray(y)[:, None] == (classes[1:] if z.shape[1] == 1 else classes)
    if isinstance(estimator, MLPClassifier | LogisticRegression) and z.shape[1] > 1:
        return float((np.log(np.exp(z).sum(axis=1)) - z[true]).mean())
    named = {MLPClassifier: "log_loss", LogisticRegression: "log_loss", Perceptron: "perceptron"}
    loss = named.get(type(estimator)) or estimator.loss
    return float(OF_MARGINS[loss](np.where(true, z, -z)).mean())


@EACH
def test_losses_of_every_epoch_are_those_of_scikit_learn(case: Case, tmp_path: Path) -> None:
    _, replay = recorded(case, tmp_path / "run.h5", validation_data=(HELD_OUT, case[1][:20]))
    for epoch in replay.epochs:
        weights = [each[0].astype(np.float64) for each in replay.recording.weights_at(float(epoch))]
        expected = mean_loss(case, weights, replay)
        assert replay.losses([epoch]).mean() == pytest.approx(expected, rel=1e-5, abs=1e-5)
    if not isinstance(last_of(case[0]), MLPClassifier | MLPRegressor):
        np.testing.assert_allclose(
            replay.history["loss"], replay.losses().mean(axis=1)[1:], rtol=1e-4, atol=1e-6
        )
    assert replay.held_out is not None
    np.testing.assert_allclose(
        replay.history["val_loss"], replay.held_out.losses().mean(axis=1)[1:], rtol=1e-4, atol=1e-6
    )


@EACH
def test_logs_have_the_score_of_every_epoch(case: Case, tmp_path: Path) -> None:
    y = case[1]
    _, replay = recorded(case, tmp_path / "run.h5", validation_data=(HELD_OUT, y[:20]))
    models = plain_loop(*copy.deepcopy(case))
    name = "accuracy" if replay.evaluation.task.n_classes else "r2_score"
    assert replay.history[name].tolist() == [model.score(X, y) for model in models]
    assert replay.history[f"val_{name}"].tolist() == [model.score(HELD_OUT, y[:20]) for model in models]
    if hasattr(last_of(models[0]), "loss_"):
        assert replay.history["loss"].tolist() == [last_of(model).loss_ for model in models]


def test_the_log_loss_of_a_perceptron_of_layers_is_that_of_scikit_learn(tmp_path: Path) -> None:
    model, replay = recorded((mlp(4), THREE), tmp_path / "run.h5", validation_data=(HELD_OUT, THREE[:20]))
    expected = log_loss(THREE[:20], model.predict_proba(HELD_OUT), labels=model.classes_)
    assert replay.history["val_loss"][-1] == pytest.approx(expected, rel=1e-12)


# Before training


@pytest.mark.parametrize(
    "case", [CASES["mlp tanh"], CASES["mlp relu, two layers, sgd"], CASES["mlp regressor"]]
)
def test_a_perceptron_of_layers_begins_with_the_weights_that_it_draws(case: Case, tmp_path: Path) -> None:
    model, y = case
    drawn: list[Array] = []

    class Spied(type(model)):  # type: ignore[misc]
        def _initialize(self, *arguments: Any) -> None:
            super()._initialize(*arguments)
            for pair in zip(self.coefs_, self.intercepts_, strict=True):
                drawn.extend(each.copy() for each in pair)

    plain_loop(Spied(**model.get_params()), y, 1)
    _, replay = recorded(case, tmp_path / "run.h5")
    first = [each[0] for each in replay.recording.weights_at(0)]
    for own, theirs in zip(first, drawn, strict=True):
        np.testing.assert_array_equal(own, theirs.astype(np.float32))


def test_linear_models_begin_at_zero_and_answer_the_first_class(tmp_path: Path) -> None:
    _, replay = recorded(CASES["sgd hinge"], tmp_path / "run.h5")
    assert not any(each.any() for each in replay.recording.weights_at(0))
    assert not replay.evaluation.probabilities(epochs=[0]).any()  # as `predict` says of a decision of 0
    assert replay.losses([0]).tolist() == [[1] * N]


def test_an_estimator_that_was_fitted_before_goes_on_from_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number, case in enumerate((CASES["mlp tanh"], CASES["sgd log_loss"], CASES["standard scaler"])):
        caplog.clear()
        model, y = copy.deepcopy(case)
        before = plain_loop(model, y, 2)[-1]
        fit(model, X, y, tmp_path / f"{number}.h5", epochs=2)
        expected = before.predict_proba(X)
        own = Replay(tmp_path / f"{number}.h5").probabilities(epochs=[0])[0]
        np.testing.assert_allclose(own, expected[:, 1] if own.ndim == 1 else expected, atol=1e-5)
        whole = plain_loop(copy.deepcopy(case[0]), y, 4)[-1]
        for one, other in zip(weights_of(model), weights_of(whole), strict=True):
            np.testing.assert_array_equal(one, other)
        (line,) = caplog.records
        assert "was fitted before: the run begins with it as it is" in line.message


# By answers


def doubtful() -> MLPClassifier:
    """One whose own answers somebody replaced."""
    model = mlp(3)
    model.predict_proba = lambda inputs: np.full((len(inputs), 3), [0.2, 0.5, 0.3])
    return model


class Doubtful(MLPClassifier):
    """One that answers otherwise than its weights say."""

    def predict_proba(self, X: Array) -> Array:
        return 0.5 + (super().predict_proba(X) - 0.5) / 2


@pytest.mark.parametrize(
    "model",
    [
        Doubtful((3,), random_state=1),
        make_pipeline(PCA(2), mlp(3)),
        make_pipeline(MinMaxScaler(clip=True), mlp(3)),
        GaussianNB(),
        doubtful(),
    ],
    ids=["derived", "pca", "clipping scaler", "naive bayes", "replaced"],
)
def test_what_layers_cannot_say_is_recorded_by_its_answers(model: Any, tmp_path: Path) -> None:
    models = plain_loop(copy.deepcopy(model), THREE)
    _, replay = recorded((model, THREE), tmp_path / "run.h5", validation_data=(HELD_OUT, THREE[:20]))
    assert replay.evaluation.has_answers_alone and replay.epochs.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(replay.probabilities(), [each.predict_proba(X) for each in models], atol=1e-6)
    chosen = [each.classes_[each.predict_proba(HELD_OUT).argmax(axis=1)] for each in models]
    own = [(each == THREE[:20]).mean() for each in chosen]
    np.testing.assert_allclose(replay.history["val_accuracy"], own)
    assert replay.evaluation.names.classes == ("low", "mid", "top")


def test_a_fitted_one_has_its_answers_before_training_too(tmp_path: Path) -> None:
    model = GaussianNB().fit(X, TWO)
    expected = model.predict_proba(X)[:, 1]
    fit(model, X, TWO, tmp_path / "run.h5", epochs=2)
    replay = Replay(tmp_path / "run.h5")
    assert replay.epochs.tolist() == [0, 1, 2]
    np.testing.assert_allclose(replay.probabilities(epochs=[0])[0], expected, atol=1e-6)


# Losses that Replay does not know


@pytest.mark.parametrize(
    "case",
    [
        (SGDRegressor(loss="epsilon_insensitive", random_state=0), NUMBERS),
        (sgd("squared_error").set_params(eta0=0.001), TWO),
        (regressor(3, loss="poisson"), np.exp(NUMBERS / 4)),
    ],
)
def test_a_loss_that_is_not_known_is_refused_and_answers_are_not(case: Case, tmp_path: Path) -> None:
    model, replay = recorded(case, tmp_path / "run.h5")
    loss = replay.recording.description.loss
    assert loss is not None and loss["name"].startswith("sklearn.")
    with pytest.raises(ViewError, match="cannot be shown for each sample"):
        replay.losses()
    if replay.evaluation.task.n_classes:
        np.testing.assert_array_equal(replay.evaluation.probabilities()[-1] > 0.5, model.predict(X))
    else:
        own = replay.evaluation.activations()[-1, :, 0]
        np.testing.assert_allclose(own, model.predict(X), rtol=1e-5, atol=1e-5)


# Names and options


def test_frames_bring_their_names_and_words_their_classes(tmp_path: Path) -> None:
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    y = pd.Series(THREE, name="level")
    model = make_pipeline(StandardScaler(), mlp(3))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(model, frame, y, tmp_path / "run.h5", epochs=2, validation_data=(frame[:9], y[:9]))
    replay = Replay(tmp_path / "run.h5")
    described = replay.recording.description.data
    assert described is not None
    assert (described.inputs, described.target) == (("a", "b", "c"), "level")
    assert described.classes == tuple(model.classes_)
    assert replay.recording.targets.tolist() == np.searchsorted(model.classes_, THREE).tolist()


def test_layers_seed_and_batches_are_described(tmp_path: Path) -> None:
    _, replay = recorded(
        (make_pipeline(StandardScaler(), mlp(4, 2, batch_size=7)), THREE), tmp_path / "run.h5"
    )
    description = replay.recording.description
    assert [(layer.name, layer.units, layer.activation) for layer in description.layers] == [
        ("scaler_1", 3, None), ("hidden_1", 4, "relu"), ("hidden_2", 2, "relu"), ("output", 3, "softmax"),
    ]  # fmt: skip
    assert (description.seed, description.batch_size) == (3, 7)
    assert description.optimizer == {"class": "Adam", "learning_rate": 0.05}
    assert set(description.packages) == {"boundary-replay", "scikit-learn", "numpy", "h5py"}


def test_options_are_those_of_all_recorders(tmp_path: Path) -> None:
    _, replay = recorded(
        CASES["mlp tanh"], tmp_path / "run.h5",
        samples=30, every_n_epochs=3, dtype="float16", layers=["output"], class_names=["no", "yes"],
        title="mine", run="tanh", seed=9,
    )  # fmt: skip
    assert replay.epochs.tolist() == [0, 3, 4] and len(replay.history["loss"]) == 4
    assert replay.recording.n_samples == 30 and replay.recording.title == "mine · tanh"
    assert [layer.recorded for layer in replay.recording.description.layers] == [False, True]
    assert replay.recording.description.seed == 9 and replay.evaluation.names.classes == ("no", "yes")


def test_pictures_are_drawn(tmp_path: Path) -> None:
    for name in ("perceptron, three classes", "sgd modified_huber", "both scalers", "sgd regressor"):
        _, replay = recorded(CASES[name], tmp_path / f"{name}.h5")
        assert replay.dashboard().save(tmp_path / f"{name}.png", epoch=2).exists()


# What is refused, and what fails


@pytest.mark.parametrize(
    ("model", "y", "options", "kind", "message"),
    [
        (mlp(2), TWO, {"epochs": 0}, ScenarioError, "epochs must be a whole number of 1 or more, not 0"),
        (mlp(2), TWO, {"epochs": 2.5}, ScenarioError, "epochs must be a whole number"),
        (mlp(2), None, {}, DataError, "y is missing"),
        (mlp(2), TWO, {"resume": True}, ScenarioError, "resume cannot be set here: scikit-learn cannot"),
        (mlp(2), TWO, {"every_n_batches": 1}, ScenarioError, "every_n_batches cannot be set here"),
        (mlp(2), TWO, {"colour": 1}, ScenarioError, "colour"),
        (mlp(2), np.eye(2)[TWO], {}, DataError, "y has 2 columns: give one class for each sample"),
        (SVC(), TWO, {}, ScenarioError, "SVC cannot be trained epoch by epoch, for want of partial_fit"),
        (mlp(2, solver="lbfgs"), TWO, {}, ScenarioError, "for want of partial_fit"),
        (LogisticRegressionCV(), TWO, {}, ScenarioError, "for want of partial_fit"),
        (
            LogisticRegression(solver="liblinear"),
            TWO,
            {},
            ScenarioError,
            "begins anew each time: choose lbfgs",
        ),
        (
            mlp(2),
            TWO,
            {"validation_data": (X, ["a"] * N)},
            DataError,
            "'a' is none of the 2 classes of y: 0, 1",
        ),
        (mlp(2), TWO, {"validation_data": (X,)}, DataError, "validation_data must be samples and targets"),
        (MLPClassifier, TWO, {}, ScenarioError, "takes an estimator, not its class"),
        (mlp(2), TWO, {"layers": ["hidden_2"]}, ScenarioError, "hidden_2"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line_before_training(
    model: Any, y: Any, options: Any, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    own = copy.deepcopy(model)
    with pytest.raises(kind, match=message) as refused:
        fit(own, X, y, tmp_path / "run.h5", **{"epochs": 2, **options})
    assert "\n" not in str(refused.value)
    assert not hasattr(own, "coefs_") and not (tmp_path / "run.h5").exists()


def test_a_file_that_exists_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    recorded(CASES["perceptron"], tmp_path / "run.h5")
    with pytest.raises(RunFileError, match="exists"):
        recorded(CASES["perceptron"], tmp_path / "run.h5")
    recorded(CASES["perceptron"], tmp_path / "run.h5", overwrite=True)


def test_a_recorder_that_fails_does_not_end_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plain = LoopRecorder.end_epoch

    def full_disk(self: LoopRecorder, *arguments: Any) -> None:
        if self.ended == 2:
            raise OSError("no space left")
        plain(self, *arguments)

    monkeypatch.setattr(LoopRecorder, "end_epoch", full_disk)
    model, replay = recorded(CASES["mlp tanh"], tmp_path / "run.h5")
    expected = plain_loop(*copy.deepcopy(CASES["mlp tanh"]))[-1]
    np.testing.assert_array_equal(model.coefs_[0], expected.coefs_[0])
    assert replay.epochs.tolist() == [0, 1, 2] and not replay.recording.complete
    assert replay.recording.ending.error == "OSError: no space left"
    (line,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "the recording stops: OSError: no space left; the training goes on" in line.message


def test_an_error_of_the_training_is_the_user_s_and_the_file_is_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="early_stopping"):
        fit(mlp(2).set_params(early_stopping=True), X, TWO, tmp_path / "early.h5", epochs=2)
    assert not (tmp_path / "early.h5").exists()
    plain, calls = SGDClassifier.partial_fit, []

    def fails_later(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) > 2:
            raise ValueError("diverged")
        return plain(*arguments, **named)

    monkeypatch.setattr(SGDClassifier, "partial_fit", fails_later)
    with pytest.raises(ValueError, match="diverged"):
        fit(sgd("hinge"), X, TWO, tmp_path / "run.h5", epochs=5)
    replay = Replay(tmp_path / "run.h5")
    assert replay.epochs.tolist() == [0, 1, 2] and not replay.recording.complete


def test_a_parameter_is_as_it_was_after_a_failure(tmp_path: Path) -> None:
    model = LogisticRegression(max_iter=77)
    with pytest.raises(ValueError):
        fit(model, X, np.zeros(N, int), tmp_path / "run.h5", epochs=2)
    assert (model.max_iter, model.warm_start) == (77, False)


def killed(folder: str, number: str) -> None:
    """Train without end: for the test below."""
    fit(mlp(4), X, TWO, Path(folder) / f"{number}.h5", epochs=100_000)


@pytest.mark.slow
def test_a_killed_training_loses_no_epoch(tmp_path: Path) -> None:
    code = "import sys; from tests.sklearn import test_training; test_training.killed(*sys.argv[1:])"
    models = plain_loop(mlp(4), TWO, 3)
    for number in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(number)], cwd=Path(__file__).parents[2]
        )
        path = tmp_path / f"{number}.h5"
        while not path.exists():
            time.sleep(0.005)
        time.sleep(RNG.uniform(0.02, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        file = RunFile(path)
        assert len(file.epochs) and file.damages == [] and not file.complete
        assert len(file.history()[0]) in (len(file.epochs), len(file.epochs) - 1)
        for epoch in file.epochs[1:4]:
            first = file.weights(int(epoch), int(epoch) + 1)[0][0]
            np.testing.assert_array_equal(first, models[int(epoch) - 1].coefs_[0].astype(np.float32))


def test_nothing_of_keras_is_loaded_by_recording_and_drawing(tmp_path: Path) -> None:
    code = f"""
import sys
import numpy as np
import replay
assert "sklearn" not in sys.modules
from sklearn.neural_network import MLPClassifier
x = np.random.default_rng(0).normal(size=(30, 2))
replay.sklearn.fit(MLPClassifier((2,)), x, x[:, 0] > 0, {str(tmp_path / "run.h5")!r}, epochs=2)
assert not {{"matplotlib", "keras", "tensorflow"}} & set(sys.modules)
replay.Replay({str(tmp_path / "run.h5")!r}).dashboard().save({str(tmp_path / "run.png")!r})
assert not {{"keras", "tensorflow"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_whoever_asks_is_told_of_each_epoch(tmp_path: Path) -> None:
    for number, model in enumerate((mlp(2), GaussianNB())):
        told: list[int] = []
        fit(model, X, TWO, tmp_path / f"{number}.h5", epochs=3, after_epoch=told.append)
        assert told == [1, 2, 3]


def test_the_packages_are_found_without_an_import_of_theirs() -> None:
    assert replay.sklearn.fit is fit
    assert replay.predictions.Recorder.__module__ == "replay.predictions.recorder"
