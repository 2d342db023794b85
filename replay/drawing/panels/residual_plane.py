"""The panel of residuals in the plane of two inputs: red where predicted too low, blue where too high."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.key_words import KeyWords
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.marks import HELD_OUT
from replay.drawing.artists.plane import PlaneAxes
from replay.drawing.artists.signed import signed_colours
from replay.drawing.panels.fitted_surface import MOST
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.residual_plane import ResidualPlane

SMALLEST, LARGEST = 0.35, 3.2  # sizes of discs, as multiples of that of samples


class ResidualPlanePanel(Panel):
    """A disc for each sample, as large as its residual, in the hue of its sign; rings are held out."""

    def __init__(self, axes: Axes, view: ResidualPlane, style: Style) -> None:
        super().__init__(axes, view, style)
        evaluation = view.evaluation
        PlaneAxes(axes, view.limits)
        self._colours = signed_colours(style) / 255
        axes.set_title(say("Residuals"))
        low, high = tuple(self._colours[-30]), tuple(self._colours[30])
        KeyWords(
            axes,
            style,
            [(say("predicted too low"), low), (say("too high"), high)],  # type: ignore[list-item]
            [(say("too low"), low), (say("too high"), high)],  # type: ignore[list-item]
        )
        name_inputs(axes, evaluation.names.inputs, style)
        other = evaluation.held_out
        every = [evaluation] if other is None else [evaluation, other]
        self._chosen = [_some(len(one.inputs)) for one in every]
        self.discs = [
            axes.scatter(
                one.recording.inputs[chosen, 0],
                one.recording.inputs[chosen, 1],
                s=1.0,
                zorder=2 + 0.2 * place,
                label=HELD_OUT if place else None,
            )
            for place, (one, chosen) in enumerate(zip(every, self._chosen, strict=True))
        ]
        self.finite = LastFinite(axes, evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The discs."""
        return [*self.discs, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the residuals at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self._paint(self.discs[0], frame.residuals[self._chosen[0]], hollow=False)
        if frame.held_out is not None:
            self._paint(self.discs[1], frame.held_out[self._chosen[1]], hollow=True)

    def _paint(self, discs: PathCollection, residuals: Array, hollow: bool) -> None:
        share = np.nan_to_num(np.clip(residuals / self.view.largest, -1, 1))
        sizes = self.style.marker * (SMALLEST + (LARGEST - SMALLEST) * np.sqrt(np.abs(share)))
        strong = np.sign(share) * (0.35 + 0.65 * np.abs(share))  # small discs need a hue, too
        colours = self._colours[((strong + 1) / 2 * 255 + 0.5).astype(int)]
        discs.set_sizes(sizes**2)
        discs.set_edgecolor(colours if hollow else self.style.background)
        discs.set_facecolor("none" if hollow else colours)
        discs.set_linewidth(1.2 if hollow else 0.5)


def _some(n: int) -> Array:
    return np.sort(np.random.default_rng(0).permutation(n)[:MOST])
