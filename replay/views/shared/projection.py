"""Projections of a wide layer's activations to a fixed plane: two of its units, PCA, or its readout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.language.message import Message
from replay.network.graph import SAMPLES
from replay.network.in_numpy.layers import LAYERS
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array, Units

PCA: Literal["pca"] = "pca"
READOUT: Literal["readout"] = "readout"
TOUR: Literal["tour"] = "tour"
# What axes of a plane are.
PRINCIPAL = Message("PC 1"), Message("PC 2")
DISCRIMINANT = Message("discriminant 1"), Message("discriminant 2")
ALONG_AND_ACROSS = Message("readout"), Message("PC 1 across it")
MAX_VALUES = 16_000_000  # activations that the PCA is fitted to, 64 MB in float32
NOTHING = 1e-6  # of the variance, which counts as none
FEWEST_SAMPLES = 100  # of each snapshot; use fewer snapshots before going below this


@dataclass(frozen=True)
class UnitPair:
    """Two units of a layer as the axes of a plane. `units` count from 0, their `names` from 1."""

    units: tuple[int, int]

    @property
    def names(self) -> tuple[str, str]:
        """The axis names."""
        first, second = self.units
        return f"unit {first + 1}", f"unit {second + 1}"

    @property
    def shares(self) -> tuple[float, float] | None:
        """None: two units explain no share of the variance."""
        return None

    def of(self, activations: Array) -> Array:
        """Project activations (…, n_units) to points (…, 2)."""
        return activations[..., list(self.units)]

    def lift(self, points: Array) -> Array:
        """The activations (…, 2) of points (…, 2), for a layer of just these two units."""
        return points[..., np.argsort(self.units)]


@dataclass(frozen=True)
class LinearPlane:
    """A plane in the space of a layer's activations.

    `centre` (n_units,) lies at its origin; `axes` (2, n_units) are orthogonal, of length 1; `shares` is the
    share of variance that each explains, NaN where there is no variance.
    """

    centre: Array
    axes: Array
    shares: tuple[float, float]
    called: tuple[Message, Message] = PRINCIPAL

    @property
    def names(self) -> tuple[str, str]:
        """The axis names, in the language that is spoken now."""
        return str(self.called[0]), str(self.called[1])

    @property
    def is_principal(self) -> bool:
        """Whether a PCA has found it."""
        return self.called == PRINCIPAL

    def of(self, activations: Array) -> Array:
        """Project activations (…, n_units) to points (…, 2)."""
        with np.errstate(all="ignore"):  # the network may have diverged
            return (activations - self.centre) @ self.axes.T

    def lift(self, points: Array) -> Array:
        """The activations (…, 2) of points (…, 2), for a layer of two units."""
        return points @ self.axes + self.centre


Projection = UnitPair | LinearPlane


def parse_units(text: str) -> Units:
    """Parse one to three units, such as "2" or "3,7", or "pca", "readout" or "tour".

    Raises ViewError for anything else.
    """
    word = text.strip().lower()
    for name in (PCA, READOUT, TOUR):
        if word == name:
            return name
    compact = text.replace(" ", "")
    if re.fullmatch(r"\d{1,6}([,;]\d{1,6}){0,2}", compact) is None:
        raise ViewError(
            f"units must be one to three numbers, such as 3,7 or 1,2,3, or {PCA}, {READOUT} or {TOUR}, "
            f"not {text!r}"
        )
    one, *others = (int(number) for number in re.split("[,;]", compact))
    return (one, *others) if others else one


def unit_pair(units: tuple[int, ...], n_units: int, layer: str) -> UnitPair:
    """The plane of two units, counted from 1. Raises ViewError for missing or equal units."""
    if len(units) != 2 or units[0] == units[1]:
        raise ViewError(
            f"a plane needs two different units, not {units}; the view space takes three, such as 1,2,3"
        )
    first, second = places_of(units, n_units, layer)
    return UnitPair((first, second))


def places_of(units: tuple[int, ...], n_units: int, layer: str) -> tuple[int, ...]:
    """Units that are counted from 1, counted from 0. Raises ViewError for one that the layer lacks."""
    for unit in units:
        if not 1 <= unit <= n_units:
            raise ViewError(f"layer {layer!r} has no unit {unit}: its units are 1 to {n_units}")
    return tuple(unit - 1 for unit in units)


def principal_plane(evaluation: Evaluation, layer: str) -> LinearPlane:
    """Fit a PCA to a layer's activations: one plane of two principal components for the whole run.

    The fit uses all snapshots and recorded samples together. Above MAX_VALUES values it uses a random
    subset of the samples, the same at each snapshot. It skips samples that are not finite, and raises
    ViewError if none is left. The largest entry of each component is positive. Pearson, On lines and planes
    of closest fit to systems of points in space (1901).
    """
    rows, centre, scale = _centred_rows(evaluation, layer)
    mean, axes, shares = _components(rows, 2)
    return LinearPlane((centre + mean) * scale, axes, (shares[0], shares[1]))


def readout_plane(evaluation: Evaluation, layer: str) -> LinearPlane:
    """The plane in which the output layer reads this one, at the end of the run.

    With one output, or two classes, the first axis is the direction of the output weights, with the boundary
    at 0, and the second the first principal component at right angles to it. With more classes it is their
    discriminant plane: the two directions in which the logits differ most, by a singular value decomposition
    of the output weights. Raises ViewError where the layer is not read by a Dense output layer, or nothing
    is finite.
    """
    kernel, bias = _readout(evaluation, layer)
    rows, centre, scale = _centred_rows(evaluation, layer)
    if kernel.shape[1] > 1:
        directions = np.linalg.svd(kernel - kernel.mean(axis=1, keepdims=True))[0].T[:2]
        axes, called = turned(directions), DISCRIMINANT
        origin = centre * scale
    else:
        length = np.linalg.norm(kernel)
        direction = kernel[:, 0] / length
        along = rows @ direction
        across = _components(rows - along[:, None] * direction, 1)[1][0]
        axes, called = np.stack([direction, across]), ALONG_AND_ACROSS
        origin = centre * scale - ((kernel[:, 0] @ (centre * scale) + bias[0]) / length) * direction
    spread = np.var(rows @ axes.T, axis=0) / np.maximum(np.var(rows, axis=0).sum(), np.finfo(float).tiny)
    return LinearPlane(origin, axes, (float(spread[0]), float(spread[1])), called)


def is_read_directly(recording: Recording, layer: str) -> bool:
    """Whether a Dense output layer reads this layer, with none in between that computes features."""
    description = recording.description
    layers, output, graph = description.layers, description.output, description.graph
    if graph is None or output is None or output.class_name != "Dense" or not output.recorded:
        return False
    (place, *others) = graph.sources[graph.positions[output.name]]
    while place != SAMPLES and not others:
        if layers[place].name == layer:
            return True
        if layers[place].class_name not in LAYERS or not LAYERS[layers[place].class_name].passes_on:
            return False
        (place, *others) = graph.sources[place]
    return False


def _readout(evaluation: Evaluation, layer: str) -> tuple[Array, Array]:
    """Kernel (n_units, n_outputs) and bias of the output layer, at the last snapshot where they are finite.

    Two classes have one output, their difference. Raises ViewError as `readout_plane` does.
    """
    recording, output = evaluation.recording, evaluation.recording.description.output
    if output is None or not is_read_directly(recording, layer):
        raise ViewError(
            f"a readout is the plane of a layer that a Dense output layer reads, and {layer!r} is none: "
            "choose two units, or pca"
        )
    paths = [path for path, _ in recording.description.weight_paths]
    for epoch in recording.epochs[::-1]:
        weights = dict(zip(paths, recording.weights_at(float(epoch)), strict=True))
        kernel = weights[f"{output.name}/kernel"][0].astype(np.float64)
        none = np.zeros((1, kernel.shape[1]))
        bias = weights.get(f"{output.name}/bias", none)[0].astype(np.float64)
        if kernel.shape[1] == 2:  # what counts is how far the logits of two classes are apart
            kernel, bias = kernel[:, 1:] - kernel[:, :1], bias[1:] - bias[:1]
        if np.isfinite(kernel).all() and np.isfinite(bias).all() and kernel.any():
            return kernel, bias
    raise ViewError(f"{recording.path}: the output weights are zero or not finite at every snapshot")


def principal_axes(evaluation: Evaluation, layer: str, n: int) -> tuple[Array, Array]:
    """The mean (n_units,) of a layer's activations, and their first principal components (n, n_units).

    Fitted as `principal_plane` is. There are fewer than `n` where the activations span fewer dimensions.
    """
    rows, centre, scale = _centred_rows(evaluation, layer)
    mean, axes, shares = _components(rows, min(n, rows.shape[1], max(2, len(rows))))
    kept = [number < 2 or share > NOTHING for number, share in enumerate(shares)]
    return (centre + mean) * scale, axes[kept]


def _centred_rows(evaluation: Evaluation, layer: str) -> tuple[Array, Array, Any]:
    """The finite activations of a layer as rows about their mean, that mean, and the scale of both."""
    rows = _rows(evaluation, layer)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        raise ViewError(
            f"{evaluation.recording.path}: no activation of layer {layer!r} is finite, so it has no "
            "principal components; choose two units, or another view"
        )
    scale = _scale(rows)
    rows /= scale
    centre = rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)
    rows -= centre  # values far from 0 would lose digits in the sums of squares
    return rows, centre, scale


def _components(rows: Array, n: int) -> tuple[Array, Array, list[float]]:
    """The mean, the first `n` principal components (n, n_units), and each one's share of the variance."""
    from sklearn.decomposition import PCA as PrincipalComponents

    if len(rows) == 1:  # a single row has no spread: any plane through it will do
        rows = np.repeat(rows, 2, axis=0)
    with np.errstate(all="ignore"):  # the shares of zero variance
        found = PrincipalComponents(n_components=n, random_state=0).fit(rows)
    return (
        found.mean_,
        turned(found.components_),
        [float(share) for share in found.explained_variance_ratio_],
    )


def turned(directions: Array) -> Array:
    """These directions (n, n_units), each turned so that its largest entry is positive."""
    largest = np.abs(directions).argmax(axis=1)
    return directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]


def _rows(evaluation: Evaluation, layer: str) -> Array:
    """The layer's activations at the chosen snapshots and samples: (n_rows, n_units)."""
    recording, inputs = evaluation.recording, evaluation.inputs
    n_units = flat(evaluation.activations(layer, inputs[:1], recording.epochs[:1])).shape[-1]
    most = max(2, MAX_VALUES // n_units)
    positions, samples = np.arange(recording.n_snapshots), np.arange(len(inputs))
    if len(positions) * len(samples) > most:
        n_kept = min(len(positions), max(1, most // min(len(samples), FEWEST_SAMPLES)))
        positions = evenly(len(positions), n_kept)
        drawn = np.random.default_rng(0).permutation(len(samples))
        samples = np.sort(drawn[: max(1, most // len(positions))])
    activations = evaluation.activations(layer, inputs[samples], recording.epochs[positions])
    return flat(activations).reshape(-1, n_units).copy()


def _scale(rows: Array) -> Array:
    """A power of two to divide by, which is exact, so that no value is too large to square."""
    largest = max(float(np.abs(rows).max()), float(np.finfo(rows.dtype).tiny))
    return rows.dtype.type(2.0 ** np.floor(np.log2(largest)))


def flat(activations: Array) -> Array:
    """Flatten activations (n_snapshots, n_samples, …) to (n_snapshots, n_samples, n_units)."""
    return activations.reshape(*activations.shape[:2], -1)
