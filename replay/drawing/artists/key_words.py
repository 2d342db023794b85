"""Key words: what the colours and lines of axes mean, in these colours, at the end of the title's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnchoredOffsetbox, HPacker, TextArea
from matplotlib.transforms import ScaledTranslation

from replay.drawing.style import Style

SIZE = 0.88  # of the tick size
GAP = 0.8  # between words, as a multiple of their size

Word = tuple[str, str]  # and its colour


class KeyWords(Artist):
    """The first of these forms, from the longest to the shortest, that has room beside the title.

    Whoever changes the title later, as a comparison does, finds no words lying on it. Without room there are
    none.
    """

    def __init__(self, axes: Axes, style: Style, *forms: Sequence[Word]) -> None:
        super().__init__()
        size = SIZE * style.size_tick
        figure = axes.get_figure(root=True)
        assert figure is not None
        self._axes, self._gap = axes, 1.5 * size / 72 * figure.dpi
        above = ScaledTranslation(0, (style.title_pad - 0.2 * size) / 72, figure.dpi_scale_trans)
        self._forms = []
        for form in forms:
            words: list[Any] = [
                TextArea(word, textprops={"color": colour, "fontsize": size}) for word, colour in form
            ]
            box = AnchoredOffsetbox(
                "lower right", child=HPacker(children=words, pad=0, sep=GAP * size), pad=0, borderpad=0,
                frameon=False, bbox_to_anchor=(1, 1), bbox_transform=axes.transAxes + above,
            )  # fmt: skip
            box.set_figure(figure)
            box.axes = axes
            self._forms.append(box)
        self.set_clip_on(False)
        axes.add_artist(self)

    def draw(self, renderer: Any) -> None:
        """Draw the longest form that has room now."""
        title = self._axes._left_title  # type: ignore[attr-defined]  # matplotlib has no public name for it
        end = title.get_window_extent(renderer).x1 if title.get_text() else self._axes.bbox.x0 - self._gap
        room = self._axes.bbox.x1 - end - self._gap
        for box in self._forms if self.get_visible() else ():
            if box.get_window_extent(renderer).width <= room:
                box.draw(renderer)
                break
        self.stale = False
