"""Words in a corner of axes, over what is drawn there."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.words import Words
from replay.drawing.style import Style

INSET = 0.035  # of the axes, between their corner and words
SMALL = 0.85  # the size of words, of that of ticks


def corner_words(axes: Axes, style: Style, x: int, y: int, text: str, share: float = 0.9) -> None:
    """Write the text where it takes at most this share of the width of the axes.

    x is 0 at the left and 1 at the right, y is 0 at the bottom and 1 at the top.
    """
    if width_in_inches(text, SMALL * style.size_tick, style) > share * size_in_inches(axes)[0]:
        return
    halo = [withStroke(linewidth=3, foreground=style.background)]
    words = Words(
        (INSET, 1 - INSET)[x], (INSET, 1 - INSET)[y], text, transform=axes.transAxes,
        figure=axes.get_figure(root=True), fontsize=SMALL * style.size_tick, color=style.muted,
        path_effects=halo, zorder=1.5, ha=("left", "right")[x], va=("bottom", "top")[y],
    )  # fmt: skip
    axes.add_artist(words)
