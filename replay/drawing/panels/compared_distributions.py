"""The panel of one run among the distributions of several: a row of densities, a layer each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.ticker import FixedLocator, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from replay.drawing.artists.accuracy import percent_right, shares_right
from replay.drawing.artists.layer_names import fit, size_in_inches
from replay.drawing.artists.ticks import decade_text, short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.identity import Look
from replay.drawing.panels.layer_distributions import LABELS, LANE, OF_MISSING, OF_ZEROS, SEEN, decades
from replay.drawing.style import Style
from replay.language.percent import percent
from replay.types import Array
from replay.views.layer_distributions import LayerDistributions

TOP, BOTTOM = 1.45, -0.22  # of a cell, whose highest density is 1
QUARTILES = -0.11  # where the bar from the first to the third quartile lies
SMALL = 0.75  # of the tick size, what is said of a cell
TICK, FEWEST = 0.62, 3  # inches a tick needs, and how many there are at least
BESIDE = 0.12  # inches between names and cells
DOTTED = (0.15, 0.85)  # the heights of the first and the last dot
PALE = 0.35  # the opacity of a density


class DistributionRow:
    """One run's densities, a cell of `axes` for each layer, in the run's look.

    The densities are equally high. Below each is a bar from the first to the third quartile, with a gap at
    the median; a vertical bar at 0 has the share of exact zeros as its height, and bars at the ends the
    shares beyond them. Few values are dots. Beside the row is the share of samples that are right. The lowest
    row is `numbered`.
    """

    def __init__(
        self, axes: Sequence[Axes], view: LayerDistributions, look: Look, style: Style, numbered: bool
    ) -> None:
        self.axes, self.view, self.look, self.style = axes, view, look, style
        self.densities: list[Polygon] = []
        self.shares: list[LineCollection] = []
        self.dots: list[Line2D] = []
        self.quartiles: list[LineCollection] = []
        self.words: list[Words] = []
        for layer, cell in enumerate(axes):
            self._scale(cell, layer, numbered)
            self._add(cell)
        self.right = self._beside(axes[0])

    def _scale(self, cell: Axes, layer: int, numbered: bool) -> None:
        """Set the axis of a layer, and draw the ends of its range."""
        low, high = self.view.axes[layer]
        left = self._left(layer)
        cell.set(xlim=(left, high), ylim=(BOTTOM, TOP), yticks=[])
        cell.spines["left"].set_visible(False)
        most = max(FEWEST, int(size_in_inches(cell)[0] / TICK))  # those that overlap are left out later
        if self.view.logarithmic:
            cell.xaxis.set_major_locator(FixedLocator([left, *decades(low, high, most)]))
            cell.xaxis.set_major_formatter(lambda x, _: "0" if x == left else decade_text(10.0**x))
        else:
            cell.xaxis.set_major_locator(MaxNLocator(most, steps=[1, 2, 5, 10], min_n_ticks=1))
            short_numbers(cell.xaxis)
            cell.axvline(0, color=self.style.faint, linewidth=0.8, zorder=0.5)
        cell.tick_params(labelbottom=numbered)
        if numbered:
            cell.set_xlabel(str(LABELS[self.view.quantity]), fontsize=SMALL * self.style.size_tick)
        cell.axhline(0, color=self.style.faint, linewidth=0.8, zorder=0.5)
        for end in self.view.ranges[layer]:
            if low <= end <= high and end != 0:
                cell.axvline(end, color=self.style.muted, linewidth=0.8, zorder=0.6)

    def _left(self, layer: int) -> float:
        """The left end of a layer's axis, with a lane for zeros where it is logarithmic."""
        low, high = self.view.axes[layer]
        return float(low - LANE * (high - low)) if self.view.logarithmic else float(low)

    def _add(self, cell: Axes) -> None:
        """Add what moves in a cell."""
        colour = self.look.colour
        density = Polygon(np.zeros((1, 2)), closed=True, linewidth=1.2, edgecolor=colour)
        density.set_facecolor((*to_rgb(colour), PALE))
        cell.add_patch(density)
        self.densities.append(density)
        shares = LineCollection([], linewidths=2.6, colors=colour, zorder=2, capstyle="butt")
        quartiles = LineCollection([], linewidths=2.4, colors=self.style.ink, zorder=3, capstyle="butt")
        for lines in (shares, quartiles):
            cell.add_collection(lines, autolim=False)
        self.shares.append(shares)
        self.quartiles.append(quartiles)
        (dots,) = cell.plot([], [], "o", color=colour, markersize=3.2, markeredgewidth=0, zorder=2)
        self.dots.append(dots)
        words = Words(
            0.99,
            0.97,
            "",
            transform=cell.transAxes,
            ha="right",
            va="top",
            fontsize=SMALL * self.style.size_tick,
        )
        cell.add_artist(words)
        self.words.append(words)

    def _beside(self, cell: Axes) -> Words:
        """An empty text left of the first cell, below the name of the run."""
        figure = cell.get_figure(root=True)
        assert figure is not None
        left = cell.transAxes + ScaledTranslation(-BESIDE, 0, figure.dpi_scale_trans)
        words = Words(0, 0, "", transform=left, figure=figure, ha="right", va="bottom", clip_on=False)
        words.set(color=self.style.muted, fontsize=SMALL * self.style.size_tick)
        cell.add_artist(words)
        return words

    @property
    def moving(self) -> list[Artist]:
        """Densities, shares, dots, quartiles, what is said of values, and the share that is right."""
        return [*self.densities, *self.shares, *self.dots, *self.quartiles, *self.words, self.right]

    def show(self, epoch: float) -> None:
        """Draw the distributions at `epoch`."""
        frame = self.view.at(epoch)
        evaluation = self.view.evaluation
        if evaluation.all_recorded and evaluation.task.n_classes:
            self.right.set_text(percent_right(shares_right(evaluation, epoch)[0]))
        for layer in range(len(self.axes)):
            low, high = self._left(layer), float(self.view.axes[layer, 1])
            self.densities[layer].set_xy(_outline(frame.density[layer], self.view.edges[layer]))
            at = (low, low if self.view.logarithmic else 0.0, high)
            shares = (
                frame.below[layer],
                0 if len(frame.dots[layer]) else frame.zero[layer],
                frame.above[layer],
            )
            self.shares[layer].set_segments(
                [[(x, 0), (x, share)] for x, share in zip(at, shares, strict=True) if share > SEEN]
            )
            dots = np.clip(frame.dots[layer], low, high)
            self.dots[layer].set_data(dots, np.linspace(*DOTTED, len(dots)))
            self._show_quartiles(layer, np.clip(frame.quartiles[layer], low, high), high - low)
            self._tell(layer, shares[1], frame.missing[layer])

    def _show_quartiles(self, layer: int, quartiles: Array, width: float) -> None:
        """A bar with a gap at the median."""
        first, median, third = quartiles
        gap = min(0.006 * width, (third - first) / 8)  # of values close together, too, something is seen
        parts = ((first, median - gap), (median + gap, third))
        segments = [[(a, QUARTILES), (b, QUARTILES)] for a, b in parts if a < b]
        self.quartiles[layer].set_segments(segments)

    def _tell(self, layer: int, zero: float, missing: float) -> None:
        """Say the share of zeros or of missing values in the longest form that fits."""
        forms, share = (OF_MISSING, missing) if missing else (OF_ZEROS, zero)
        said = [str(form).format(share=percent(share)) for form in forms] if share else [""]
        room = size_in_inches(self.axes[layer])[0] * 0.6
        text = next(
            (each for each in said if fit([each], room, SMALL * self.style.size_tick, self.style)), ""
        )
        self.words[layer].set(text=text, color=self.style.error if missing else self.style.muted)


def _outline(density: Array, edges: Array) -> Array:
    """A density over its baseline, as high as 1."""
    peak = density.max()
    if not peak > 0:
        return np.full((1, 2), np.nan)
    heights = density / peak
    seen = np.flatnonzero(heights > 0.004)
    first, last = seen[0], seen[-1]
    x = np.repeat(edges[first : last + 2], 2)[1:-1]
    y = np.repeat(heights[first : last + 1], 2)
    return np.column_stack([[x[0], *x, x[-1]], [0.0, *y, 0.0]])
