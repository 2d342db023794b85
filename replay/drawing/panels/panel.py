"""What every panel is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.style import Style


class Panel(ABC):
    """A view on axes.

    The constructor draws what stands still and creates, without content, the artists that move.
    `show(epoch)` gives them their content; nothing is created or laid out after the constructor.
    """

    def __init__(self, axes: Axes, style: Style) -> None:
        self.axes = axes
        self.style = style

    @property
    @abstractmethod
    def moving(self) -> list[Artist]:
        """The artists that change from frame to frame, from back to front."""

    @abstractmethod
    def show(self, epoch: float) -> None:
        """Give the moving artists the content of `epoch`."""
