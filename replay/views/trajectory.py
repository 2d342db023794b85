"""The trajectory: the path that the weights take over the loss surface, and where the gradient leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.steps import step_at
from replay.types import Array
from replay.views.loss_surface import LossSurface
from replay.views.shared.geometry import Limits
from replay.views.shared.weight_path import WeightPath
from replay.views.step import FAR, TIMES
from replay.views.view import View

SHORTER = (0.001, 0.01, 0.05, 0.1, 0.2, 0.5)  # times as long, arrows of large steps
N_BATCHES = 12  # whose gradients fan out
BATCH_SIZE = 16  # where the run does not tell
FAR_OFF = 0.05  # of the paths' extent, from which on the distance from the plane is told,
NOWHERE = 1e-6  # of the extent, rounding
OTHERWISE = 0.1  # or where the loss on the plane is so much larger or smaller, as a share of the larger


@dataclass(frozen=True)
class TrajectoryFrame:
    """Where the weights are on the loss surface at one epoch.

    `path` (n, 2) has the snapshots up to now, and ends in `point` (2,), which is now. `step` (2,) is the last
    step from one snapshot to the next, 0 at the first. `fan` (n_batches, 2) is minus the gradient of each of
    a few batches, on the plane: downhill, as far as that batch knows. `loss` is that of the weights
    themselves, `loss_on_plane` that of their projection, and `off` how far they are from the plane, as a
    share of the paths' extent. All are NaN where they are not finite.
    """

    epoch: float
    path: Array
    point: Array
    step: Array
    fan: Array
    loss: float
    loss_on_plane: float
    off: float

    @property
    def is_off(self) -> bool:
        """Whether the weights are so far from the plane that the surface does not tell their loss."""
        differ = abs(self.loss - self.loss_on_plane) > OTHERWISE * max(self.loss, self.loss_on_plane)
        return self.off > 0 and (self.off > FAR_OFF or differ)


class Trajectory(View):
    """The path of the weights over the loss surface, which several runs may share.

    The batches of the fan have the run's batch size, or BATCH_SIZE where that is not known, and are the same
    at each epoch: drawn from the recorded samples with a seed. Raises ViewError as `LossSurface` does, and
    where the loss cannot be differentiated.
    """

    def __init__(
        self, evaluation: Evaluation, surface: LossSurface | None = None, number: int = 0, fan: bool = True
    ) -> None:
        super().__init__(evaluation)
        self.surface = surface or LossSurface([evaluation])
        self._number = number
        self.batches = self._drawn() if fan else []
        if fan:
            first = evaluation.recording.weights_at(float(evaluation.recording.epochs[0]))
            self._downhill(first, self.batches[0])  # raises where it cannot be computed

    @property
    def runs(self) -> Sequence[Trajectory]:
        """The runs of the picture: this one."""
        return (self,)

    @property
    def limits(self) -> Limits:
        """Limits that hold the whole path, with a margin."""
        return self.surface.limits

    @property
    def batch_size(self) -> int:
        """How many samples each batch of the fan has."""
        asked = self.evaluation.recording.description.batch_size or BATCH_SIZE
        return min(asked, len(self.evaluation.inputs))

    @property
    def knows_batch_size(self) -> bool:
        """Whether the run tells its batch size."""
        return bool(self.evaluation.recording.description.batch_size)

    def _drawn(self) -> list[Array]:
        """The samples of each batch; one batch where it has them all."""
        n, rng = len(self.evaluation.inputs), np.random.default_rng(0)
        if self.batch_size == n:
            return [np.arange(n)]
        return [np.sort(rng.choice(n, self.batch_size, replace=False)) for _ in range(N_BATCHES)]

    def _downhill(self, weights: list[Array], batch: Array) -> Array:
        """Minus the gradient of the mean loss of a batch, on the plane: (2,)."""
        recording, network = self.evaluation.recording, self.evaluation.network
        gradients = network.gradients(
            self.evaluation.inputs[batch], recording.targets[batch], weights, recording.description.loss
        )
        with np.errstate(all="ignore"):
            downhill: Array = -(self.surface.plane.axes @ self.path.of(gradients)[0])
        return downhill

    @property
    def path(self) -> WeightPath:
        """The path in the space of all weights."""
        return self.surface.paths[self._number]

    @property
    def points(self) -> Array:
        """The whole path on the plane: (n, 2)."""
        return self.surface.on_plane[self._number]

    @property
    def ends(self) -> float:
        """The epoch at which the path ends: the last one with finite weights."""
        return float(self.path.epochs[-1])

    @cached_property
    def _sampled(self) -> Evaluation:
        return self.surface.sampled[self._number]

    def at(self, epoch: float) -> TrajectoryFrame:
        """Where the weights are at `epoch`; after a path has ended, at its end."""
        epoch = min(epoch, self.ends)
        moment = self.evaluation.at(epoch)
        row = self.path.of(moment.weights)[0]
        point = self.surface.plane.of(row)
        off = float(np.linalg.norm(row - self.surface.plane.lift(point))) / (self.surface.extent or 1.0)
        path = np.concatenate([self.points[self.path.epochs < epoch], point[None]])
        fan = [self._downhill(moment.weights, batch) for batch in self.batches]
        loss = float(self._sampled.at(epoch).losses.mean(dtype=np.float64))
        exact = self.surface.exact
        return TrajectoryFrame(
            epoch=epoch,
            path=path,
            point=point,
            step=self._step(epoch),
            fan=np.array(fan).reshape(-1, 2),
            loss=loss,
            loss_on_plane=loss if exact else float(self.surface.losses(point[None])[0]),
            off=0.0 if exact or off < NOWHERE else off,
        )

    def _step(self, epoch: float) -> Array:
        """The last step on the plane: (2,); none where the run begins."""
        if epoch <= self.evaluation.recording.epochs[0]:
            return np.zeros(2)
        before, after = step_at(self.evaluation.recording, epoch)
        ends = [
            self.path.of(self.evaluation.recording.weights_at(min(end, self.ends))) for end in (before, after)
        ]
        step: Array = (self.surface.plane.of(ends[1]) - self.surface.plane.of(ends[0]))[0]
        return step


class Trajectories(View):
    """Several runs on the one surface that they share. `runs` are a `Trajectory` each, without a fan."""

    def __init__(self, evaluations: Sequence[Evaluation]) -> None:
        super().__init__(evaluations[0])
        self.surface = LossSurface(evaluations)
        self.runs: Sequence[Trajectory] = [
            Trajectory(one, self.surface, number, fan=False) for number, one in enumerate(evaluations)
        ]

    @property
    def limits(self) -> Limits:
        """Limits that hold all paths, with a margin."""
        return self.surface.limits

    def at(self, epoch: float) -> list[TrajectoryFrame]:
        """Where each run is at `epoch`, or at its first or last one if that lies outside of it."""
        return [run.at(max(epoch, float(run.evaluation.recording.epochs[0]))) for run in self.runs]


def times(step: Array, limits: Limits) -> float:
    """The most of SHORTER and TIMES with which a step goes no farther than FAR of the plane's diagonal.

    1 if it does not move.
    """
    far = float(np.hypot(*step)) if np.isfinite(step).all() else 0.0
    reach = FAR * float(np.hypot(*np.ptp(limits, axis=1)))
    if not far:
        return 1
    return max([SHORTER[0], *(many for many in (*SHORTER, *TIMES) if far * many <= reach)])
