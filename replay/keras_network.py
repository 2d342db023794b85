"""Networks that NumPy does not cover, evaluated by Keras behind the interface of `forward.Network`.

Importing this module loads TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from replay.description import RunDescription
from replay.errors import RunFileError, ViewError, unknown

Array = NDArray[Any]
BATCH = 4096


class KerasNetwork:
    """The recorded Keras model: `model` as given, or rebuilt from the run's architecture.

    Raises RunFileError where there is no architecture to rebuild it from, as for subclassed models.
    """

    def __init__(self, description: RunDescription, model: Any, path: Path) -> None:
        self._description = description
        self._path = path
        self._model = model if model is not None else self._rebuilt()
        self._parts: dict[tuple[str, bool], Any] = {}

    def _rebuilt(self) -> Any:
        if self._description.architecture is None:
            raise RunFileError(
                f"{self._path}: this model cannot be rebuilt from the file (it is subclassed, or has custom "
                "parts): pass the model itself, Replay(path, model=model)"
            )
        try:
            return keras.models.model_from_json(self._description.architecture)
        except (ValueError, TypeError) as error:
            reason = str(error).strip().splitlines()[0]
            raise RunFileError(
                f"{self._path}: Keras cannot rebuild this model ({reason}): pass the model itself, "
                "Replay(path, model=model)"
            ) from error

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """Activations of `layer` (by default the output): (n_snapshots, n_samples, …)."""
        if start_after is not None:
            raise ViewError(f"{self._path}: this network cannot be evaluated from layer {start_after!r} on")
        part = self._part(layer, before_activation)
        answers = []
        for snapshot in range(len(weights[0]) if weights else 1):
            self._set_weights([array[snapshot] for array in weights])
            batches = [
                keras.ops.convert_to_numpy(part(inputs[start : start + BATCH], training=False))
                for start in range(0, len(inputs), BATCH)
            ]
            answers.append(np.concatenate(batches))
        return np.stack(answers)

    def _set_weights(self, weights: Sequence[Array]) -> None:
        if not self._model.built:
            raise RunFileError(f"{self._path}: the model given was never built: call it once on some inputs")
        variables = self._model.weights
        shapes = [tuple(variable.shape) for variable in variables]
        if shapes != [array.shape for array in weights]:
            raise RunFileError(f"{self._path}: the model given is not the one that was recorded")
        self._model.set_weights(list(weights))

    def _part(self, layer: str | None, before_activation: bool) -> Any:
        """The model up to `layer`; with `before_activation`, without that layer's non-linearity."""
        if layer is None:
            return self._model
        names = [candidate.name for candidate in self._model.layers]
        if layer not in names:
            raise ViewError(unknown("layer", layer, names))
        key = (layer, before_activation)
        if key not in self._parts:
            self._parts[key] = self._cut(self._model.get_layer(layer), before_activation)
        return self._parts[key]

    def _cut(self, layer: Any, before_activation: bool) -> Any:
        try:
            source, output = layer.input, layer.output
        except (AttributeError, ValueError) as error:
            raise ViewError(
                f"{self._path}: the activations of layer {layer.name!r} are not reachable: the model is "
                "subclassed, or the layer is used more than once"
            ) from error
        if not before_activation:
            return keras.Model(self._model.inputs, output)
        if not hasattr(layer, "activation"):
            return keras.Model(self._model.inputs, source)
        if isinstance(layer, keras.layers.Activation):
            return keras.Model(self._model.inputs, source)
        return _WithoutActivation(keras.Model(self._model.inputs, source), layer)


class _WithoutActivation:
    """A layer behind `body`, with its activation taken out for the length of each call."""

    def __init__(self, body: Any, layer: Any) -> None:
        self._body, self._layer = body, layer

    def __call__(self, inputs: Array, training: bool = False) -> Any:
        x = self._body(inputs, training=training)
        activation, self._layer.activation = self._layer.activation, keras.activations.linear
        try:
            return self._layer(x)
        finally:
            self._layer.activation = activation
