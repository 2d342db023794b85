"""The cut-off of a probability: what is right and wrong with it, precision, recall and F1 as it moves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY
from replay.types import Array
from replay.views.view import View

USUAL = 0.5
N_BINS, N_CUTOFFS = 40, 201
STEPS = 4  # of a film, from 0 to 1


@dataclass(frozen=True)
class Counts:
    """Samples by their class and the answer: class 1 answered as such is a true positive."""

    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int

    @property
    def precision(self) -> float:
        """TP / (TP + FP): of those answered with class 1, the share that is of it; NaN where none is."""
        return _ratio(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """TP / (TP + FN): of class 1, the share that is answered so; NaN without samples of it."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")


@dataclass(frozen=True)
class ThresholdFrame:
    """The samples at one epoch and one `cutoff`: those with p above it are answered with class 1.

    `above` and `below` (2, n_bins) count the samples of class 1, first, and of class 0, by their p. `counts`
    are all of them. At the `cutoffs` (n,) of the view, `precision`, `recall` and `f1` (n,) are NaN where
    they are not defined; `best` is the cut-off with the largest F1, NaN where it is defined nowhere.
    """

    epoch: float
    cutoff: float
    above: Array
    below: Array
    counts: Counts
    precision: Array
    recall: Array
    f1: Array
    best: float


class Threshold(View):
    """Right and wrong by the cut-off of the probability of class 1, over `edges` (n_bins + 1,) from 0 to 1.

    With `stays_at` its moments are not epochs, but marks from 0 to STEPS on the way of the cut-off from 0 to
    1, at this one epoch. Precision, recall and F1 as van Rijsbergen 1979, "Information Retrieval", chapter 7.
    Raises ViewError for a run without the probability of one of two classes.
    """

    edges = np.linspace(0, 1, N_BINS + 1)
    cutoffs = np.linspace(0, 1, N_CUTOFFS)

    def __init__(self, evaluation: Evaluation, stays_at: float | None = None) -> None:
        super().__init__(evaluation)
        if evaluation.task.kind != BINARY or not evaluation.all_recorded:
            raise ViewError(
                f"{evaluation.recording.path}: a cut-off needs a network that gives the probability of one "
                "of two classes, all layers recorded: show the confusion matrix or the curves instead"
            )
        self.stays_at = stays_at

    def epoch_at(self, moment: float) -> float:
        """The epoch at a moment."""
        return moment if self.stays_at is None else self.stays_at

    def cutoff_at(self, moment: float) -> float:
        """The cut-off at a moment."""
        return USUAL if self.stays_at is None else moment / STEPS

    def at(self, epoch: float, cutoff: float | None = None) -> ThresholdFrame:
        """The samples at `epoch` with this cut-off, by default 0.5."""
        cutoff = USUAL if cutoff is None else cutoff
        p = self.evaluation.at(epoch).probabilities.astype(np.float64)
        positive = self.evaluation.task.class_labels == 1
        above = p > cutoff  # as Keras's metrics have it; NaN is never above
        below = ~above & np.isfinite(p)
        precision, recall, f1 = self._curves(p, positive)
        best = float(self.cutoffs[np.nanargmax(f1)]) if np.isfinite(f1).any() else float("nan")
        return ThresholdFrame(
            epoch,
            cutoff,
            self._histograms(p, positive, above),
            self._histograms(p, positive, below),
            _counts(above, positive),
            precision,
            recall,
            f1,
            best,
        )

    def _histograms(self, p: Array, positive: Array, of: Array) -> Array:
        """How many of these samples each bin has, of class 1 and of class 0: (2, n_bins)."""
        groups = (positive & of, ~positive & of)
        return np.stack([np.histogram(p[members], self.edges)[0] for members in groups])

    def _curves(self, p: Array, positive: Array) -> tuple[Array, Array, Array]:
        """Precision, recall and F1 at each cut-off."""
        beyond = p[:, None] > self.cutoffs
        answered, right = beyond.sum(axis=0), (beyond & positive[:, None]).sum(axis=0)
        with np.errstate(all="ignore"):
            precision = np.where(answered > 0, right / answered, np.nan)
            recall = np.full(len(self.cutoffs), np.nan) if not positive.any() else right / positive.sum()
            f1 = 2 * right / (answered + positive.sum())
        return precision, recall, np.where(answered + positive.sum() > 0, f1, np.nan)

    @cached_property
    def highest(self) -> int:
        """The most samples of a class that one bin may hold: all of them."""
        return int(np.bincount(self.evaluation.task.class_labels, minlength=2).max(initial=1))


def _counts(above: Array, positive: Array) -> Counts:
    return Counts(
        int((above & positive).sum()),
        int((above & ~positive).sum()),
        int((~above & positive).sum()),
        int((~above & ~positive).sum()),
    )


class PrecisionRecall(View):
    """The same arrays, as curves over the cut-off."""

    def __init__(self, threshold: Threshold) -> None:
        super().__init__(threshold.evaluation)
        self.threshold = threshold

    def at(self, epoch: float, cutoff: float | None = None) -> ThresholdFrame:
        """As `Threshold.at`."""
        return self.threshold.at(epoch, cutoff)


def threshold(evaluation: Evaluation, stays_at: float | None = None) -> list[Threshold | PrecisionRecall]:
    """The histogram with its cut-off, and the curves. Raises ViewError as `Threshold` does."""
    view = Threshold(evaluation, stays_at)
    return [view, PrecisionRecall(view)]


TOLD = (
    Message("the cut-off rises from 0, where all samples are answered with class 1"),
    Message("on to 0.5, the usual cut-off, where the likelier class is answered"),
    Message("beyond it, class 1 is answered only where the network is sure"),
    Message("up to 1, where nothing is answered with class 1"),
)


def described(evaluation: Evaluation, epoch: float, views: tuple[Message | str, ...]) -> Subject:
    """What a film of the moving cut-off at `epoch` is of."""
    return Subject((evaluation,), views, epoch=epoch, told=TOLD)
