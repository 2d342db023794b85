"""Every kind of sample that a unit gets, where there are few: what each input adds, the sum, the decision."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.evenly import evenly
from replay.types import Array
from replay.views.shared.geometry import usual_ends
from replay.views.shared.unit import Unit
from replay.views.view import View

MOST_ROWS, MOST_INPUTS = 8, 5
TRIED = 500  # samples, before all are compared
LOOKED_AT = 200  # snapshots, for limits
MARGIN = 0.05  # of the range, around it


@dataclass(frozen=True)
class TruthTableFrame:
    """The table at one epoch.

    `products` (n_rows, n_inputs) are w·x input by input, `sums` (n_rows,) their sums, `z` (n_rows,) with the
    bias; above the `threshold` the unit `fires`, (n_rows,) of bool. `right` (n_rows,) is the share of a row's
    samples of which that is right, NaN in a regression.
    """

    epoch: float
    weights: Array
    threshold: float
    products: Array
    sums: Array
    z: Array
    fires: Array
    right: Array


def has_few_rows(unit: Unit) -> bool:
    """Whether the samples that enter a unit are of few kinds: answers to yes-or-no questions."""
    if unit.source is not None or unit.n_inputs > MOST_INPUTS:
        return False
    inputs = unit.evaluation.inputs
    return all(_are_answers(np.unique(some, axis=0)) for some in (inputs[:TRIED], inputs))


def _are_answers(rows: Array) -> bool:
    """Whether there are few rows, and each input has one of two values, such as no and yes."""
    return len(rows) <= MOST_ROWS and all(len(np.unique(column)) <= 2 for column in rows.T)


class TruthTable(View):
    """A row for each kind of sample, those with the highest sums at the end of the run first.

    `rows` (n_rows, n_inputs) are the samples, `counts` (n_rows,) how many there are of each, `share`
    (n_rows,) how many of these are of the class that the unit speaks for, NaN in a regression. `limits` of
    the sums hold all that is added, at nearly all epochs.
    """

    def __init__(self, unit: Unit) -> None:
        super().__init__(unit.evaluation)
        self.unit = unit
        rows, members, counts = np.unique(
            unit.evaluation.inputs, axis=0, return_inverse=True, return_counts=True
        )
        order = np.argsort(-(rows @ unit.weights(unit.last_finite).kernel), kind="stable")
        self.rows, self.counts = rows[order], counts[order]
        mine = unit.groups()[0].astype(np.float64)
        share = np.bincount(members.ravel(), mine, len(rows)) / counts
        self.share = np.full(len(rows), np.nan) if unit.speaks_for is None else share[order]

    @property
    def yes(self) -> Array:
        """Which values are the higher of their input, or alone and above 0: (n_rows, n_inputs) of bool."""
        high = self.rows == self.rows.max(axis=0)
        return high & ((self.rows != self.rows.min(axis=0)) | (self.rows > 0))

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Limits of the sums, for all epochs: with 0 and the threshold."""
        recording = self.evaluation.recording
        ends = []
        for epoch in recording.epochs[evenly(recording.n_snapshots, LOOKED_AT)]:
            frame = self.at(float(epoch))
            down, up = (
                side.sum(axis=1) for side in (np.minimum(frame.products, 0), np.maximum(frame.products, 0))
            )
            pair = min(0.0, float(down.min()), frame.threshold), max(0.0, float(up.max()), frame.threshold)
            ends += [pair] if np.isfinite(pair).all() else []
        low, high = usual_ends(np.array(ends)) if ends else (0.0, 1.0)
        pad = MARGIN * (high - low) or 1.0
        return low - pad, high + pad

    def at(self, epoch: float) -> TruthTableFrame:
        """The table at `epoch`."""
        weights = self.unit.weights(epoch)
        with np.errstate(all="ignore"):
            products = self.rows * weights.kernel
            sums = products.sum(axis=1)
            # As the network computes it, so that on the threshold, too, the decision is its own.
            kernel, bias = weights.kernel.astype(self.rows.dtype), self.rows.dtype.type(weights.bias)
            z = self.rows @ kernel + bias
            fires = z > 0
        right = np.where(fires, self.share, 1 - self.share)
        return TruthTableFrame(epoch, weights.kernel, weights.threshold, products, sums, z, fires, right)
