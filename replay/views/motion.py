"""How much the picture changes between snapshots, for the adaptive pace."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from replay.evenly import evenly
from replay.runs.evaluation import SURVEYED, Evaluation
from replay.runs.task import REGRESSION
from replay.types import Array, Motion
from replay.views.feature_space import FeatureSpace, two_unit_space
from replay.views.shared.geometry import MARGIN, finite_range, padded
from replay.views.space import Space, three_unit_space

MAX_SAMPLES = 2000  # enough for a mean, and bounds the cost for large data sets


def motion(evaluation: Evaluation, epochs: Array) -> Array:
    """How much the picture changes between neighbouring `epochs`: (len(epochs) − 1,) of float64.

    The sum of two means over the samples: the distance moved in the feature space of two units, or of three,
    if there is one, as a share of its picture's diagonal; and the probability that moves between classes,
    from 0 to 1 (for a regression, the change of the outputs as a share of their range). NaN where the
    network's outputs are not finite, or not all weights were recorded. Of very many epochs, only those that
    `evenly` chooses are evaluated, and the steps between two of them get equal shares. Raises ViewError for
    an epoch without a snapshot.
    """
    if not evaluation.all_recorded:  # the network cannot be evaluated
        return np.full(len(epochs) - 1, np.nan)
    looked_at = evenly(len(epochs), SURVEYED)
    steps = np.diff(looked_at)
    return np.repeat(_between(evaluation, epochs[looked_at]) / steps, steps)


def _between(evaluation: Evaluation, epochs: Array) -> Array:
    """How much the picture changes between each two neighbours of these epochs."""
    x = _evenly_spread(evaluation.inputs)
    with np.errstate(all="ignore"):  # the network may have diverged
        moved = _through_outputs(evaluation, x, epochs)
        space = two_unit_space(evaluation, grid=False) or three_unit_space(evaluation, grid=False)
        return moved if space is None else moved + _through_feature_space(evaluation, x, epochs, space)


def _evenly_spread(inputs: Array) -> Array:
    """At most MAX_SAMPLES of `inputs`, evenly spread, the same ones each time."""
    if len(inputs) <= MAX_SAMPLES:
        return inputs
    return inputs[evenly(len(inputs), MAX_SAMPLES)]


def _through_feature_space(
    evaluation: Evaluation, x: Array, epochs: Array, space: FeatureSpace | Space
) -> Array:
    ends, moved = [], []
    for activations in _linked_blocks(evaluation, x, epochs, space.layer):
        points = space.points_of(activations)
        ends.append(finite_range(points))
        moved.append(np.hypot.reduce(np.diff(points, axis=0), axis=-1).mean(axis=-1))
    low, high = np.min([low for low, _ in ends], axis=0), np.max([high for _, high in ends], axis=0)
    sides = [np.ptp(padded(float(a), float(b), MARGIN)) for a, b in zip(low, high, strict=True)]
    return np.concatenate(moved) / np.hypot.reduce(sides)


def _through_outputs(evaluation: Evaluation, x: Array, epochs: Array) -> Array:
    blocks = _linked_blocks(evaluation, x, epochs)
    if evaluation.task.kind == REGRESSION:
        return _as_share_of_range(blocks)
    moved = []
    for outputs in blocks:
        by_class = evaluation.task.by_class(evaluation.task.probabilities(outputs))
        # What one class gains, another loses: take half the sum.
        moved.append(np.abs(np.diff(by_class, axis=0)).sum(axis=-1).mean(axis=-1) / 2)
    return np.concatenate(moved)


def _as_share_of_range(blocks: Iterator[Array]) -> Array:
    low, high = np.inf, -np.inf
    moved = []
    for outputs in blocks:
        flat = outputs.reshape(len(outputs), -1)
        finite = flat[np.isfinite(flat)]
        low, high = finite.min(initial=low), finite.max(initial=high)
        moved.append(np.abs(np.diff(flat, axis=0)).mean(axis=-1))
    return np.concatenate(moved) / (high - low if high > low else 1.0)  # without a range nothing moves


def _linked_blocks(
    evaluation: Evaluation, x: Array, epochs: Array, layer: str | None = None
) -> Iterator[Array]:
    """Activations of `layer`, by default the output, in blocks that fit in memory: float64.

    Each block (n, n_samples, …) starts with the last snapshot of the block before, so no step is lost.
    """
    size = evaluation.block_size(len(x))
    end = None
    for start in range(0, len(epochs), size):
        block = evaluation.activations(layer, x, epochs[start : start + size]).astype(np.float64)
        yield block if end is None else np.concatenate([end, block])
        end = block[-1:]


def common_motion(evaluations: Sequence[Evaluation], epochs: Array) -> Array:
    """How much the pictures of several runs change in total between `epochs` (n,): (n − 1,) of float64."""
    return joint_motion([(one.recording.epochs, partial(motion, one)) for one in evaluations], epochs)


def joint_motion(parts: Iterable[tuple[Array, Motion]], epochs: Array) -> Array:
    """How much several parts move in total between `epochs` (n,): (n − 1,) of float64.

    Each part has the epochs of its snapshots, and its motion between them. If it has no snapshot within a
    step, the step gets its share of the part's longer step around it.
    """
    total = np.zeros(len(epochs) - 1)
    for snapshots, moves in parts:
        around = _snapshots_around(snapshots, epochs)
        moved = moves(around)
        travelled = np.concatenate([[0.0], np.cumsum(np.where(np.isfinite(moved), moved, 0.0))])
        total += np.diff(np.interp(epochs, around, travelled))
    return total


def _snapshots_around(snapshots: Array, epochs: Array) -> Array:
    """The nearest of `snapshots` before and after each of `epochs`: at least one."""
    last = len(snapshots) - 1
    before = np.searchsorted(snapshots, epochs, side="right") - 1
    after = np.searchsorted(snapshots, epochs, side="left")
    return np.asarray(snapshots[np.unique(np.clip([before, after], 0, last))])
