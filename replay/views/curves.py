"""Learning curves: the logged loss and one metric over the epochs, with validation if it was logged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.errors import ViewError, unknown
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array
from replay.views.view import View

NOT_METRICS = ("loss", "learning_rate")


@dataclass(frozen=True)
class Curve:
    """One logged quantity: `epochs` (n,) and `values` (n,); epochs where it was not logged are left out."""

    name: str
    epochs: Array
    values: Array

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
    return Curve(name, recording.history_epochs[logged], values[logged])


class LossAndMetric(View):
    """The loss and one metric (by default the first), each with its validation curve if there is one."""

    def __init__(self, evaluation: Evaluation, metric: str | None = None) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        names = metric_names(recording)
        if metric is None and names:
            metric = names[0]
        self.metric = metric
        self.loss = self._with_validation(recording, "loss")
        self.metrics = self._with_validation(recording, metric) if metric else []
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
