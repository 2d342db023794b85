"""The noise of data to predict: its variance, estimated from samples that are close to one another."""

from __future__ import annotations

import numpy as np

from replay.types import Array

FEWEST, MOST = 30, 2_000  # samples: of fewer nothing is known, of more a fixed choice is enough
NEIGHBOURS = 10
SURE = 3.0  # standard errors by which the estimate from half of the samples may be larger
LEAST, HALF = 1e-6, 0.5  # of the variance: less is rounding, more may be a curve too fast for its samples
KNOWN = 0.5  # of the smallest mean square between neighbours: the least share that is noise


def noise_variance(inputs: Array, targets: Array) -> float | None:
    """The variance of the noise in targets (n,) at inputs (n, 1) or (n, 2); None where it cannot be told.

    With one input, each sample is compared with the line between its two neighbours (Gasser, Sroka &
    Jennen-Steinmetz 1986, "Residual variance and residual pattern in nonlinear regression", eq. 2.1; after
    Rice 1984). With two, half the mean squares between neighbours are taken back to a distance of 0 (the
    gamma test: Stefánsson, Končar & Jones 1997; Evans & Jones 2002). It cannot be told where the samples are
    few, or so far apart that what is to be learnt changes between them.
    """
    if len(inputs) < FEWEST or inputs.shape[1:] not in ((1,), (2,)):
        return None
    if len(inputs) > MOST:
        chosen = np.sort(np.random.default_rng(0).permutation(len(inputs))[:MOST])
        inputs, targets = inputs[chosen], targets[chosen]
    x, y = inputs.astype(np.float64), targets.astype(np.float64)
    found = _along_a_line(x[:, 0], y) if x.shape[1] == 1 else _in_a_plane(x, y)
    return found if found is not None and LEAST < found / (y.var() or 1.0) < HALF else None


def _along_a_line(x: Array, y: Array) -> float | None:
    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    found, of_half = _between_neighbours(x, y), _between_neighbours(x[::2], y[::2])
    # Noise does not grow with the distance of neighbours, and all else does.
    most = 1 + SURE * (2 / (len(x[::2]) - 2)) ** 0.5
    return found if of_half <= most * found else None


def _between_neighbours(x: Array, y: Array) -> float:
    """S² of Gasser et al.: the mean square of how far samples are from the line between their neighbours."""
    gaps = x[2:] - x[:-2]
    share = np.divide(x[2:] - x[1:-1], gaps, out=np.full(len(gaps), 0.5), where=gaps > 0)
    off = share * y[:-2] + (1 - share) * y[2:] - y[1:-1]
    return float((off**2 / (share**2 + (1 - share) ** 2 + 1)).mean())


def _in_a_plane(x: Array, y: Array) -> float | None:
    """The intercept of half the mean square between neighbours over their mean squared distance."""
    scale = x.std(axis=0)
    x = x / np.where(scale > 0, scale, 1)
    squares = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    nearest = np.argsort(squares, axis=1)[:, :NEIGHBOURS]
    distance = np.take_along_axis(squares, nearest, axis=1).mean(axis=0)
    half = ((y[nearest] - y[:, None]) ** 2).mean(axis=0) / 2
    if np.ptp(distance) == 0:
        return None
    intercept = float(np.polyfit(distance, half, 1)[1])
    return intercept if intercept > KNOWN * half.min() else None
