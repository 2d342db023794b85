"""Of a network that diverged, the last moment with finite weights, and the words that say so."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.notice import Notice
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.evaluation import Evaluation

HIGH = 0.3  # inches, that the notice takes at the top of axes


def rows_for_notice(axes: Axes, evaluation: Evaluation, n_rows: float) -> float:
    """How many rows a table of `n_rows` leaves free above it, for the notice of a run that diverged."""
    if evaluation.recording.diverged_at is None:
        return 0.0
    height = size_in_inches(axes)[1]
    return n_rows * HIGH / max(height - HIGH, HIGH)


class LastFinite:
    """What a panel shows once weights are NaN or infinite: the snapshot before, with a notice."""

    def __init__(self, axes: Axes, evaluation: Evaluation, style: Style) -> None:
        self._notice = Notice(axes, style)
        epochs, self._since = evaluation.recording.epochs, evaluation.recording.diverged_at
        before = epochs if self._since is None else epochs[epochs < self._since]
        self._last = float(before[-1]) if len(before) else None
        self._always: tuple[str, ...] = ()

    @property
    def moving(self) -> list[Artist]:
        """The notice."""
        return [self._notice.words]

    def tell(self, *forms: str) -> None:
        """Say this at all moments, in the longest of these forms that fits: why there is nothing to show."""
        self._always = forms
        self._notice.tell(*forms)

    def moment(self, epoch: float) -> float:
        """The moment to show at `epoch`."""
        if self._since is None or (self._last is not None and epoch <= self._last):
            self._notice.tell(*self._always)
            return epoch
        if self._last is None:
            since = say("not finite since epoch {since:g}", since=self._since)
            self._notice.tell(since, say("not finite"), "NaN")
            return epoch
        epochs = {"since": self._since, "last": self._last}
        whole = say("not finite since epoch {since:g}: this is epoch {last:g}", **epochs)
        self._notice.tell(whole, say("this is epoch {last:g}", **epochs), "NaN")
        return self._last
