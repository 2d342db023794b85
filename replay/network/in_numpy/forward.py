"""The forward pass in NumPy: evaluate a chain of layers for many snapshots of its weights at once.

The first axis of arrays is the snapshots: inputs enter as (1, n_samples, …), weights as (n_snapshots, …),
and every layer gives (n_snapshots, n_samples, …). A layer is two functions: x to the pre-activation z, which
uses the weights, and z to the activation.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Any

import numpy as np

from replay.errors import ViewError, unknown
from replay.network import activations
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.network.in_numpy import backward
from replay.network.in_numpy.kinds.kind import LayerKind
from replay.network.in_numpy.layers import LAYERS
from replay.network.losses import divisor
from replay.types import Array, Weights

HELD_VALUES = 8_000_000  # activations of one layer held at once, 32 MB in float32
KEPT_VALUES = 8_000_000  # pre-activations and activations kept for the backward pass, 32 MB in float32


# Keras 3.15 does not compute sparsemax as in its paper, so Keras must replay networks trained with it.
LEFT_TO_KERAS = {"sparsemax"}


def covers(description: RunDescription) -> bool:
    """Whether NumPy can replay the network: a chain of layers that are all in LAYERS, with known options."""
    return description.chain and covers_layers(description.layers)


def covers_layers(layers: Sequence[LayerDescription]) -> bool:
    """Whether all of these layers are in LAYERS, with known options."""
    return all(map(_covers_layer, layers))


def _covers_layer(layer: LayerDescription) -> bool:
    config = layer.config
    return (
        layer.class_name in LAYERS
        and {weight.name for weight in layer.weights} <= LAYERS[layer.class_name].weights
        and _are_last(config.get("axis"), LAYERS[layer.class_name])
        and isinstance(config.get("activation_arguments", {}).get("axis", -1), int)
        and config.get("activation_arguments", {}).get("axis", -1) < 0
        and not config.get("rms_scaling")
        and config.get("data_format", "channels_last") == "channels_last"
        and config.get("dtype", "float32") == "float32"
        and _covers_activation(layer)
    )


def _are_last(axis: Any, kind: LayerKind) -> bool:
    """Whether `axis` is the last axes, counted from the end; batch normalisation allows any."""
    axes = axis if isinstance(axis, list | tuple) else [] if axis is None else [axis]
    return kind.any_axis or sorted(axes) == list(range(-len(axes), 0))


def _covers_activation(layer: LayerDescription) -> bool:
    if layer.activation is None or LAYERS[layer.class_name].activate is not None:
        return True
    return layer.activation in activations.CATALOGUE and layer.activation not in LEFT_TO_KERAS


def values_a_sample(layer: LayerDescription) -> int:
    """How many activations the layer has for each sample; unknown sizes count as 1."""
    shape = layer.shape if layer.shape is not None else (layer.units,)
    return math.prod(size or 1 for size in shape)


def check_recorded(layer: LayerDescription) -> None:
    """Raise ViewError if the layer has weights that were not recorded."""
    if layer.weights and not layer.recorded:
        raise ViewError(
            f"the weights of layer {layer.name!r} were not recorded, and this view needs them: train again "
            "and record that layer"
        )


@dataclass(frozen=True)
class Layer:
    """One layer of a chain."""

    description: LayerDescription

    @property
    def recorded_weights(self) -> Sequence[WeightDescription]:
        """The layer's weights in the snapshots."""
        return self.description.weights if self.description.recorded else ()

    @property
    def kind(self) -> LayerKind:
        """Its row of the table of layers."""
        return LAYERS[self.description.class_name]

    def pre_activation(self, x: Array, weights: Weights) -> Array:
        """Z: everything before the activation function."""
        return self.kind.forward(x, weights, self.description.config)

    def activation(self, z: Array, weights: Weights) -> Array:
        """A = f(z)."""
        if self.kind.activate is not None:
            return self.kind.activate(z, weights, self.description.config)
        if self.description.activation in (None, "linear"):
            return z
        function = activations.find(self.description.activation or "linear")
        return function(z, **self.description.config.get("activation_arguments", {}))


class Network:
    """A chain of layers. Stateless: each call passes the weights.

    `weights` is a list of arrays (n_snapshots, …) in the order of the description's `weight_paths`.
    Evaluating a layer whose weights were not recorded raises ViewError.
    """

    def __init__(self, layers: Sequence[LayerDescription]) -> None:
        self.layers = [Layer(description) for description in layers]
        self._positions = {layer.name: position for position, layer in enumerate(layers)}
        counts = (len(layer.recorded_weights) for layer in self.layers)
        self._widest = max([1, *map(values_a_sample, layers)])
        self._first_weights = list(accumulate(counts, initial=0))  # index of each layer's first weight

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """Activations of `layer` (by default the output): (n_snapshots, n_samples, …).

        `inputs` (n_samples, …) enter the first layer or, with `start_after`, the layer after that one.
        With `before_activation` the result is the pre-activation z of `layer`.
        """
        first = 0 if start_after is None else self._position(start_after) + 1
        last = len(self.layers) - 1 if layer is None else self._position(layer)
        n_samples, n_snapshots = len(inputs), len(weights[0]) if weights else 1
        size = max(1, HELD_VALUES // (self._widest * max(1, n_snapshots)))
        pieces = [
            self._evaluated(inputs[start : start + size], weights, first, last, before_activation)
            for start in range(0, max(1, n_samples), size)
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def _evaluated(
        self, inputs: Array, weights: Sequence[Array], first: int, last: int, before_activation: bool
    ) -> Array:
        """Evaluate the layers at positions first ≤ i ≤ last for a batch that fits in memory."""
        x = np.asarray(inputs, dtype=np.float32)[None]  # Keras casts inputs, too
        with np.errstate(all="ignore"):  # a diverged network gives inf and NaN; the views show them
            for position, (step, own) in enumerate(self.with_weights(weights, first, last + 1), first):
                check_recorded(step.description)
                z = step.pre_activation(x, own)
                if position == last and before_activation:
                    return _per_snapshot(z, weights)
                x = step.activation(z, own)
        return _per_snapshot(x, weights)

    def pre_activations(
        self, inputs: Array, weights: Sequence[Array], names: Collection[str]
    ) -> Iterator[tuple[str, Array]]:
        """Yield (name, z) for the layers `names`, in chain order, in one pass.

        z is the pre-activation, (n_snapshots, n_samples, …).
        """
        left = set(names)
        x = np.asarray(inputs, dtype=np.float32)[None]
        for step, own in self.with_weights(weights):
            if not left:
                return
            check_recorded(step.description)
            with np.errstate(all="ignore"):
                z = step.pre_activation(x, own)
                x = step.activation(z, own)
            if step.description.name in left:
                left.remove(step.description.name)
                yield step.description.name, _per_snapshot(z, weights)

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """The gradient of the mean loss over the samples with respect to every weight: (n_snapshots, …) each.

        In the order of `weights`. The network is in inference mode: no dropout, and batch normalisation uses
        its moving averages. Regularisation terms are left out. Weights that training does not change (moving
        averages, frozen layers) have zeros. `targets` is (n_samples, …), `loss` as in the run's description.
        Raises ViewError for a loss that cannot be differentiated.
        """
        for layer in self.layers:
            check_recorded(layer.description)
        if not weights:
            return []
        kept = 2 * len(weights[0]) * sum(values_a_sample(layer.description) for layer in self.layers)
        size = max(1, KEPT_VALUES // kept)
        whole = divisor(loss, targets)
        totals: list[Array] = []
        with np.errstate(all="ignore"):
            for start in range(0, max(len(inputs), 1), size):
                x = np.asarray(inputs[start : start + size], dtype=np.float32)[None]
                steps, outputs = self._steps(x, weights)
                parts = backward.gradients(steps, outputs, targets[start : start + size], loss, whole)
                totals = [a + b for a, b in zip(totals, parts, strict=True)] if totals else parts
        return totals

    def signal_sizes(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> Array:
        """How large the gradient of a sample's loss is at each layer: (n_snapshots, n_layers, 2).

        The mean of |∂loss/∂a| and of |∂loss/∂z| over samples and units, a the layer's activations and z its
        pre-activations; NaN of a where the loss takes logits. As `gradients` otherwise.
        """
        for layer in self.layers:
            check_recorded(layer.description)
        n_snapshots = len(weights[0]) if weights else 1
        kept = 2 * n_snapshots * sum(values_a_sample(layer.description) for layer in self.layers)
        size = max(1, KEPT_VALUES // kept)
        total = np.zeros((n_snapshots, len(self.layers), 2))
        with np.errstate(all="ignore"):
            for start in range(0, max(len(inputs), 1), size):
                x = np.asarray(inputs[start : start + size], dtype=np.float32)[None]
                steps, outputs = self._steps(x, weights)
                found = backward.signals(steps, outputs, targets[start : start + size], loss)
                for position, _, *both in found:
                    for column, gradient in enumerate(both):
                        total[:, position, column] += (
                            np.nan if gradient is None else _mean_size(gradient) * x.shape[1]
                        )
        return total / max(len(inputs), 1)

    def gradient_norms(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> Array:
        """The norm of the gradient of each sample's own loss, over all weights of one snapshot: (n_samples,).

        As `gradients`; `weights` are (1, …).
        """
        for layer in self.layers:
            check_recorded(layer.description)
        size = max(1, KEPT_VALUES // (2 * sum(values_a_sample(layer.description) for layer in self.layers)))
        found = []
        with np.errstate(all="ignore"):
            for start in range(0, max(len(inputs), 1), size):
                x = np.asarray(inputs[start : start + size], dtype=np.float32)[None]
                steps, outputs = self._steps(x, weights)
                found.append(backward.sample_norms(steps, outputs, targets[start : start + size], loss))
        return np.concatenate(found)

    def _steps(self, x: Array, weights: Sequence[Array]) -> tuple[list[backward.Step], Array]:
        """Each layer's step in the forward pass, and the outputs."""
        steps = []
        for layer, own in self.with_weights(weights):
            z = layer.pre_activation(x, own)
            steps.append(backward.Step(layer.description, own, x, z))
            x = layer.activation(z, own)
        return steps, x

    def with_weights(
        self, weights: Sequence[Array], first: int = 0, stop: int | None = None
    ) -> Iterator[tuple[Layer, Weights]]:
        """The layers at positions first ≤ i < stop (default all), each with its weights."""
        placed = zip(self.layers, self._first_weights, strict=False)
        for layer, start in islice(placed, first, stop):
            own = enumerate(layer.recorded_weights, start)
            yield layer, {weight.name: weights[position] for position, weight in own}

    def _position(self, name: str) -> int:
        if name not in self._positions:
            raise ViewError(unknown("layer", name, list(self._positions)))
        return self._positions[name]


def _mean_size(values: Array) -> Array:
    """The mean of |values| (n_snapshots, n, …) for each snapshot: (n_snapshots,)."""
    return np.asarray(np.abs(values).mean(axis=tuple(range(1, values.ndim)), dtype=np.float64))


def _per_snapshot(x: Array, weights: Sequence[Array]) -> Array:
    """Broadcast activations that no weight has touched yet, so that the first axis is the snapshots."""
    n_snapshots = weights[0].shape[0] if weights else 1
    return x if x.shape[0] == n_snapshots else np.broadcast_to(x, (n_snapshots, *x.shape[1:]))
