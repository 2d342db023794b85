"""The gradient of the loss in NumPy: the layers of `forward`, gone through from the output back.

Reverse-mode differentiation by hand: every layer turns the gradient with respect to what it gave into the
gradients with respect to what it was given and to its weights (vector-Jacobian products; Goodfellow et al.
2016, "Deep Learning", section 6.5). Arrays carry the snapshots on their first axis, as in `forward`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from replay.network import activations
from replay.network.description import LayerDescription
from replay.network.in_numpy.snapshot_axes import along, spread, summed_as
from replay.network.losses import derivatives, takes_logits
from replay.types import Array, Config, Weights

KERAS_EPSILON = 1e-7  # keras.config.epsilon(), which Normalization divides by at least


class Step(NamedTuple):
    """What one layer saw on the way forward: its weights, inputs `x` and pre-activations `z`."""

    layer: LayerDescription
    weights: Weights
    x: Array
    z: Array


def gradients(
    steps: Sequence[Step], outputs: Array, targets: Array, loss: Mapping[str, Any] | None, n_samples: int
) -> list[Array]:
    """The gradient of Σ losses / `n_samples` with respect to every weight: (n_snapshots, …) each.

    `steps` are those of all layers, in order, and so are the gradients; weights that training does not
    change have zeros. `outputs` (n_snapshots, n, …) answer `targets` (n, …). Raises ViewError where the
    loss cannot be differentiated.
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
        arguments = (gradient, step.x, step.weights, step.layer.config)
        if _learns(step):
            found[position] = OF_WEIGHTS[step.layer.class_name](*arguments)
        if position != learning[0]:  # nobody asks for the gradient of the first layer's inputs
            gradient = OF_INPUTS[step.layer.class_name](*arguments)
    return [
        found[position][name] if name in found.get(position, {}) else np.zeros(weight.shape, outputs.dtype)
        for position, step in enumerate(steps)
        for name, weight in step.weights.items()
    ]


def _learns(step: Step) -> bool:
    return bool(step.weights) and step.layer.trainable and step.layer.class_name in OF_WEIGHTS


def _before_activation(gradient: Array, step: Step) -> Array:
    """The gradient with respect to z, from that with respect to a = f(z)."""
    name = step.layer.activation
    if name in (None, "linear") or step.layer.class_name == "PReLU":  # whose f has weights: see below
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


# Activations that take each value along with others of its axis.
OF_VECTORS: Mapping[str, Callable[..., Array]] = {
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "glu": _glu,
}


def _dense(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient @ spread(weights["kernel"], gradient).swapaxes(-1, -2)


def _dense_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    rows, columns = (values.reshape(len(values), -1, values.shape[-1]) for values in (x, gradient))
    found = {"kernel": rows.swapaxes(1, 2) @ columns}
    return found | {"bias": columns.sum(axis=1)} if "bias" in weights else found


def _scaled(gradient: Array, normed: Array, met: Weights, weights: Weights) -> Weights:
    """The gradients of gamma and beta in gamma · normed + beta; `met` are they as they meet `normed`."""
    values = {"gamma": gradient * normed, "beta": gradient}
    return {name: summed_as(values[name], met[name]).reshape(weights[name].shape) for name in met}


def _batch_deviation(x: Array, weights: Weights, config: Config) -> Array:
    variance = along(weights["moving_variance"], config.get("axis", -1), x)
    return np.asarray(np.sqrt(variance + config.get("epsilon", 1e-3)))


def _batch_normalization(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    if "gamma" in weights:
        gradient = gradient * along(weights["gamma"], config.get("axis", -1), x)
    return gradient / _batch_deviation(x, weights, config)


def _batch_normalization_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    axis = config.get("axis", -1)
    normed = (x - along(weights["moving_mean"], axis, x)) / _batch_deviation(x, weights, config)
    met = {name: along(weights[name], axis, x) for name in ("gamma", "beta") if name in weights}
    return _scaled(gradient, normed, met, weights)


def _layer_normed(x: Array, config: Config) -> tuple[Array, Array, tuple[int, ...]]:
    """X with mean 0 and variance 1, the deviation it was divided by, and the axes of both."""
    axis = config.get("axis", -1)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)  # counted from the end
    centred = x - x.mean(axis=axes, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=axes, keepdims=True) + config.get("epsilon", 1e-3))
    return centred / deviation, deviation, axes


def _layer_normalization(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    """Ba et al. 2016, "Layer Normalization", supplementary material: mean and deviation move along with x."""
    normed, deviation, axes = _layer_normed(x, config)
    if "gamma" in weights:
        gradient = gradient * spread(weights["gamma"], x)
    shift = gradient.mean(axis=axes, keepdims=True)
    stretch = (gradient * normed).mean(axis=axes, keepdims=True)
    return (gradient - shift - normed * stretch) / deviation


def _layer_normalization_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    met = {name: spread(weights[name], x) for name in ("gamma", "beta") if name in weights}
    return _scaled(gradient, _layer_normed(x, config)[0], met, weights)


def _normalization(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    if "variance" in weights:
        variance = spread(weights["variance"], x)
    else:
        variance = np.asarray(config["variance"], dtype=x.dtype)
    deviation = np.maximum(np.sqrt(variance), KERAS_EPSILON)
    return gradient * deviation if config.get("invert") else gradient / deviation


def _rescaling(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient * np.asarray(config["scale"], dtype=x.dtype)


def _reshaped(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient.reshape(len(gradient), *x.shape[1:])


def _same(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient


def _prelu(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    below = np.where(x < 0, spread(weights["alpha"], x), 0)  # 0 at 0, as Keras has it
    return gradient * np.where(x > 0, 1, below)


def _prelu_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    alpha = weights["alpha"]
    return {"alpha": summed_as(gradient * np.minimum(x, 0), spread(alpha, x)).reshape(alpha.shape)}


# From the gradient with respect to a layer's z: that with respect to its inputs, …
OF_INPUTS: Mapping[str, Callable[[Array, Array, Weights, Config], Array]] = {
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "Normalization": _normalization,
    "Rescaling": _rescaling,
    "PReLU": _prelu,
    **dict.fromkeys(("Flatten", "Reshape"), _reshaped),
    **dict.fromkeys(
        (
            *("Activation", "ReLU", "LeakyReLU", "ELU", "Softmax", "InputLayer", "Identity"),
            *("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D"),
            *("SpatialDropout2D", "SpatialDropout3D", "ActivityRegularization"),
        ),
        _same,
    ),
}
# … and that with respect to the weights that training changes.
OF_WEIGHTS: Mapping[str, Callable[[Array, Array, Weights, Config], Weights]] = {
    "Dense": _dense_weights,
    "BatchNormalization": _batch_normalization_weights,
    "LayerNormalization": _layer_normalization_weights,
    "PReLU": _prelu_weights,
}
