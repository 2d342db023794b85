"""Step sizes: how far each weight moves for its gradient, which is the learning rate that it really has."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from math import prod

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.network.losses import known
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import chosen, depths, kernels
from replay.types import Array
from replay.views.layer_curves import LOGARITHMIC, LayerCurves, epoch_limits, lines_of
from replay.views.shared.weight_names import weight_name
from replay.views.updates import Updates

MAX_WEIGHTS = 6  # of which each has a line of its own
WINDOW = 8  # snapshots


class StepSizes:
    """Σ|Δw| / Σ|g| of each weight: Δw from one snapshot to the next, g the gradient at the one before.

    Both are sums over the last WINDOW snapshots: single quotients would leap where a gradient is nearly 0.
    For SGD with all samples in a batch it is the learning rate. Adaptive optimizers (Duchi et al. 2011,
    Adagrad; Kingma & Ba 2015, Adam) give each weight one of its own; momentum adds the gradients of earlier
    steps. It is divided by the number of steps between two snapshots, where the run tells it. The gradient is
    that of the mean loss over the recorded samples. Raises ViewError for a run of one snapshot, and where
    gradients cannot be computed.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        self.evaluation = evaluation
        recording = evaluation.recording
        known(recording.description.loss, "step sizes")
        self._updates = Updates(evaluation)  # raises for a run of one snapshot
        self.steps = self._updates.steps
        self._kernels = kernels(recording.description)
        self.names = tuple(chosen(recording, list(self._kernels), False, "kernels, and so no steps"))

    @cached_property
    def sizes(self) -> Array:
        """The step for the gradient, of each weight if there are few, else of each layer the median over its
        kernel: (n_lines, n_snapshots − 1).

        NaN where the gradient is 0 or something is not finite.
        """
        reduced = self._each if self.are_few else self._by_layer
        return np.stack([reduced(ratios) for ratios in self._ratios()], axis=1) / (self.steps or 1.0)

    @property
    def are_few(self) -> bool:
        """Whether each weight has a line of its own."""
        weights = self.evaluation.recording.description.weight_paths
        return sum(prod(weight.shape) for _, weight in weights) <= MAX_WEIGHTS

    def _ratios(self) -> Iterator[list[Array]]:
        """Σ|Δw| / Σ|g| of all weights, by array, at each snapshot but the first."""
        epochs = self.evaluation.recording.epochs
        ways: deque[list[Array]] = deque(maxlen=WINDOW)
        slopes: deque[list[Array]] = deque(maxlen=WINDOW)
        before = self.evaluation.at(float(epochs[0]))
        for epoch in epochs[1:]:
            now = self.evaluation.at(float(epoch))
            with np.errstate(all="ignore"):
                pairs = zip(before.weights, now.weights, strict=True)
                ways.append([np.abs(new - old)[0] for old, new in pairs])
                slopes.append([np.abs(gradient)[0] for gradient in before.gradients()])
                yield [way / slope for way, slope in zip(_total(ways), _total(slopes), strict=True)]
            before = now

    def _each(self, ratios: list[Array]) -> Array:
        values = np.concatenate([ratio.ravel() for ratio in ratios])
        return np.where(np.isfinite(values), values, np.nan)

    def _by_layer(self, ratios: list[Array]) -> Array:
        return np.array(
            [
                _median(np.concatenate([ratios[place].ravel() for place in self._kernels[name]]))
                for name in self.names
            ]
        )

    @cached_property
    def panels(self) -> tuple[LayerCurves, ...]:
        """The content of the one panel. Raises ViewError where no step is finite."""
        recording = self.evaluation.recording
        if not np.isfinite(self._updates.shares).any():
            raise ViewError(
                f"{recording.path}: no layer has finite weights other than 0 at two snapshots in a row, so "
                "there are no step sizes to show"
            )
        if self.are_few:
            names = self._names_of_weights()
            deep = tuple(np.linspace(0, 1, len(names)).tolist())
            title = Message("Learning rate of each weight: step / gradient")
        else:
            names, deep = self.names, depths(recording, self.names)
            title = Message("Learning rate of each layer: step / gradient, the median")
        lines, limits = lines_of(names, recording.epochs[1:], self.sizes), epoch_limits(recording.epochs)
        return (LayerCurves(title, names, deep, lines, limits, LOGARITHMIC),)

    def _names_of_weights(self) -> tuple[Message | str, ...]:
        weights = self.evaluation.recording.description.weight_paths
        return tuple(
            weight_name(self.evaluation, array, place)
            for array, (_, weight) in enumerate(weights)
            for place in range(prod(weight.shape))
        )


def step_sizes(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """The content of each panel of this view."""
    return StepSizes(evaluation).panels


def _total(moments: Iterable[list[Array]]) -> list[Array]:
    """The sum over moments, array by array."""
    return [np.sum(arrays, axis=0) for arrays in zip(*moments, strict=True)]


def _median(values: Array) -> float:
    """The median of what is finite; NaN if nothing is."""
    finite = values[np.isfinite(values)]
    return float(np.median(finite)) if len(finite) else np.nan
