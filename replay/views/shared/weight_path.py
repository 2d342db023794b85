"""The path of a run's weights: the trained weights of each snapshot as a row, and rows as weights again."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate

import numpy as np

from replay.evenly import evenly
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.runs.evaluation import Evaluation
from replay.types import Array

MAX_VALUES = 50_000_000  # weights of a path held at once, 400 MB in float64: else of fewer snapshots
# What layers keep beside the weights that training changes: statistics, and counters.
STATISTICS = ("moving_mean", "moving_variance", "mean", "variance", "count", "vector_u")


def trained(description: RunDescription) -> list[int]:
    """The positions, among the recorded weights, of those that training changes.

    Statistics such as the moving averages of batch normalisation are none: no gradient leads them (Li et al.
    2018, section 4, leave them out of directions).
    """
    layers = [layer for layer in description.layers if layer.recorded for _ in layer.weights]
    pairs = zip(layers, description.weight_paths, strict=True)
    return [place for place, (layer, (_, weight)) in enumerate(pairs) if _is_trained(layer, weight)]


def _is_trained(layer: LayerDescription, weight: WeightDescription) -> bool:
    is_statistic = weight.name.rpartition("/")[-1] in STATISTICS
    return layer.trainable and weight.dtype.startswith("float") and not is_statistic


def n_trained(description: RunDescription) -> int:
    """How many numbers training changes."""
    paths = description.weight_paths
    return sum(math.prod(paths[place][1].shape) for place in trained(description))


class WeightPath:
    """The trained weights of a run as points of a space with an axis for each: rows (n, `size`) of float64.

    The path has the snapshots before the first with a weight that is NaN or infinite. Of very many large
    snapshots it has some, spread evenly.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        description = evaluation.recording.description
        self.evaluation = evaluation
        self._places = trained(description)
        self._shapes = [description.weight_paths[place][1].shape for place in self._places]
        self._ends = list(accumulate(map(math.prod, self._shapes), initial=0))
        self.size = self._ends[-1]

    @cached_property
    def positions(self) -> Array:
        """The snapshots of the path: (n,) of int, increasing; none where the first is not finite."""
        recording = self.evaluation.recording
        every = np.array(self.evaluation.surveyed)
        since = recording.diverged_at
        finite = every if since is None else every[recording.epochs[every] < since]
        if since is not None and len(finite):  # the last finite one, though a survey may leave it out
            last = int(np.searchsorted(recording.epochs, since)) - 1
            finite = np.union1d(finite, [last])
        return finite[evenly(len(finite), max(2, MAX_VALUES // max(1, self.size)))] if len(finite) else finite

    @cached_property
    def epochs(self) -> Array:
        """Their epochs: (n,)."""
        return self.evaluation.recording.epochs[self.positions]

    @property
    def diverged(self) -> bool:
        """Whether the path ends because weights are no longer finite."""
        return self.evaluation.recording.diverged_at is not None

    @cached_property
    def rows(self) -> Array:
        """The path: (n, size)."""
        found = np.empty((len(self.positions), self.size))
        for start, stop, weights in self._blocks():
            found[start:stop] = self.of(weights)
        return found

    def _blocks(self) -> Iterator[tuple[int, int, list[Array]]]:
        size = self.evaluation.block_size(1)
        return self.evaluation.recording.blocks(self.positions.tolist(), size)

    def of(self, weights: Sequence[Array]) -> Array:
        """All weights (n, …) as rows of the trained ones: (n, size)."""
        parts = [weights[place].reshape(len(weights[place]), -1) for place in self._places]
        return np.concatenate(parts, axis=1, dtype=np.float64)

    def weights(self, rows: Array) -> list[Array]:
        """Rows (n, size) as all weights, (n, …) of float32 each. What is not trained is that of the end."""
        found = [np.broadcast_to(each, (len(rows), *each.shape[1:])) for each in self._at_end]
        for place, shape, start, stop in zip(
            self._places, self._shapes, self._ends, self._ends[1:], strict=False
        ):
            found[place] = rows[:, start:stop].reshape(len(rows), *shape).astype(np.float32)
        return found

    def place(self, number: int) -> tuple[int, int]:
        """The array, among all recorded ones, and the place in it of the weight of this number."""
        array = bisect_right(self._ends, number) - 1
        return self._places[array], number - self._ends[array]

    @cached_property
    def _at_end(self) -> list[Array]:
        return self.evaluation.recording.weights_at(float(self.epochs[-1]))
