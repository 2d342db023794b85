"""A linear map of two or three dimensions taken apart: a stretch, a rotation, and what changes dimension.

Points are row vectors, x·W. The polar decomposition is W = P·R with P symmetric and R orthogonal: Higham,
Computing the Polar Decomposition, with Applications (1986). It is found by a singular value decomposition.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.types import Array

TINY = 1e-9  # sines below it tell no axis


@dataclass(frozen=True)
class Polar:
    """W (n, m) as stretch and rotation: x·W is x·stretch·turn or, where m < n, x·turn·stretch.

    `stretch` is symmetric, (k, k) for the smaller of n and m; `turn` (d, d) for the larger one is a rotation,
    with determinant 1. Between them, points get coordinates of 0, or lose the last ones. Where W mirrors
    (n = m, det W < 0), `stretch` turns the axis of the smallest singular value round, since no rotation
    can: the gentlest way there is.
    """

    stretch: Array
    turn: Array
    stretches: Array

    @classmethod
    def of(cls, kernel: Array) -> Polar:
        """Take a finite W (n, m) apart.

        >>> import numpy as np
        >>> from replay.views.shared.polar import Polar
        >>> found = Polar.of(np.array([[0.0, 2.0], [-1.0, 0.0]]))
        >>> found.stretch.round(6).tolist(), round(found.degrees)
        ([[2.0, 0.0], [0.0, 1.0]], 90)
        """
        n, m = kernel.shape
        left, lengths, right = np.linalg.svd(kernel, full_matrices=False)
        signs = np.ones(len(lengths))
        if n == m and np.linalg.det(left @ right) < 0:
            signs[-1] = -1.0
        isometry = (left * signs) @ right
        side, turned = (left, isometry) if n <= m else (right.T, isometry.T)
        turn = _completed(turned)
        return cls((side * (lengths * signs)) @ side.T, turn if n <= m else turn.T, lengths * signs)

    @property
    def mirrors(self) -> bool:
        """Whether left and right change sides."""
        return bool(self.stretches[-1] < 0)

    @property
    def degrees(self) -> float:
        """The angle of the rotation, −180 to 180 in the plane, 0 to 180 in space."""
        angle, axis = _angle_and_axis(_in_space(self.turn))
        return float(np.degrees(angle * axis[2] if len(self.turn) == 2 else angle))


def _completed(rows: Array) -> Array:
    """The rotation (d, d) that begins with these orthonormal `rows` (k, d), and turns as little as may be."""
    k, d = rows.shape
    if k == d:
        return rows
    others = np.linalg.svd(rows)[2][k:]
    left, _, right = np.linalg.svd(others[:, k:])
    signs = np.ones(d - k)
    turn = np.concatenate([rows, (right.T * signs) @ left.T @ others])
    if np.linalg.det(turn) < 0:
        signs[-1] = -1.0
        turn = np.concatenate([rows, (right.T * signs) @ left.T @ others])
    return turn


def partly(turn: Array, share: float) -> Array:
    """A share of a rotation (d, d), at most three dimensions, about its own axis by that share of its angle.

    Rodrigues, Des lois géométriques qui régissent les déplacements d'un système solide (1840).
    """
    if share == 1:
        return turn
    angle, (x, y, z) = _angle_and_axis(_in_space(turn))
    cross = np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])  # v·cross is the axis × v
    part = np.eye(3) + np.sin(angle * share) * cross + (1 - np.cos(angle * share)) * cross @ cross
    return part[: len(turn), : len(turn)]


def _in_space(turn: Array) -> Array:
    whole = np.eye(3)
    whole[: len(turn), : len(turn)] = turn
    return whole


def _angle_and_axis(turn: Array) -> tuple[float, Array]:
    """The angle, 0 to π, and the axis of length 1 of a rotation (3, 3) of row vectors."""
    skew = np.array([turn[1, 2] - turn[2, 1], turn[2, 0] - turn[0, 2], turn[0, 1] - turn[1, 0]]) / 2
    sine, cosine = float(np.linalg.norm(skew)), float((np.trace(turn) - 1) / 2)
    if sine > TINY:
        return float(np.arctan2(sine, cosine)), skew / sine
    if cosine > 0:
        return 0.0, np.array([0.0, 0.0, 1.0])
    along = (turn + np.eye(3)) / 2  # half a turn: the axis times itself
    axis = along[np.diag(along).argmax()]
    return float(np.pi), axis / np.linalg.norm(axis)
