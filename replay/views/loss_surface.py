"""The loss surface: the mean loss of a network over a plane of its weights, and what it costs to compute."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.losses import known
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.geometry import Limits, limits_around
from replay.views.shared.projection import LinearPlane
from replay.views.shared.weight_names import weight_name
from replay.views.shared.weight_path import WeightPath, n_trained
from replay.views.shared.weight_plane import exact_plane, plane_of_path

MOST_SAMPLES = 1000  # of more, the loss is that of so many, drawn with a seed
MESHES = {121: 1, 81: 3, 61: 15, 41: 30, 31: 60}  # points a side, and the seconds that each may take: the
MOST_BYTES = 2_000_000_000  # finest is chosen. What takes more seconds or memory than allowed is refused.
CEILING = 3.0  # times the largest loss on a path
MARGIN = 0.16  # of the path's range, beside it
STRAIGHT = 1e-5  # of a path's length, how far a straight one reaches across, by rounding
# What NumPy takes, measured on one core: seconds for a multiplication and addition, and for an activation.
A_PRODUCT, AN_ACTIVATION = 1.5e-10, 4e-9


class LossSurface:
    """The mean loss over the plane of the paths that one network takes, in one run or in several.

    With two weights the plane is exact: they are its coordinates. Else it holds the two principal directions
    of all paths together, and goes through the end of the run that ends with the lowest loss. `share` is
    how much of the paths' variance it holds. Only weights that training changes span it; moving averages and
    the like are those of that end. The loss is that of the recorded samples, of at most MOST_SAMPLES, in
    inference mode and without regularisation. Raises ViewError for runs of one snapshot, of other networks or
    other data, for losses that cannot be computed, and for a surface that would cost more than MESHES allows
    or MOST_BYTES: then before weights are read.
    """

    def __init__(self, evaluations: Sequence[Evaluation]) -> None:
        for evaluation in evaluations:
            _check(evaluation)
        for other in evaluations[1:]:
            _check_alike(evaluations[0], other)
        self.n_samples = len(evaluations[0].inputs)
        chosen = _chosen(self.n_samples)
        self.sampled = [one if chosen is None else one.of_samples(chosen) for one in evaluations]
        self.points = _affordable(evaluations, len(self.sampled[0].inputs))
        self.paths = [WeightPath(one) for one in evaluations]
        for path in self.paths:
            if len(path.positions) == 0:
                where = path.evaluation.recording.path
                raise ViewError(f"{where}: its weights are not finite at its first snapshot, so has no path")
        self._centre = self._lowest()
        self.plane = self._plane()
        if not evaluations[0].in_numpy:
            self._check_keras()

    @property
    def exact(self) -> bool:
        """Whether the plane has all weights, so that nothing is projected."""
        return self.paths[0].size == 2

    @property
    def share(self) -> float:
        """The share of the paths' variance that the plane holds, from 0 to 1."""
        return 1.0 if self.exact else sum(self.plane.shares)

    def _lowest(self) -> int:
        """The number of the run that ends with the lowest loss."""
        if len(self.paths) == 1:
            return 0
        ends = [
            float(one.at(float(path.epochs[-1])).losses.mean(dtype=np.float64))
            for one, path in zip(self.sampled, self.paths, strict=True)
        ]
        return int(np.argmin(np.nan_to_num(ends, nan=np.inf)))

    def _plane(self) -> LinearPlane:
        rows = np.concatenate([path.rows for path in self.paths])
        if self.exact:
            return exact_plane(rows)
        if len(rows) < 2:
            raise ViewError(
                f"{self.paths[0].evaluation.recording.path}: its weights are finite at one snapshot alone, "
                "so there is no path: show backprop, or record every batch (every_n_batches)"
            )
        try:
            return plane_of_path(rows, self.paths[self._centre].rows[-1])
        except ViewError as error:
            raise ViewError(f"{self.paths[0].evaluation.recording.path}: {error}") from error

    @cached_property
    def on_plane(self) -> list[Array]:
        """The path of each run on the plane: (n, 2) each."""
        return [self.plane.of(path.rows) for path in self.paths]

    @cached_property
    def extent(self) -> float:
        """How far the paths reach: the largest distance of their points from where the first begins."""
        start = self.paths[0].rows[0]
        return max(float(np.linalg.norm(path.rows - start, axis=1).max()) for path in self.paths)

    @cached_property
    def limits(self) -> Limits:
        """Limits that hold every path, with a margin; across straight ones as far as along them."""
        every = np.concatenate(self.on_plane)
        low, high = every.min(axis=0), every.max(axis=0)
        longest = float((high - low).max())
        more = np.where(high - low < STRAIGHT * longest, longest / 2, 0)
        return limits_around(low - more, high + more, MARGIN)

    def losses(self, points: Array) -> Array:
        """The mean loss at points (n, 2) of the plane: (n,)."""
        one, path = self.sampled[self._centre], self.paths[self._centre]
        size = one.block_size(len(one.inputs))
        found = np.empty(len(points))
        for start in range(0, len(points), size):
            rows = self.plane.lift(points[start : start + size])
            with np.errstate(all="ignore"):
                of_samples = one.losses_of(one.answers(path.weights(rows)))
                found[start : start + size] = of_samples.mean(axis=1, dtype=np.float64)
        return found

    def over(self, limits: Limits, points: int | None = None) -> Array:
        """The mean loss on a mesh over `limits`: (points, points), from the bottom up; may be NaN or ∞.

        It is as fine as is affordable, unless it is to have so many `points` a side.
        """
        x, y = (np.linspace(*side, points or self.points) for side in limits)
        grid_x, grid_y = np.meshgrid(x, y)
        return self.losses(np.column_stack([grid_x.ravel(), grid_y.ravel()])).reshape(grid_x.shape)

    @cached_property
    def ceiling(self) -> float:
        """The loss up to which a picture tells heights apart: CEILING times the largest on a path.

        Walls beside the paths may be higher by any factor.
        """
        found = np.concatenate([self.losses(points) for points in self.on_plane])
        finite = found[np.isfinite(found)]
        return CEILING * float(finite.max()) if len(finite) and finite.max() > 0 else np.inf

    @property
    def names(self) -> tuple[str, str]:
        """What the axes are: two weights by their names, or directions."""
        if not self.exact:
            return self.plane.names
        path = self.paths[0]
        order = self.plane.axes.argmax(axis=1)
        first, second = (str(weight_name(path.evaluation, *path.place(int(number)))) for number in order)
        return first, second

    def _check_keras(self) -> None:
        """Raise ViewError where Keras would take too long. The first time, which compiles, does not count."""
        middle = np.zeros((1, 2))
        self.losses(middle)
        start = time.perf_counter()
        self.losses(middle)
        a_point = time.perf_counter() - start
        self.points = _finest(a_point)
        if not self.points:
            raise ViewError(
                f"{self.paths[0].evaluation.recording.path}: only its framework evaluates this network, and "
                f"its loss surface would take about {_duration(a_point * min(MESHES) ** 2)}, more than the "
                f"{max(MESHES.values())} seconds that are allowed: record fewer samples, or show another "
                "view, such as updates"
            )


def _check(evaluation: Evaluation) -> None:
    """Raise ViewError for a run that has no path, or whose loss cannot be computed."""
    recording = evaluation.recording
    if recording.n_snapshots < 2:
        raise ViewError(
            f"{recording.path}: a trajectory needs two snapshots or more, and this run has one: record more "
            "epochs, or show another view"
        )
    if not evaluation.all_recorded:
        raise ViewError(
            f"{recording.path}: a loss surface needs the weights of every layer, and some were not recorded: "
            "record all layers, or show another view"
        )
    known(recording.description.loss, "a loss surface")
    size = n_trained(recording.description)
    if size < 2:
        raise ViewError(
            f"{recording.path}: a loss surface needs two weights that training changes or more, and this "
            f"network has {size}: show its curves"
        )


def _check_alike(first: Evaluation, other: Evaluation) -> None:
    """Raise ViewError for runs without a surface in common, saying why."""
    why = difference(first, other)
    if why is None:
        return
    raise ViewError(
        f"{other.recording.path} has no loss surface in common with {first.recording.path}: {why}; compare "
        "runs of one network on the same data, or leave out the view"
    )


def difference(first: Evaluation, other: Evaluation) -> str | None:
    """Why two runs have no loss surface in common; None if they do."""
    one, two = first.recording, other.recording
    if _architecture(first) != _architecture(other):
        return "the network is another"
    if one.description.loss != two.description.loss:
        return "the loss is another"
    if not (np.array_equal(one.inputs, two.inputs) and np.array_equal(one.targets, two.targets)):
        return "the recorded samples are others"
    return None


def _architecture(evaluation: Evaluation) -> list[tuple[object, ...]]:
    description = evaluation.recording.description
    layers = [
        (layer.class_name, layer.units, layer.activation, [weight.shape for weight in layer.weights])
        for layer in description.layers
    ]
    return [*layers, () if description.graph is None else tuple(description.graph.sources)]


def _chosen(n_samples: int) -> Array | None:
    """The samples to use of too many: the same at each rendering."""
    if n_samples <= MOST_SAMPLES:
        return None
    return np.sort(np.random.default_rng(0).permutation(n_samples)[:MOST_SAMPLES])


# Costs


def seconds(evaluation: Evaluation, n_samples: int, n_points: int) -> float:
    """About how long NumPy takes for the loss of these samples at so many points, from the shapes alone."""
    description = evaluation.recording.description
    products = activations = 0
    for layer in description.layers:
        shape = [size or 1 for size in layer.shape or (layer.units,)]
        activations += math.prod(shape)
        multiplied = [weight.shape for weight in layer.weights if layer.class_name != "Embedding"]
        products += math.prod(shape[:-1]) * sum(map(math.prod, multiplied))
    of_samples = n_samples * (products * A_PRODUCT + activations * AN_ACTIVATION)
    return n_points * (of_samples + n_trained(description) * 10 * A_PRODUCT)


def _bytes(evaluations: Sequence[Evaluation]) -> int:
    """The memory that the paths take, and a few points of the surface."""
    size = n_trained(evaluations[0].recording.description)
    snapshots = sum(min(one.recording.n_snapshots, 1 + 50_000_000 // size) for one in evaluations)
    return 8 * size * (2 * snapshots + 6)


def _affordable(evaluations: Sequence[Evaluation], n_samples: int) -> int:
    """The points a side of the finest mesh that is not too dear. Raises ViewError, telling the cost."""
    first = evaluations[0]
    memory = _bytes(evaluations)
    points = _finest(seconds(first, n_samples, 1))
    if points and memory <= MOST_BYTES:
        return points
    cost = seconds(first, n_samples, min(MESHES) ** 2)
    size = n_trained(first.recording.description)
    raise ViewError(
        f"{first.recording.path}: its loss surface would take about {_duration(cost)} and "
        f"{memory / 1e9:.1f} GB of memory for {size:,} weights, more than the {max(MESHES.values())} seconds "
        f"or {MOST_BYTES / 1e9:.0f} GB that are allowed: show another view, such as updates"
    )


def _finest(a_point: float) -> int:
    """The finest mesh that is not too dear, where a point takes so many seconds; 0 if none is."""
    return next((points for points, allowed in MESHES.items() if a_point * points**2 <= allowed), 0)


def _duration(cost: float) -> str:
    if cost < 120:
        return f"{cost:.0f} seconds"
    return f"{cost / 60:.0f} minutes" if cost < 7200 else f"{cost / 3600:.0f} hours"
