"""The plane of a path of weights: its first two principal directions, or the two weights themselves."""

from __future__ import annotations

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.types import Array
from replay.views.shared.projection import LinearPlane, turned

NOTHING = 1e-10  # of the variance, which counts as none: the path is straight
FIRST, SECOND = Message("1st principal direction of the path"), Message("2nd principal direction")
ACROSS = Message("a direction across it, at random")


def exact_plane(rows: Array) -> LinearPlane:
    """The plane of two weights, its coordinates: first the one in which `rows` (n, 2) reach farther."""
    order = np.argsort(-np.ptp(rows, axis=0), kind="stable")
    return LinearPlane(np.zeros(2), np.eye(2)[order], (np.nan, np.nan))


def plane_of_path(rows: Array, through: Array) -> LinearPlane:
    """The plane through the point `through` (size,) along the two principal directions of `rows` (n, size).

    These are the directions in which the rows vary most: a principal component analysis of θᵢ − θₙ, as in Li,
    Xu, Taylor, Studer & Goldstein, Visualizing the loss landscape of neural nets (2018), section 7.1. A path
    that is straight has one; the other is then chosen at random, always the same, at a right angle. Raises
    ViewError where the rows are all alike.
    """
    from_mean = rows - rows.mean(axis=0)
    axes, variances = _principal(from_mean)
    total = float(np.square(from_mean).sum())
    if not total > 0:
        raise ViewError("the weights never change, so there is no path: show another view")
    shares = variances / total
    if shares[1] > NOTHING:
        return LinearPlane(through, turned(axes), (float(shares[0]), float(shares[1])), (FIRST, SECOND))
    first = turned(axes[:1])[0]
    return LinearPlane(through, np.stack([first, _across(first)]), (1.0, 0.0), (FIRST, ACROSS))


def _principal(rows: Array) -> tuple[Array, Array]:
    """The two principal directions (2, size) of centred rows, and the sum of squares along each: (2,).

    There are fewer rows than weights as a rule: their products with one another tell the same with less work.
    """
    n, size = rows.shape
    products = rows @ rows.T if n <= size else rows.T @ rows
    values, vectors = np.linalg.eigh(products)
    values, vectors = np.maximum(values[::-1][:2], 0), vectors[:, ::-1][:, :2].T
    if n > size:
        return vectors, values
    if len(values) < 2:  # one row alone
        return np.zeros((2, size)), np.zeros(2)
    along = vectors @ rows
    lengths = np.linalg.norm(along, axis=1, keepdims=True)
    return along / np.where(lengths > 0, lengths, 1), values


def _across(direction: Array) -> Array:
    """A direction at a right angle to another, of length 1."""
    other = np.random.default_rng(0).normal(size=len(direction))
    other -= (other @ direction) * direction
    found: Array = other / np.linalg.norm(other)
    return found
