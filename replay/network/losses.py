"""Loss functions and their derivatives for each sample in NumPy, as Keras computes them.

On TensorFlow, Keras computes the cross-entropy of a sigmoid or softmax output from its logits, which stays
exact where the probability rounds to 0 or 1; otherwise it clips probabilities to [ε, 1 − ε]. These functions
do the same: `logits` is the output's pre-activation, or None if it is not known. On other backends, Keras
takes the outputs as they are: a loss then has `from_outputs`. Losses for numbers are in `number_losses.py`,
those of linear classifiers in `margin_losses.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


def _smoothed(targets: Array, smoothing: float, n_classes: int = 2) -> Array:
    return targets * (1 - smoothing) + smoothing / n_classes if smoothing else targets


def _binary_crossentropy(targets: Array, outputs: Array, logits: Array | None, smoothing: float) -> Array:
    targets = _smoothed(targets, smoothing)
    if logits is not None:
        # max(z, 0) − z·t + log(1 + e^−|z|), TensorFlow's sigmoid_cross_entropy_with_logits
        losses = np.maximum(logits, 0) - logits * targets + softplus(-np.abs(logits))
    else:
        p = np.clip(outputs, EPSILON, 1 - EPSILON)
        losses = -(targets * np.log(p) + (1 - targets) * np.log(1 - p))
    return _mean_over_units(losses)


def _categorical_crossentropy(
    targets: Array, outputs: Array, logits: Array | None, smoothing: float
) -> Array:
    targets = _smoothed(targets, smoothing, outputs.shape[-1])
    if logits is not None:
        log_p = log_softmax(logits)
    else:
        normalised = outputs / outputs.sum(axis=-1, keepdims=True)
        log_p = np.log(np.clip(normalised, EPSILON, 1 - EPSILON))
    return -(targets * log_p).sum(axis=-1)


def _sparse_categorical_crossentropy(
    targets: Array, outputs: Array, logits: Array | None, smoothing: float
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


Function = Callable[[Array, Array, Array | None, float], Array]
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


def _binary_derivative(targets: Array, outputs: Array, logits: Array | None, smoothing: float) -> Array:
    targets = _smoothed(targets, smoothing)
    if logits is not None:
        return (sigmoid(logits) - targets) / outputs.shape[-1]
    p, slope = _clipped(outputs)
    return slope * (p - targets) / (p * (1 - p)) / outputs.shape[-1]


def _categorical_derivative(targets: Array, outputs: Array, logits: Array | None, smoothing: float) -> Array:
    targets = _smoothed(targets, smoothing, outputs.shape[-1])
    if logits is not None:
        return softmax(logits) - targets  # like TensorFlow, which expects targets that add up to 1
    total = outputs.sum(axis=-1, keepdims=True)
    normalised = outputs / total
    p, slope = _clipped(normalised)
    of_p = -slope * targets / p
    return (of_p - (of_p * normalised).sum(axis=-1, keepdims=True)) / total


def _sparse_derivative(targets: Array, outputs: Array, logits: Array | None, smoothing: float) -> Array:
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


def losses(loss: Mapping[str, Any] | None, targets: Array, outputs: Array, logits: Array | None) -> Array:
    """Each sample's loss: (n_snapshots, n_samples), from outputs (n_snapshots, n_samples, units).

    `targets` is (n_samples,) or (n_samples, units). Raises ViewError for a loss that is not in LOSSES.
    """
    loss = known(loss, "the loss of each sample")
    if loss["name"] in MARGIN_LOSSES:
        with np.errstate(all="ignore"):
            return margin_losses(loss["name"], *_decided(loss["name"], targets, outputs, logits))
    column = _column(loss["name"], targets, outputs)
    with np.errstate(all="ignore"):  # NaN in, NaN out
        if loss["name"] in NUMBER_LOSSES:
            of_numbers = NUMBER_LOSSES[loss["name"]]
            values = _mean_over_units(of_numbers.value(column, outputs, **of_numbers.arguments_of(loss)))
        else:
            values = _of_classes(OF_CLASSES, loss, column, outputs, logits)
    # Mean over pixels or time steps, if a sample has a loss for each.
    return values if values.ndim <= 2 else values.mean(axis=tuple(range(2, values.ndim)))


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
    column = _column(loss["name"], targets, outputs)
    with np.errstate(all="ignore"):
        if loss["name"] in NUMBER_LOSSES:
            of_numbers = NUMBER_LOSSES[loss["name"]]
            found = of_numbers.derivative(column, outputs, **of_numbers.arguments_of(loss))
            found = found / outputs.shape[-1]
        else:
            found = _of_classes(DERIVATIVES, loss, column, outputs, logits)
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


def _column(name: str, targets: Array, outputs: Array) -> Array:
    """The targets with an axis for units, in the outputs' dtype. Raises ViewError where they do not fit."""
    column = targets[:, None] if targets.ndim == 1 else targets
    _check_together(name, column, outputs)
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
    return functions[name](targets, outputs, logits, float(loss.get("label_smoothing", 0.0)))


def _check_together(name: str, targets: Array, outputs: Array) -> None:
    """Raise ViewError if targets (n_samples, …) do not fit outputs (n_snapshots, n_samples, …)."""
    given, answered = targets.shape[1:], outputs.shape[2:]
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
