"""The head of a figure: whose picture it is, what the colours mean, and the epoch."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from replay.style import Style

MOST_CLASSES = 4


class Header:
    """Title at left, the epoch at right, at `height` above the panels; the legend between or below them.

    `left`, `right` and `height` are shares of the figure.
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
        legend_below: bool = False,
    ) -> None:
        self.title = figure.text(
            left, height, title, fontsize=style.size_title, fontweight="bold", va="baseline", ha="left"
        )
        self.epoch = figure.text(right, height, "", fontsize=style.size_title, va="baseline", ha="right")
        line = style.size_title * 1.5 / 72 / figure.get_figheight()
        if n_classes and legend_below:
            _add_legend(figure, n_classes, style, left, height - line, "left")
        elif n_classes:
            _add_legend(figure, n_classes, style, (left + right) / 2, height, "center")

    @property
    def moving(self) -> list[Artist]:
        """The epoch."""
        return [self.epoch]

    def show(self, epoch: float) -> None:
        """Name `epoch`."""
        self.epoch.set_text(f"epoch {epoch_text(epoch)}")


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


def _add_legend(figure: Figure, n_classes: int, style: Style, x: float, y: float, side: str) -> None:
    def dot(colour: str) -> Line2D:
        return Line2D([], [], color=colour, marker="o", markersize=8, linestyle="", markeredgewidth=0)

    cross = Line2D([], [], color=style.error, marker="x", markersize=7, markeredgewidth=1.8, linestyle="")
    dots = [dot(style.class_colour(label)) for label in range(n_classes)]
    if n_classes <= MOST_CLASSES:
        handles: list[Any] = [*dots]
        names = [f"class {label}" for label in range(n_classes)]
    else:
        handles, names = [tuple(dots)], [f"classes 0–{n_classes - 1}"]
    figure.legend(
        [*handles, cross],
        [*names, "misclassified"],
        loc="lower left" if side == "left" else "lower center",
        bbox_to_anchor=(x, y - 0.06 / figure.get_figheight()),
        ncols=len(handles) + 1,
        handletextpad=0.2,
        columnspacing=1.2,
        borderpad=0,
        borderaxespad=0,
        labelcolor=style.muted,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0.1)},
    )
