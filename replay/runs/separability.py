"""When the classes become linearly separable in the last hidden space: one more layer could tell them apart.

A linear layer with kernel rows W answers sample x of class c right if (W_c − W_k)·x > 0 for every other
class k. Such a W exists unless 0 lies in the convex hull of all these differences, as points in the space of
W. Wolfe's method finds the point of the hull that is nearest to 0; any point on the way that answers all
samples right proves that they are separable.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from replay.evenly import evenly
from replay.language.message import Message
from replay.network.description import LayerDescription
from replay.network.graph import SAMPLES, Graph
from replay.runs.evaluation import Evaluation
from replay.runs.milestone import Milestone
from replay.types import Array

MOST_NUMBERS = (
    64  # of a linear layer with biases: larger ones separate almost anything, and take long to find
)
MOST_SAMPLES = 5000
CHECKED = 40  # snapshots at once, from the last one back
STEPS = 500  # of Wolfe's method, far more than it needs
NONE = 1e-9  # distance from 0 that is none, where points have length 1


def separable_milestones(evaluation: Evaluation, solved_at: float | None) -> list[Milestone]:
    """When the classes became separable for good, if that was before `solved_at` and not from the start.

    None if the network has no hidden layer that is a vector, is not evaluated by NumPy, or if the last layer
    is too large to check: more than 64 numbers, or 5,000 samples. The snapshots are checked from the last one
    back; of more than 40, some at first, so a lapse between two of these may be missed.
    """
    labels = evaluation.task.labels
    space = None if labels is None else _space(evaluation)
    if labels is None or space is None or not _is_small(evaluation, space[0], labels):
        return []
    epochs = evaluation.recording.epochs
    solved = len(epochs) if solved_at is None else int(np.searchsorted(epochs, solved_at))
    last = min(solved, len(epochs) - 1)  # a solved snapshot is separable: the output layer shows how
    if last == 0 or (solved > last and not _holds(evaluation, space[0], labels, last)):
        return []
    begins = _begins(evaluation, space[0], labels, last)
    if begins in (0, solved):
        return []
    values = {"layer": space[1]}
    text = Message("the classes are linearly separable in “{layer}”", values)
    if evaluation.recording.has_held_out:
        text = Message("the training samples are linearly separable in “{layer}”", values)
    return [Milestone(float(epochs[begins]), "separable", text)]


def _space(evaluation: Evaluation) -> tuple[str, str] | None:
    """The layer whose values the last dense layer takes, and the layer that readers know them by."""
    layers, graph = evaluation.recording.description.layers, evaluation.recording.description.graph
    weighted = [place for place, layer in enumerate(layers) if layer.weights]
    if graph is None or not evaluation.in_numpy or not evaluation.all_recorded or len(weighted) < 2:
        return None
    place = weighted[-1]
    (source, *others) = graph.sources[place]
    if layers[place].class_name != "Dense" or others or not evaluation.starts_after(layers[place].name):
        return None
    if source == SAMPLES or len(evaluation.shapes[layers[source].name]) != 1:
        return None
    return layers[source].name, layers[_acting(layers, graph, source)].name


def _acting(layers: Sequence[LayerDescription], graph: Graph, source: int) -> int:
    """The nearest layer with an activation, up to this one; else, and where several meet, this one."""
    place = source
    while layers[place].activation is None:
        (before, *others) = graph.sources[place]
        if others or before == SAMPLES:
            return source
        place = before
    return place


def _is_small(evaluation: Evaluation, layer: str, labels: Array) -> bool:
    n_classes = len(np.unique(labels))
    numbers = n_classes * (evaluation.shapes[layer][0] + 1)
    return n_classes > 1 and numbers <= MOST_NUMBERS and len(labels) <= MOST_SAMPLES


def _begins(evaluation: Evaluation, layer: str, labels: Array, last: int) -> int:
    """The position from which the classes are separable up to `last`, where they are."""
    low, high = -1, last  # fails (or nothing is there) at low, holds from high on
    while high - low > 1:
        places = evenly(high - low - 1, CHECKED) + low + 1
        for place in places[::-1].tolist():
            if not _holds(evaluation, layer, labels, place):
                low = place
                break
            high = place
        else:
            return high
    return high


def _holds(evaluation: Evaluation, layer: str, labels: Array, position: int) -> bool:
    epoch = float(evaluation.recording.epochs[position])
    values = evaluation.network.evaluate(evaluation.inputs, evaluation.recording.weights_at(epoch), layer)[0]
    return separable(values, labels)


def separable(values: Array, labels: Array) -> bool:
    """Whether some linear layer answers the class of every sample, from `values` (n_samples, units)."""
    if not np.isfinite(values).all():
        return False
    classes, labels = np.unique(labels, return_inverse=True)
    centred = values.astype(float) - values.mean(axis=0, dtype=float)
    spread = np.abs(centred).max(axis=0)
    points = np.column_stack([centred / np.where(spread > 0, spread, 1), np.ones(len(values))])
    points /= np.linalg.norm(points, axis=1, keepdims=True) * np.sqrt(2)  # the differences have length 1
    return _Hull(points, labels, len(classes)).misses_zero()


class _Hull:
    """The convex hull of all differences: for sample x of class c, x in row c and −x in row k."""

    def __init__(self, points: Array, labels: Array, n_classes: int) -> None:
        self._points, self._labels, self._n_classes = points, labels, n_classes
        self._rows = np.arange(len(points))

    def misses_zero(self) -> bool:
        """Whether 0 is outside: Wolfe's method, from the difference that is lowest along the first one."""
        kernel = self._difference(0, int(self._labels[0] == 0))
        corners, shares = kernel.ravel()[None], np.ones(1)
        for _ in range(STEPS):
            sample, other, margin = self._lowest(kernel)
            if margin > 0:
                return True
            if (kernel**2).sum() < NONE**2:
                return False
            corner = self._difference(sample, other).ravel()
            if (corners == corner).all(axis=1).any():
                return False  # rounding is all that is left
            corners, shares = np.vstack([corners, corner]), np.append(shares, 0.0)
            corners, shares = _nearest(corners, shares)
            kernel = (shares @ corners).reshape(kernel.shape)
        return False

    def _difference(self, sample: int, other: int) -> Array:
        found = np.zeros((self._n_classes, self._points.shape[1]))
        found[self._labels[sample]], found[other] = self._points[sample], -self._points[sample]
        return found

    def _lowest(self, kernel: Array) -> tuple[int, int, float]:
        """The sample and the other class that this kernel tells apart least, and by how much."""
        scores = self._points @ kernel.T
        own = scores[self._rows, self._labels].copy()
        scores[self._rows, self._labels] = -np.inf
        others = scores.argmax(axis=1)
        margins = own - scores[self._rows, others]
        sample = int(margins.argmin())
        return sample, int(others[sample]), float(margins[sample])


def _nearest(corners: Array, shares: Array) -> tuple[Array, Array]:
    """The corners, and their shares, of the point nearest to 0 in the hull of `corners` (n, size).

    `shares` are those of the best point so far. Corners without a share are dropped.
    """
    while True:
        wanted = _nearest_in_plane(corners)
        if (wanted > 0).all():
            return corners, wanted
        falling = wanted <= 0
        with np.errstate(divide="ignore", invalid="ignore"):
            steps = np.where(falling, shares / (shares - wanted), np.inf)
        step = min(1.0, float(np.nanmin(steps)))
        shares = shares + step * (wanted - shares)
        kept = shares > 1e-12
        kept[np.nanargmin(steps)] = False
        corners, shares = corners[kept], shares[kept] / shares[kept].sum()


def _nearest_in_plane(corners: Array) -> Array:
    """The shares, of sum 1 and of any sign, of the point nearest to 0 in the plane through `corners`."""
    n = len(corners)
    system = np.ones((n + 1, n + 1))
    system[0, 0] = 0
    system[1:, 1:] = corners @ corners.T
    shares: Array = np.linalg.lstsq(system, np.eye(n + 1)[0], rcond=None)[0][1:]
    return shares
