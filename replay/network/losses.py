"""Loss functions and their derivatives for each sample in NumPy, as Keras computes them.

On TensorFlow, Keras computes the cross-entropy of a sigmoid or softmax output from its logits, which stays
exact where the probability rounds to 0 or 1; otherwise it clips probabilities to [ε, 1 − ε]. These functions
do the same: `logits` is the output's pre-activation, or None if it is not known. On other backends, Keras
takes the outputs as they are: a loss then has `from_outputs`. Losses for numbers are in `number_losses.py`,
those of linear classifiers in `margin_losses.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from replay.errors import DataError, ViewError
from replay.network.activations import DECISIONS, log_softmax, sigmoid, softmax, softplus
from replay.network.margin_losses import MARGIN_LOSSES, margin_derivatives, margin_losses
from replay.network.number_losses import EPSILON, NUMBER_LOSSES, check_numbers
from replay.types import Array

# Output activations whose logits Keras uses for a cross-entropy.
WITH_LOGITS = ("sigmoid", "softmax")
TIES_IN_LOGITS = (*WITH_LOGITS, "step", *DECISIONS)  # whose logits, not outputs, tell where classes tie
CROSS_ENTROPIES = ("binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy")


@dataclass(frozen=True)
class Arguments:
    """What a cross-entropy takes beside targets and outputs, as the run's `loss` has it.

    `weights` multiply the loss of each class or, with one sigmoid a unit, of each unit; `positive_weights`
    that of targets of 1. `least_log` is the least that a logarithm of a probability counts, as PyTorch has it
    in place of clipped probabilities.
    """

    smoothing: float = 0.0
    weights: Array | None = None
    positive_weights: Array | None = None
    least_log: float | None = None

    @classmethod
    def of(cls, loss: Mapping[str, Any], dtype: Any) -> Arguments:
        """Those of the run's loss, in the dtype of the outputs."""
        weights, positive = (
            None if loss.get(name) is None else np.asarray(loss[name], dtype)
            for name in ("weights", "positive_weights")
        )
        return cls(float(loss.get("label_smoothing", 0.0)), weights, positive, loss.get("least_log"))

    def smoothed(self, targets: Array, n_classes: int = 2) -> Array:
        """The targets, moved towards equal ones."""
        return targets * (1 - self.smoothing) + self.smoothing / n_classes if self.smoothing else targets

    def weighed(self, values: Array) -> Array:
        """Values of each unit, times its weight."""
        return values if self.weights is None else values * self.weights

    def of_positive(self, targets: Array) -> Array:
        """The targets, times the weight of those that are 1."""
        return targets if self.positive_weights is None else targets * self.positive_weights

    def bounded(self, p: Array) -> Array:
        """Probabilities that a logarithm may be taken of."""
        return p if self.least_log is not None else np.clip(p, EPSILON, 1 - EPSILON)

    def log(self, p: Array) -> Array:
        """Log p, bounded below."""
        return np.log(p) if self.least_log is None else np.maximum(np.log(p), p.dtype.type(self.least_log))


def _binary_crossentropy(targets: Array, outputs: Array, logits: Array | None, given: Arguments) -> Array:
    targets = given.smoothed(targets)
    if logits is None:
        p = given.bounded(outputs)
        losses = -(given.of_positive(targets) * given.log(p) + (1 - targets) * given.log(1 - p))
    elif given.positive_weights is None:
        # max(z, 0) − z·t + log(1 + e^−|z|), TensorFlow's sigmoid_cross_entropy_with_logits
        losses = np.maximum(logits, 0) - logits * targets + softplus(-np.abs(logits))
    else:
        losses = given.of_positive(targets) * softplus(-logits) + (1 - targets) * softplus(logits)
    return _mean_over_units(given.weighed(losses))


def _categorical_crossentropy(
    targets: Array, outputs: Array, logits: Array | None, given: Arguments
) -> Array:
    targets = given.smoothed(targets, outputs.shape[-1])
    if logits is not None:
        log_p = log_softmax(logits)
    else:
        log_p = given.log(given.bounded(outputs / outputs.sum(axis=-1, keepdims=True)))
    return -(given.weighed(targets) * log_p).sum(axis=-1)


def _sparse_categorical_crossentropy(
    targets: Array, outputs: Array, logits: Array | None, given: Arguments
) -> Array:
    if logits is None:
        logits = np.log(np.clip(outputs, EPSILON, 1 - EPSILON))
    return -(_one_hot(targets, outputs) * log_softmax(logits)).sum(axis=-1)


def _one_hot(targets: Array, outputs: Array) -> Array:
    labels = targets[..., 0] if targets.ndim == outputs.ndim - 1 else targets
    return np.asarray(labels[..., None] == np.arange(outputs.shape[-1])).astype(outputs.dtype)


def _mean_over_units(losses: Array) -> Array:
    # NumPy is slow at means over an axis of one.
    return losses[..., 0] if losses.shape[-1] == 1 else losses.mean(axis=-1)


Function = Callable[[Array, Array, Array | None, Arguments], Array]
OF_CLASSES: Mapping[str, Function] = {
    "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
    "sparse_categorical_crossentropy": _sparse_categorical_crossentropy,
}
LOSSES = (*OF_CLASSES, *NUMBER_LOSSES)


def _clipped(outputs: Array) -> tuple[Array, Array]:
    """Probabilities clipped to [ε, 1 − ε], and the derivative of clipping: 0 where it cut, else 1."""
    low, high = EPSILON, 1 - EPSILON
    cut = (outputs < low) | (outputs > high)
    return np.clip(outputs, low, high), np.where(cut, 0, 1).astype(outputs.dtype)


def _binary_derivative(targets: Array, outputs: Array, logits: Array | None, given: Arguments) -> Array:
    targets = given.smoothed(targets)
    positive = given.of_positive(targets)
    if logits is not None:
        p = sigmoid(logits)
        found = p - targets if given.positive_weights is None else (1 - targets) * p - positive * (1 - p)
    elif given.least_log is not None:  # as PyTorch has it: no product below 1e-12
        found = ((1 - targets) * outputs - positive * (1 - outputs)) / np.maximum(
            outputs * (1 - outputs), outputs.dtype.type(1e-12)
        )
    else:
        p, slope = _clipped(outputs)
        found = slope * ((1 - targets) * p - positive * (1 - p)) / (p * (1 - p))
    return given.weighed(found) / outputs.shape[-1]


def _categorical_derivative(targets: Array, outputs: Array, logits: Array | None, given: Arguments) -> Array:
    targets = given.weighed(given.smoothed(targets, outputs.shape[-1]))
    if logits is not None:
        if given.weights is None:
            return softmax(logits) - targets  # like TensorFlow, which expects targets that add up to 1
        return softmax(logits) * targets.sum(axis=-1, keepdims=True) - targets
    total = outputs.sum(axis=-1, keepdims=True)
    normalised = outputs / total
    p, slope = _clipped(normalised)
    of_p = -slope * targets / p
    return (of_p - (of_p * normalised).sum(axis=-1, keepdims=True)) / total


def _sparse_derivative(targets: Array, outputs: Array, logits: Array | None, given: Arguments) -> Array:
    one_hot = _one_hot(targets, outputs)
    if logits is not None:
        return softmax(logits) - one_hot
    p, slope = _clipped(outputs)
    return slope * (softmax(np.log(p)) - one_hot) / p


DERIVATIVES: Mapping[str, Function] = {
    "binary_crossentropy": _binary_derivative,
    "categorical_crossentropy": _categorical_derivative,
    "sparse_categorical_crossentropy": _sparse_derivative,
}


def divisor(loss: Mapping[str, Any] | None, targets: Array) -> float:
    """What the sum of the samples' losses is divided by, where the training has one number for all of them.

    Their number; 1 for `reduction` "sum"; with weights of classes, and class numbers as targets, the sum of
    the samples' weights, as in PyTorch's CrossEntropyLoss. Raises ViewError for a class without a weight.
    """
    if loss is not None and loss.get("reduction") == "sum":
        return 1.0
    if loss is not None and loss["name"] == "sparse_categorical_crossentropy" and loss.get("weights"):
        weights, labels = np.asarray(loss["weights"], np.float64), targets.astype(int)
        if weights.ndim != 1 or not ((labels >= 0) & (labels < len(weights))).all():
            raise ViewError(f"the loss {loss['name']!r} cannot be shown: it has no weight for each class")
        return float(weights[labels].sum())
    return float(max(len(targets), 1))


def losses(loss: Mapping[str, Any] | None, targets: Array, outputs: Array, logits: Array | None) -> Array:
    """Each sample's loss: (n_snapshots, n_samples), from outputs (n_snapshots, n_samples, units).

    `targets` is (n_samples,) or (n_samples, units). Raises ViewError for a loss that is not in LOSSES.
    """
    loss = known(loss, "the loss of each sample")
    if loss["name"] in MARGIN_LOSSES:
        with np.errstate(all="ignore"):
            return margin_losses(loss["name"], *_decided(loss["name"], targets, outputs, logits))
    column = _column(loss, targets, outputs)
    with np.errstate(all="ignore"):  # NaN in, NaN out
        if loss["name"] in NUMBER_LOSSES:
            of_numbers = NUMBER_LOSSES[loss["name"]]
            values = _mean_over_units(of_numbers.value(column, outputs, **of_numbers.arguments_of(loss)))
        else:
            values = _of_classes(OF_CLASSES, loss, column, outputs, logits)
    values = values * values.dtype.type(_summed(loss, outputs)) if loss.get("reduction") == "sum" else values
    # Mean over pixels or time steps, if a sample has a loss for each.
    return values if values.ndim <= 2 else values.mean(axis=tuple(range(2, values.ndim)))


def _summed(loss: Mapping[str, Any], outputs: Array) -> int:
    """Of how many values a sample's loss is the mean: its sum is so many times as large."""
    of_classes = loss["name"] in CROSS_ENTROPIES[1:]  # one value for all units
    return int(np.prod(outputs.shape[2:-1] if of_classes else outputs.shape[2:]))


def takes_logits(loss: Mapping[str, Any] | None, activation: str | None) -> bool:
    """Whether the loss of outputs with this activation is computed from their logits, as Keras does."""
    if loss is None or loss.get("from_outputs"):
        return False
    if loss["name"] in MARGIN_LOSSES:
        return True
    return loss["name"] in CROSS_ENTROPIES and activation in WITH_LOGITS


def derivatives(
    loss: Mapping[str, Any] | None, targets: Array, outputs: Array, logits: Array | None
) -> Array:
    """The derivative of each sample's loss with respect to its `logits` or, if they are None, its outputs.

    Has the shape of the outputs: (n_snapshots, n_samples, …, units). Arguments and errors as in `losses`;
    pass `logits` where `takes_logits` is true.
    """
    loss = known(loss, "the gradient of the loss")
    if loss["name"] in MARGIN_LOSSES:
        with np.errstate(all="ignore"):
            return margin_derivatives(loss["name"], *_decided(loss["name"], targets, outputs, logits))
    column = _column(loss, targets, outputs)
    with np.errstate(all="ignore"):
        if loss["name"] in NUMBER_LOSSES:
            of_numbers = NUMBER_LOSSES[loss["name"]]
            found = of_numbers.derivative(column, outputs, **of_numbers.arguments_of(loss))
            found = found / outputs.shape[-1]
        else:
            found = _of_classes(DERIVATIVES, loss, column, outputs, logits)
    if loss.get("reduction") == "sum":
        found = found * found.dtype.type(_summed(loss, outputs))
    return found / found.dtype.type(np.prod(outputs.shape[2:-1]))  # of the mean over pixels or time steps


def _decided(name: str, targets: Array, outputs: Array, logits: Array | None) -> tuple[Array, Array]:
    """Class numbers and decisions, of a loss of linear classifiers. Raises ViewError where they are none."""
    n_classes = max(2, outputs.shape[-1])
    labels = targets.size == len(targets) and bool(np.isin(targets, np.arange(n_classes)).all())
    if logits is None or outputs.ndim != 3 or not labels:
        raise ViewError(
            f"the loss {name!r} cannot be shown: it takes decisions, and targets from 0 to {n_classes - 1}"
        )
    return targets, logits


def _column(loss: Mapping[str, Any], targets: Array, outputs: Array) -> Array:
    """The targets with an axis for units, in the outputs' dtype. Raises ViewError where they do not fit."""
    column = targets[:, None] if targets.ndim == 1 else targets
    _check_together(loss, column, outputs)
    return column.astype(outputs.dtype)


def _of_classes(
    functions: Mapping[str, Function],
    loss: Mapping[str, Any],
    targets: Array,
    outputs: Array,
    logits: Array | None,
) -> Array:
    if loss.get("from_outputs"):
        logits = None
    if loss.get("from_logits") and logits is None:
        logits = outputs
    name = loss["name"]
    if loss.get("from_outputs") and name == "sparse_categorical_crossentropy":
        name, targets = "categorical_crossentropy", _one_hot(targets, outputs)
    return functions[name](targets, outputs, logits, Arguments.of(loss, outputs.dtype))


def _check_together(loss: Mapping[str, Any], targets: Array, outputs: Array) -> None:
    """Raise ViewError if targets (n_samples, …) do not fit outputs (n_snapshots, n_samples, …)."""
    name, given, answered = loss["name"], targets.shape[1:], outputs.shape[2:]
    labels = name == "sparse_categorical_crossentropy"
    wanted = (*answered[:-1], 1) if labels else answered
    if labels and len(given) == len(answered) - 1:
        given = (*given, 1)
    fits = len(given) <= len(wanted) and all(
        size in (1, room) for size, room in zip(reversed(given), reversed(wanted), strict=False)
    )
    if not answered or not fits:
        raise ViewError(
            f"the loss {name!r} cannot be shown: targets of shape {given} do not fit outputs of shape "
            f"{answered}"
        )
    for argument in ("weights", "positive_weights"):
        if np.shape(loss.get(argument) or 1.0) not in ((), (1,), answered[-1:]):
            raise ViewError(f"the loss {name!r} cannot be shown: its {argument} do not fit its outputs")
    if labels and not ((targets >= 0) & (targets < answered[-1])).all():
        raise ViewError(f"the loss {name!r} cannot be shown: targets must be from 0 to {answered[-1] - 1}")


def is_known(loss: Mapping[str, Any] | None) -> bool:
    """Whether each sample's loss can be computed."""
    try:
        known(loss, "the loss")
    except ViewError:
        return False
    return True


def known(loss: Mapping[str, Any] | None, what: str) -> Mapping[str, Any]:
    """The loss, if it is in LOSSES; raises ViewError, saying that `what` cannot be shown, if not."""
    if loss is None:
        raise ViewError(f"{what} cannot be shown: the run was recorded without a known loss")
    if loss["name"] not in LOSSES and loss["name"] not in MARGIN_LOSSES:
        raise ViewError(
            f"the loss {loss['name']!r} cannot be shown for each sample: only {', '.join(LOSSES)} can"
        )
    if loss["name"] in NUMBER_LOSSES:
        NUMBER_LOSSES[loss["name"]].arguments_of(loss)
    if loss.get("ignore_class") is not None:
        raise ViewError(f"{what} cannot be shown: the run's loss ignores a class")
    if loss.get("axis", -1) != -1:
        raise ViewError(f"{what} cannot be shown: the run's loss has its classes on another axis")
    return loss


def check_targets(loss: Mapping[str, Any] | None, targets: Array, units: int | None) -> None:
    """Raise DataError if `targets` do not fit `loss` and an output of `units` units."""
    name = loss["name"] if loss else None
    if name == "sparse_categorical_crossentropy":
        if units == 1:
            raise DataError(
                f"{name} needs an output unit for each class: use binary_crossentropy for one unit"
            )
        ignored = loss.get("ignore_class") if loss else None
        labels = targets if ignored is None else targets[targets != ignored]
        whole = np.array_equal(targets, targets.astype(int))
        if not whole or (labels < 0).any() or (units is not None and (labels >= units).any()):
            raise DataError(
                f"targets must be whole numbers from 0 to {(units or 0) - 1} for {name} and {units} output "
                f"units, but they range from {targets.min():g} to {targets.max():g}"
            )
    elif name == "binary_crossentropy" and (targets.min() < 0 or targets.max() > 1):
        whole = np.array_equal(targets, np.round(targets))
        remedy = "relabel the classes as 0 and 1" if whole else "a regression needs another loss, such as mse"
        raise DataError(
            f"targets must lie between 0 and 1 for {name}, but they range from {targets.min():g} to "
            f"{targets.max():g}: {remedy}"
        )
    elif name == "categorical_crossentropy" and units is not None and targets.shape[1:] != (units,):
        raise DataError(
            f"targets must be one-hot rows of {units} values for {name}, but have shape {targets.shape}: "
            "use sparse_categorical_crossentropy for class numbers"
        )
    elif name is not None:
        check_numbers(name, targets)
