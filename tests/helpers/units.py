"""What tests of single units share: Keras's own z and a of a recorded Dense layer."""

from __future__ import annotations

import keras
import numpy as np

from replay import Replay
from replay.network.description import LayerDescription


def keras_values(replay: Replay, layer: str, epoch: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What enters a Dense layer of a chain of Dense layers, its z and its a: (n_samples, …) each."""
    weights = [array[0] for array in replay.recording.weights_at(epoch)]
    x = replay.recording.inputs.astype(np.float32)
    for number, described in enumerate(replay.recording.description.layers):
        own = weights[2 * number : 2 * number + 2]
        z, a = _layer(described, x, own, "linear"), _layer(described, x, own, described.activation)
        if described.name == layer:
            return x, z, a
        x = a
    raise AssertionError(layer)


def _layer(
    described: LayerDescription, x: np.ndarray, weights: list[np.ndarray], activation: str | None
) -> np.ndarray:
    layer = keras.layers.Dense(described.units, activation=activation)
    layer.build(x.shape)
    layer.set_weights(weights)
    return np.asarray(layer(x))
