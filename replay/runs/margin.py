"""The largest margin between two classes, and Novikoff's bound on the mistakes of the perceptron rule."""

from __future__ import annotations

import math

import numpy as np

from replay.types import Array

NONE = 1e-9  # a distance that is none, where points have length 1
MOST = 5000  # samples: of more it takes long


def separator(points: Array, signs: Array) -> Array | None:
    """The unit vector u (d,) with the largest least signs·(points·u), of points (n, d) and signs (n,) of ±1.

    None where no plane through 0 has all on their side. It is v / |v| of the shortest v with signs·(points·v)
    ≥ 1: a least distance programme, solved by non-negative least squares (Lawson & Hanson 1974, "Solving
    Least Squares Problems", chapter 23.4).
    """
    from scipy.optimize import nnls

    scale = float(np.linalg.norm(points, axis=1).max(initial=0.0))
    if not (0 < scale < np.inf):
        return None
    rows = points.astype(np.float64) * signs[:, None] / scale
    system = np.vstack([rows.T, np.ones(len(rows))])
    wanted = np.zeros(len(system))
    wanted[-1] = 1
    shares, _ = nnls(system, wanted, maxiter=100 * system.shape[1])
    rest = system @ shares - wanted
    if np.linalg.norm(rest) < NONE:
        return None
    found = -rest[:-1] / rest[-1]
    length = float(np.linalg.norm(found))
    return None if not length or (rows @ found).min() <= 0 else found / length


def mistake_bound(points: Array, signs: Array, start: Array, rate: float) -> float | None:
    """How many mistakes the perceptron rule makes at most; None where no plane through 0 separates.

    `points` (n, d) have a last 1 for the bias, `start` (d,) are the first weights and `rate` is the learning
    rate η. From weights of 0 it is (R / γ)², with R the longest point and γ the margin of `separator`
    (Novikoff 1962, "On convergence proofs for perceptrons"). From other weights w, by the same two
    inequalities, it is the larger k with (w·u + kηγ)² = |w|² + kη²R².
    """
    unit = separator(points, signs)
    if unit is None:
        return None
    points = points.astype(np.float64)
    margin = float((signs * (points @ unit)).min())
    square = rate**2 * float((points**2).sum(axis=1).max())
    along, length = float(start @ unit), float(start @ start)
    step = rate * margin
    half = (square - 2 * step * along) / (2 * step**2)
    return half + math.sqrt(max(half**2 - (along**2 - length) / step**2, 0.0))
