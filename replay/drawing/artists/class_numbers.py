"""The names of classes on a plane, or numbers: where the network answers each, or among its samples."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.short_names import as_legible, told_apart
from replay.drawing.class_looks import coloured_classes
from replay.drawing.style import Style
from replay.runs.names import UNNAMED, Names
from replay.types import Array
from replay.views.shared.region_labels import label_places
from replay.views.shared.regions import Regions

HEIGHT = 1.25  # of a number, with what is around it, as a multiple of the font size
WIDEST = 0.22  # of the width of the axes, a name
MAX_NAMED = 4  # classes; with more, colours alone do not tell them apart


class ClassNumbers:
    """The name or number of each class, if there are too many classes for colours.

    Names that are too wide lose their middles; where they cannot be read then, all classes have numbers. On a
    plane with regions it names what the network answers there: it lies whole in a region of its class,
    as close to the class's samples as it can. Without regions it lies in the middle of the samples, and a
    number that would overlap that of an earlier class is left out until there is room for both. Those of
    classes with a colour come first.
    """

    def __init__(
        self, axes: Axes, labels: Array | None, n_classes: int, style: Style, names: Names = UNNAMED
    ) -> None:
        found = [] if labels is None else [int(label) for label in np.unique(labels)]
        if len(found) <= MAX_NAMED:
            found, n_classes = [], n_classes if n_classes > MAX_NAMED else 0
        self._n_classes = n_classes
        self._axes = axes
        numbered = sorted({*found, *range(n_classes)})
        coloured = set(coloured_classes(style, max(numbered, default=0) + 1))
        numbered.sort(key=lambda label: label not in coloured)
        self._colours = {label: style.ink if label in coloured else style.muted for label in numbered}
        self._members = {label: np.flatnonzero(labels == label) for label in numbered}
        halo = withStroke(linewidth=style.boundary_width * 1.5, foreground=style.background)
        self._words = ManyWords(axes, style.size_panel, 5, halo=halo, bold=True)
        self._texts = self._named(numbered, names)
        widths = [self._words.width(text) for text in self._texts.values()]
        height = HEIGHT * style.size_panel / 72
        self._size = np.array([max(widths, default=0.0) / self._dpi, height])  # inches

    def _named(self, labels: list[int], names: Names) -> dict[int, str]:
        """What each class is called here."""
        most = WIDEST * float(self._axes.bbox.width)
        wanted = [names.number(label) for label in labels]
        short = as_legible(wanted, told_apart(wanted, lambda name: self._words.width(name) <= most))
        return dict(zip(labels, short or map(str, labels), strict=True))

    @property
    def _dpi(self) -> float:
        figure = self._axes.get_figure(root=True)
        assert figure is not None
        return figure.dpi

    @property
    def moving(self) -> list[Artist]:
        """The numbers, if there are any."""
        return [self._words] if self._colours else []

    @property
    def places(self) -> dict[int, Array]:
        """Where the numbers are that are shown: label → (2,)."""
        labels = {text: label for label, text in self._texts.items()}
        return {labels[word.text]: np.array([word.x, word.y]) for word in self._words.words}

    def show(self, points: Array, regions: Regions | None) -> None:
        """Place the numbers among samples (n_samples, 2), or in `regions`, if there are any."""
        if not self._colours:
            return
        middles = {label: self._middle(points[members]) for label, members in self._members.items()}
        places = self._apart(middles) if regions is None else self._inside(regions, middles)
        self._words.show(
            [
                Word(float(x), float(y), self._texts[label], self._colours[label])
                for label, (x, y) in places.items()
            ]
        )

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
