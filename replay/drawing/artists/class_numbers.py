"""The numbers of classes on a plane: in the region where the network answers each, or among its samples."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from replay.drawing.class_looks import coloured_classes
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.region_labels import label_places
from replay.views.shared.regions import Regions

MAX_NAMED = 4  # classes; with more, colours alone do not tell them apart


class ClassNumbers:
    """The number of each class, if there are too many classes for colours.

    On a plane with regions it names what the network answers there: it lies whole in a region of its class,
    as close to the class's samples as it can. Without regions it lies in the middle of the samples, and a
    number that would overlap that of an earlier class is left out until there is room for both. Those of
    classes with a colour come first.
    """

    def __init__(self, axes: Axes, labels: Array | None, n_classes: int, style: Style) -> None:
        found = [] if labels is None else [int(label) for label in np.unique(labels)]
        if len(found) <= MAX_NAMED:
            found, n_classes = [], n_classes if n_classes > MAX_NAMED else 0
        self._n_classes = n_classes
        self._axes, self._style = axes, style
        numbered = sorted({*found, *range(n_classes)})
        self._coloured = set(coloured_classes(style, max(numbered, default=0) + 1))
        numbered.sort(key=lambda label: label not in self._coloured)
        self.texts = {label: self._text(label) for label in numbered}
        self._members = {label: np.flatnonzero(labels == label) for label in self.texts}
        sizes = np.array([text.get_window_extent().size for text in self.texts.values()]).reshape(-1, 2)
        self._size = sizes.max(axis=0, initial=0) / self._dpi  # inches

    def _text(self, label: int) -> Text:
        style = self._style
        halo = [withStroke(linewidth=style.boundary_width * 1.5, foreground=style.background)]
        colour = style.ink if label in self._coloured else style.muted
        return self._axes.text(
            0, 0, str(label), color=colour, fontsize=style.size_panel, fontweight="bold",
            ha="center", va="center", clip_on=True, path_effects=halo, zorder=5,
        )  # fmt: skip

    @property
    def _dpi(self) -> float:
        figure = self._axes.get_figure(root=True)
        assert figure is not None
        return figure.dpi

    @property
    def moving(self) -> list[Artist]:
        """The numbers."""
        return [*self.texts.values()]

    def show(self, points: Array, regions: Regions | None) -> None:
        """Place the numbers among samples (n_samples, 2), or in `regions`, if there are any."""
        if not self.texts:
            return
        middles = {label: self._middle(points[members]) for label, members in self._members.items()}
        places = self._apart(middles) if regions is None else self._inside(regions, middles)
        for label, text in self.texts.items():
            text.set_visible(label in places)
            if label in places:
                text.set_position(tuple(places[label]))

    @staticmethod
    def _middle(points: Array) -> Array:
        finite = points[np.isfinite(points).all(axis=1)]
        return np.median(finite, axis=0) if len(finite) else np.full(2, np.nan)

    def _apart(self, middles: dict[int, Array]) -> dict[int, Array]:
        """Those middles whose numbers do not overlap an earlier one."""
        taken, chosen = np.empty((0, 2)), {}
        for label, middle in middles.items():
            place = self._axes.transData.transform(middle)
            if (
                np.isfinite(place).all()
                and not (np.abs(taken - place) < self._size * self._dpi).all(axis=1).any()
            ):
                chosen[label] = middle
                taken = np.vstack([taken, place])
        return chosen

    def _inside(self, regions: Regions, middles: dict[int, Array]) -> dict[int, Array]:
        """A place for each class that the network answers somewhere, with room for a number."""
        box = self._axes.transData.inverted().transform(self._size * self._dpi)
        box = box - self._axes.transData.inverted().transform((0, 0))
        wanted = np.array([middles[label] for label in range(self._n_classes)])
        found = label_places(regions, wanted, (float(box[0]), float(box[1])))
        return {label: place for label, place in enumerate(found) if np.isfinite(place).all()}
