"""The fit of a regression on a page: a curve and what units add to it, one above the other over one axis."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.gridspec import SubplotSpec

from replay.drawing.layout import Layout
from replay.drawing.shown import Shown
from replay.film.frames import Moving
from replay.views.contributions import Contributions

FIT = "fit"  # the view's name
HEIGHTS = 1.75, 1.0  # of the curve, and of what units add
GAP = 0.52  # inches between them, for a title
LOWEST = 1.0  # inches: lower axes are left out


def share_inputs(parts: Sequence[Shown]) -> bool:
    """Whether these are a curve and what units add to it, over the same input."""
    return len(parts) == len(HEIGHTS) and isinstance(parts[1].content, Contributions)


def above_one_another(layout: Layout, cell: SubplotSpec, parts: Sequence[Shown]) -> list[Moving]:
    """The curve, and below it what units add; the curve alone where the cell is too low for both."""
    height = layout.inches(cell)[1]
    if (height - GAP) * HEIGHTS[1] / sum(HEIGHTS) < LOWEST:
        return [parts[0].on(layout.figure.add_subplot(cell), layout.style)]
    rows = layout.split(cell, len(HEIGHTS), 1, gap=(GAP, 0), heights=HEIGHTS)
    axes = [layout.figure.add_subplot(rows[number, 0]) for number in range(len(HEIGHTS))]
    panels = [part.on(one, layout.style) for part, one in zip(parts, axes, strict=True)]
    axes[0].tick_params(labelbottom=False)
    axes[0].set_xlabel("")
    return panels
