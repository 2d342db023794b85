"""Softmax of one sample: its logits, their powers, the shares, the loss, and what a temperature changes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.activations import softmax as shares_of
from replay.network.losses import losses
from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY, MULTICLASS
from replay.types import Array
from replay.views.shared.geometry import usual_ends
from replay.views.shared.one_sample import position_of
from replay.views.view import View

MOST_CLASSES = 10  # that are shown, the sample's own among them
HIGHEST = 12.0  # a logit, up to which its power is shown as it is
TEMPERATURES = np.logspace(-1, 1, 81)
UNSURE = 2 / 3  # the share of an answer
LEAST_LOSS, MOST_LOSS = 2.5, 12.0  # of the axis
ONE_HOT, NUMBER = {"name": "categorical_crossentropy"}, {"name": "sparse_categorical_crossentropy"}


@dataclass(frozen=True)
class SoftmaxFrame:
    """A sample at one epoch, class by class, in float64.

    `logits` z (n_classes,); `powers` are e^z or, where the view is `shifted`, e^(z − max z); `total` is their
    sum, and `shares` what is theirs of it. `loss` is −log of the share of the sample's class, from a one-hot
    target and, as `loss_of_number`, from the number of the class.
    """

    epoch: float
    logits: Array
    powers: Array
    total: float
    shares: Array
    loss: float
    loss_of_number: float


class SoftmaxSample:
    """One sample of a run whose network ends with a softmax.

    `label` is its class, `shown` the classes that pictures have room for: those with the largest shares over
    the run, and its own. By default it is a sample that the network is unsure about in the end: one whose
    answer has about two thirds. Raises ViewError where the run has no softmax, or not this sample.
    """

    def __init__(self, evaluation: Evaluation, sample: int | None = None) -> None:
        _check(evaluation)
        self.evaluation = evaluation
        self.position = _unsure(evaluation) if sample is None else position_of(evaluation, sample)
        self.label = int(evaluation.task.class_labels[self.position])
        self.n_classes = evaluation.task.n_classes

    @cached_property
    def over_run(self) -> Array:
        """Its logits at the surveyed snapshots: (n, n_classes)."""
        evaluation = self.evaluation
        size = evaluation.block_size(1)
        blocks = evaluation.recording.blocks(evaluation.surveyed, size)
        return np.concatenate([self._logits(weights) for _, _, weights in blocks])

    @cached_property
    def shown(self) -> list[int]:
        """The classes that are shown, in order."""
        if self.n_classes <= MOST_CLASSES:
            return list(range(self.n_classes))
        largest = np.nan_to_num(_shares(self.over_run), nan=0.0).max(axis=0)
        largest[self.label] = np.inf
        return sorted(np.argsort(-largest, kind="stable")[:MOST_CLASSES].tolist())

    @cached_property
    def limits(self) -> tuple[float, float]:
        """Limits of the logits that are shown, with 0, at nearly all epochs."""
        shown = self.over_run[:, self.shown]
        shown = shown[np.isfinite(shown).all(axis=1)]
        if not len(shown):
            return -1.0, 1.0
        low, high = usual_ends(np.stack([shown.min(axis=1), shown.max(axis=1)], axis=-1))
        return min(low, 0.0), max(high, 0.0, 1e-6)

    @property
    def shifted(self) -> bool:
        """Whether the largest logit is taken off before the powers, which else would be too large to show."""
        return self.limits[1] > HIGHEST

    @cached_property
    def largest_power(self) -> float:
        """The largest power over the run."""
        return 1.0 if self.shifted else float(np.exp(self.limits[1]))

    @cached_property
    def highest_loss(self) -> float:
        """The largest loss over the run, within what an axis shows."""
        found = -_log_shares(self.over_run)[:, self.label]
        found = found[np.isfinite(found)]
        return float(np.clip(1.05 * min(found.max(initial=0.0), MOST_LOSS), LEAST_LOSS, MOST_LOSS))

    def frame(self, epoch: float) -> SoftmaxFrame:
        """The sample at `epoch`."""
        z = self._logits(self.evaluation.at(epoch).weights)[0]
        with np.errstate(all="ignore"):
            powers = np.exp(z - z.max() if self.shifted else z)
        one_hot = np.eye(self.n_classes)[[self.label]]
        shares = _shares(z)
        answer, logits = shares[None, None], z[None, None]
        return SoftmaxFrame(
            epoch,
            z,
            powers,
            float(powers.sum()),
            shares,
            float(losses(ONE_HOT, one_hot, answer, logits)[0, 0]),
            float(losses(NUMBER, np.array([self.label]), answer, logits)[0, 0]),
        )

    def _logits(self, weights: list[Array]) -> Array:
        evaluation = self.evaluation
        answers = evaluation.answers(weights, evaluation.inputs[self.position : self.position + 1])
        found = answers.outputs if answers.logits is None else answers.logits
        return found[:, 0].astype(np.float64)


def _unsure(evaluation: Evaluation) -> int:
    """The sample whose answer has nearest to UNSURE in the end, or at the last finite snapshot."""
    recording, since = evaluation.recording, evaluation.recording.diverged_at
    before = recording.epochs if since is None else recording.epochs[recording.epochs < since]
    p = evaluation.at(float(before[-1] if len(before) else recording.epochs[0])).probabilities
    return int(np.abs(np.nan_to_num(p, nan=np.inf).max(axis=-1) - UNSURE).argmin())


def _shares(z: Array) -> Array:
    with np.errstate(all="ignore"):
        return shares_of(z)


def _log_shares(z: Array) -> Array:
    with np.errstate(all="ignore"):
        shifted = z - z.max(axis=-1, keepdims=True)
        return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def _check(evaluation: Evaluation) -> None:
    """Raise ViewError for a run without a softmax."""
    path, task = evaluation.recording.path, evaluation.task
    if task.kind == BINARY:
        raise ViewError(
            f"{path}: softmax deals one whole out to several output units, and this network has a single "
            "unit: show the view cross-entropy instead"
        )
    output = evaluation.recording.description.output
    if task.kind != MULTICLASS or not (task.from_logits or (output and output.activation == "softmax")):
        raise ViewError(
            f"{path}: this network does not end with a softmax: show its curves or layers instead"
        )
    if not evaluation.all_recorded:
        raise ViewError(f"{path}: softmax needs the weights of all layers: train again and record them")


class SoftmaxShares(View):
    """From logits to shares: `of` is the sample. `at(epoch)` is a SoftmaxFrame."""

    def __init__(self, of: SoftmaxSample) -> None:
        super().__init__(of.evaluation)
        self.of = of

    def at(self, epoch: float) -> SoftmaxFrame:
        """The sample at `epoch`."""
        return self.of.frame(epoch)


class SoftmaxLoss(View):
    """The loss −log p of the share p of the sample's class. `at(epoch)` is a SoftmaxFrame."""

    def __init__(self, of: SoftmaxSample) -> None:
        super().__init__(of.evaluation)
        self.of = of

    def at(self, epoch: float) -> SoftmaxFrame:
        """The sample at `epoch`."""
        return self.of.frame(epoch)


class SoftmaxTemperature(View):
    """The shares of the logits divided by a temperature T, as Hinton et al. 2015, eq. 1, define it.

    `temperatures` (n,) go from 0.1 to 10. `at(epoch)` are the shares: (n, n_classes).
    """

    temperatures = TEMPERATURES

    def __init__(self, of: SoftmaxSample) -> None:
        super().__init__(of.evaluation)
        self.of = of

    def at(self, epoch: float) -> Array:
        """The shares at `epoch`, at each temperature."""
        return _shares(self.of.frame(epoch).logits / self.temperatures[:, None])


def softmax(
    evaluation: Evaluation, sample: int | None = None
) -> list[SoftmaxShares | SoftmaxLoss | SoftmaxTemperature]:
    """The parts of the view, of the sample with this number, counted from 1. Raises ViewError as above."""
    of = SoftmaxSample(evaluation, sample)
    return [SoftmaxShares(of), SoftmaxLoss(of), SoftmaxTemperature(of)]
