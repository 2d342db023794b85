"""Dense layer: z = x · kernel + bias, its gradients and shape."""

from __future__ import annotations

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import (
    LayerKind,
    Shape,
    needed,
    refusal,
    weight_shapes,
)
from replay.network.in_numpy.snapshot_axes import spread
from replay.types import Array, Config, Weights

PIECE = 200_000  # multiplications
FEW = 4  # units


def _product(x: Array, kernel: Array) -> Array:
    """x @ kernel; many rows by a small kernel are multiplied in pieces.

    BLAS splits a product of more than about 260,000 multiplications among threads, which wait for one
    another: while an encoder uses the other cores, a layer of two units takes fifty times as long.
    """
    rows = PIECE // (kernel.shape[-2] * kernel.shape[-1])
    if x.ndim != 3 or rows < 512 or x.shape[1] <= rows:
        return x @ kernel
    z = np.empty((max(len(x), len(kernel)), x.shape[1], kernel.shape[-1]), np.result_type(x, kernel))
    for start in range(0, x.shape[1], rows):
        np.matmul(x[:, start : start + rows], kernel, out=z[:, start : start + rows])
    return z


def _forward(x: Array, weights: Weights, config: Config) -> Array:
    z = _product(x, spread(weights["kernel"], x))
    if "bias" in weights:
        bias = spread(weights["bias"], z)
        if z.shape[-1] > FEW:
            z += bias
        else:  # NumPy is slow along short axes
            for unit in range(z.shape[-1]):
                z[..., unit] += bias[..., unit]
    return z


def _backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient @ spread(weights["kernel"], gradient).swapaxes(-1, -2)


def _of_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    rows, columns = (values.reshape(len(values), -1, values.shape[-1]) for values in (x, gradient))
    found = {"kernel": rows.swapaxes(1, 2) @ columns}
    return found | {"bias": columns.sum(axis=1)} if "bias" in weights else found


def _shape(layer: LayerDescription, shape: Shape) -> Shape:
    kernel = needed(layer, "kernel")
    if len(kernel) != 2 or shape[-1:] != kernel[:1]:
        raise refusal(layer, f"its kernel has shape {kernel}, but its input has shape {shape}")
    bias = weight_shapes(layer).get("bias", kernel[1:])
    if bias != kernel[1:]:
        raise refusal(layer, f"its kernel has shape {kernel}, but its bias has shape {bias}")
    return (*shape[:-1], kernel[1])


DENSE = LayerKind("Dense", _forward, _backward, _of_weights, _shape, frozenset({"kernel", "bias"}))
