"""How well a network fits its numbers: R², by which a run of a regression counts as solved."""

from __future__ import annotations

import numpy as np

from replay.types import Array

FITS = 0.9  # R² from which on a run fits its samples


def r_squared(targets: Array, outputs: Array) -> Array:
    """R² of each snapshot: (n_snapshots,), from outputs (n_snapshots, n_samples, …).

    1 − Σ(y − ŷ)² / Σ(y − ȳ)², the mean over the columns that vary (Kvålseth 1985, "Cautionary Note about
    R²", eq. 1). NaN where no column varies, or the outputs are not as many numbers as the targets.
    """
    y = targets.reshape(len(targets), -1).astype(np.float64)
    spread = ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    varies = np.ptp(y, axis=0) > 1e-12 * np.abs(y).max(axis=0)
    if outputs[0].size != y.size or not varies.any():
        return np.full(len(outputs), np.nan)
    with np.errstate(all="ignore"):  # a network that diverged answers with NaN
        errors = outputs.reshape(len(outputs), *y.shape).astype(np.float64) - y
        return (1 - (errors**2).sum(axis=1)[:, varies] / spread[varies]).mean(axis=1)
