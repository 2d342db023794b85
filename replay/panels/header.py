"""The head of a figure: whose picture it is, what the colours mean, and the epoch."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import BboxBase

from replay.style import Style

MOST_CLASSES = 4


class Header:
    """Title at left, the epoch at right, at `height` above the panels; the legend between or below them.

    `left`, `right` and `height` are shares of the figure. The title is made to fit beside the legend and
    `widest_epoch`: smaller at first, then shortened.
    """

    def __init__(
        self,
        figure: Figure,
        title: str,
        n_classes: int,
        style: Style,
        *,
        left: float,
        right: float,
        height: float,
        widest_epoch: float,
        legend_below: bool = False,
    ) -> None:
        def words(x: float, text: str, **look: Any) -> Text:
            return figure.text(x, height, text, fontsize=style.size_title, va="baseline", **look)

        self.title = words(left, title, fontweight="bold", ha="left")
        self.epoch = words(right, epoch_words(widest_epoch), ha="right")
        line = style.size_title * 1.5 / 72 / figure.get_figheight()
        renderer = FigureCanvasAgg(figure).get_renderer()
        gap = style.size_title / 72 / figure.get_figwidth()

        def share(box: BboxBase) -> BboxBase:
            return box.transformed(figure.transFigure.inverted())

        end = share(self.epoch.get_window_extent(renderer)).x0 - gap
        legend = None
        if n_classes:
            legend = _legend(figure, n_classes, style, (left, height - line if legend_below else height))
            if not legend_below:
                width = share(legend.get_window_extent(renderer)).width
                _fit(self.title, end - width - gap - left, renderer)
                start = share(self.title.get_window_extent(renderer)).x1 + gap
                middle = (left + right - width) / 2
                x = min(max(start, middle), end - width)
                legend.set_bbox_to_anchor((x, height - 0.06 / figure.get_figheight()), figure.transFigure)
        if legend is None or legend_below:
            _fit(self.title, end - left, renderer)

    @property
    def moving(self) -> list[Artist]:
        """The epoch."""
        return [self.epoch]

    def show(self, epoch: float) -> None:
        """Name `epoch`."""
        self.epoch.set_text(epoch_words(epoch))


class TitleClock:
    """Names the epoch behind the title of axes that are not ours."""

    def __init__(self, axes: Axes) -> None:
        self._title = axes.get_title(loc="left")
        self.text = axes.set_title(self._title, loc="left")

    @property
    def moving(self) -> list[Artist]:
        """The title."""
        return [self.text]

    def show(self, epoch: float) -> None:
        """Name `epoch`."""
        self.text.set_text(f"{self._title} · epoch {epoch_text(epoch)}")


def epoch_text(epoch: float) -> str:
    """An epoch as readers write it: whole numbers plain, moments between with up to two digits."""
    return f"{epoch:.0f}" if float(epoch).is_integer() else f"{epoch:.2f}".rstrip("0")


def epoch_words(epoch: float) -> str:
    """What a figure calls its epoch."""
    return f"epoch {epoch_text(epoch)}"


def _fit(text: Text, width: float, renderer: Any) -> None:
    """Make `text` at most `width` of its figure wide: smaller to three quarters of its size, then shorter."""
    figure = text.get_figure(root=True)
    assert figure is not None

    def too_wide() -> bool:
        return bool(text.get_window_extent(renderer).width > width * figure.bbox.width)

    size = float(text.get_fontsize())
    smallest = size * 0.75
    while too_wide() and size > smallest:
        size -= 0.5
        text.set_fontsize(size)
    words = text.get_text()
    while too_wide() and words:
        words = words[:-1]
        text.set_text(words.rstrip(" ·") + "…")


def _legend(figure: Figure, n_classes: int, style: Style, place: tuple[float, float]) -> Legend:
    """The legend of the classes, its lower left corner at `place`."""

    def dot(colour: str) -> Line2D:
        return Line2D([], [], color=colour, marker="o", markersize=8, linestyle="", markeredgewidth=0)

    cross = Line2D([], [], color=style.error, marker="x", markersize=7, markeredgewidth=1.8, linestyle="")
    dots = [dot(style.class_colour(label)) for label in range(n_classes)]
    if n_classes <= MOST_CLASSES:
        handles: list[Any] = [*dots]
        names = [f"class {label}" for label in range(n_classes)]
    else:
        handles, names = [tuple(dots)], [f"classes 0–{n_classes - 1}"]
    return figure.legend(
        [*handles, cross],
        [*names, "misclassified"],
        loc="lower left",
        bbox_to_anchor=(place[0], place[1] - 0.06 / figure.get_figheight()),
        ncols=len(handles) + 1,
        handletextpad=0.2,
        columnspacing=1.2,
        borderpad=0,
        borderaxespad=0,
        labelcolor=style.muted,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.1)},
    )
