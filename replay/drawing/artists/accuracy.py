"""The accuracy beside a title, which says which samples it counts where some were held out."""

from __future__ import annotations

from functools import cached_property
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text

from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.words import Words, beside_title, needed_beside
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers
from replay.language.percent import percent
from replay.runs.evaluation import Evaluation

# From the longest to the shortest.
FORMS = Message("{share} right"), "{share}"
FORMS_OF_TWO = (
    Message("train {share} · held out {held_out}"),
    Message("{share} · held out {held_out}"),
    "●{share} ○{held_out}",  # as markers are
)
WIDEST = "99.9%"
WIDEST_OF_TWO = ">99%"
NOTHING = "–"  # the accuracy of no samples
NO_ANSWER = Message("no answer"), "NaN"  # of a network that diverged


class Accuracy:
    """One accuracy or two, beside a title: in the longest form for which the axes are wide enough.

    `words` stand at the right end of the line of `title`; see `beside_title`.
    """

    def __init__(self, title: Text, words: Words, of_two: bool, style: Style) -> None:
        self._title, self._words, self._style = title, words, style
        self._forms = [str(form) for form in (FORMS_OF_TWO if of_two else FORMS)]
        self._widest = (WIDEST_OF_TWO, WIDEST_OF_TWO) if of_two else (WIDEST,)

    @cached_property
    def needed(self) -> dict[str, float]:
        """The width in inches of title and accuracy side by side with a gap, by form."""
        return {
            form: needed_beside(self._title, self._words, filled(form, *self._widest), self._style)
            for form in self._forms
        }

    def show(self, *shares: float | None) -> None:
        """Say these shares, as many as there are sets of samples, None of a set without samples."""
        room = size_in_inches(cast(Axes, self._title.axes))[0]  # which a layout may have changed
        form = next((form for form, needed in self.needed.items() if needed <= room), "")
        self._words.set_text(told(form, *shares))


class RunAccuracy:
    """The accuracy of a run beside the title of axes, as a panel of its own.

    It takes the longest of the forms that has room, if one has.
    """

    def __init__(self, title: Text, evaluation: Evaluation, style: Style) -> None:
        self._evaluation = evaluation
        self.words = beside_title(cast(Axes, title.axes), style)
        cast(Axes, title.axes).add_artist(self.words)
        self._accuracy = Accuracy(title, self.words, evaluation.held_out is not None, style)

    @property
    def moving(self) -> list[Artist]:
        """The text."""
        return [self.words]

    def show(self, epoch: float) -> None:
        """Show the accuracy at `epoch`."""
        self._accuracy.show(*shares_right(self._evaluation, epoch))


def shares_right(evaluation: Evaluation, epoch: float) -> list[float]:
    """The share of the samples that are right and, where some were held out, that of these.

    NaN where the network has diverged and answers none of them with a number: that is not to be wrong.
    """
    moments = [one.at(epoch) for one in (evaluation, evaluation.held_out) if one is not None]
    return [
        float(moment.correct.mean()) if np.isfinite(moment.outputs).any() else np.nan for moment in moments
    ]


def told(form: str, *shares: float | None) -> str:
    """These shares in one of the forms; nothing without samples, and that there is no answer for NaN."""
    if all(share is None for share in shares):
        return ""
    if any(share is not None and np.isnan(share) for share in shares):
        return str(NO_ANSWER[form == FORMS[-1]])
    write = percent_of_one if len(shares) == 1 else percent
    return filled(form, *(NOTHING if share is None else write(share) for share in shares))


def filled(form: str, share: str, held_out: str = "") -> str:
    """A form with the words of the shares in it."""
    return form.format(share=share, held_out=held_out)


def percent_right(share: float) -> str:
    """A share as a percentage, in words; 100% and 0% only if it is exactly 1 or 0."""
    return told(str(FORMS[0]), share)


def percent_of_one(share: float) -> str:
    """A share with one decimal; 100% and 0% only if it is exactly 1 or 0."""
    if share in (0.0, 1.0):
        return in_numbers(f"{share:.0%}")
    return in_numbers(f"{min(max(share, 0.001), 0.999):.1%}")
