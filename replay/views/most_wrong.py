"""The most wrong images: the samples with the highest losses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.losses import is_known
from replay.runs.evaluation import Answers, Evaluation, Moment
from replay.types import Array
from replay.views.confusion_matrix import predictions
from replay.views.shared.held_out import sample_sets
from replay.views.shared.images import image_shape, value_range
from replay.views.view import View


@dataclass(frozen=True)
class MostWrongFrame:
    """The worst samples at one epoch, the worst first.

    `indices` (n,) are their positions among the recorded samples; `losses` (n,) are their losses or, if the
    run's loss is not known per sample, 1 − P(true class); `labels` and `predicted` (n,) are classes, −1 for
    no finite answer; `probability` (n,) is that of the predicted class. `images` (n, h, w) or (n, h, w, 3)
    have values from 0 to 1. `cells` (n,) are the cells of the picture, each from 0 to n − 1.
    """

    epoch: float
    indices: Array
    losses: Array
    labels: Array
    predicted: Array
    probability: Array
    images: Array
    cells: Array

    @property
    def wrong(self) -> Array:
        """Which of them are misclassified: (n,) of bool."""
        return self.predicted != self.labels


class MostWrong(View):
    """The `n` recorded samples with the highest losses, or all if there are fewer.

    NaN counts as the highest loss: no answer is more wrong. With equal losses, the earlier sample comes
    first. `of` says which samples they are, where there are others. Raises ViewError for a regression, and
    for inputs that are not images.
    """

    def __init__(self, evaluation: Evaluation, n: int = 16, of: str = "") -> None:
        if n < 1:
            raise ViewError(f"at least one sample must be shown, not {n}")
        super().__init__(evaluation)
        self.of = of
        self.labels = evaluation.task.class_labels
        inputs = evaluation.recording.inputs
        self.image_shape = image_shape(inputs.shape[1:])
        self.n = min(n, len(inputs))

    @property
    def by_loss(self) -> bool:
        """Whether the run's loss is known per sample; if not, 1 − P(true class) counts."""
        return is_known(self.evaluation.recording.description.loss)

    def at(self, epoch: float) -> MostWrongFrame:
        """The worst samples at `epoch`."""
        moment = self.evaluation.at(epoch)
        losses = self._losses(moment)
        worst = highest(losses, self.n)
        task = self.evaluation.task
        by_class = task.by_class(moment.probabilities)[worst]
        predicted = predictions(task, moment.probabilities[worst])
        return MostWrongFrame(
            epoch=epoch,
            indices=worst,
            losses=losses[worst],
            labels=self.labels[worst],
            predicted=predicted,
            probability=by_class[np.arange(self.n), predicted],
            images=self._images(worst),
            cells=self._cells(epoch, worst),
        )

    @cached_property
    def settled(self) -> Array:
        """The sample in each cell at each snapshot: (n_snapshots, n) of int.

        At the first snapshot they are in order. From one snapshot to the next, samples that stay among the
        worst keep their cells, and new ones take the free cells, the worst first.
        """
        cells: list[Array] = []
        for _, _, answers in self.evaluation.blocks():
            for losses in self._losses_of(answers):
                worst = highest(losses, self.n)
                cells.append(_settle(cells[-1], worst) if cells else worst)
        return np.array(cells)

    def _cells(self, epoch: float, worst: Array) -> Array:
        """The cell of each sample of `worst`; between snapshots, cells follow from the snapshot before."""
        position = int(np.searchsorted(self.evaluation.recording.epochs, epoch, side="right")) - 1
        places = _settle(self.settled[position], worst)
        order = np.argsort(places)
        return order[np.searchsorted(places, worst, sorter=order)]

    @cached_property
    def _range(self) -> tuple[float, float]:
        return value_range(self.evaluation.recording.inputs)

    def _images(self, indices: Array) -> Array:
        """Recorded samples, scaled from 0, the smallest value of all inputs, to 1, the largest."""
        low, high = self._range
        images = self.evaluation.recording.inputs[indices].reshape(-1, *self.image_shape)
        with np.errstate(all="ignore"):
            return ((images.astype(np.float64) - low) / (high - low)).astype(np.float32)

    def _losses(self, moment: Moment) -> Array:
        return moment.losses if self.by_loss else self._doubt(moment.probabilities)

    def _losses_of(self, answers: Answers) -> Array:
        """The losses of a block: (n_snapshots, n_samples)."""
        if self.by_loss:
            return self.evaluation.losses_of(answers)
        return self._doubt(self.evaluation.task.probabilities(answers.outputs))

    def _doubt(self, probabilities: Array) -> Array:
        """1 − P(true class): (…, n_samples)."""
        by_class = self.evaluation.task.by_class(probabilities)
        return 1 - by_class[..., np.arange(len(self.labels)), self.labels]


def most_wrongs(evaluation: Evaluation, n: int = 16) -> list[MostWrong]:
    """The worst of the recorded samples and, where some were held out, beside them the worst of those."""
    return [MostWrong(one, n, of) for one, of in sample_sets(evaluation)]


def highest(losses: Array, n: int) -> Array:
    """The positions of the `n` highest of `losses` (n_samples,), the highest first: (n,) of int.

    NaN counts as the highest; ties keep their order.
    """
    return np.argsort(-np.where(np.isnan(losses), np.inf, losses), kind="stable")[:n]


def _settle(before: Array, worst: Array) -> Array:
    """The sample in each cell (n,): samples keep their cell `before`; new ones fill the free cells."""
    cells = before.copy()
    free = ~np.isin(before, worst)
    cells[free] = worst[~np.isin(worst, before)]
    return cells
