"""Words on a panel that say why it shows nothing, or something else than the present moment."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.style import Style

SIZE = 0.85  # of the tick size
WIDEST = 0.94  # of the axes
BELOW_TOP = 4.0  # points


class Notice:
    """A line of text on a patch of paper, at the top of axes."""

    def __init__(self, axes: Axes, style: Style) -> None:
        self._axes, self._style = axes, style
        patch: dict[str, Any] = {"boxstyle": "round,pad=0.25", "facecolor": style.background, "alpha": 0.9}
        self.words = axes.annotate(
            "", (0.5, 1), (0, -BELOW_TOP), xycoords="axes fraction", textcoords="offset points",
            ha="center", va="top", color=style.error, fontsize=SIZE * style.size_tick, zorder=6,
            bbox={**patch, "edgecolor": "none"}, visible=False,
        )  # fmt: skip

    def tell(self, *forms: str) -> None:
        """Say the longest of these forms, which come first, that fits into the axes; none to say nothing."""
        room = WIDEST * size_in_inches(self._axes)[0]
        size = SIZE * self._style.size_tick
        told = next((form for form in forms if width_in_inches(form, size, self._style) <= room), "")
        self.words.set(text=told, visible=bool(told))
