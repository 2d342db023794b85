"""The mistakes of a perceptron while it learns, against the bound that its rule cannot exceed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.margin import MOST, mistake_bound
from replay.runs.task import BINARY
from replay.types import Array
from replay.views.curves import ACCURACIES, Curve
from replay.views.decision_boundary import DecisionBoundary
from replay.views.view import View

RULE = "PerceptronRule"
LEARNS, ENDED, NEVER, STILL, UNTOLD = "learns", "ended", "never", "still", ""


@dataclass(frozen=True)
class MistakesFrame:
    """The mistakes up to one epoch, `counted` up to the last whole one before it, and the `state`.

    ENDED: there was none in the last epoch. NEVER: no line separates the classes, so that the rule does not
    end. STILL: no weight has ever moved. LEARNS: it goes on. UNTOLD: another training than the rule.
    """

    epoch: float
    mistakes: int
    counted: float
    state: str


class Mistakes(View):
    """The mistakes of one layer of one step unit, summed over its training.

    They are told by the accuracy that Keras logs, of each sample before its step. `curve` are their sums
    after each epoch, from 0; `bound` is Novikoff's, None where no line separates the classes, the samples are
    too many, or the perceptron rule did not train the run. `ended_at` is the first epoch without a mistake,
    None where there is none. Raises ViewError for other networks, and without a logged accuracy.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        weighted = [layer for layer in recording.description.layers if layer.weights]
        fits = (
            recording.description.chain
            and len(weighted) == 1
            and weighted[0].class_name == "Dense"
            and weighted[0].units == 1
        )
        if not fits or weighted[0].activation != "step" or evaluation.task.kind != BINARY:
            raise ViewError(
                f"{recording.path}: mistakes are counted of a perceptron, one Dense layer of one step unit, "
                "with targets of 0 and 1: show its curves instead"
            )
        self._layer = weighted[0]
        logged = [name for name in ACCURACIES[BINARY] if name in recording.history]
        if not logged:
            raise ViewError(
                f"{recording.path}: mistakes are counted by the accuracy, and none was logged: train it with "
                "metrics=('accuracy',)"
            )
        self._accuracy = recording.history[logged[0]]

    @property
    def is_rule(self) -> bool:
        """Whether the perceptron rule trained the run."""
        return (self.evaluation.recording.description.optimizer or {}).get("class") == RULE

    @cached_property
    def of_epochs(self) -> Array:
        """The mistakes in each logged epoch: (n_epochs,) of int."""
        recording = self.evaluation.recording
        subset = recording.description.subset or {}
        n = int(subset.get("of", recording.n_samples))
        return np.round((1 - np.asarray(self._accuracy, dtype=float)) * n).astype(int)

    @cached_property
    def curve(self) -> Curve:
        """The sum after each epoch, which begins at 0."""
        recording = self.evaluation.recording
        epochs = np.concatenate([recording.epochs[:1], recording.history_epochs])
        return Curve("mistakes", epochs, np.concatenate([[0], np.cumsum(self.of_epochs)]))

    @cached_property
    def ended_at(self) -> float | None:
        """The first epoch without a mistake."""
        none = np.flatnonzero(self.of_epochs == 0)
        return float(self.evaluation.recording.history_epochs[none[0]]) if len(none) else None

    @cached_property
    def moved(self) -> bool:
        """Whether any weight ever moved."""
        recording = self.evaluation.recording
        first = recording.weights_at(float(recording.epochs[0]))
        later = (recording.weights_at(float(epoch)) for epoch in recording.epochs[1:])
        return any(not np.array_equal(a, b) for weights in later for a, b in zip(first, weights, strict=True))

    @cached_property
    def bound(self) -> float | None:
        """At most so many mistakes."""
        recording = self.evaluation.recording
        if not self.is_rule or recording.n_samples > MOST:
            return None
        points, start = self._affine(recording.weights_at(float(recording.epochs[0])))
        signs = np.where(self.evaluation.task.class_labels == 1, 1.0, -1.0)
        rate = (recording.description.optimizer or {}).get("learning_rate")
        return mistake_bound(points, signs, start, float(rate)) if isinstance(rate, int | float) else None

    def _affine(self, weights: list[Array]) -> tuple[Array, Array]:
        """The samples, with a last 1 where there is a bias, and the weights in the same order."""
        x = self.evaluation.inputs.reshape(len(self.evaluation.inputs), -1).astype(np.float64)
        parts = [weight[0].ravel().astype(np.float64) for weight in weights]
        ones = np.ones((len(x), len(parts) - 1))
        return np.hstack([x, ones]), np.concatenate(parts)

    def at(self, epoch: float) -> MistakesFrame:
        """The mistakes up to `epoch`."""
        epochs, sums = self.curve.until(epoch)
        return MistakesFrame(epoch, int(sums[-1]), float(epochs[-1]), self._state(epoch))

    def _state(self, epoch: float) -> str:
        if self.ended_at is not None and epoch >= self.ended_at:
            return ENDED
        if not self.moved:
            return STILL
        if not self.is_rule:
            return UNTOLD
        many = self.evaluation.recording.n_samples > MOST
        return NEVER if self.bound is None and not many else LEARNS


def mistakes(evaluation: Evaluation) -> list[DecisionBoundary | Mistakes]:
    """The input plane, where there is one, and the mistakes. Raises ViewError as `Mistakes` does."""
    view = Mistakes(evaluation)
    has_plane = evaluation.recording.inputs.shape[1:] == (2,)
    return [DecisionBoundary(evaluation), view] if has_plane else [view]
