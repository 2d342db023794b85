"""What a step does: where it moves the samples, how it changes the weights, and which samples push it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.steps import step_at
from replay.types import Array, Units
from replay.views.feature_space import FeatureSpace, FeatureSpaceFrame
from replay.views.network import CHANGES, Network
from replay.views.shared.geometry import Limits
from replay.views.view import View

OF_MOST = 0.9  # quantile of how far samples move
FAR = 0.1  # of the plane's diagonal, how far these go at most when they are magnified
TIMES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True)
class StepFrame:
    """A step from one snapshot to the next, in a layer's plane.

    `before` and `after` are the epochs of the two snapshots; `start` and `end` (n_samples, 2) where the
    samples are at these, `space` the plane at `epoch`. `shares` (n_samples,) add up to 1: of the norms of the
    gradients of the samples' own losses at `before`, over all weights; NaN where they are not finite, and
    alike where all are 0. `half` is the least number of samples that make half of them. `times` is how many
    times as long arrows should be to be seen: one of TIMES, 1 where most samples go far.
    """

    epoch: float
    before: float
    after: float
    start: Array
    end: Array
    shares: Array
    half: int
    times: int
    space: FeatureSpaceFrame


class Step(View):
    """The step that a moment belongs to, in the plane of a layer, which `space` chooses as a feature space.

    At a snapshot it is the step that led there, at the first one the step to come. Raises ViewError as
    `FeatureSpace`, and where the loss cannot be differentiated.
    """

    def __init__(self, evaluation: Evaluation, layer: str | None = None, units: Units = None) -> None:
        super().__init__(evaluation)
        self.space = FeatureSpace(evaluation, layer, grid=False, units=units)
        first = float(evaluation.recording.epochs[0])
        evaluation.gradients_of(evaluation.recording.weights_at(first))  # raises for an unknown loss
        self._ends: dict[float, tuple[Array, Array]] = {}

    @property
    def limits(self) -> Limits:
        """The limits of the plane, at the end if they widen."""
        return self.space.limits

    def at(self, epoch: float, within: Limits | None = None) -> StepFrame:
        """The step of `epoch`, `within` other limits than those of the plane if they are given."""
        before, after = step_at(self.evaluation.recording, epoch)
        (start, norms), (end, _) = self._end(before, True), self._end(after, False)
        shares = shares_of(norms)
        space = self.space.at(epoch, within)
        times = magnified(start, end, space.limits)
        return StepFrame(epoch, before, after, start, end, shares, half_of(shares), times, space)

    def _end(self, epoch: float, pushes: bool) -> tuple[Array, Array]:
        """Where the samples are at a snapshot and, where the step begins, how hard each one pushes."""
        if epoch not in self._ends:
            kept = list(self._ends.items())[-1:]  # the end of one step is the start of the next
            self._ends = dict(kept) | {epoch: (self.space.over([epoch])[0], np.zeros(0))}
        points, norms = self._ends[epoch]
        if pushes and not len(norms):
            norms = self.evaluation.gradient_norms(self.evaluation.recording.weights_at(epoch))
            self._ends[epoch] = points, norms
        return points, norms


def shares_of(norms: Array) -> Array:
    """The share of each in their sum, alike where all are 0; NaN where one is not finite."""
    finite = np.isfinite(norms)
    total = norms[finite].sum()
    if total <= 0:
        return np.where(finite, 1 / max(1, int(finite.sum())), np.nan)
    return np.where(finite, norms / total, np.nan)


def half_of(shares: Array) -> int:
    """The least number of samples whose shares make half of all."""
    ordered = np.sort(np.nan_to_num(shares))[::-1]
    return (
        int(np.searchsorted(np.cumsum(ordered), 0.5 * ordered.sum() * (1 - 1e-12)) + 1) if len(ordered) else 0
    )


def magnified(start: Array, end: Array, limits: Limits) -> int:
    """The most of TIMES with which most samples go no farther than FAR of the diagonal; 1 if none moves."""
    with np.errstate(all="ignore"):
        far = np.hypot(*(end - start).T.astype(np.float64))
    far = far[np.isfinite(far)]
    most = float(np.quantile(far, OF_MOST)) if far.size else 0.0
    reach = FAR * float(np.hypot(*np.ptp(limits, axis=1)))
    return max([1, *(times for times in TIMES if 0 < most * times <= reach)])


def steps(evaluation: Evaluation, layer: str | None = None, units: Units = None) -> list[View]:
    """The step in the plane of a layer, and the network with its changes."""
    return [Step(evaluation, layer, units), Network(evaluation, CHANGES)]
