"""Learning curves: loss and one metric over the epochs, as logged, of validation, and after each epoch.

What Keras logs of training is a mean over the batches of an epoch, while the weights change. The recorded
samples evaluated at each snapshot give what the other views show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from replay.errors import ViewError, unknown
from replay.network.losses import is_known
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.runs.regression import Quality, objection, qualities
from replay.runs.task import BINARY, MULTICLASS, REGRESSION
from replay.types import Array
from replay.views.view import View

NOT_METRICS = ("loss", "learning_rate")
TRAINING, VALIDATION, AFTER = "training", "validation", "after the epoch"
# Keras's names for the share of samples that are classified right, of each kind of task.
ACCURACIES = {
    BINARY: ("accuracy", "acc", "binary_accuracy"),
    MULTICLASS: ("accuracy", "acc", "categorical_accuracy", "sparse_categorical_accuracy"),
    REGRESSION: (),
}
# What tells how close a regression is, by Keras's names and by what is computed here.
QUALITIES: dict[str, Callable[[Quality], Array]] = {
    **dict.fromkeys(("r2_score", "r2"), lambda quality: quality.r2),
    **dict.fromkeys(("mean_absolute_error", "mae"), lambda quality: quality.absolute),
    **dict.fromkeys(("mean_squared_error", "mse"), lambda quality: quality.squared),
    **dict.fromkeys(("root_mean_squared_error", "rmse"), lambda quality: quality.root),
}
R2, MAE = "r2_score", "mean_absolute_error"


@dataclass(frozen=True)
class Curve:
    """One quantity: `epochs` (n,) and `values` (n,); epochs where it was not logged are left out.

    `kind` tells logged values of training and validation from those evaluated after the epoch.
    """

    name: str
    epochs: Array
    values: Array
    kind: str = TRAINING

    def until(self, epoch: float) -> tuple[Array, Array]:
        """The epochs and values up to `epoch`."""
        end = int(np.searchsorted(self.epochs, epoch, side="right"))
        return self.epochs[:end], self.values[:end]

    def at(self, epoch: float) -> float | None:
        """The last value logged up to `epoch`, None before the first."""
        values = self.until(epoch)[1]
        return float(values[-1]) if len(values) else None


def metric_names(recording: Recording) -> list[str]:
    """The logged metrics, without the loss, the learning rate and validation."""
    names = recording.history
    return [name for name in names if name not in NOT_METRICS and not name.startswith("val_")]


def curve(recording: Recording, name: str) -> Curve:
    """The curve called `name`. Raises ViewError, suggesting similar names, if it was not logged."""
    if name not in recording.history:
        raise ViewError(unknown("metric", name, recording.history))
    values = recording.history[name]
    logged = ~np.isnan(values)
    kind = VALIDATION if name.startswith("val_") else TRAINING
    return Curve(name, recording.history_epochs[logged], values[logged], kind)


def evaluated(evaluation: Evaluation, metric: str | None) -> tuple[list[Curve], list[Curve]]:
    """The loss and, if `metric` is one of those below, the metric of the recorded samples at each snapshot.

    They are the accuracy of a classification, and what QUALITIES has of a regression. No curve where the
    replay does not know the loss or the metric, or the metric is undefined.
    """
    description = evaluation.recording.description
    with_loss = is_known(description.loss)
    known = description.metrics.get(str(metric), str(metric))
    with_accuracy = known in ACCURACIES[evaluation.task.kind]
    if not evaluation.all_recorded:
        return [], []
    metrics = []
    if known in QUALITIES and objection(evaluation) is None:
        metrics = [replace(quality_curve(evaluation, known, AFTER), name=str(metric))]
    if not (with_loss or with_accuracy):
        return [], metrics
    losses, shares = [], []
    for _, _, answers in evaluation.blocks(evaluation.surveyed):
        if with_loss:
            losses.append(evaluation.losses_of(answers).mean(axis=1, dtype=np.float64))
        if with_accuracy:
            correct = evaluation.task.correct(evaluation.task.probabilities(answers.outputs))
            shares.append(correct.mean(axis=1))
    epochs = evaluation.recording.epochs[evaluation.surveyed]
    return _after("loss", epochs, losses), metrics or _after(str(metric), epochs, shares)


def quality_curve(evaluation: Evaluation, metric: str, kind: str = TRAINING) -> Curve:
    """How close a regression is to its samples, by one of QUALITIES, at each snapshot where it is finite."""
    values = QUALITIES[metric](qualities(evaluation))
    known = np.isfinite(values)
    return Curve(metric, evaluation.recording.epochs[evaluation.surveyed][known], values[known], kind)


def _after(name: str, epochs: Array, blocks: list[Array]) -> list[Curve]:
    return [Curve(name, epochs, np.concatenate(blocks), AFTER)] if blocks else []


def how_close(evaluation: Evaluation) -> list[Curve]:
    """R² of the recorded samples and of those held out, or the mean absolute error where it is undefined."""
    other = evaluation.held_out
    metric = R2 if len(quality_curve(evaluation, R2).epochs) else MAE
    found = [quality_curve(evaluation, metric)]
    if other is not None:
        held_out = quality_curve(other, metric, VALIDATION)
        found += [replace(held_out, name=f"val_{metric}")] if len(held_out.epochs) else []
    return found


class LossAndMetric(View):
    """The loss and one metric (by default the first), each with its validation curve if there is one.

    Of a regression that logged no metric, and that NumPy evaluates, it is R², or the mean absolute error
    where R² is undefined: of the recorded samples, and of those held out, after each epoch. With
    `after_epochs`, the recorded samples give the others, too.
    """

    def __init__(self, evaluation: Evaluation, metric: str | None = None, after_epochs: bool = False) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        names = metric_names(recording)
        if metric is None and names:
            metric = names[0]
        self.metric = metric
        self.loss = self._with_validation(recording, "loss")
        self.metrics = self._with_validation(recording, metric) if metric else []
        self.after_epochs = after_epochs
        if metric is None and evaluation.at_hand and objection(evaluation) is None:
            self.metrics = how_close(evaluation)
            self.metric = self.metrics[0].name
        if after_epochs:
            loss, share = evaluated(evaluation, metric)
            self.loss, self.metrics = [*self.loss, *loss], [*self.metrics, *share]
        if not self.loss and not self.metrics:
            raise ViewError(f"{recording.path}: no loss or metric was logged, so there are no curves")
        self.limits = float(recording.epochs[0]), float(max(recording.epochs[-1], recording.epochs[0] + 1))

    @property
    def curves(self) -> list[Curve]:
        """All curves, in drawing order."""
        return [*self.loss, *self.metrics]

    def at(self, epoch: float) -> list[tuple[Array, Array]]:
        """The epochs and values of each of `curves` up to `epoch`."""
        return [curve.until(epoch) for curve in self.curves]

    @staticmethod
    def _with_validation(recording: Recording, name: str) -> list[Curve]:
        if name not in recording.history and name != "loss":
            return [curve(recording, name)]  # raises, suggesting similar names
        return [curve(recording, each) for each in (name, f"val_{name}") if each in recording.history]
