"""Evaluate networks in Keras that NumPy does not cover: activations and gradients for each snapshot.

Same interface as `forward.Network`. Importing this module loads Keras and its backend.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np

from replay.errors import RunFileError, ViewError, first_line, unknown
from replay.network import losses
from replay.network.description import LayerDescription, RunDescription
from replay.network.in_keras import describe
from replay.network.in_keras.architecture import stateful_layer
from replay.network.in_keras.backends.backend import backend
from replay.network.in_keras.rebuild import (
    MAX_VALUES,
    PASS_THE_MODEL,
    REFUSALS,
    TRUST_IT,
    check_weights,
    rebuilt,
)
from replay.network.in_numpy.forward import check_recorded, values_a_sample
from replay.types import Array

Part = Callable[[Any], Any]
BATCH = 4096  # most samples in a batch
MAX_STEPS = 10_000  # of recurrent layers
BATCH_VALUES = 8_000_000  # activations in a batch, 32 MB in float32
# Layers that apply their activation last: without it, their output is z.
ENDING_IN_ACTIVATION = ("Dense", "EinsumDense", "Conv", "DepthwiseConv", "SeparableConv")


class KerasNetwork:
    """The recorded Keras model: `model` if given, else rebuilt from the run's architecture.

    A given model keeps its own weights. Raises RunFileError if there is no architecture to rebuild, as for
    subclassed models, or if the given model is not the recorded one.
    """

    def __init__(self, description: RunDescription, model: Any, path: Path, trust: bool = False) -> None:
        self._description = description
        self._path = path
        self._given = model is not None
        if self._given:
            _check_given(model, description, path)
        _check_stateless(model, description, path)
        self._model = model if self._given else rebuilt(description, path, trust)
        recorded = [layer.recorded for layer in description.layers for _ in layer.weights]
        every = describe.variables(self._model)
        self._variables = [
            variable for variable, is_recorded in zip(every, recorded, strict=True) if is_recorded
        ]
        self._layers = describe.layers(self._model)
        # Shapes from the model itself: the file may understate them.
        own = map(describe.output_shape, self._layers)
        self._values = [
            values_a_sample(replace(layer, shape=shape or layer.shape))
            for layer, shape in zip(description.layers, own, strict=False)
        ]
        self._parts: dict[str, Any] = {}
        self._bounded = not self._given and not trust
        self._graphs: dict[tuple[int, ...], int] = {}  # values computed for a sample, by its shape

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """Activations of `layer` (by default the output): (n_snapshots, n_samples, …)."""
        with self._damages_told():
            part = self._part(layer, before_activation, start_after)
            shape = inputs.shape[1:] if start_after is None else None
            size = self._batch_size(max(self._values, default=1), shape)
            return self._evaluate(part, inputs, weights, size)

    def _evaluate(self, part: Part, inputs: Array, weights: Sequence[Array], size: int) -> Array:
        answers = []
        with self._weights_kept():
            for snapshot in range(len(weights[0]) if weights else 1):
                self._set_weights([array[snapshot] for array in weights])
                batches = [
                    keras.ops.convert_to_numpy(part(inputs[start : start + size]))
                    for start in range(0, max(len(inputs), 1), size)
                ]
                answers.append(np.concatenate(batches))
        return np.stack(answers)

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """The gradient of the mean loss with respect to every weight, as `forward.Network.gradients`."""
        with self._damages_told():
            return self._gradients(inputs, targets, weights, loss)

    def _gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        output = self._description.output
        at_logits = output is not None and losses.takes_logits(loss, output.activation)
        part = self._part(output.name if output is not None and at_logits else None, at_logits, None)
        size = self._batch_size(sum(self._values), inputs.shape[1:])
        answers = []
        with self._weights_kept():
            for snapshot in range(len(weights[0]) if weights else 0):
                self._set_weights([array[snapshot] for array in weights])
                totals = [np.zeros(variable.shape, np.float32) for variable in self._variables]
                for start in range(0, len(inputs), size):
                    batch = slice(start, start + size)
                    slopes = partial(_slopes, targets[batch], loss, at_logits)
                    found = self._gradients_of(part, inputs[batch], slopes)
                    share = len(inputs[batch]) / len(inputs)
                    with np.errstate(all="ignore"):  # a diverged network has infinite gradients
                        totals = [total + array * share for total, array in zip(totals, found, strict=True)]
                answers.append(totals)
        return [np.stack(arrays) for arrays in zip(*answers, strict=True)]

    def _gradients_of(self, part: Part, inputs: Array, slopes: Callable[[Array], Array]) -> list[Array]:
        """The gradients of one batch's mean loss; zeros for weights that training does not change.

        `slopes` gives those of the loss along the values of `part`. NumPy has them as the run's backend does,
        which need not be the one that Keras runs on now; Keras has those of the network.
        """
        learning = [variable for variable in self._variables if variable.trainable]
        along = slopes(keras.ops.convert_to_numpy(part(inputs)))
        found = backend().gradients(lambda: keras.ops.sum(keras.ops.multiply(part(inputs), along)), learning)
        arrays = {id(variable): gradient for variable, gradient in zip(learning, found, strict=True)}
        return [
            arrays.get(id(variable), np.zeros(variable.shape, np.float32)) for variable in self._variables
        ]

    def _batch_size(self, values: int, shape: Sequence[int] | None) -> int:
        """How many samples to evaluate at once, with `values` activations each.

        For an untrusted model, also limited by what its graph computes for a sample of `shape` (None: the
        shape that the model declares).
        """
        size = _at_once(values)
        if self._bounded:
            size = min(size, max(1, MAX_VALUES // max(1, self._graph_values(shape))))
        return size

    def _graph_values(self, shape: Sequence[int] | None) -> int:
        if shape is None:
            shape = [size or 1 for size in self._model.inputs[0].shape[1:]]
        key = tuple(shape)
        if key not in self._graphs:
            found = backend().graph_values(self._model, key)
            if not found.one_answer:
                raise RunFileError(f"{self._path}: its architecture does not give one output for each sample")
            too_much = found.too_much(MAX_VALUES, MAX_STEPS)
            if too_much is not None:
                raise RunFileError(f"{self._path}: its architecture computes {too_much}: {TRUST_IT}")
            self._graphs[key] = found.total or 0
        return self._graphs[key]

    @contextmanager
    def _damages_told(self) -> Iterator[None]:
        """Turn Keras's errors into RunFileError: a rebuilt model may hold anything."""
        if self._given:
            yield
            return
        try:
            with warnings.catch_warnings():  # they quote layer names from the file
                warnings.simplefilter("ignore")
                yield
        except REFUSALS as error:
            raise RunFileError(
                f"{self._path}: Keras cannot evaluate the model that it rebuilt ({first_line(error)}): "
                f"{PASS_THE_MODEL}"
            ) from error

    @contextmanager
    def _weights_kept(self) -> Iterator[None]:
        before = list(map(keras.ops.convert_to_numpy, self._variables)) if self._given else None
        try:
            yield
        finally:
            if before is not None:
                self._set_weights(before)

    def _set_weights(self, weights: Sequence[Array]) -> None:
        for variable, array in zip(self._variables, weights, strict=True):
            variable.assign(array)
        for layer in self._layers:
            if isinstance(layer, keras.layers.Normalization):
                layer.finalize_state()  # the layer computes with copies of its weights

    def _part(self, layer: str | None, before_activation: bool, start_after: str | None) -> Part:
        """The network up to `layer`; with `before_activation`, without that layer's activation."""
        names = [described.name for described in self._description.layers]
        for name in (layer, start_after):
            if name is not None and name not in names:
                raise ViewError(unknown("layer", name, names))
        if self._description.chain:
            first = 0 if start_after is None else names.index(start_after) + 1
            last = len(names) - 1 if layer is None else names.index(layer)
            self._check_recorded(self._description.layers[first : last + 1])
            steps = [*map(_in_use, self._layers[first:last])]
            steps.append(self._last_step(self._layers[last], before_activation))
            dtype = self._model.inputs[0].dtype if start_after is None else None
            return lambda x: _in_turn(steps, x, dtype)
        self._check_recorded(self._description.layers)  # all: which layers this one depends on is not known
        if start_after is not None:
            raise ViewError(f"{self._path}: this network cannot start after layer {start_after!r}")
        if layer is None:
            if len(getattr(self._model, "outputs", None) or [None]) > 1:
                raise ViewError(
                    f"{self._path}: the network has several outputs, so probabilities and losses cannot be "
                    "shown: choose a layer's activations, weights or curves"
                )
            return _in_use(self._model)
        target = self._layers[names.index(layer)]  # by position: Keras numbers names anew for each model
        if not before_activation:
            return self._up_to(layer, target, "output")
        if isinstance(target, keras.layers.InputLayer):
            raise ViewError(f"{self._path}: {layer!r} is an input, so it has no pre-activation")
        before, step = self._up_to(layer, target, "input"), self._last_step(target, before_activation)
        return lambda x: step(before(x))

    @staticmethod
    def _check_recorded(layers: Sequence[LayerDescription]) -> None:
        for layer in layers:
            check_recorded(layer)

    def _up_to(self, name: str, layer: Any, end: str) -> Part:
        """The model from its inputs to the "input" or the "output" of a layer."""
        key = f"{name}/{end}"
        if key not in self._parts:
            try:
                inputs, outputs = self._model.inputs, getattr(layer, end)
            except (AttributeError, ValueError) as error:
                raise ViewError(
                    f"{self._path}: the activations of layer {name!r} are not reachable: the model is "
                    "subclassed, or the layer is used more than once"
                ) from error
            self._parts[key] = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs)
        return _in_use(self._parts[key])

    def _last_step(self, layer: Any, before_activation: bool) -> Part:
        if not before_activation:
            return _in_use(layer)
        kind = describe.class_of(layer)
        if kind == "Activation" or describe.is_activation_layer(kind):
            return lambda x: x
        if getattr(layer, "activation", None) is None:
            return _in_use(layer)
        if not kind.startswith(ENDING_IN_ACTIVATION):
            raise ViewError(
                f"layer {layer.name!r} ({type(layer).__name__}) has no single z before its activation"
            )
        return lambda x: _without_activation(layer, x)


def _check_given(model: Any, description: RunDescription, path: Path) -> None:
    if not model.built:
        raise RunFileError(f"{path}: the model given was never built: call it once on some inputs")
    another = "the model given is not the one that was recorded"
    check_weights(model, description, path, another)
    given = describe.describe(model).layers
    if len(given) != len(description.layers):
        raise RunFileError(f"{path}: {another}: it has {len(given)} layers, not {len(description.layers)}")
    for own, recorded in zip(given, description.layers, strict=True):
        if _kind(own) != _kind(recorded):
            raise RunFileError(
                f"{path}: {another}: its layer {own.name!r} is {_kind(own)}, where {_kind(recorded)} was "
                "recorded"
            )


def _check_stateless(model: Any, description: RunDescription, path: Path) -> None:
    """Raise RunFileError for layers whose answer depends on the batches before: nobody recorded those."""
    if model is None:
        found = stateful_layer(description.architecture or "{}")
    else:
        layers = model._flatten_layers()
        found = next((layer.name for layer in layers if getattr(layer, "stateful", False)), None)
    if found is not None:
        raise RunFileError(
            f"{path}: the layer {found!r} is stateful, so its answers depend on what the network saw before: "
            "show weights or curves"
        )


def _kind(layer: LayerDescription) -> str:
    """A layer's class and activation, without modules: those of a script differ when it is imported."""
    names = [name.rpartition(".")[2] for name in (layer.class_name, layer.activation) if name]
    return " with ".join(names)


def _in_use(layer: Any) -> Part:
    """The layer or model in inference mode, without dropout or random augmentation."""
    return lambda x: layer(x, training=False)


def _at_once(values: int) -> int:
    """How many samples with `values` activations each fit in memory."""
    return min(BATCH, max(1, BATCH_VALUES // max(1, values)))


def _in_turn(steps: Sequence[Part], x: Any, dtype: str | None) -> Any:
    x = keras.ops.convert_to_tensor(x, dtype)
    for step in steps:
        x = step(x)
    return x


def _without_activation(layer: Any, x: Any) -> Any:
    activation, layer.activation = layer.activation, keras.activations.linear
    try:
        return layer(x, training=False)
    finally:
        layer.activation = activation


def _slopes(targets: Array, loss: Mapping[str, Any] | None, at_logits: bool, values: Array) -> Array:
    """The slopes of the mean loss along outputs or logits: (n_samples, …)."""
    of_each = losses.derivatives(loss, targets, values[None], values[None] if at_logits else None)[0]
    return of_each / of_each.dtype.type(len(values))
