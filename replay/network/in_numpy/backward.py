"""Backpropagation in NumPy: the gradient of the loss with respect to every weight.

Reverse-mode differentiation: every layer turns the gradient of its outputs into the gradients of its inputs
and weights (vector-Jacobian products; Goodfellow et al. 2016, "Deep Learning", section 6.5). The first axis
of arrays is the snapshots, as in `forward`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.network import activations
from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import LayerKind
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import derivatives, takes_logits
from replay.types import Array, Weights

PIECE_VALUES = 2_000_000  # of weights' gradients of samples one by one, 16 MB in float64


class Step(NamedTuple):
    """One layer in the forward pass: its weights, inputs `x` and pre-activations `z`.

    `parts` are the activations that it joined to x, those of the layers at the positions `sources`.
    """

    layer: LayerDescription
    weights: Weights
    x: Array
    z: Array
    sources: Sequence[int]
    parts: Sequence[Array]

    @property
    def kind(self) -> LayerKind:
        """The layer's row of the table of layers."""
        return LAYERS[self.layer.class_name]


def gradients(
    steps: Sequence[Step], outputs: Array, targets: Array, loss: Mapping[str, Any] | None, divisor: float
) -> list[Array]:
    """The gradient of Σ losses / `divisor` with respect to every weight: (n_snapshots, …) each.

    `steps` holds all layers, in order, and the gradients follow it; weights that training does not change
    have zeros. `outputs` (n_snapshots, n, …) belong to `targets` (n, …). Raises ViewError if the loss cannot
    be differentiated.
    """
    found = {
        position: step.kind.of_weights(gradient, step.x, step.weights, step.layer.config)
        for position, step, gradient in _learning(steps, outputs, targets, loss, divisor)
        if step.kind.of_weights is not None
    }
    return [
        found[position][name] if name in found.get(position, {}) else np.zeros(weight.shape, outputs.dtype)
        for position, step in enumerate(steps)
        for name, weight in step.weights.items()
    ]


def sample_norms(
    steps: Sequence[Step], outputs: Array, targets: Array, loss: Mapping[str, Any] | None
) -> Array:
    """The Euclidean norm of the gradient of each sample's own loss, over all weights: (n,).

    `steps` and `outputs` (1, n, …) are of one snapshot. A Dense layer's gradient of one sample is an outer
    product, so that its norm is the product of two: ‖x ⊗ δ‖ = ‖x‖·‖δ‖ (Goodfellow, Efficient Per-Example
    Gradient Computations, 2015). Raises ViewError as `gradients` does.
    """
    squares = np.zeros(len(targets))
    for _, step, gradient in _learning(steps, outputs, targets, loss, 1):
        squares += _dense_squares(step, gradient) if _is_outer(step) else _squares(step, gradient)
    return np.sqrt(squares)


def _is_outer(step: Step) -> bool:
    return step.layer.class_name == "Dense" and step.x.ndim == 3


def _dense_squares(step: Step, gradient: Array) -> Array:
    of_input = (step.x[0].astype(np.float64) ** 2).sum(axis=1) + ("bias" in step.weights)
    squares: Array = of_input * (gradient[0].astype(np.float64) ** 2).sum(axis=1)
    return squares


def _squares(step: Step, gradient: Array) -> Array:
    """The same of any layer: each sample is a snapshot of its own, with one sample."""
    n = gradient.shape[1]
    x = np.swapaxes(np.broadcast_to(step.x, (1, n, *step.x.shape[2:])), 0, 1)
    gradient = np.swapaxes(gradient, 0, 1)
    size = max(1, PIECE_VALUES // max(1, *(w.size for w in step.weights.values())))
    parts = [
        _squares_of_few(step, gradient[start : start + size], x[start : start + size])
        for start in range(0, n, size)
    ]
    return np.concatenate([np.zeros(0), *parts])


def _squares_of_few(step: Step, gradient: Array, x: Array) -> Array:
    """Of so many samples, (n, 1, …) each, that the gradients of each fit in memory."""
    assert step.kind.of_weights is not None
    n = len(gradient)
    weights = {name: np.broadcast_to(w, (n, *w.shape[1:])) for name, w in step.weights.items()}
    found = step.kind.of_weights(gradient, x, weights, step.layer.config)
    each = [(values.astype(np.float64) ** 2).reshape(n, -1).sum(axis=1) for values in found.values()]
    return np.asarray(sum(each, np.zeros(n)))


def _learning(
    steps: Sequence[Step], outputs: Array, targets: Array, loss: Mapping[str, Any] | None, divisor: float
) -> Iterator[tuple[int, Step, Array]]:
    """The layers whose weights training changes, from the last on: position, step, gradient of z."""
    first = next((position for position, step in enumerate(steps) if _learns(step)), len(steps))
    for position, step, _, of_z in signals(steps, outputs, targets, loss, divisor, first):
        if _learns(step):
            yield position, step, of_z


def signals(
    steps: Sequence[Step],
    outputs: Array,
    targets: Array,
    loss: Mapping[str, Any] | None,
    divisor: float = 1,
    first: int = 0,
) -> Iterator[tuple[int, Step, Array | None, Array]]:
    """The gradient of Σ losses / `divisor` at each layer, from the last down to the one at `first`.

    Yields position, step, the gradients of the layer's activations a and of its pre-activations z. That of a
    is None for an output whose loss takes logits, as Keras then never computes it. Where several layers take
    one, its gradient is the sum of what comes through each; a layer that leads nowhere is left out.
    """
    last = steps[-1]
    at_logits = takes_logits(loss, last.layer.activation)
    gradient = derivatives(loss, targets, outputs, last.z if at_logits else None)
    found = {len(steps) - 1: gradient / gradient.dtype.type(divisor)}
    for position in range(len(steps) - 1, first - 1, -1):
        if position not in found:
            continue
        step, of_a = steps[position], found.pop(position)
        has_a = step is not last or not at_logits
        of_z = _before_activation(of_a, step) if has_a else of_a
        yield position, step, of_a if has_a else None, of_z
        if max(step.sources) >= first:  # those of what comes before are not needed
            for source, of_part in zip(step.sources, _of_parts(of_z, step), strict=True):
                if source >= first:
                    found[source] = found[source] + of_part if source in found else of_part


def _of_parts(of_z: Array, step: Step) -> Sequence[Array]:
    """The gradient with respect to each of the activations that a layer takes."""
    of_x = step.kind.backward(of_z, step.x, step.weights, step.layer.config)
    join = step.kind.join
    return [of_x] if join is None else join.backward(of_x, step.parts, step.layer.config)


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
