"""Normalisation: mean and variance of each layer's activations over the epochs (self-normalising nets)."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import acting_layers, chosen, depths, layer_values
from replay.types import Array
from replay.views.layer_curves import LOGARITHMIC, LayerCurves, epoch_limits, lines_of

MEAN, VARIANCE = 0.0, 1.0  # the fixed point of self-normalisation


class Normalisation:
    """Mean and variance of each hidden layer's activations, over the recorded samples and all units.

    Self-normalising networks keep them near (0, 1) from layer to layer (Klambauer et al. 2017,
    "Self-Normalizing Neural Networks"); the panels draw this target. The output layer is left out.
    Raises ViewError if no hidden layer's activations can be computed.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        self.names = tuple(chosen(evaluation.recording, acting_layers(evaluation), True, "activations"))

    @cached_property
    def moments(self) -> Array:
        """Mean and variance of each layer at each snapshot: (n_layers, n_snapshots, 2).

        NaN where activations are not finite.
        """
        recording = self.evaluation.recording
        return np.stack(
            [self._at_one_snapshot(recording.weights_at(epoch)) for epoch in recording.epochs], axis=1
        )

    def _at_one_snapshot(self, weights: list[Array]) -> Array:
        """Mean and variance of each layer with these weights: (n_layers, 2)."""
        sums = {name: Moments() for name in self.names}
        for name, _, values in layer_values(self.evaluation, self.names, weights, self.evaluation.inputs):
            sums[name].add(values)
        return np.array([[sums[name].mean, sums[name].variance] for name in self.names])

    @cached_property
    def panels(self) -> tuple[LayerCurves, ...]:
        """The content of two panels: the means, and the variances."""
        recording = self.evaluation.recording
        named, epochs = (self.names, depths(recording, self.names)), recording.epochs
        limits = epoch_limits(epochs)
        means, variances = (lines_of(self.names, epochs, self.moments[..., column]) for column in (0, 1))
        return (
            LayerCurves(Message("Mean activation"), *named, means, limits, target=MEAN),
            LayerCurves(Message("Variance of activations"), *named, variances, limits, LOGARITHMIC, VARIANCE),
        )


def normalisation(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """The content of each panel of this view."""
    return Normalisation(evaluation).panels


class Moments:
    """Running mean and variance of values that arrive in pieces, after Chan, Golub & LeVeque 1979."""

    def __init__(self) -> None:
        self.n, self.mean, self._squares = 0, 0.0, 0.0

    def add(self, values: Array) -> None:
        """Add values of any shape."""
        with np.errstate(all="ignore"):
            mean = float(values.mean(dtype=np.float64))
            squares = float(values.var(dtype=np.float64)) * values.size
        n, step = self.n + values.size, mean - self.mean
        self._squares += squares + step * step * self.n * values.size / n
        self.mean += step * values.size / n
        self.n = n
        if not np.isfinite(self.mean):
            self.mean = self._squares = float("nan")

    @property
    def variance(self) -> float:
        """The population variance of all values added."""
        return self._squares / self.n
