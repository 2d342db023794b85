"""Artists for a stage of the layers in motion: samples, grid and boundary, carried along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from replay.drawing.artists.plane import GAP, GridArtists, RegionArtists
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.journey import MorphFrame
from replay.views.shared.geometry import Limits

FINE = 0.5  # the width of the output's own line, as a share of that of the boundary
SHEET = 0.22  # the opacity of the output's plane in space
LOOKS = ((2.2, 3.2), (1.0, 3.3))  # widths and places of a line and its halo


class MorphArtists:
    """What a stage shows. The boundary that came from the input plane lies over the output's own line."""

    def __init__(self, axes: Axes, evaluation: Evaluation, limits: Limits, style: Style) -> None:
        self.regions = RegionArtists(axes, limits, replace(style, boundary_width=FINE * style.boundary_width))
        self.axes = _line(axes, style.faint, 0.8, linewidth=1.0)
        self.walls = _line(axes, style.muted, 0.9, linewidth=1.0, linestyle=(0, (4, 3)))
        self.grid = GridArtists(axes, style)
        self.samples = RunSamples(axes, limits, evaluation, style)
        (self.divider,) = axes.fill([], [], color=style.boundary, linewidth=0, zorder=1.5)
        self.boundary = [
            _line(axes, colour, zorder, linewidth=width * style.boundary_width, solid_joinstyle="round")
            for colour, (width, zorder) in zip((style.background, style.boundary), LOOKS, strict=True)
        ]

    @property
    def moving(self) -> list[Artist]:
        """From back to front."""
        under: list[Artist] = [
            self.regions.shading,
            self.axes,
            self.walls,
            *self.grid.lines,
            *self.samples.moving,
        ]
        lines = [*self.regions.lines, *self.boundary]
        return [*under, self.divider, *lines, *self.samples.errors]

    def show(self, frame: MorphFrame) -> None:
        """Draw a frame."""
        self.regions.show(frame.regions)
        self.grid.show(frame.lines)
        self.samples.show(frame.points, frame.correct, frame.held_out, frame.limits)
        corners, strength = frame.divider
        self.divider.set(xy=corners if len(corners) else np.zeros((1, 2)), alpha=SHEET * strength)
        _draw(frame.axes, [self.axes])
        _draw(frame.walls, [self.walls])
        _draw(frame.boundary, self.boundary)


def _line(axes: Axes, colour: str, zorder: float, **look: Any) -> Line2D:
    (line,) = axes.plot([], [], color=colour, zorder=zorder, **look)
    return line


def _draw(pieces: list[Array], lines: list[Line2D]) -> None:
    """Draw pieces (n, 2) as one line, with gaps between them."""
    points = np.concatenate([part for piece in pieces for part in (piece, GAP)] or [GAP])
    for line in lines:
        line.set_data(points[:, 0], points[:, 1])
