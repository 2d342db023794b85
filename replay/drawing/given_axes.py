"""Axes of the user's own: their figure, their colours, and the limits that they share with others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from replay.drawing.style import Style
from replay.errors import ViewError

Get = Callable[[], tuple[float, float]]
Set = Callable[[float, float], Any]


def figure_of(axes: Any) -> Figure:
    """The figure of plain axes. Raises ViewError for anything else."""
    kind = f"{axes.name} axes" if isinstance(axes, Axes) else f"a {type(axes).__name__}"
    if kind != "rectilinear axes":
        raise ViewError(
            f"a panel is drawn on plain axes, one of those that plt.subplots() makes, not on {kind}"
        )
    figure: Figure | None = axes.get_figure(root=True)
    if figure is None:
        raise ViewError("the axes were removed from their figure: draw on others")
    return figure


def match_theme(axes: Axes, style: Style) -> None:
    """Give axes of another background than the style's its colours, and their figure, too.

    A dark picture on white axes, or dark words on black ones, could not be read.
    """
    if to_rgba(axes.get_facecolor()) == to_rgba(style.paper):
        return
    axes.set_facecolor(style.paper)
    axes.tick_params(which="both", color=style.faint, labelcolor=style.muted)
    for axis in (axes.xaxis, axes.yaxis):
        axis.label.set_color(style.muted)
    for spine in axes.spines.values():
        spine.set_edgecolor(style.faint)
    figure_of(axes).set_facecolor(style.paper)


@contextmanager
def shared_limits_held(figure: Figure) -> Iterator[None]:
    """Draw panels within the block; what one of them needs must not cut what another shows."""
    before = [(get, get(), change) for get, change in _shared(figure)]
    yield
    for get, (low, high), change in before:
        first, last = get()
        if low < high and first < last:  # the axis of an image runs down, over the same pixels in each
            change(min(low, first), max(high, last))


def _shared(figure: Figure) -> Iterator[tuple[Get, Set]]:
    """What gets and sets the limits of each shared axis that has limits already."""
    for axes in figure.axes:
        if len(axes.get_shared_x_axes().get_siblings(axes)) > 1 and not axes.get_autoscalex_on():
            yield axes.get_xlim, axes.set_xlim
        if len(axes.get_shared_y_axes().get_siblings(axes)) > 1 and not axes.get_autoscaley_on():
            yield axes.get_ylim, axes.set_ylim
