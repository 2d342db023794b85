"""The forward pass in NumPy: evaluate a graph of layers for many snapshots of its weights at once.

The first axis of arrays is the snapshots: inputs enter as (1, n_samples, …), weights as (n_snapshots, …),
and every layer gives (n_snapshots, n_samples, …). A layer is two functions: x to the pre-activation z, which
uses the weights, and z to the activation. Where a layer takes several others, x is what it joins them to.
Most networks are chains, in which each layer takes the one before.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from replay.errors import ViewError, unknown
from replay.network import activations
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.network.graph import SAMPLES, Graph
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
    """Whether NumPy can replay the network: layers that are all in LAYERS, with known options.

    They are a chain, or a graph whose layers name those that they take.
    """
    return (description.chain or description.is_graph) and covers_layers(description.layers)


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
        and not config.get("mask_zero")
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
    return layer.activation in activations.OF_LAYERS and layer.activation not in LEFT_TO_KERAS


def values_a_sample(layer: LayerDescription) -> int:
    """How many activations the layer has for each sample; unknown sizes count as 1."""
    shape = layer.shape if layer.shape is not None else (layer.units,)
    return math.prod(size or 1 for size in shape)


def widest(layers: Sequence[LayerDescription]) -> int:
    """How many activations are held at once for each sample: those of a layer, and those still waited for."""
    most, held = 1, dict[int, int]()
    last_uses = Graph(layers).last_uses(range(len(layers)))
    for position, layer in enumerate(layers):
        held = {source: values for source, values in held.items() if last_uses.get(source, 0) > position}
        held[position] = values_a_sample(layer)
        most = max(most, sum(held.values()))
    return most


def check_recorded(layer: LayerDescription) -> None:
    """Raise ViewError if the layer has weights that were not recorded."""
    if layer.weights and not layer.recorded:
        raise ViewError(
            f"the weights of layer {layer.name!r} were not recorded, and this view needs them: train again "
            "and record that layer"
        )


@dataclass(frozen=True)
class Layer:
    """One layer of a network."""

    description: LayerDescription

    @property
    def recorded_weights(self) -> Sequence[WeightDescription]:
        """The layer's weights in the snapshots."""
        return self.description.weights if self.description.recorded else ()

    @property
    def kind(self) -> LayerKind:
        """Its row of the table of layers."""
        return LAYERS[self.description.class_name]

    def joined(self, parts: Sequence[Array]) -> Array:
        """X: what the layer makes of the activations that it takes."""
        join = self.kind.join
        return parts[0] if join is None else join.forward(parts, self.description.config)

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
    """A graph of layers, most often a chain. Stateless: each call passes the weights.

    `weights` is a list of arrays (n_snapshots, …) in the order of the description's `weight_paths`. The last
    layer is the output. Evaluating a layer that needs weights which were not recorded raises ViewError.
    """

    def __init__(self, layers: Sequence[LayerDescription]) -> None:
        self.layers = [Layer(description) for description in layers]
        self.graph = Graph(layers)
        counts = (len(layer.recorded_weights) for layer in self.layers)
        self._widest = widest(layers)
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

        `inputs` (n_samples, …) enter the network or, with `start_after`, are the activations of that layer.
        With `before_activation` the result is the pre-activation z of `layer`. Raises ViewError where `layer`
        does not depend on `start_after` alone.
        """
        start = SAMPLES if start_after is None else self._position(start_after)
        last = len(self.layers) - 1 if layer is None else self._position(layer)
        needed = self.graph.needed(last, start)
        if needed is None:
            raise ViewError(
                f"layer {self.layers[last].description.name!r} does not follow from {start_after!r} alone: "
                "compute it from the samples"
            )
        n_samples, n_snapshots = len(inputs), len(weights[0]) if weights else 1
        size = max(1, HELD_VALUES // (self._widest * max(1, n_snapshots)))
        pieces = [
            self._evaluated(inputs[at : at + size], weights, needed, start, before_activation)
            for at in range(0, max(1, n_samples), size)
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces, axis=1)

    def _evaluated(
        self,
        inputs: Array,
        weights: Sequence[Array],
        needed: Sequence[int],
        start: int,
        before_activation: bool,
    ) -> Array:
        """Evaluate the layers at the positions `needed` for a batch that fits in memory."""
        x = np.asarray(inputs, dtype=np.float32)[None]  # Keras casts inputs, too
        last = deque(self._passed(x, weights, needed, start), maxlen=1)
        with np.errstate(all="ignore"):  # a diverged network gives inf and NaN; the views show them
            for layer, own, z in last:
                x = z if before_activation else layer.activation(z, own)
        return _per_snapshot(x, weights)

    def _passed(
        self, x: Array, weights: Sequence[Array], needed: Sequence[int], start: int = SAMPLES
    ) -> Iterator[tuple[Layer, Weights, Array]]:
        """The layers at the positions `needed`, in turn, with their weights and z.

        `x` are the samples, or the activations of the layer at `start`. Holds what later ones wait for.
        """
        held, last_uses = {start: x}, self.graph.last_uses(needed)
        for position in needed:
            layer, sources = self.layers[position], self.graph.sources[position]
            check_recorded(layer.description)
            own = self._weights_of(position, weights)
            parts = [held[source] for source in sources]
            for source in set(sources):
                if last_uses[source] == position:
                    del held[source]
            with np.errstate(all="ignore"):
                z = layer.pre_activation(layer.joined(parts), own)
                del parts
                if position in last_uses:
                    held[position] = layer.activation(z, own)
            yield layer, own, z

    def pre_activations(
        self, inputs: Array, weights: Sequence[Array], names: Collection[str]
    ) -> Iterator[tuple[str, Array]]:
        """Yield (name, z) for the layers `names`, in the network's order, in one pass.

        z is the pre-activation, (n_snapshots, n_samples, …).
        """
        wanted = {self._position(name) for name in names}
        needed = self.graph.needed_by(wanted)
        x = np.asarray(inputs, dtype=np.float32)[None]
        for position, (layer, _, z) in zip(needed, self._passed(x, weights, needed), strict=True):
            if position in wanted:
                yield layer.description.name, _per_snapshot(z, weights)

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
        steps: list[backward.Step] = []
        held = {SAMPLES: x}
        for position, (layer, own) in enumerate(self.with_weights(weights)):
            sources = self.graph.sources[position]
            parts = [held[source] for source in sources]
            x = layer.joined(parts)
            z = layer.pre_activation(x, own)
            steps.append(backward.Step(layer.description, own, x, z, sources, parts))
            held[position] = layer.activation(z, own)
        return steps, held[len(steps) - 1]

    def with_weights(self, weights: Sequence[Array]) -> Iterator[tuple[Layer, Weights]]:
        """The layers, each with its weights."""
        for position, layer in enumerate(self.layers):
            yield layer, self._weights_of(position, weights)

    def _weights_of(self, position: int, weights: Sequence[Array]) -> Weights:
        own = enumerate(self.layers[position].recorded_weights, self._first_weights[position])
        return {weight.name: weights[place] for place, weight in own}

    def _position(self, name: str) -> int:
        if name not in self.graph.positions:
            raise ViewError(unknown("layer", name, list(self.graph.positions)))
        return self.graph.positions[name]


def _mean_size(values: Array) -> Array:
    """The mean of |values| (n_snapshots, n, …) for each snapshot: (n_snapshots,)."""
    return np.asarray(np.abs(values).mean(axis=tuple(range(1, values.ndim)), dtype=np.float64))


def _per_snapshot(x: Array, weights: Sequence[Array]) -> Array:
    """Broadcast activations that no weight has touched yet, so that the first axis is the snapshots."""
    n_snapshots = weights[0].shape[0] if weights else 1
    return x if x.shape[0] == n_snapshots else np.broadcast_to(x, (n_snapshots, *x.shape[1:]))
