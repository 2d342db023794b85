"""PyTorch's losses as a run's description has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from replay.errors import DataError
from replay.network.in_torch.values import as_array
from replay.network.losses import LOSSES

OUTPUTS = {"from_outputs": True}  # what the network gives is what the loss takes, with no look behind it
LOGITS = {"from_logits": True, **OUTPUTS}
LEAST_LOG = -100.0  # of torch.nn.BCELoss

KNOWN = (
    *(nn.BCELoss, nn.BCEWithLogitsLoss, nn.CrossEntropyLoss, nn.NLLLoss),
    *(nn.MSELoss, nn.L1Loss, nn.SmoothL1Loss, nn.HuberLoss, nn.PoissonNLLLoss),
)


def described(loss: Any, targets: Any, activation: str | None) -> dict[str, Any] | None:
    """The loss of a training, as in the run's description.

    Args:
        loss: A module of `torch.nn`, a name of Keras's with or without arguments ({"name": …}), a function,
            or None.
        targets: The recorded targets: whether they are class numbers decides which cross-entropy it is.
        activation: That of the output layer, None where it is not known.

    Returns:
        Name and arguments; of a loss that is not known, its full name alone. None for None.

    Raises:
        DataError: A name that is none.
    """
    if loss is None:
        return None
    if isinstance(loss, str | Mapping):
        return _of_a_name({"name": loss} if isinstance(loss, str) else dict(loss))
    found = _of_module(loss, targets, activation)
    if found is None:
        return {"name": _full_name(loss)}
    reduction = getattr(loss, "reduction", "mean")
    return found | {"reduction": "sum"} if reduction == "sum" else found


def _of_a_name(loss: dict[str, Any]) -> dict[str, Any]:
    if loss.get("name") not in LOSSES:
        raise DataError(
            f"unknown loss {loss.get('name')!r}: give a module of torch.nn, such as torch.nn.BCELoss(), or "
            f"one of {', '.join(LOSSES)}"
        )
    return {**loss, **OUTPUTS} if "crossentropy" in str(loss["name"]) else loss


def _of_module(loss: Any, targets: Any, activation: str | None) -> dict[str, Any] | None:
    """A loss of `torch.nn`, told by its very class; None for others."""
    kind = type(loss)
    if kind is nn.BCELoss:
        return {"name": "binary_crossentropy", **OUTPUTS, "least_log": LEAST_LOG, **_weights(loss)}
    if kind is nn.BCEWithLogitsLoss:
        return {"name": "binary_crossentropy", **LOGITS, **_weights(loss, "pos_weight")}
    if kind is nn.CrossEntropyLoss:
        smoothing = {"label_smoothing": loss.label_smoothing} if loss.label_smoothing else {}
        return _of_classes(loss, targets, smoothing)
    if kind is nn.NLLLoss and activation == "log_softmax":
        return _of_classes(loss, targets, {})  # log p is its own logarithm of softmax
    if kind is nn.MSELoss:
        return {"name": "mean_squared_error"}
    if kind is nn.L1Loss or (kind is nn.SmoothL1Loss and loss.beta == 0):
        return {"name": "mean_absolute_error"}
    if kind is nn.SmoothL1Loss:
        return {"name": "smooth_l1", "beta": float(loss.beta)}
    if kind is nn.HuberLoss:
        return {"name": "huber", "delta": float(loss.delta)}
    if kind is nn.PoissonNLLLoss and loss.log_input and not loss.full:
        return {"name": "poisson_of_log"}
    return None


def _of_classes(loss: Any, targets: Any, arguments: Mapping[str, Any]) -> dict[str, Any]:
    numbers = targets.ndim == 1 or targets.shape[-1] == 1 or targets.dtype.kind in "iu"
    name = "sparse_categorical_crossentropy" if numbers else "categorical_crossentropy"
    ignored = {"ignore_class": loss.ignore_index} if (targets == loss.ignore_index).any() else {}
    return {"name": name, **LOGITS, **arguments, **_weights(loss), **ignored}


def _weights(loss: Any, positive: str | None = None) -> dict[str, Any]:
    found = {"weights": loss.weight, "positive_weights": getattr(loss, positive) if positive else None}
    return {name: as_array(value).reshape(-1).tolist() for name, value in found.items() if value is not None}


def _full_name(loss: Any) -> str:
    named = loss if hasattr(loss, "__qualname__") else type(loss)
    return f"{named.__module__}.{named.__qualname__}"
