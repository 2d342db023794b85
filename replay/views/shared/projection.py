"""From the space of a wide layer to a plane that stands still: two of its units, or principal components."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.spread import evenly
from replay.types import Array

PCA: Literal["pca"] = "pca"
MAX_VALUES = 16_000_000  # activations that principal components are taken from, 64 MB in float32
FEWEST_SAMPLES = 100  # of each snapshot; rather than fewer samples, fewer snapshots are taken


@dataclass(frozen=True)
class UnitPair:
    """Two units of a layer as the axes of a plane. `units` are counted from 0, their `names` from 1."""

    units: tuple[int, int]

    @property
    def names(self) -> tuple[str, str]:
        """What the axes show."""
        first, second = self.units
        return f"unit {first + 1}", f"unit {second + 1}"

    @property
    def shares(self) -> tuple[float, float] | None:
        """Units have no share of the variance to tell."""
        return None

    def of(self, activations: Array) -> Array:
        """The points (…, 2) of activations (…, n_units)."""
        return activations[..., list(self.units)]

    def lift(self, points: Array) -> Array:
        """The activations (…, 2) of points (…, 2), for a layer that has no other units."""
        return points[..., np.argsort(self.units)]


@dataclass(frozen=True)
class PrincipalPlane:
    """The plane along which activations vary most.

    `centre` (n_units,) is their mean, `axes` (2, n_units) the first two principal components, of length 1;
    `shares` is how much of the variance each explains, NaN where there is none.
    """

    centre: Array
    axes: Array
    shares: tuple[float, float]

    @property
    def names(self) -> tuple[str, str]:
        """What the axes show."""
        return "PC 1", "PC 2"

    def of(self, activations: Array) -> Array:
        """The points (…, 2) of activations (…, n_units)."""
        with np.errstate(all="ignore"):  # those of a diverged network
            return (activations - self.centre) @ self.axes.T

    def lift(self, points: Array) -> Array:
        """The activations (…, 2) of points (…, 2), for a layer of two units."""
        return points @ self.axes + self.centre


Projection = UnitPair | PrincipalPlane


def parse_units(text: str) -> tuple[int, int] | Literal["pca"]:
    """Two units written as "3,7", or "pca". Raises ViewError for anything else."""
    if text.strip().lower() == PCA:
        return PCA
    numbers = re.fullmatch(r"(\d{1,6})[,;](\d{1,6})", text.replace(" ", ""))
    if numbers is None:
        raise ViewError(f"units are given as two numbers, such as 3,7, or as {PCA}, not {text!r}")
    return int(numbers[1]), int(numbers[2])


def unit_pair(units: tuple[int, int], n_units: int, layer: str) -> UnitPair:
    """The plane of two units, counted from 1; ViewError for those that the layer has not, and one twice."""
    if len(units) != 2 or units[0] == units[1]:
        raise ViewError(f"a plane needs two different units, not {units}")
    for unit in units:
        if not 1 <= unit <= n_units:
            raise ViewError(f"layer {layer!r} has no unit {unit}: its units are counted from 1 to {n_units}")
    return UnitPair((units[0] - 1, units[1] - 1))


def principal_plane(evaluation: Evaluation, layer: str) -> PrincipalPlane:
    """The plane of the first two principal components of a layer's activations, one for the whole run.

    They are those of all snapshots and recorded samples together or, of more than MAX_VALUES values, of
    the same evenly drawn samples at each snapshot. What is not finite is left out; ViewError is raised where
    nothing is left. The sign of a component is such that its largest entry is positive. Pearson, On lines
    and planes of closest fit to systems of points in space (1901).
    """
    rows = _rows(evaluation, layer)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        raise ViewError(
            f"{evaluation.recording.path}: no activation of layer {layer!r} is finite, so that it has no "
            "principal components; choose two units, or another view"
        )
    from sklearn.decomposition import PCA as PrincipalComponents

    scale = _scale(rows)
    rows /= scale
    centre = rows.mean(axis=0, dtype=np.float64).astype(rows.dtype)
    rows -= centre  # what is far from 0 would lose its digits in the sums of squares
    if len(rows) == 1:  # it has no spread, and any plane through it will do
        rows = np.repeat(rows, 2, axis=0)
    with np.errstate(all="ignore"):  # shares of no variance at all
        found = PrincipalComponents(n_components=2, random_state=0).fit(rows)
    largest = np.abs(found.components_).argmax(axis=1)
    axes = found.components_ * np.sign(found.components_[[0, 1], largest])[:, None]
    first, second = (float(share) for share in found.explained_variance_ratio_)
    return PrincipalPlane((centre + found.mean_) * scale, axes, (first, second))


def _rows(evaluation: Evaluation, layer: str) -> Array:
    """Activations of the layer at the chosen snapshots, for the chosen samples: (n_rows, n_units)."""
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
    """A power of two, by which numbers can be divided without loss, that leaves none too large to square."""
    largest = max(float(np.abs(rows).max()), float(np.finfo(rows.dtype).tiny))
    return rows.dtype.type(2.0 ** np.floor(np.log2(largest)))


def flat(activations: Array) -> Array:
    """Activations (n_snapshots, n_samples, …) as (n_snapshots, n_samples, n_units)."""
    return activations.reshape(*activations.shape[:2], -1)
