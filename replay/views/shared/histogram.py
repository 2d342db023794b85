"""Histograms: bins on linear or log axes, and counts per bin with misclassified samples kept apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from replay.types import Array


@dataclass(frozen=True)
class HistogramFrame:
    """A histogram at one epoch.

    `right` and `wrong` (n_bins,) count the correctly classified samples and the others (without classes,
    all are right); `missing` counts samples without a finite value. `held_out` counts the held-out samples in
    the same bins; it is None without any.
    """

    epoch: float
    right: Array
    wrong: Array
    missing: int = 0
    held_out: HistogramFrame | None = None

    @property
    def n_samples(self) -> int:
        """How many samples it counts, the missing ones included."""
        return int(self.right.sum() + self.wrong.sum()) + self.missing

    @property
    def share_right(self) -> float:
        """The share of samples that are classified correctly."""
        return float(self.right.sum() / self.n_samples) if self.n_samples else 0.0


@dataclass(frozen=True)
class Bins:
    """Bins of equal width or, on a `logarithmic` axis, of equal ratio.

    `edges` (n_bins + 1,) increase; each bin includes its lower edge. Values outside go to the nearest bin.
    """

    edges: Array
    logarithmic: bool = False

    def __len__(self) -> int:
        return len(self.edges) - 1

    def positions(self, values: Array) -> Array:
        """The bin of each value, in the shape of `values`; n_bins for NaN and infinite values."""
        n_bins, finite = len(self), np.isfinite(values)
        low, high = float(self.edges[0]), float(self.edges[-1])
        inside = np.clip(values, low, high)
        inside[~finite] = low
        along = (self._scaled(inside) - self._scaled(low)) / (self._scaled(high) - self._scaled(low))
        positions = np.minimum((along * n_bins).astype(np.intp), n_bins - 1)
        # Rounding may have put a value close to an edge on the wrong side of it.
        bounds = np.concatenate([[-np.inf], self.edges[1:-1], [np.inf]])
        positions -= values < bounds[positions]
        positions += values >= bounds[positions + 1]
        positions[~finite] = n_bins
        return positions

    def _scaled(self, value: Any) -> Any:
        if not self.logarithmic:
            return value
        return np.log10(value) if isinstance(value, np.ndarray) else math.log10(value)

    def counts(self, values: Array, groups: Array | int = 0, n_groups: int = 1) -> Array:
        """Count `values` by group and bin: (n_groups, n_bins + 1); the last column counts non-finite values.

        `groups` holds integers below `n_groups` and broadcasts to the shape of `values`.
        """
        columns = len(self) + 1
        cells = self.positions(values)
        cells += groups * columns  # a row of cells for each group
        return np.bincount(cells.ravel(), minlength=n_groups * columns).reshape(n_groups, columns)


def count(epoch: float, values: Array, correct: Array, bins: Bins) -> HistogramFrame:
    """Count `values` (n,) per bin, separately for `correct` (n,) of bool and the others."""
    wrong, right = bins.counts(values, correct, 2)
    return HistogramFrame(epoch, right[:-1], wrong[:-1], int(right[-1] + wrong[-1]))


def highest_bars(values: Array, bins: Bins, groups: Array | int = 0, n_groups: int = 1) -> Array:
    """The highest bar of each group at each snapshot: (n_snapshots, n_groups).

    `values` are (n_snapshots, n_samples); `groups` (n_samples,) holds integers below `n_groups`.
    """
    n_snapshots = len(values)
    rows = np.arange(n_snapshots)[:, None] * n_groups
    counts = bins.counts(values, rows + groups, n_snapshots * n_groups)
    return counts[:, :-1].max(axis=1).reshape(n_snapshots, n_groups)
