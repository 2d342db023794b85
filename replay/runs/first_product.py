"""Cache of the first dense layer's z: one matrix product for each snapshot instead of each frame.

Between snapshots, weights are interpolated linearly, and the first layer's z is linear in them, so z can be
interpolated too. For 10,000 images of 784 pixels and 512 units the product takes 40 ms, the interpolation 5.
"""

from __future__ import annotations

import numpy as np

from replay.network.in_numpy.forward import Layer, Network
from replay.runs.recording import Recording
from replay.types import Array

WORTHWHILE = 100_000_000  # multiplications; with fewer, caching saves no time
MAX_VALUES = 16_000_000  # of z at a snapshot, 64 MB in float32


class FirstProduct:
    """The activations of the first layer with weights, `layer`, for the recorded samples."""

    def __init__(self, recording: Recording, network: Network, inputs: Array, first: Layer) -> None:
        self.layer = first.description.name
        self._recording, self._network, self._inputs, self._first = recording, network, inputs, first
        self._kept: dict[int, Array] = {}  # z by snapshot; at most two neighbours

    @classmethod
    def of(cls, recording: Recording, network: Network, inputs: Array) -> FirstProduct | None:
        """The cache; None if the network does not begin with a dense layer large enough to gain from it."""
        first = next((layer for layer in network.layers if layer.description.weights), None)
        if first is None or first.description.class_name != "Dense" or not first.description.recorded:
            return None
        kernel = next(weight for weight in first.description.weights if weight.name == "kernel")
        n_values = len(inputs) * kernel.shape[-1]
        flat = first.description.shape == kernel.shape[-1:]  # one vector for each sample
        if not flat or n_values > MAX_VALUES or n_values * kernel.shape[0] < WORTHWHILE:
            return None
        return cls(recording, network, inputs, first)

    def activations(self, epoch: float) -> Array:
        """Activations of `layer` at `epoch`: (n_samples, units)."""
        epochs = self._recording.epochs
        after = int(np.searchsorted(epochs, epoch))
        if epochs[after] == epoch:
            return self._first.activation(self._z(after), {})
        before, behind = self._z(after - 1), self._z(after)
        share = np.float32((epoch - epochs[after - 1]) / (epochs[after] - epochs[after - 1]))
        with np.errstate(all="ignore"):  # weights may not be finite
            return self._first.activation(before + (behind - before) * share, {})

    def _z(self, position: int) -> Array:
        if position not in self._kept:
            weights = self._recording.weights_at(float(self._recording.epochs[position]))
            z = self._network.evaluate(self._inputs, weights, self.layer, before_activation=True)[0]
            near = {place: kept for place, kept in self._kept.items() if abs(place - position) == 1}
            self._kept = {**dict(list(near.items())[-1:]), position: z}
        return self._kept[position]
