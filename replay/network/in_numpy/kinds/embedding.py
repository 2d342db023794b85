"""Embedding layer: each whole number of a sample picks a row of weights; forward, gradients, shape."""

from __future__ import annotations

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import LayerKind, Shape, needed, refusal
from replay.types import Array, Config, Weights

MAX_WORDS = 2**24  # float32, in which samples are, has each whole number up to here


def _rows(x: Array, n_words: int) -> tuple[Array, Array]:
    """The row that each number picks, and whether there is one.

    As in Keras, a number is cut to a whole one, and −1 is the last row.
    """
    inside = np.isfinite(x) & (x > -n_words - 1) & (x < n_words)
    return np.where(inside, x, 0).astype(np.intp) % n_words, inside


def _forward(x: Array, weights: Weights, config: Config) -> Array:
    """Rows that are not there are NaN: the network has no answer."""
    embeddings = weights["embeddings"]
    rows, inside = _rows(x, embeddings.shape[1])
    if len(rows) == 1:  # the samples, which are the same at all snapshots
        found = embeddings[:, rows[0]]
    else:
        found = embeddings[np.arange(len(rows)).reshape(-1, *[1] * (rows.ndim - 1)), rows]
    return found if inside.all() else np.where(inside[..., None], found, np.float32(np.nan))


def _backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    """Zero: a number picks the same row when it moves a little."""
    return np.zeros((len(gradient), *x.shape[1:]), gradient.dtype)


def _of_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    embeddings = weights["embeddings"]
    rows, inside = (np.broadcast_to(each, gradient.shape[:-1]) for each in _rows(x, embeddings.shape[1]))
    total = np.zeros((len(gradient), *embeddings.shape[1:]), gradient.dtype)
    snapshots = np.broadcast_to(np.arange(len(rows)).reshape(-1, *[1] * (rows.ndim - 1)), rows.shape)
    np.add.at(total, (snapshots[inside], rows[inside]), gradient[inside])
    return {"embeddings": total}


def _shape(layer: LayerDescription, shape: Shape) -> Shape:
    own = needed(layer, "embeddings")
    if len(own) != 2 or not 0 < own[0] <= MAX_WORDS:
        raise refusal(layer, f"its embeddings have shape {own}, not one row for each of 1 to {MAX_WORDS:,}")
    return (*shape, own[1])


EMBEDDING = LayerKind(
    "Embedding",
    _forward,
    _backward,
    _of_weights,
    _shape,
    frozenset({"embeddings"}),
    ("mask_zero",),
    affine=False,
    on_page=False,
)
