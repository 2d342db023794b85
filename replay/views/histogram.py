"""Counts by bin, with the misclassified samples kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class HistogramFrame:
    """A histogram at one epoch.

    `right` and `wrong` (n_bins,) count the samples classified as labelled and the others (all are right
    where there are no classes); `missing` counts samples without a finite value.
    """

    epoch: float
    right: Array
    wrong: Array
    missing: int = 0

    @property
    def share_right(self) -> float:
        """The share of samples classified as labelled."""
        total = int(self.right.sum() + self.wrong.sum()) + self.missing
        return float(self.right.sum() / total) if total else 0.0


def count(epoch: float, values: Array, correct: Array, edges: Array) -> HistogramFrame:
    """Count `values` (n,) between `edges` (n_bins + 1,); what lies outside falls into the nearest bin."""
    finite = np.isfinite(values)
    inside = np.clip(values, edges[0], edges[-1])
    right, _ = np.histogram(inside[finite & correct], edges)
    wrong, _ = np.histogram(inside[finite & ~correct], edges)
    return HistogramFrame(epoch, right, wrong, int((~finite).sum()))


def highest(values: Array, edges: Array) -> int:
    """The highest bar that any row of `values` (n_snapshots, n) makes between `edges`."""
    rows = (np.clip(row[np.isfinite(row)], edges[0], edges[-1]) for row in values)
    return max((int(np.histogram(row, edges)[0].max()) for row in rows), default=0)
