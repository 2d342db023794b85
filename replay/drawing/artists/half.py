"""Half of two histograms back to back: the bars of one group, up or down, hatched where they are wrong."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.marks import BARRED
from replay.drawing.style import Style
from replay.types import Array


class Half:
    """The bars of one group, up or down; those on the wrong side are hatched in the colour of errors."""

    def __init__(self, axes: Axes, edges: Array, colour: str, up: int, style: Style) -> None:
        self.edges, self._up = edges, up
        look: dict[str, Any] = {"fill": True, "edgecolor": style.background, "linewidth": 0.4}
        none = np.zeros(len(edges) - 1)
        self.right = axes.stairs(none, edges, baseline=none, facecolor=colour, **look)
        look |= {"facecolor": style.error, "hatch": style.error_hatch}
        self.wrong = axes.stairs(none, edges, baseline=none, label=BARRED, **look)
        self._colours = colour, style.error

    @property
    def moving(self) -> list[Artist]:
        """Both kinds of bars."""
        return [self.right, self.wrong]

    def show(self, right: Array, wrong: Array, has_wrong: bool, room: float) -> None:
        """Set the bars to these counts, (n_bins,) each; the highest fills the room."""
        unit = self._up * room / max(1, int((right + wrong).max(initial=0)))
        if not has_wrong:
            right, wrong = right + wrong, 0 * wrong
        self.right.set_data(right * unit, self.edges, 0)
        self.wrong.set_data((right + wrong) * unit, self.edges, cast(Any, right * unit))
        self.wrong.set_visible(bool(wrong.any()))  # an empty hatch takes as long to draw as a full one
