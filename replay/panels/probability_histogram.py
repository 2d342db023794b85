"""The histogram of probabilities, drawn."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.panels.bars import Bars
from replay.panels.panel import Panel
from replay.style import Style
from replay.views.probability_histogram import ProbabilityHistogram

BINARY_TITLES = ("Negatives", "Positives")


class ProbabilityHistogramPanel(Panel):
    """How sure the network is, in the colour of the class; a line marks even odds.

    `narrow` leaves the share that is right away, for which narrow axes have no room beside the title.
    """

    def __init__(self, axes: Axes, view: ProbabilityHistogram, style: Style, narrow: bool = False) -> None:
        super().__init__(axes, style)
        self.view = view
        self._narrow = narrow
        label = view.label
        colour = style.muted if label is None else style.class_colour(label)
        self.bars = Bars(axes, view.edges, view.highest, colour, style)
        if view.of_class_1 and label is not None:
            axes.axvline(0.5, color=style.muted, linewidth=1.0, linestyle=(0, (4, 3)), zorder=3)
            axes.set_xlabel("P(class 1)")
        else:
            axes.set_xlabel("P(true class)" if label is None else f"P(class {label})")
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        name = "All samples" if label is None else f"Class {label}"
        self.name = BINARY_TITLES[label] if view.of_class_1 and label is not None else name
        axes.set_title(self.name)
        self.share = axes.annotate(
            "", (1, 1), (0, style.title_pad), xycoords="axes fraction", textcoords="offset points",
            ha="right", va="baseline", color=style.muted, fontsize=style.size_tick, annotation_clip=False,
        )  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """Bars, and the share that is right."""
        return [*self.bars.moving, self.share]

    def show(self, epoch: float) -> None:
        """Count at `epoch`."""
        frame = self.view.at(epoch)
        self.bars.show(frame)
        if not self._narrow:
            self.share.set_text(percent_right(frame.share_right))


def percent_right(share: float) -> str:
    """A share as a percentage that says 100% and 0% only where it is exactly so."""
    if share in (0.0, 1.0):
        return f"{share:.0%} right"
    return f"{min(max(share, 0.001), 0.999):.1%} right"
