"""Panels that were built one by one, on one figure, under one clock."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from replay.drawing.clocks import FigureClock, TitleClock
from replay.drawing.composition import Composition
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.types import Array
from replay.views.motion import joint_motion


def compose(*panels: Composition, title: str = "") -> Composition:
    """Put panels on one figure of your own under one clock, to move together.

    Args:
        *panels: What the `build_…` methods returned, of one run or of several, all for axes of one figure.
        title: What to call the figure, before the epoch. By default what its `suptitle` says already.

    Returns:
        A `Composition` over the epochs of all panels. The figure's title names the epoch, in place of the
        titles of the panels. A panel whose epochs end earlier stays at its end.

    Raises:
        ViewError: There are no panels, they lie on several figures, or `Replay.view` and the like made them.

    >>> import matplotlib.pyplot as plt
    >>> from replay import Replay, compose
    >>> replay = Replay("run.h5")
    >>> figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    >>> both = compose(replay.build_feature_space(left), replay.build_loss_histogram(right))
    >>> both.save("both.png", epoch=60).name  # .mp4 and .gif move
    'both.png'
    """
    figure = _common_figure(panels)
    epochs = np.unique(np.concatenate([panel.epochs for panel in panels]))
    style = panels[0].style
    clocks = [panel.clock for panel in panels if isinstance(panel.clock, TitleClock)]
    with style.applied():
        clock = FigureClock(figure, title, style, widest_epoch=float(epochs[-1]), quiet=clocks)
    return Composition(
        figure,
        [Ended(one, panel.epochs) for panel in panels for one in panel.panels],
        clock,
        epochs,
        style,
        lambda chosen: _motion(panels, chosen),
        all(panel.forkable for panel in panels),
    )


def _common_figure(panels: Sequence[Composition]) -> Figure:
    if not panels:
        raise ViewError("compose needs panels: pass what the build_… methods returned")
    if not all(isinstance(panel.clock, TitleClock) for panel in panels):
        raise ViewError("compose takes what the build_… methods return: the others have a figure already")
    figure = panels[0].figure
    if any(panel.figure is not figure for panel in panels):
        raise ViewError("the panels lie on several figures: build them on axes of one figure")
    return figure


def _motion(panels: Sequence[Composition], epochs: Array) -> Array:
    """How far the runs move between `epochs`, each run once: its panels have one motion in common."""
    runs = {panel.motion: panel.epochs for panel in panels if panel.motion is not None}
    return joint_motion([(snapshots, motion) for motion, snapshots in runs.items()], epochs)


class Ended:
    """A panel that stays at its first or last epoch while the clock is outside of its `epochs`."""

    def __init__(self, panel: Moving, epochs: Array) -> None:
        self.panel = panel
        self._first, self._last = float(epochs[0]), float(epochs[-1])

    @property
    def moving(self) -> list[Artist]:
        """The panel's moving artists."""
        return self.panel.moving

    def show(self, epoch: float) -> None:
        """Show `epoch`, or the nearest that the panel has."""
        self.panel.show(min(max(epoch, self._first), self._last))
