"""What views need of a run: in words, and as quick looks at one, by which the dashboard chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from replay.errors import RunFileError

if TYPE_CHECKING:
    from replay.runs.evaluation import Evaluation

CLASSES, LOSS = "classes", "a loss that Replay knows"
NUMBERS = "numbers to predict"
DENSE = "a chain of Dense layers"
PLANE = "2-D inputs, a chain of layers that NumPy computes"

# Views that the recorded answers of a model suffice for.
FROM_ANSWERS = (
    *("decision-boundary", "fit", "predicted", "residuals", "errors", "probabilities"),
    *("cross-entropy", "threshold", "calibration", "losses", "curves", "curves-after", "confusion-matrix"),
    "most-wrong",
)


def has_classes(evaluation: Evaluation) -> bool:
    """Whether it learns classes, with all layers recorded."""
    return evaluation.all_recorded and evaluation.task.n_classes > 0


def has_losses(evaluation: Evaluation) -> bool:
    """Whether the loss of each sample can be computed."""
    from replay.network.losses import is_known

    answers = evaluation.all_recorded and evaluation.recording.input_shape is not None
    return answers and is_known(evaluation.recording.description.loss)


def predicts_numbers(evaluation: Evaluation) -> bool:
    """Whether it learns numbers, with a network that can be rebuilt."""
    from replay.runs.regression import objection

    try:
        return objection(evaluation) is None
    except RunFileError:  # nobody can rebuild the network: what was logged is left
        return False


def has_curves(evaluation: Evaluation) -> bool:
    """Whether something was logged, or can be computed."""
    if evaluation.recording.history:
        return True
    return evaluation.at_hand and predicts_numbers(evaluation)
