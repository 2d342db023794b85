"""The panel of a layer's space: of three units in a box, or on a tour of planes."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.panels.panel import Panel
from replay.drawing.panels.three_units import ThreeUnitsPanel
from replay.drawing.panels.tour import TourPanel
from replay.drawing.style import Style
from replay.views.space import Space
from replay.views.tour import TourSpace


class SpacePanel(Panel):
    """One of both, as the view is."""

    def __init__(self, axes: Axes, view: Space | TourSpace, style: Style) -> None:
        super().__init__(axes, view, style)
        self.of: Panel = (
            ThreeUnitsPanel(axes, view, style) if isinstance(view, Space) else TourPanel(axes, view, style)
        )
        self.titles = self.of.titles

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        return self.of.moving

    def show(self, epoch: float) -> None:
        """Show the space at `epoch`."""
        self.of.show(epoch)
