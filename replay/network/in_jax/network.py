"""Evaluate networks of JAX that NumPy does not cover, through the function or module that the user passes.

Same interface as `forward.Network`. Importing this module loads JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from replay.errors import DataError, RunFileError, ViewError, first_line, unknown
from replay.network import losses
from replay.network.description import RunDescription
from replay.network.in_jax.given_model import is_module, model_of
from replay.network.in_jax.leaves import named_leaves, tree_of
from replay.network.in_jax.model import JaxModel
from replay.network.in_numpy.forward import check_recorded
from replay.types import Array

BATCH = 4096  # most samples at once
ANOTHER = "the model given is not the one that was recorded"


class JaxNetwork:
    """The recorded network as the function or NNX module `model`, with the weights of the run.

    `model` is `apply` where its parameters are dicts, lists and tuples; for other trees it is the pair
    `(apply, params)`, whose parameters give the structure alone. A given module keeps its own weights.

    Raises RunFileError where it is another model than the recorded one.
    """

    def __init__(self, description: RunDescription, model: Any, path: Path) -> None:
        self._description = description
        self._path = path
        try:
            self._leaves = named_leaves(description.layers)
        except ValueError as error:
            raise RunFileError(f"{path} is damaged: {first_line(error)}") from error
        self._model, self._places, self._structure = self._given(model)
        self._answer = _Compiled(self._model.function)
        self._slopes = _Compiled(self._slopes_of_weights)

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """The answers (n_snapshots, n_samples, …). Raises ViewError for a layer within the network."""
        self._check(layer if layer is not None else start_after)
        return np.stack(
            [
                np.concatenate([self._answers(params, batch) for batch in _batches(inputs)])
                for params in self._each(weights)
            ]
        )

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """The gradient of the mean loss with respect to every weight, as `forward.Network.gradients`.

        JAX has those of the network, NumPy those of the loss.
        """
        self._check(None)
        whole = losses.divisor(loss, targets)
        found = []
        for params in self._each(weights):
            totals = [np.zeros(leaf.shape, np.float32) for leaf in self._leaves.values()]
            for x, t in zip(_batches(inputs), _batches(targets), strict=True):
                along = losses.derivatives(loss, t, self._answers(params, x)[None], None)[0] / whole
                parts = self._in_order(self._slopes(params, _of_jax(x), along))
                totals = [total + part for total, part in zip(totals, parts, strict=True)]
            found.append(totals)
        return [np.stack(arrays) for arrays in zip(*found, strict=True)]

    def _slopes_of_weights(self, params: Any, x: Any, along: Any) -> Any:
        """The gradient of Σ answers · along with respect to the parameters that training changes."""
        leaves, structure = jax.tree.flatten(params)
        learns = self._learns(leaves)
        learning = [leaf for leaf, one in zip(leaves, learns, strict=True) if one]

        def total(learning: list[Any]) -> Any:
            rest = iter(learning)
            every = [next(rest) if one else leaf for leaf, one in zip(leaves, learns, strict=True)]
            answers = self._model.function(jax.tree.unflatten(structure, every), x)
            return jnp.sum(answers.reshape(along.shape).astype(jnp.float32) * along)

        slopes = iter(jax.grad(total)(learning))
        return [
            next(slopes) if one else jnp.zeros(jnp.shape(leaf), jnp.float32)
            for leaf, one in zip(leaves, learns, strict=True)
        ]

    def _learns(self, leaves: Sequence[Any]) -> list[bool]:
        every = [True] * len(leaves) if self._model.learns is None else jax.tree.leaves(self._model.learns)
        return [
            bool(learns) and bool(jnp.issubdtype(jnp.result_type(leaf), jnp.floating))
            for learns, leaf in zip(every, leaves, strict=True)
        ]

    # The model

    def _given(self, model: Any) -> tuple[JaxModel, list[int], Any]:
        """The model, the place among its leaves of each recorded weight, and the structure of its tree."""
        try:
            if is_module(model):
                given = model_of(model)
            elif isinstance(model, tuple) and len(model) == 2:
                given = model_of(*model)
            else:
                given = model_of(model, self._tree())
            own = given.leaves_of(given.params)
        except DataError as error:
            raise RunFileError(f"{self._path}: {error}") from error
        recorded = [*self._leaves.values()]
        places = {leaf.path: place for place, leaf in enumerate(own)}
        if {leaf.path: leaf.shape for leaf in own} != {leaf.path: leaf.shape for leaf in recorded}:
            missing = next((leaf for leaf in recorded if leaf.path not in places), None)
            why = f"it has no {missing}" if missing is not None else "its arrays have other shapes"
            raise RunFileError(f"{self._path}: {ANOTHER}: {why}")
        return given, [places[leaf.path] for leaf in recorded], jax.tree.structure(given.params)

    def _tree(self) -> Any:
        """A tree as the recorded one, of dicts and lists."""
        leaves = [*self._leaves.values()]
        try:
            return tree_of([np.zeros(leaf.shape, leaf.dtype) for leaf in leaves], leaves)
        except DataError as error:
            raise DataError(f"{error}: pass them, too, Replay(path, model=(apply, params))") from error

    def _check(self, layer: str | None) -> None:
        """Raise ViewError for a layer, or for weights that were not recorded."""
        names = [one.name for one in self._description.layers]
        if layer is not None and layer not in names:
            raise ViewError(unknown("layer", layer, names))
        if layer is not None:
            raise ViewError(
                f"{self._path}: the activations of layer {layer!r} are not reachable within a function of "
                "JAX: show its answers, weights or gradients"
            )
        for described in self._description.layers:
            check_recorded(described)

    def _each(self, weights: Sequence[Array]) -> list[Any]:
        """The parameters at each snapshot."""
        return [
            self._params([array[snapshot] for array in weights])
            for snapshot in range(len(weights[0]) if weights else 0)
        ]

    def _params(self, arrays: Sequence[Array]) -> Any:
        leaves: list[Any] = [None] * len(arrays)
        own = jax.tree.leaves(self._model.params)
        for array, place in zip(arrays, self._places, strict=True):
            leaves[place] = jnp.asarray(array, jnp.result_type(own[place]))
        return jax.tree.unflatten(self._structure, leaves)

    def _in_order(self, leaves: Sequence[Any]) -> list[Array]:
        return [np.asarray(leaves[place], np.float32) for place in self._places]

    def _answers(self, params: Any, inputs: Array) -> Array:
        try:
            answers = self._answer(params, _of_jax(inputs))
        except Exception as error:
            raise ViewError(
                f"{self._path}: the model given fails: {type(error).__name__}: {first_line(error)}"
            ) from error
        if not isinstance(answers, jax.Array | np.ndarray):
            raise ViewError(
                f"{self._path}: the network has several outputs, so probabilities and losses cannot be "
                "shown: choose weights or curves"
            )
        array = np.asarray(answers, np.float32)
        return array[:, None] if array.ndim == 1 else array


class _Compiled:
    """A function, compiled where JAX can trace it, else as it is."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._compiled: Callable[..., Any] = jax.jit(function)

    def __call__(self, *arguments: Any) -> Any:
        try:
            return self._compiled(*arguments)
        except jax.errors.JAXTypeError:  # what it does depends on values
            self._compiled = self._function
            return self._function(*arguments)


def _batches(samples: Array) -> list[Array]:
    return [samples[start : start + BATCH] for start in range(0, max(len(samples), 1), BATCH)]


def _of_jax(inputs: Any) -> Any:
    return jax.tree.map(jnp.asarray, inputs)
