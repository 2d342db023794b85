"""Key words: what the colours and lines of axes mean, in these colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea
from matplotlib.patheffects import withStroke
from matplotlib.transforms import ScaledTranslation

from replay.drawing.style import Style

SIZE = 0.88  # of the tick size
GAP = 0.8  # between words, as a multiple of their size
INSET = 0.03  # of the axes, between their corner and words

Word = tuple[str, str]  # and its colour


class KeyWords(Artist):
    """The first of these forms, from the longest to the shortest, that has room beside the title.

    Whoever changes the title later, as a comparison does, finds no words lying on it. Without room there are
    none. `within` the axes they stand at the top left.
    """

    def __init__(self, axes: Axes, style: Style, *forms: Sequence[Word], within: bool = False) -> None:
        super().__init__()
        size = SIZE * style.size_tick
        figure = axes.get_figure(root=True)
        assert figure is not None
        self._axes, self._gap, self._within = axes, 1.5 * size / 72 * figure.dpi, within
        halo = [withStroke(linewidth=3, foreground=style.background)]
        above = ScaledTranslation(0, (style.title_pad - 0.2 * size) / 72, figure.dpi_scale_trans)
        self._forms = []
        for form in forms:
            words: list[Any] = [
                TextArea(word, textprops={"color": colour, "fontsize": size, "path_effects": halo})
                for word, colour in form
            ]
            box = AnchoredOffsetbox(
                "upper left" if within else "lower right", frameon=False,
                child=HPacker(children=words, pad=0, sep=GAP * size), pad=0, borderpad=0,
                bbox_to_anchor=(INSET, 1 - INSET) if within else (1, 1),
                bbox_transform=axes.transAxes if within else axes.transAxes + above,
            )  # fmt: skip
            box.set_figure(figure)
            box.axes = axes
            self._forms.append(box)
        self.set_clip_on(False)
        self.set_zorder(5)
        axes.add_artist(self)

    def draw(self, renderer: Any) -> None:
        """Draw the longest form that has room now."""
        room = self._axes.bbox.x1 - self._start(renderer) - self._gap
        for box in self._forms if self.get_visible() else ():
            if box.get_window_extent(renderer).width <= room:
                box.draw(renderer)
                break
        self.stale = False

    def _start(self, renderer: Any) -> float:
        """Where the words may begin, in pixels."""
        title = self._axes._left_title  # type: ignore[attr-defined]  # matplotlib has no public name for it
        if self._within or not title.get_text():
            return float(self._axes.bbox.x0)
        return float(title.get_window_extent(renderer).x1)
