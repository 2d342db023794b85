"""Samples of a regression as points, those held out hollow; each of several targets in its colour."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.outliers import Outliers
from replay.drawing.artists.plane import MAX_HOLLOW, MAX_MARKERS, RAISED, SampleArtists
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits

MOST = 50_000  # points; of more, the same are drawn at every moment


class NumberSamples:
    """Points (x, y) of samples with `n_columns` numbers each, of which each has the colour of a class.

    Arrows at the edge point to samples beyond the `limits`.
    """

    def __init__(
        self,
        axes: Axes,
        limits: Limits,
        n_columns: int,
        n_samples: int,
        n_held_out: int | None,
        style: Style,
    ) -> None:
        self._limits = limits
        self._sets = [_Points(axes, limits, n_columns, n_samples, style, MOST)]
        if n_held_out is not None:
            fewer = n_held_out <= n_samples or n_samples * n_columns > MAX_MARKERS
            raised = RAISED if fewer else -RAISED
            self._sets.append(_Points(axes, limits, n_columns, n_held_out, style, MAX_HOLLOW, True, raised))

    @property
    def moving(self) -> list[Artist]:
        """The samples, then the arrows."""
        by_height = sorted(self._sets, key=lambda one: one.raised)
        samples = [artist for one in by_height for artist in one.samples.moving]
        return [*samples, *(artist for one in self._sets for artist in one.outliers.moving)]

    def show(self, *sets: tuple[Array, Array]) -> None:
        """Place the training samples, and those held out: x and y, each (n_samples, n_columns)."""
        for points, (x, y) in zip(self._sets, sets, strict=True):
            points.show(x, y)


class _Points:
    def __init__(
        self,
        axes: Axes,
        limits: Limits,
        n_columns: int,
        n_samples: int,
        style: Style,
        most: int,
        hollow: bool = False,
        raised: float = 0.0,
    ) -> None:
        n = n_samples * n_columns
        self._chosen = np.sort(np.random.default_rng(0).permutation(n)[:most])
        self._limits, self.raised = limits, raised
        coloured = 1 < n_columns <= len(style.classes)
        labels = self._chosen % n_columns if coloured else None
        self.samples = SampleArtists(axes, limits, labels, len(self._chosen), style, hollow, raised)
        self.outliers = Outliers(axes, labels, style, hollow)

    def show(self, x: Array, y: Array) -> None:
        points = np.column_stack([x.ravel()[self._chosen], y.ravel()[self._chosen]])
        self.samples.show(points, None)
        self.outliers.show(points, self._limits)
