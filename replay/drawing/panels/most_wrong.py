"""The panel of the most wrong images, captioned with true and predicted class."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.mosaic import Mosaic, Tiling, tiling
from replay.drawing.artists.short_names import to_letters
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, say
from replay.language.percent import percent
from replay.types import Array
from replay.views.confusion_matrix import NO_ANSWER
from replay.views.most_wrong import MostWrong, MostWrongFrame
from replay.views.shared.held_out import HELD_OUT, TRAINED

LETTERS = (24, 12, 8)  # of the names of classes, which lose their middles until they fit
SMALLEST = 0.66  # of the tick size, for captions
TITLES = {
    "": Message("Most wrong"),
    TRAINED: Message("Most wrong, training"),
    HELD_OUT: Message("Most wrong, held out"),
}
MIN_IMAGE = 0.55  # of the image size without captions


class MostWrongPanel(Panel):
    """Each sample as an image in ink on paper, captioned "true → predicted" and P(predicted).

    Captions have the error colour, or are muted if the class is right. Names of classes are shortened until
    they fit, and give way to numbers. Small cells leave out the probability, tiny cells the whole caption.
    """

    def __init__(self, axes: Axes, view: MostWrong, style: Style) -> None:
        super().__init__(axes, view, style)
        self._with_probability = True
        self._named = [str(label) for label in range(view.evaluation.task.n_classes)]
        self.captions: ManyWords | None = None
        tiles = self._captioned(axes)
        self.mosaic = Mosaic(axes, tiles, view.image_shape, _ink_on_paper(style), style)
        self._tiles = tiles
        axes.set_title(str(TITLES[view.of]))
        if self.captions is not None:
            axes.set_xlabel(
                say("true → predicted, P(predicted)") if self._with_probability else say("true → predicted")
            )
        _ = view.settled  # compute it once, before forking processes that draw frames

    def _captioned(self, axes: Axes) -> Tiling:
        """The tiling with the longest captions that leave the images large enough."""
        view, style = self.view, self.style
        assert axes.figure is not None
        bare = tiling(axes, view.n, view.image_shape)
        for (named, words), with_probability in product(self._namings(), (True, False)):
            if with_probability:
                forms = [f"{word} → {word}  {percent(1)}" for word in words]
            else:
                forms = [f"{word}→{word}" for word in words]
            for size in np.linspace(1, SMALLEST, 4) * style.size_tick:
                captions = ManyWords(axes, float(size), zorder=2, rise=0.42 * float(size))
                width = max(map(captions.width, forms)) * 72 / axes.figure.dpi
                tiles = tiling(axes, view.n, view.image_shape, strip=1.3 * float(size), least_width=width + 4)
                enough = tiles.magnified >= MIN_IMAGE * bare.magnified
                if enough and axes.bbox.width * 72 / axes.figure.dpi >= tiles.columns * (width + 4):
                    self.captions, self._with_probability = captions, with_probability
                    self._named = named
                    return tiles
                captions.remove()
        return bare

    def _namings(self) -> Iterator[tuple[list[str], list[str]]]:
        """What to call the classes, the longest first, and the widest of the words that it takes."""
        names, n_classes = self.view.evaluation.names, self.view.evaluation.task.n_classes
        words = [names.number(label) for label in range(n_classes)]
        for letters in LETTERS if names.are_words else ():
            short = to_letters(words, letters)
            if short is not None:
                yield short, short
        plain = [str(label) for label in range(n_classes)] if names.are_words else words
        yield plain, [max(map(len, plain)) * "8"]

    @property
    def moving(self) -> list[Artist]:
        """The images and their captions."""
        return [self.mosaic, *([] if self.captions is None else [self.captions])]

    def show(self, epoch: float) -> None:
        """Show the worst samples at `epoch`."""
        frame = self.view.at(epoch)
        self.mosaic.show(frame.images, frame.cells)
        if self.captions is not None:
            self.captions.show(self._words(frame))

    def _words(self, frame: MostWrongFrame) -> list[Word]:
        rows, columns = np.divmod(frame.cells, self._tiles.columns)
        return [
            Word(column + 0.5, self._tiles.rows - row - 1, self._caption(frame, number),
                 self.style.error if frame.wrong[number] else self.style.muted)
            for number, (row, column) in enumerate(zip(rows.tolist(), columns.tolist(), strict=True))
        ]  # fmt: skip

    def _caption(self, frame: MostWrongFrame, number: int) -> str:
        label, predicted = int(frame.labels[number]), int(frame.predicted[number])
        truth = self._named[label]
        answer = "NaN" if predicted == NO_ANSWER else self._named[predicted]
        if not self._with_probability:
            return f"{truth}→{answer}"
        return f"{truth} → {answer}" + (
            "" if predicted == NO_ANSWER else f"  {percent(frame.probability[number])}"
        )


def _ink_on_paper(style: Style) -> Array:
    """The colours from paper to ink: RGBA (256, 4) of uint8."""
    strength = np.linspace(0, 1, 256)[:, None]
    ink, paper = np.array(to_rgb(style.ink)), np.array(to_rgb(style.background))
    rgba = np.hstack([np.broadcast_to(ink, (256, 3)), strength])
    if not style.transparent:
        rgba = np.hstack([paper + (ink - paper) * strength, np.ones((256, 1))])
    return np.round(rgba * 255).astype(np.uint8)
