"""Arrows from where samples were to where they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.quiver import Quiver

from replay.drawing.style import Style
from replay.evenly import evenly
from replay.types import Array

MOST = 90  # of more samples, so many have an arrow, spread evenly
WIDTH, HALO = 1.3, 0.5  # points
HEAD: dict[str, Any] = {
    "headwidth": 4.5, "headlength": 5.0, "headaxislength": 4.5, "minshaft": 1.0, "minlength": 0.0,
}  # fmt: skip


class Arrows:
    """An arrow for each sample; of many samples, always for the same ones, as many of each class."""

    def __init__(self, axes: Axes, labels: Array | None, n_samples: int, style: Style) -> None:
        by_class = np.arange(n_samples) if labels is None else np.argsort(labels, kind="stable")
        self._chosen = by_class[evenly(n_samples, MOST)]
        nowhere = np.zeros(len(self._chosen))
        look: dict[str, Any] = {"units": "inches", "width": WIDTH / 72, **HEAD}
        look |= {"color": style.ink, "edgecolor": style.background, "linewidth": HALO, "zorder": 3.3}
        self.quiver = Quiver(
            axes, nowhere, nowhere, nowhere, nowhere, angles="xy", scale_units="xy", scale=1.0, **look
        )
        axes.add_collection(self.quiver, autolim=False)

    @property
    def moving(self) -> list[Artist]:
        """The arrows."""
        return [self.quiver]

    def show(self, start: Array, end: Array) -> None:
        """Draw arrows from `start` to `end`, (n_samples, 2) each; none where one is not finite."""
        one, other = start[self._chosen].astype(float), end[self._chosen].astype(float)
        with np.errstate(all="ignore"):
            along = other - one
        known = np.isfinite(one).all(axis=1) & np.isfinite(along).all(axis=1)
        from_, along = (np.where(known[:, None], each, 0.0) for each in (one, along))
        self.quiver.set_offsets(from_)
        self.quiver.XY = from_
        self.quiver.set_UVC(*along.T)
