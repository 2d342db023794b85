"""How samples are marked, wrong ones and held-out ones, for the legend to explain what is drawn."""

from __future__ import annotations

from collections.abc import Iterator

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Of misclassified samples the rings and the bars, and what is hollow. These are the labels of the artists:
# those with an underscore are not listed in a legend that somebody makes of the axes.
MARKS = RINGED, BARRED, HELD_OUT = "_misclassified_rings", "_misclassified_bars", "_held_out"


def marks_in(figure: Figure, seen: bool = False) -> set[str]:
    """Which of these marks the panels of a figure have or, if they are to be `seen`, show just now."""
    found = (artist for axes in figure.axes for artist in _within(axes))
    return {
        str(artist.get_label())
        for artist in found
        if artist.get_label() in MARKS and (artist.get_visible() or not seen)
    }


def _within(axes: Axes) -> Iterator[Artist]:
    """The artists of axes, and of axes within them."""
    for one in (axes, *axes.child_axes):
        yield from (*one.lines, *one.patches, *one.collections)
