"""Panels that were built one by one, on one figure, under one clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from replay.drawing.clocks import FigureClock, TitleClock
from replay.drawing.composition import Composition
from replay.drawing.fonts import with_fonts
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.runs.description import Subject
from replay.types import Array
from replay.views.motion import joint_motion


def compose(*panels: Composition, title: str = "") -> Composition:
    """Put panels on one figure of your own under one clock, to move together.

    Args:
        *panels: What the `build_…` methods returned, of one run or of several, all for axes of one figure.
        title: What to call the figure, before the epoch. By default what its `suptitle` says already.

    Returns:
        A `Composition` over the epochs of all panels. The figure's title names the epoch, in place of the
        titles of the panels. A panel whose epochs end earlier stays at its end, and its title says so.

    Raises:
        ViewError: There are no panels, they lie on several figures or on the same axes, they are no longer
            on their axes, or the `build_…` methods did not make them.

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
    style = replace(panels[0].style, font=with_fonts(panels[0].style.font, [title]))
    parts = [Part(panel, epochs) for panel in panels]
    with style.applied():
        clock = FigureClock(figure, title, style, widest_epoch=float(epochs[-1]))
    return Composition(
        figure,
        parts,
        clock,
        epochs,
        style,
        lambda chosen: _motion(panels, chosen),
        all(panel.forkable for panel in panels),
        Subject.joint([panel.subject for panel in panels], clock.title or None),
    )


def _common_figure(panels: Sequence[Composition]) -> Figure:
    if not panels:
        raise ViewError("compose needs panels: pass what the build_… methods returned")
    for panel in panels:
        if not isinstance(panel, Composition):
            raise ViewError(
                "compose takes panels one by one, as the build_… methods of replay.Replay return them, "
                f"not a {type(panel).__name__}"
            )
        if not isinstance(panel.clock, TitleClock):
            raise ViewError("compose takes what the build_… methods return: the others have a figure already")
        panel.check_drawn()
    figure = panels[0].figure
    if any(panel.figure is not figure for panel in panels):
        raise ViewError("the panels lie on several figures: build them on axes of one figure")
    if len({panel.clock.moving[0].axes for panel in panels}) < len(panels):
        raise ViewError("two panels are on the same axes: build each on axes of its own, and pass it once")
    return figure


def _motion(panels: Sequence[Composition], epochs: Array) -> Array:
    """How far the runs move between `epochs`, each run once: its panels have one motion in common."""
    runs = {panel.motion: panel.epochs for panel in panels if panel.motion is not None}
    return joint_motion([(snapshots, motion) for motion, snapshots in runs.items()], epochs)


class Part:
    """A panel beside others: outside of its epochs it stays at the nearest, and its title says at which."""

    def __init__(self, panel: Composition, epochs: Array) -> None:
        assert isinstance(panel.clock, TitleClock)
        self._panel, self._clock = panel, panel.clock
        own = panel.epochs
        self._stays = bool(epochs[0] < own[0] or own[-1] < epochs[-1])
        self._clock.stop(with_room=self._stays)

    @property
    def moving(self) -> list[Artist]:
        """The panel's moving artists, and its title if that changes."""
        artists = [artist for one in self._panel.panels for artist in one.moving]
        return [*artists, *self._clock.moving] if self._stays else artists

    def show(self, epoch: float) -> None:
        """Show `epoch`, or the nearest that the panel has."""
        shown = _nearest(epoch, self._panel.epochs)
        for one in self._panel.panels:
            one.show(shown)
        if shown == epoch:
            self._clock.stop(with_room=self._stays)  # the axes may have another size now
        else:
            self._clock.show(shown)


class Ended:
    """A panel that stays at its first or last epoch while the clock is outside of its `epochs`."""

    def __init__(self, panel: Moving, epochs: Array) -> None:
        self.panel = panel
        self.axes, self.titles = getattr(panel, "axes", None), getattr(panel, "titles", ())
        self._epochs = epochs

    @property
    def moving(self) -> list[Artist]:
        """The panel's moving artists."""
        return self.panel.moving

    def show(self, epoch: float) -> None:
        """Show `epoch`, or the nearest that the panel has."""
        self.panel.show(_nearest(epoch, self._epochs))


def _nearest(epoch: float, epochs: Array) -> float:
    return min(max(epoch, float(epochs[0])), float(epochs[-1]))
