"""The weighted sum w·x of each sample against the threshold −b, and how many are right on its two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.types import Array
from replay.views.shared.unit import Unit
from replay.views.view import View

BINS = 48


@dataclass(frozen=True)
class Sides:
    """How many samples lie on which side of the threshold.

    `above` and `below` (n_groups,) of int: of the class that the unit speaks for, then of the others. What is
    not finite is on neither side.
    """

    above: Array
    below: Array
    n_samples: int

    @property
    def right(self) -> int:
        """Those of the class that are above, and those of the others that are below."""
        return int(self.above[0] + self.below[1:].sum())

    @property
    def share_right(self) -> float | None:
        """The share of the samples that are right, None of no samples."""
        return self.right / self.n_samples if self.n_samples else None


@dataclass(frozen=True)
class NeuronThresholdFrame:
    """The sums at one epoch, the `threshold`, and how many lie on which of its `sides`.

    `above` and `below` (n_groups, n_bins) of int count the sums of each group over and under the threshold. A
    sum beyond the limits is in the bin at the end. `held_out` are the sides of the held-out samples, None
    without any.
    """

    epoch: float
    threshold: float
    above: Array
    below: Array
    sides: Sides
    held_out: Sides | None = None


class NeuronThreshold(View):
    """How a unit, as a threshold, tells a class from all others: w·x > −b, the same as w·x + b > 0.

    On the threshold itself a sample counts as below, as Keras's accuracy counts a sigmoid of exactly 0.5.
    There are two groups of samples, that of the class and that of the others, or one in a regression.
    `limits` of w·x and `edges` (n_bins + 1,) hold most samples at nearly all epochs, 0 and the threshold.
    """

    def __init__(self, unit: Unit, bins: int = BINS) -> None:
        super().__init__(unit.evaluation)
        self.unit = unit
        self.limits = unit.over_run.sum_limits
        self.edges = np.linspace(*self.limits, bins + 1)

    def at(self, epoch: float) -> NeuronThresholdFrame:
        """The sums at `epoch`."""
        unit, held_out = self.unit, self.evaluation.held_out
        weights, z = unit.weights(epoch), unit.z(epoch)
        sums, groups = z - weights.bias, unit.groups()
        with np.errstate(invalid="ignore"):
            above, below = (
                np.array([counted(sums[side & members], self.edges) for members in groups])
                for side in (z > 0, z <= 0)
            )
        other = None if held_out is None else _sides(unit.z(epoch, held_out), unit.groups(held_out))
        return NeuronThresholdFrame(epoch, weights.threshold, above, below, _sides(z, groups), other)


def _sides(z: Array, groups: list[Array]) -> Sides:
    with np.errstate(invalid="ignore"):
        above, below = (
            np.array([int((side & members).sum()) for members in groups]) for side in (z > 0, z <= 0)
        )
    return Sides(above, below, len(z))


def counted(values: Array, edges: Array) -> Array:
    """How many of the finite values are in each bin: (n_bins,); those beyond are in the bins at the ends."""
    finite = values[np.isfinite(values)]
    return np.histogram(np.clip(finite, edges[0], edges[-1]), edges)[0]
