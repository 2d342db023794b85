"""The Panel base class: draws one view on matplotlib axes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.given_axes import match_theme
from replay.drawing.style import Style


class Panel(ABC):
    """The base class of panels: a view on axes.

    Args:
        axes: The matplotlib axes to draw on. Titles and labels are set as usual.
        view: What gives the arrays: `view.at(epoch)`.
        style: Colours, widths and sizes, of the theme that was asked for.

    All are kept as attributes. Your class must have `moving` and `show`. The constructor draws what stands
    still and creates, without content, the artists that move. `show(epoch)` gives them their content; nothing
    is created or laid out after the constructor.

    >>> from replay import Panel
    >>> class LinePanel(Panel):
    ...     def __init__(self, axes, view, style):
    ...         super().__init__(axes, view, style)
    ...         (self.line,) = axes.plot([], [], color=style.ink)
    ...     @property
    ...     def moving(self):
    ...         return [self.line]
    ...     def show(self, epoch):
    ...         self.line.set_data(*self.view.at(epoch))
    """

    view: Any
    titles: Sequence[str] = ()  # shorter forms of the title, of which the first takes its place that fits

    def __init__(self, axes: Axes, view: Any, style: Style) -> None:
        match_theme(axes, style)
        self.axes = axes
        self.view = view
        self.style = style

    @property
    @abstractmethod
    def moving(self) -> list[Artist]:
        """The artists that change from frame to frame, from back to front."""

    @abstractmethod
    def show(self, epoch: float) -> None:
        """Give the moving artists the content of `epoch`."""
