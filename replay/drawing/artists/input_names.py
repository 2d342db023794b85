"""The names of the inputs at the axes of their plane, where the run knows them and there is room."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.optional_labels import SIZE, label_where_room
from replay.drawing.artists.short_names import legible_names
from replay.drawing.style import Style

ALONG = 0.95  # of an axis that a name may take: numbers beside it may make it shorter


def name_inputs(axes: Axes, names: Sequence[str], style: Style) -> None:
    """Label the axes of the input plane with these two names; with none, leave them as they are."""
    sides = (axes.xaxis, axes.yaxis)
    for place, (axis, inches) in enumerate(zip(sides, size_in_inches(axes), strict=True)):
        short = legible_names(names, ALONG * inches, SIZE * style.size_tick, style)
        if short:
            label_where_room(axis, short[place], style)
