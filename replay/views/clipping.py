"""Clipping by value and by norm: two components of the gradient before and after, as vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.network.clipping import CLIPPING, clips, limit_of
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.weight_names import weight_name
from replay.views.view import View

BY_VALUE, BY_NORM = "value", "norm"
OF_EACH = "clipnorm"  # the norm of each weight's gradient alone


@dataclass(frozen=True)
class ClippingFrame:
    """Two components of the gradient at one epoch, `before` and `after` (2,) clipping.

    `norm` and `after_norm` are the norms of all that is clipped together, before and after.
    """

    epoch: float
    before: Array
    after: Array
    norm: float
    after_norm: float

    @property
    def clipped(self) -> bool:
        """Whether clipping changes these components."""
        return bool(np.isfinite(self.before).all() and not np.allclose(self.before, self.after, rtol=1e-6))


class Clipping(View):
    """The two largest components of the gradient, over the whole run, and what clipping makes of them.

    `kind` is BY_VALUE, each component cut at ± `limit`, or BY_NORM, all of them scaled so that their joint
    norm is at most `limit`. The limit is the run's own for both, so that one of them is what the optimizer
    does, `is_own`, and the other what it would do. With `clipnorm` the norm is that of one weight array, and
    the two components are of that with the largest gradient. `names` are those of the components. Raises
    ViewError for a run without clipping, and where the loss cannot be differentiated.
    """

    def __init__(self, evaluation: Evaluation, kind: str) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        optimizer = recording.description.optimizer
        if optimizer is None or not clips(optimizer):
            raise ViewError(
                f"{recording.path}: its optimizer does not clip: train with clipvalue, clipnorm or "
                "global_clipnorm (the scenario clipped does), or show gradient-flow"
            )
        self.kind = kind
        self.way = next(name for name in CLIPPING if limit_of(optimizer, name))
        self.limit = limit_of(optimizer, self.way)
        self.is_own = (kind == BY_VALUE) == (self.way == "clipvalue")
        evaluation.at(float(recording.epochs[0])).gradients()  # raises if they cannot be computed

    @cached_property
    def _sizes(self) -> list[Array]:
        """The mean square of each component over the finite snapshots, array by array."""
        evaluation = self.evaluation
        total: list[Array] | None = None
        for position in evaluation.surveyed:
            moment = evaluation.at(float(evaluation.recording.epochs[position]))
            gradients = [each[0].astype(np.float64) for each in moment.gradients()]
            if not all(np.isfinite(each).all() for each in gradients):
                continue
            norm = np.sqrt(sum(np.square(each).sum() for each in gradients)) or 1.0
            squares = [np.square(each / norm) for each in gradients]  # each snapshot counts alike
            total = squares if total is None else [a + b for a, b in zip(total, squares, strict=True)]
        shapes = [weight.shape for _, weight in evaluation.recording.description.weight_paths]
        return [np.zeros(shape) for shape in shapes] if total is None else total

    @cached_property
    def places(self) -> list[tuple[int, int]]:
        """The array and the place in it of each of the two components."""
        sizes = self._sizes
        if self.way == OF_EACH:
            largest = max(range(len(sizes)), key=lambda n: (sizes[n].size > 1, sizes[n].sum()))
            candidates = [(largest, place) for place in range(sizes[largest].size)]
        else:
            candidates = [(n, place) for n, each in enumerate(sizes) for place in range(each.size)]
        candidates.sort(key=lambda one: -sizes[one[0]].ravel()[one[1]])
        found = candidates[:2]
        if len(found) < 2:
            raise ViewError(f"{self.evaluation.recording.path}: clipping is shown of two weights or more")
        return sorted(found)

    @cached_property
    def names(self) -> tuple[str, str]:
        """What the two components belong to."""
        first, second = (str(weight_name(self.evaluation, *place)) for place in self.places)
        return first, second

    @property
    def n_together(self) -> int:
        """How many components are clipped together."""
        if self.way == OF_EACH:
            return self._sizes[self.places[0][0]].size
        return sum(each.size for each in self._sizes)

    def at(self, epoch: float) -> ClippingFrame:
        """The components at `epoch`."""
        gradients = [each[0].astype(np.float64) for each in self.evaluation.at(epoch).gradients()]
        together = [gradients[self.places[0][0]]] if self.way == OF_EACH else gradients
        clipped = self._clipped(together)
        first = self.places[0][0] if self.way == OF_EACH else 0
        before, after = (
            np.array([arrays[n - first].ravel()[place] for n, place in self.places])
            for arrays in (together, clipped)
        )
        return ClippingFrame(epoch, before, after, _norm(together), _norm(clipped))

    def _clipped(self, gradients: list[Array]) -> list[Array]:
        with np.errstate(all="ignore"):
            if self.kind == BY_VALUE:
                return [np.clip(each, -self.limit, self.limit) for each in gradients]
            norm = _norm(gradients)
            return [each * min(1.0, self.limit / norm) if norm else each for each in gradients]


def clippings(evaluation: Evaluation) -> Sequence[Clipping]:
    """Clipping by value, and by norm."""
    return [Clipping(evaluation, kind) for kind in (BY_VALUE, BY_NORM)]


def _norm(arrays: Sequence[Array]) -> float:
    """The norm of all values of these arrays together."""
    with np.errstate(all="ignore"):
        return float(np.sqrt(sum(np.square(each).sum() for each in arrays)))
