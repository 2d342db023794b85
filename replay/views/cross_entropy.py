"""The cross-entropy of a binary output: −log p and −log(1 − p), with the samples on the two curves."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.activations import softplus
from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY, MULTICLASS
from replay.types import Array
from replay.views.view import View

LEAST, MOST = 2.5, 8.0  # of the axis of losses
TINY = 1e-7  # Keras clips probabilities to it where it has no logits


@dataclass(frozen=True)
class CrossEntropyFrame:
    """The samples at one epoch: `p` (n_samples,) of class 1, `losses` (n_samples,) in nats, and their mean.

    `held_out` is the mean loss of the held-out samples, None without any.
    """

    epoch: float
    p: Array
    losses: Array
    mean: float
    held_out: float | None = None


class CrossEntropy(View):
    """The loss of each sample of two classes by the probability of class 1: −log p, of class 0 −log(1 − p).

    `labels` (n_samples,) are the classes; `highest` is the end of the axis of losses. Raises ViewError for
    runs with several outputs, or none of a probability.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        path, task = evaluation.recording.path, evaluation.task
        if task.kind == MULTICLASS:
            raise ViewError(
                f"{path}: cross-entropy shows the loss by one probability, and this network has one for each "
                f"of {task.n_classes} classes: show the view softmax instead"
            )
        if task.kind != BINARY or not evaluation.all_recorded:
            raise ViewError(
                f"{path}: cross-entropy needs a network that gives the probability of one of two classes, "
                "all layers recorded: show its curves instead"
            )
        self.labels = task.class_labels

    @cached_property
    def highest(self) -> float:
        """The largest loss at the surveyed snapshots, within what an axis shows."""
        largest = [
            np.nan_to_num(_losses(outputs, logits, self.labels, self.evaluation), nan=0.0).max(initial=0.0)
            for _, _, (outputs, logits) in self.evaluation.blocks(self.evaluation.surveyed)
        ]
        return float(np.clip(1.05 * min(max(largest, default=0.0), MOST), LEAST, MOST))

    def at(self, epoch: float) -> CrossEntropyFrame:
        """The samples at `epoch`."""
        held_out = self.evaluation.held_out
        p, losses = self._of(self.evaluation, epoch)
        mean_held_out = None if held_out is None else float(self._of(held_out, epoch)[1].mean())
        return CrossEntropyFrame(epoch, p, losses, float(losses.mean()), mean_held_out)

    @staticmethod
    def _of(evaluation: Evaluation, epoch: float) -> tuple[Array, Array]:
        """The probabilities and losses of these samples: (n_samples,) each."""
        outputs, logits = evaluation.answers(evaluation.at(epoch).weights)
        losses = _losses(outputs, logits, evaluation.task.class_labels, evaluation)
        return evaluation.task.probabilities(outputs)[0], losses[0]


def _losses(outputs: Array, logits: Array | None, labels: Array, evaluation: Evaluation) -> Array:
    """The cross-entropy of each sample: (n_snapshots, n_samples), from logits where there are some."""
    z = outputs if evaluation.task.from_logits else logits
    output = evaluation.recording.description.output
    exact = z is not None and (evaluation.task.from_logits or (output and output.activation == "sigmoid"))
    sign = np.where(labels == 1, -1.0, 1.0)
    with np.errstate(all="ignore"):
        if exact and z is not None:
            return softplus(sign * z[..., 0].astype(np.float64))
        p = np.clip(outputs[..., 0].astype(np.float64), TINY, 1 - TINY)
        return np.asarray(-np.log(np.where(labels == 1, p, 1 - p)))
