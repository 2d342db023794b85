"""The panel of the temperature of a softmax: the shares of all classes by it."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.ticker import FixedLocator, NullLocator

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import in_numbers, in_this_language, say
from replay.language.percent import percent
from replay.views.softmax import SoftmaxTemperature

NARROW = 2.6  # inches; narrower axes have shorter words


class SoftmaxTemperaturePanel(Panel):
    """The shares of the classes by the temperature: one takes all on the left, even shares on the right."""

    def __init__(self, axes: Axes, view: SoftmaxTemperature, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set_title(say("Temperature T: softmax of z / T"))
        self.titles = (say("Softmax of z / T"), "z / T")
        axes.set_xscale("log")
        axes.set(xlim=(view.temperatures[0], view.temperatures[-1]), ylim=(-0.02, 1.02))
        axes.xaxis.set_major_locator(FixedLocator([0.1, 1, 10]))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(in_this_language(lambda value, _: in_numbers(f"{value:g}")))
        axes.set_yticks([0, 0.5, 1], [percent(share) for share in (0, 0.5, 1)])
        wide = size_in_inches(axes)[0] > NARROW
        axes.set_xlabel(say("sharper  ←  temperature T  →  flatter") if wide else "T")
        axes.axvline(1, color=style.muted, linewidth=1, linestyle=(0, (2, 2)), zorder=1)
        self._one = int(np.argmin(np.abs(np.log(view.temperatures))))
        self.lines, self.dots = [], []
        for label in view.of.shown:
            own = label == view.of.label
            colour = style.class_colour(label)
            width = style.curve_width * (1 if own else 0.6)
            (line,) = axes.plot(
                [], [], color=to_rgba(colour, 1 if own else 0.8), linewidth=width, zorder=2 + own
            )
            (dot,) = axes.plot(
                [], [], style.class_marker(label), color=colour, markersize=2 * style.marker, zorder=5,
                markeredgecolor=style.background, clip_on=False,
            )  # fmt: skip
            self.lines.append(line)
            self.dots.append(dot)
        self.finite = LastFinite(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The lines, and the dots at a temperature of 1."""
        return [*self.lines, *self.dots, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the shares at `epoch`."""
        shares = self.view.at(self.finite.moment(epoch))
        for label, line, dot in zip(self.view.of.shown, self.lines, self.dots, strict=True):
            line.set_data(self.view.temperatures, shares[:, label])
            dot.set_data([1.0], shares[self._one : self._one + 1, label])
