"""Relative updates: how far each layer's weights move between snapshots, as a share of their size."""

from __future__ import annotations

from functools import cached_property
from math import ceil

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import chosen, depths, kernels
from replay.types import Array
from replay.views.layer_curves import LOGARITHMIC, LayerCurves, epoch_limits, lines_of

RULE_OF_THUMB = (
    1e-3  # of a single step, by Karpathy's notes for Stanford's course CS231n, "Ratio of weights:updates"
)
ONE_STEP = 1.01  # steps between two snapshots, up to which they count as one


class Updates:
    """‖Δw‖ / ‖w‖ of each layer's kernel: Δw from one snapshot to the next, w at the one before.

    For a layer with several kernels the norms are of all their entries. Biases are left out: they start at 0.
    Where snapshots are a single step apart, 1e-3 is a rule of thumb for a learning rate that suits (Karpathy,
    CS231n, "Neural Networks Part 3"). Raises ViewError for a run of one snapshot or without kernels, and
    `panels` where no update is finite.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        recording = evaluation.recording
        if recording.n_snapshots < 2:
            raise ViewError(
                f"{recording.path}: updates need two snapshots or more, and this run has one: record more "
                "epochs"
            )
        self._kernels = kernels(recording.description)
        self.names = tuple(chosen(recording, list(self._kernels), False, "kernels, and so no updates"))

    @cached_property
    def shares(self) -> Array:
        """The relative update of each layer up to each snapshot but the first: (n_layers, n_snapshots − 1).

        NaN where weights are not finite, or were all 0 before.
        """
        recording = self.evaluation.recording
        found, before = [], self._flat(recording.weights_at(float(recording.epochs[0])))
        for epoch in recording.epochs[1:]:
            now = self._flat(recording.weights_at(float(epoch)))
            found.append([_share(*pair) for pair in zip(before, now, strict=True)])
            before = now
        return np.array(found).T

    def _flat(self, weights: list[Array]) -> list[Array]:
        """The kernels of each layer as one row of float64."""
        return [
            np.concatenate([weights[place].ravel() for place in self._kernels[name]], dtype=np.float64)
            for name in self.names
        ]

    @property
    def steps(self) -> float | None:
        """How many steps the optimizer takes between two snapshots; None where the run does not tell."""
        description, epochs = self.evaluation.recording.description, self.evaluation.recording.epochs
        if description.batch_size is None:
            return None
        n_samples = (description.subset or {}).get("of") or self.evaluation.recording.n_samples
        return float(np.median(np.diff(epochs))) * ceil(n_samples / description.batch_size)

    @cached_property
    def panels(self) -> tuple[LayerCurves, ...]:
        """The content of the one panel, with the rule of thumb where snapshots are a step apart."""
        recording = self.evaluation.recording
        if not np.isfinite(self.shares).any():
            raise ViewError(
                f"{recording.path}: no layer has finite weights other than 0 at two snapshots in a row, so "
                "there are no updates to show: record every batch (every_n_batches)"
            )
        deep, epochs = depths(recording, self.names), recording.epochs
        is_step = self.steps is not None and self.steps <= ONE_STEP
        title = Message("Relative update ‖Δw‖ / ‖w‖")
        if is_step:
            title = Message("Relative update ‖Δw‖ / ‖w‖ of each step")
        lines = lines_of(self.names, epochs[1:], self.shares)
        target = RULE_OF_THUMB if is_step else None
        return (LayerCurves(title, self.names, deep, lines, epoch_limits(epochs), LOGARITHMIC, target),)


def updates(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """The content of each panel of this view."""
    return Updates(evaluation).panels


def _share(before: Array, now: Array) -> float:
    """The norm of what changed, as a share of the norm before."""
    with np.errstate(all="ignore"):
        size = np.linalg.norm(before)
        return float(np.linalg.norm(now - before) / size) if size > 0 else np.nan
