"""What each input adds to the weighted sum of a unit, in the mean sample of a class and of the others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.evenly import evenly
from replay.types import Array
from replay.views.shared.geometry import usual_ends
from replay.views.shared.unit import Unit, Weights
from replay.views.view import View

LOOKED_AT = 100  # snapshots, for limits
MARGIN = 0.05  # of the range, around it
MOST = 8  # inputs


@dataclass(frozen=True)
class WeightedInputsFrame:
    """The inputs at one epoch.

    `means` (n_groups, n_shown) of the shown inputs, `products` (n_groups, n_shown) of these with their
    weights, `others` (n_groups,) the sum of all products that are not shown, `sums` (n_groups,) of all, `z`
    (n_groups,) with the bias, and `a` (n_groups,) of that z, NaN where f needs the other units.
    """

    epoch: float
    weights: Weights
    means: Array
    products: Array
    others: Array
    sums: Array
    z: Array
    a: Array


class WeightedInputs(View):
    """A unit's inputs, weights and their products, for the mean sample of the class that it speaks for.

    And for that of the others; in a regression, for the mean of all. As z is linear, what is shown adds up to
    the mean z. `shown` (n_shown,) are the inputs that move z most at the end of the run, by |w| times the
    standard deviation, the first being the largest. `limits` hold what is drawn at nearly all epochs.
    """

    def __init__(self, unit: Unit, most: int = MOST) -> None:
        super().__init__(unit.evaluation)
        self.unit = unit
        moment = self.evaluation.at(unit.last_finite)
        with np.errstate(all="ignore"):
            spread = unit.inputs_at(moment).std(axis=0, dtype=np.float64)
            size = np.nan_to_num(np.abs(unit.weights(unit.last_finite).kernel) * spread)
        self.shown = np.argsort(-size, kind="stable")[:most]
        self._fixed_means: Array | None = None

    @property
    def n_others(self) -> int:
        """How many inputs are not shown."""
        return self.unit.n_inputs - len(self.shown)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Limits of products and sums, for all epochs, with 0."""
        recording, ends = self.evaluation.recording, []
        for epoch in recording.epochs[evenly(recording.n_snapshots, LOOKED_AT)]:
            frame = self.at(float(epoch))
            drawn = np.concatenate([frame.products.ravel(), frame.others, frame.sums, frame.z, [0.0]])
            if np.isfinite(drawn).all():
                ends.append((drawn.min(), drawn.max()))
        low, high = usual_ends(np.array(ends)) if ends else (0.0, 1.0)
        pad = MARGIN * (high - low) or 1.0
        return low - pad, high + pad

    def at(self, epoch: float) -> WeightedInputsFrame:
        """The inputs at `epoch`."""
        weights, means = self.unit.weights(epoch), self._means(epoch)
        with np.errstate(all="ignore"):
            every = means * weights.kernel
            products, sums = every[:, self.shown], every.sum(axis=1)
            z = sums + weights.bias
            a = np.full(len(z), np.nan) if self.unit.f is None else self.unit.f(z)
            others = sums - products.sum(axis=1)
        return WeightedInputsFrame(epoch, weights, means[:, self.shown], products, others, sums, z, a)

    def _means(self, epoch: float) -> Array:
        """The mean of what enters, by group: (n_groups, n_inputs); 0 of a group without samples."""
        if self._fixed_means is not None:
            return self._fixed_means
        x = self.unit.inputs_at(self.evaluation.at(epoch))
        found = [x[members].mean(axis=0, dtype=np.float64) if members.any() else np.zeros(x.shape[1])
                 for members in self.unit.groups()]  # fmt: skip
        if self.unit.source is None:
            self._fixed_means = np.array(found)
        return np.array(found)
