"""Backpropagation in NumPy: the gradient of the loss with respect to every weight.

Reverse-mode differentiation: every layer turns the gradient of its outputs into the gradients of its inputs
and weights (vector-Jacobian products; Goodfellow et al. 2016, "Deep Learning", section 6.5). The first axis
of arrays is the snapshots, as in `forward`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.network import activations
from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import LayerKind
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import derivatives, takes_logits
from replay.types import Array, Weights


class Step(NamedTuple):
    """One layer in the forward pass: its weights, inputs `x` and pre-activations `z`."""

    layer: LayerDescription
    weights: Weights
    x: Array
    z: Array

    @property
    def kind(self) -> LayerKind:
        """The layer's row of the table of layers."""
        return LAYERS[self.layer.class_name]


def gradients(
    steps: Sequence[Step], outputs: Array, targets: Array, loss: Mapping[str, Any] | None, n_samples: int
) -> list[Array]:
    """The gradient of Σ losses / `n_samples` with respect to every weight: (n_snapshots, …) each.

    `steps` holds all layers, in order, and the gradients follow it; weights that training does not change
    have zeros. `outputs` (n_snapshots, n, …) belong to `targets` (n, …). Raises ViewError if the loss cannot
    be differentiated.
    """
    last = steps[-1]
    at_logits = takes_logits(loss, last.layer.activation)
    gradient = derivatives(loss, targets, outputs, last.z if at_logits else None)
    gradient = gradient / gradient.dtype.type(max(n_samples, 1))
    learning = [position for position, step in enumerate(steps) if _learns(step)]
    found: dict[int, Weights] = {}
    for position in range(len(steps) - 1, min(learning, default=len(steps)) - 1, -1):
        step = steps[position]
        if step is not last or not at_logits:
            gradient = _before_activation(gradient, step)
        kind, arguments = step.kind, (gradient, step.x, step.weights, step.layer.config)
        if kind.of_weights is not None and _learns(step):
            found[position] = kind.of_weights(*arguments)
        if position != learning[0]:  # the first layer's input gradient is not needed
            gradient = kind.backward(*arguments)
    return [
        found[position][name] if name in found.get(position, {}) else np.zeros(weight.shape, outputs.dtype)
        for position, step in enumerate(steps)
        for name, weight in step.weights.items()
    ]


def _learns(step: Step) -> bool:
    return bool(step.weights) and step.layer.trainable and step.kind.of_weights is not None


def _before_activation(gradient: Array, step: Step) -> Array:
    """The gradient with respect to z, from that with respect to a = f(z)."""
    name = step.layer.activation
    if name in (None, "linear") or step.kind.activate is not None:  # its `backward` includes the activation
        return gradient
    arguments = step.layer.config.get("activation_arguments", {})
    activation = activations.find(name or "linear")
    if activation.derivative is None:
        return OF_VECTORS[activation.name](gradient, step.z, **arguments)
    return gradient * activation.derivative(step.z, **arguments)


def _softmax(gradient: Array, z: Array, axis: int = -1) -> Array:
    p = activations.softmax(z, axis=axis)
    return p * (gradient - (gradient * p).sum(axis=axis, keepdims=True))


def _log_softmax(gradient: Array, z: Array, axis: int = -1) -> Array:
    return gradient - activations.softmax(z, axis=axis) * gradient.sum(axis=axis, keepdims=True)


def _glu(gradient: Array, z: Array, axis: int = -1) -> Array:
    a, b = np.split(z, 2, axis=axis)
    gate = activations.sigmoid(b)
    return np.concatenate([gradient * gate, gradient * a * gate * (1 - gate)], axis=axis)


# Activations without an elementwise derivative: their vector-Jacobian products.
OF_VECTORS: Mapping[str, Callable[..., Array]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "glu": _glu,
}
