"""The logged curves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from replay import Recording, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.curves import AFTER, TRAINING, VALIDATION, LossAndMetric, curve, metric_names
from tests.helpers.regressions import REGRESSION, of_numbers

MakeRun = Callable[..., Path]
Rows = list[tuple[float, dict[str, float]]]
ROWS: Rows = [
    (1, {"loss": 0.9, "accuracy": 0.25, "val_loss": 1.0, "learning_rate": 0.1}),
    (2, {"loss": 0.7, "accuracy": 0.5, "learning_rate": 0.1, "auc": 0.6}),
    (4, {"loss": 0.4, "accuracy": 0.75, "val_loss": 0.8, "val_accuracy": 0.5, "learning_rate": 0.1}),
]


def logged(path: Path, rows: Rows, epochs: tuple[float, ...] = (0, 2, 4)) -> Recording:
    """A run with these rows of metrics and snapshots of these epochs."""
    description = RunDescription((dense("output", 2, 1, "sigmoid"),))
    weights = [np.zeros((2, 1)), np.zeros(1)]
    with RunWriter(path, description, np.zeros((3, 2)), np.zeros(3)) as writer:
        for epoch in epochs:
            writer.snapshot(epoch, weights)
        for epoch, row in rows:
            writer.snapshot(epoch, None, row)
    return Recording(path)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    return logged(tmp_path / "run.h5", ROWS)


def test_a_curve_has_a_point_for_each_epoch_at_which_it_was_logged(recording: Recording) -> None:
    loss, validation = curve(recording, "loss"), curve(recording, "val_loss")
    assert (loss.epochs.tolist(), loss.values.tolist()) == ([1, 2, 4], [0.9, 0.7, 0.4])
    assert (validation.epochs.tolist(), validation.values.tolist()) == ([1, 4], [1.0, 0.8])


def test_what_samples_give_after_each_epoch_is_beside_what_was_logged(make_run: MakeRun) -> None:
    evaluation = Evaluation(Recording(make_run(n_snapshots=5)))
    view = LossAndMetric(evaluation, after_epochs=True)
    assert [(one.name, one.kind) for one in view.curves] == [
        ("loss", TRAINING), ("loss", AFTER), ("accuracy", TRAINING), ("accuracy", AFTER),
    ]  # fmt: skip
    losses, probabilities = evaluation.losses(), evaluation.probabilities()
    right = (probabilities > 0.5) == evaluation.recording.targets
    np.testing.assert_allclose(view.loss[1].values, losses.mean(axis=1), rtol=1e-6)
    np.testing.assert_allclose(view.metrics[1].values, right.mean(axis=1))
    assert view.loss[1].epochs.tolist() == [0, 1, 2, 3, 4]


def test_a_metric_that_is_no_accuracy_has_no_curve_after_the_epochs(make_run: MakeRun) -> None:
    view = LossAndMetric(Evaluation(Recording(make_run())), "loss", after_epochs=True)
    assert [one.kind for one in view.metrics] == [TRAINING]


@pytest.mark.parametrize("metric", ["binary_accuracy", "__main__.Accuracy", "auc"])
def test_what_is_called_accuracy_and_is_not_that_of_the_task_has_no_curve_after_the_epochs(
    make_run: MakeRun, metric: str
) -> None:
    of_three = {"units": (2, 2, 3), "data": (np.zeros((6, 2), np.float32), np.arange(6) % 3)}
    path = make_run(metrics={"accuracy": metric}, **of_three)
    view = LossAndMetric(Evaluation(Recording(path)), after_epochs=True)
    assert [one.kind for one in view.metrics] == [TRAINING]
    assert [one.kind for one in view.loss] == [TRAINING, AFTER]


def test_curves_after_the_epochs_need_no_log(make_run: MakeRun) -> None:
    view = LossAndMetric(Evaluation(Recording(make_run(logs=False))), after_epochs=True)
    assert [(one.name, one.kind) for one in view.curves] == [("loss", AFTER)]


def test_an_infinite_value_was_logged_and_nan_was_not(tmp_path: Path) -> None:
    recording = logged(
        tmp_path / "run.h5", [(1, {"loss": np.inf}), (2, {"loss": np.nan}), (3, {"loss": 1.0})]
    )
    assert curve(recording, "loss").epochs.tolist() == [1, 3]
    assert curve(recording, "loss").values.tolist() == [np.inf, 1.0]


@pytest.mark.parametrize(
    ("epoch", "count", "last"), [(0, 0, None), (0.99, 0, None), (1, 1, 0.9), (1.5, 1, 0.9), (3, 2, 0.7)]
)
def test_a_curve_until_an_epoch_ends_with_what_was_logged_by_then(
    recording: Recording, epoch: float, count: int, last: float | None
) -> None:
    loss = curve(recording, "loss")
    epochs, values = loss.until(epoch)
    assert epochs.tolist() == [1, 2, 4][:count]
    assert values.tolist() == [0.9, 0.7, 0.4][:count]
    assert loss.at(epoch) == last


def test_a_curve_until_any_epoch_is_the_beginning_of_the_whole(make_run: MakeRun) -> None:
    loss = curve(Recording(make_run(n_snapshots=9)), "loss")
    for epoch in np.linspace(-1, 10, 45):
        epochs, values = loss.until(epoch)
        np.testing.assert_array_equal(epochs, loss.epochs[loss.epochs <= epoch])
        np.testing.assert_array_equal(values, loss.values[loss.epochs <= epoch])


def test_a_curve_that_was_not_logged_is_refused_with_the_nearest_names(recording: Recording) -> None:
    with pytest.raises(ViewError, match=r"unknown metric 'acuracy'.*accuracy"):
        curve(recording, "acuracy")


def test_metrics_are_all_that_was_logged_but_losses_rates_and_validation(recording: Recording) -> None:
    assert metric_names(recording) == ["accuracy", "auc"]


def names(view: LossAndMetric) -> tuple[list[str], list[str]]:
    return [each.name for each in view.loss], [each.name for each in view.metrics]


def test_the_view_shows_the_loss_and_the_first_metric_each_with_its_validation(recording: Recording) -> None:
    view = LossAndMetric(Evaluation(recording))
    assert view.metric == "accuracy"
    assert names(view) == (["loss", "val_loss"], ["accuracy", "val_accuracy"])


def test_the_view_shows_the_metric_that_it_was_asked_for(recording: Recording) -> None:
    assert names(LossAndMetric(Evaluation(recording), "auc")) == (["loss", "val_loss"], ["auc"])


def test_the_view_refuses_a_metric_that_was_not_logged(recording: Recording) -> None:
    with pytest.raises(ViewError, match=r"unknown metric 'auk'.*auc"):
        LossAndMetric(Evaluation(recording), "auk")


def test_a_run_with_a_loss_alone_has_no_metric(tmp_path: Path) -> None:
    view = LossAndMetric(Evaluation(logged(tmp_path / "run.h5", [(1, {"loss": 0.5, "learning_rate": 0.1})])))
    assert view.metric is None
    assert names(view) == (["loss"], [])


def test_a_run_with_a_metric_alone_has_no_loss(tmp_path: Path) -> None:
    view = LossAndMetric(Evaluation(logged(tmp_path / "run.h5", [(1, {"accuracy": 0.5})])))
    assert names(view) == ([], ["accuracy"])


def test_a_run_that_logged_nothing_has_no_curves(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"run\.h5.*no curves"):
        LossAndMetric(Evaluation(Recording(make_run(logs=False))))


@pytest.mark.parametrize(
    ("epochs", "limits"), [((0, 2, 4), (0, 4)), ((0.5, 40), (0.5, 40)), ((3,), (3, 4)), ((2, 2.25), (2, 3))]
)
def test_the_axis_spans_the_snapshots_and_at_least_one_epoch(
    epochs: tuple[float, ...], limits: tuple[float, float], tmp_path: Path
) -> None:
    assert LossAndMetric(Evaluation(logged(tmp_path / "run.h5", ROWS, epochs))).limits == limits


def test_a_regression_that_logged_no_metric_has_r2_beside_its_loss(make_run: MakeRun) -> None:
    path = make_run(**of_numbers(2), logs=False)
    evaluation = Evaluation(Recording(path))
    view = LossAndMetric(evaluation)
    assert view.metric == "r2_score" and view.loss == []
    trained, held_out = view.metrics
    assert (trained.kind, held_out.kind) == (TRAINING, VALIDATION)
    for one, found in ((evaluation, trained), (evaluation.held_out, held_out)):
        assert one is not None
        for epoch, value in zip(found.epochs, found.values, strict=True):
            metric = keras.metrics.R2Score()
            metric.update_state(one.recording.targets, one.at(epoch).outputs)
            assert value == pytest.approx(float(metric.result()), rel=1e-5, abs=1e-5)


def test_constant_targets_have_the_mean_absolute_error_in_place_of_r2(make_run: MakeRun) -> None:
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    facts = {"units": (2, 3, 1), "data": (x, np.full((20, 1), 2.0, np.float32)), **REGRESSION}
    view = LossAndMetric(Evaluation(Recording(make_run(**facts, logs=False))))
    assert view.metric == "mean_absolute_error"
    errors = np.abs(view.evaluation.activations() - 2).mean(axis=(1, 2))
    np.testing.assert_allclose(view.metrics[0].values, errors, rtol=1e-5)


def test_a_logged_error_of_a_regression_has_its_curve_after_the_epochs(make_run: MakeRun) -> None:
    path = make_run(**of_numbers(1), metrics={"accuracy": "mean_absolute_error"})
    view = LossAndMetric(Evaluation(Recording(path)), after_epochs=True)
    assert [(one.name, one.kind) for one in view.metrics] == [("accuracy", TRAINING), ("accuracy", AFTER)]
    targets = view.evaluation.recording.targets
    errors = np.abs(view.evaluation.activations() - targets).mean(axis=(1, 2))
    np.testing.assert_allclose(view.metrics[1].values, errors, rtol=1e-5)
