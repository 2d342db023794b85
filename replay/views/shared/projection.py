"""Projections of a wide layer's activations to a fixed plane: two of its units, or PCA."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.runs.evaluation import Evaluation
from replay.types import Array

PCA: Literal["pca"] = "pca"
MAX_VALUES = 16_000_000  # activations that the PCA is fitted to, 64 MB in float32
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
class PrincipalPlane:
    """The plane of the first two principal components.

    `centre` (n_units,) is the mean activation, `axes` (2, n_units) the components, of length 1; `shares` is
    the share of variance that each explains, NaN where there is no variance.
    """

    centre: Array
    axes: Array
    shares: tuple[float, float]

    @property
    def names(self) -> tuple[str, str]:
        """The axis names."""
        return "PC 1", "PC 2"

    def of(self, activations: Array) -> Array:
        """Project activations (…, n_units) to points (…, 2)."""
        with np.errstate(all="ignore"):  # the network may have diverged
            return (activations - self.centre) @ self.axes.T

    def lift(self, points: Array) -> Array:
        """The activations (…, 2) of points (…, 2), for a layer of two units."""
        return points @ self.axes + self.centre


Projection = UnitPair | PrincipalPlane


def parse_units(text: str) -> tuple[int, int] | Literal["pca"]:
    """Parse two units, such as "3,7", or "pca". Raises ViewError for anything else."""
    if text.strip().lower() == PCA:
        return PCA
    numbers = re.fullmatch(r"(\d{1,6})[,;](\d{1,6})", text.replace(" ", ""))
    if numbers is None:
        raise ViewError(f"units must be two numbers, such as 3,7, or {PCA}, not {text!r}")
    return int(numbers[1]), int(numbers[2])


def unit_pair(units: tuple[int, int], n_units: int, layer: str) -> UnitPair:
    """The plane of two units, counted from 1. Raises ViewError for missing or equal units."""
    if len(units) != 2 or units[0] == units[1]:
        raise ViewError(f"a plane needs two different units, not {units}")
    for unit in units:
        if not 1 <= unit <= n_units:
            raise ViewError(f"layer {layer!r} has no unit {unit}: its units are 1 to {n_units}")
    return UnitPair((units[0] - 1, units[1] - 1))


def principal_plane(evaluation: Evaluation, layer: str) -> PrincipalPlane:
    """Fit a PCA to a layer's activations: one plane of two principal components for the whole run.

    The fit uses all snapshots and recorded samples together. Above MAX_VALUES values it uses a random
    subset of the samples, the same at each snapshot. It skips samples that are not finite, and raises
    ViewError if none is left. The largest entry of each component is positive. Pearson, On lines and planes
    of closest fit to systems of points in space (1901).
    """
    rows = _rows(evaluation, layer)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        raise ViewError(
            f"{evaluation.recording.path}: no activation of layer {layer!r} is finite, so it has no "
            "principal components; choose two units, or another view"
        )
    from sklearn.decomposition import PCA as PrincipalComponents

    scale = _scale(rows)
    rows /= scale
    centre = rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)
    rows -= centre  # values far from 0 would lose digits in the sums of squares
    if len(rows) == 1:  # a single row has no spread: any plane through it will do
        rows = np.repeat(rows, 2, axis=0)
    with np.errstate(all="ignore"):  # the shares of zero variance
        found = PrincipalComponents(n_components=2, random_state=0).fit(rows)
    largest = np.abs(found.components_).argmax(axis=1)
    axes = found.components_ * np.sign(found.components_[[0, 1], largest])[:, None]
    first, second = (float(share) for share in found.explained_variance_ratio_)
    return PrincipalPlane((centre + found.mean_) * scale, axes, (first, second))


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
