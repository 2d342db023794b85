"""Samples as a layer's activations in a few dimensions: at a moment, and what they need over the run."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from replay.evenly import evenly
from replay.runs.evaluation import Evaluation, Moment
from replay.types import Array
from replay.views.shared.camera import Camera
from replay.views.shared.geometry import most
from replay.views.shared.projection import flat

MAX_VALUES = 16_000_000  # activations of a layer held in memory at once, 64 MB in float32
BY_MOTION, FASTEST = 0.6, 3.0  # how much of a run's progress is motion, and how fast it is at most
FOLLOWED = 2000  # samples whose motion is measured


class _Survey(NamedTuple):
    """Of each surveyed snapshot its epoch, the ends of most samples, and how far they moved from the last."""

    epochs: Array
    low: Array
    high: Array
    moved: Array


class LayerPoints:
    """The samples as the activations of `layer`, which `project` takes from (…, n_units) to (…, n)."""

    def __init__(
        self, evaluation: Evaluation, layer: str, n_units: int, project: Callable[[Array], Array]
    ) -> None:
        self._evaluation, self._layer, self._n_units = evaluation, layer, n_units
        self._project = project

    def of(self, activations: Array) -> Array:
        """Project activations (n_snapshots, n_samples, …) to (n_snapshots, n_samples, n)."""
        return self._project(flat(activations))

    def at(self, moment: Moment) -> Array:
        """The samples of a moment: (n_samples, n), in parts if the layer has very many units."""
        parts = self._parts(moment.inputs)
        if len(parts) == 1:
            return self.of(moment.activations(self._layer)[None])[0]
        return np.concatenate([self.of(moment.evaluate(part, self._layer)[None])[0] for part in parts])

    def mapped(self, moment: Moment, inputs: Array) -> Array:
        """Any inputs (…, 2), such as a grid, through the layer: (…, n)."""
        return self.of(moment.evaluate(inputs.reshape(-1, 2), self._layer)[None]).reshape(
            *inputs.shape[:-1], -1
        )

    @property
    def ends(self) -> tuple[Array, Array, Array]:
        """Of each surveyed snapshot its epoch, and the ends of most samples: (n,), (n, 2), (n, 2)."""
        return self._survey.epochs, self._survey.low, self._survey.high

    @cached_property
    def camera(self) -> Camera:
        """What follows the samples, if they need more and more room."""
        return Camera.over(*self.ends)

    def progress(self, epoch: float) -> float:
        """How much of the run has passed at `epoch`, from 0 to 1: in part its epochs, in part its motion.

        A camera that follows it turns evenly in a film at the adaptive pace, and never very fast in others.
        """
        return float(np.interp(epoch, *self._progress))

    @cached_property
    def _progress(self) -> tuple[Array, Array]:
        epochs, moved = self._survey.epochs, self._survey.moved
        if len(epochs) < 2:
            return epochs, np.zeros(1)
        even = np.diff(epochs) / (epochs[-1] - epochs[0])
        speed = np.where(np.isfinite(moved), moved, 0.0) / even
        usual = speed @ even
        speed = np.minimum(speed / usual, FASTEST) if np.isfinite(usual) and usual > 0 else 0 * even
        speed += 1 - speed @ even  # what the fastest steps had to give up is for all
        steps = ((1 - BY_MOTION) + BY_MOTION * speed) * even
        return epochs, np.concatenate([[0.0], np.cumsum(steps) / steps.sum()])

    @cached_property
    def _survey(self) -> _Survey:
        evaluation, held_out = self._evaluation, self._evaluation.held_out
        inputs = (
            evaluation.inputs if held_out is None else np.concatenate([evaluation.inputs, held_out.inputs])
        )
        size = min(evaluation.block_size(len(inputs)), max(1, MAX_VALUES // (len(inputs) * self._n_units)))
        followed = evenly(len(inputs), FOLLOWED)
        pairs, moved, before = [], [], None
        for start, stop, weights in evaluation.recording.blocks(evaluation.surveyed, size):
            for points in self._through(inputs, weights, stop - start):
                pairs.append(most(points))
                now = points[followed].astype(np.float64)
                moved.append(0.0 if before is None else _distance(before, now))
                before = now
        low, high = (np.array(side) for side in zip(*pairs, strict=True))
        return _Survey(evaluation.recording.epochs[evaluation.surveyed], low, high, np.array(moved[1:]))

    def _through(self, inputs: Array, weights: list[Array], n_snapshots: int) -> Array:
        """Inputs through the layer with the weights of some snapshots: (n_snapshots, n_inputs, n)."""
        network = self._evaluation.network
        parts = [self.of(network.evaluate(part, weights, self._layer)) for part in self._parts(inputs)]
        points = np.concatenate(parts, axis=1)  # a network without weights has one answer for all
        return np.broadcast_to(points, (n_snapshots, *points.shape[1:]))

    def _parts(self, inputs: Array) -> list[Array]:
        size = max(1, MAX_VALUES // self._n_units)
        return [inputs[start : start + size] for start in range(0, len(inputs), size)]


def _distance(before: Array, now: Array) -> float:
    """How far points (n, dimensions) moved on average."""
    with np.errstate(all="ignore"):  # the network may have diverged
        return float(np.hypot.reduce(now - before, axis=-1).mean())
