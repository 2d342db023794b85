"""Modules of Flax NNX as functions of their variables, and the layers among them that NumPy knows.

A layer is told by its very class, and only where nothing in it was replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from replay.network.in_jax.leaves import Leaf, Step, leaves_of
from replay.network.in_jax.model import MARK, JaxModel


@dataclass(frozen=True)
class NnxLayer:
    """A layer of NNX's: its Keras class, arguments, and the place of each of its weights.

    `path` is that of the layer in the module.
    """

    class_name: str
    path: tuple[str, ...]
    config: Mapping[str, Any]
    weights: Mapping[str, str]  # Keras's name → NNX's

    def place(self, weight: str) -> tuple[str, ...]:
        """Where a weight, by Keras's name, is in the module."""
        return (*self.path, self.weights[weight])


def of_module(module: Any) -> JaxModel:
    """The module as a function of its variables, in evaluation mode. The module itself stays as it is."""
    graph, random, variables = nnx.split(module, nnx.RngState, ...)
    layers = _layers(module)

    def function(params: Any, x: Any) -> Any:
        return _evaluating(nnx.merge(graph, random, params))(x)

    def traced(params: Any, x: Any) -> Any:
        inside = _evaluating(nnx.merge(graph, random, params))
        for path, layer in nnx.iter_modules(inside):
            name = MARK + "/".join(map(str, path))
            if name in layers:
                _mark(layer, name)
        return inside(x)

    def values_of(_: Any) -> Any:
        return nnx.split(module, nnx.RngState, ...)[2]

    return JaxModel(
        function,
        variables,
        jax.tree.map(lambda one: isinstance(one, nnx.Param), variables, is_leaf=_is_variable),
        layers,
        traced,
        values_of,
        _leaves,
        {tuple(map(str, path)): _full_name(type(one)) for path, one in nnx.iter_modules(module)},
        "the module",
    )


def _leaves(variables: Any) -> list[Leaf]:
    """The leaves by their places in the module: NNX's trees have one step more, into the variable."""
    return [replace(leaf, path=_without_variable(leaf.path)) for leaf in leaves_of(variables)]


def _without_variable(path: tuple[Step, ...]) -> tuple[Step, ...]:
    return path[:-1] if path and path[-1][0] == "attribute" else path


def _evaluating(module: Any) -> Any:
    module.eval()
    return module


def _is_variable(node: Any) -> bool:
    return isinstance(node, nnx.Variable)


def _full_name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _layers(module: Any) -> dict[str, NnxLayer]:
    """The layers that NumPy knows, by the names that mark them."""
    found = {}
    for path, layer in nnx.iter_modules(module):
        described = _layer(layer, tuple(map(str, path)))
        if described is not None:
            found[MARK + "/".join(map(str, path))] = described
    return found


def _layer(layer: Any, path: tuple[str, ...]) -> NnxLayer | None:
    if type(layer) is nnx.Dropout:
        return NnxLayer("Dropout", path, {}, {})
    if type(layer) not in (nnx.Linear, nnx.BatchNorm, nnx.LayerNorm) or not _computes_as_usual(layer):
        return None
    if type(layer) is nnx.Linear:
        return NnxLayer("Dense", path, {}, _held(layer, {"kernel": "kernel", "bias": "bias"}))
    own = {"gamma": "scale", "beta": "bias"}
    config = {"axis": -1, "epsilon": float(layer.epsilon)}
    if type(layer) is nnx.LayerNorm:
        usual = _last(layer.reduction_axes) and _last(layer.feature_axes)
        return NnxLayer("LayerNormalization", path, config, _held(layer, own)) if usual else None
    if not _last(layer.axis):
        return None
    moving = {"moving_mean": "mean", "moving_variance": "var"}
    return NnxLayer("BatchNormalization", path, config, _held(layer, own | moving))


def _computes_as_usual(layer: Any) -> bool:
    """Whether it computes in float32, with JAX's own product of matrices."""
    dtype = layer.dtype is None or jnp.dtype(layer.dtype) == jnp.float32
    return dtype and getattr(layer, "dot_general", jax.lax.dot_general) is jax.lax.dot_general


def _last(axis: Any) -> bool:
    return axis in (-1, (-1,), [-1])


def _held(layer: Any, names: Mapping[str, str]) -> dict[str, str]:
    """The names of those weights that the layer has."""
    return {ours: theirs for ours, theirs in names.items() if _value(layer, theirs) is not None}


def _value(layer: Any, name: str) -> Any:
    variable = getattr(layer, name, None)
    return variable if isinstance(variable, nnx.Variable) else None


def _mark(layer: Any, name: str) -> None:
    """Let a trace show this layer, of a copy of the module, as one step called `name`."""
    kind: Any = type(layer)
    object.__setattr__(layer, "__class__", _marked(kind))
    vars(layer)["_replay_name"] = name


@cache
def _marked(kind: Any) -> type:
    def call(self: Any, x: Any) -> Any:
        def step(x: Any) -> Any:
            return kind.__call__(self, x)

        step.__name__ = step.__qualname__ = vars(self)["_replay_name"]
        return jax.jit(step)(x)

    return type(kind.__name__, (kind,), {"__call__": call})
