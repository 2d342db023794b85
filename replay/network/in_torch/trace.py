"""Trace a module: which layers it is made of, and what each takes. By torch.fx, on a few samples.

Flattening, dropout and the like are told apart from other reshaping by the shapes that the samples take.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import torch
from torch import fx
from torch.nn import functional as F

from replay.network.in_torch import activations, layers

RESHAPING = ("view", "reshape", "flatten", torch.flatten, torch.reshape)
DROPPING = (F.dropout, F.alpha_dropout, F.feature_alpha_dropout, F.dropout1d, F.dropout2d)
WITHOUT_EFFECT = ("contiguous", "clone", "float", "detach")  # on values of float32
JOINING = {
    **dict.fromkeys((operator.add, operator.iadd, torch.add, "add", "add_"), "Add"),
    **dict.fromkeys((operator.mul, operator.imul, torch.mul, "mul", "mul_"), "Multiply"),
    **dict.fromkeys((torch.cat, torch.concat, torch.concatenate), "Concatenate"),
}
ASKING = ("size", "dim", operator.getitem, getattr)  # about shapes: their answers are numbers


class NotCovered(Exception):
    """A module that is not made of known layers; says what it has."""


@dataclass(frozen=True)
class TracedLayer:
    """One layer of a traced module.

    `module` holds its weights, None where it has none. `inputs` are the layers that it takes, by name; None
    for the samples. `shape` is that of a sample's activations.
    """

    name: str
    layer: layers.Layer
    module: Any
    inputs: tuple[str | None, ...]
    shape: tuple[int, ...]
    activation: activations.Found | None = None


def traced(model: Any, inputs: torch.Tensor) -> list[TracedLayer]:
    """The layers of a module, each behind those that it takes. Raises NotCovered.

    `inputs` are a few samples. The module stays as it was, with its modes and the random state.
    """
    with evaluating(model), torch.no_grad():
        graph_module = _traced_by_fx(model)
        try:
            shapes = _Shapes(graph_module).of(inputs)
        except Exception as error:
            raise NotCovered(f"it cannot be traced with these samples ({_first(error)})") from error
    return _Layers(graph_module, shapes).found()


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """The module in evaluation mode, and afterwards every part in its own; the random state is kept."""
    modes = [(module, module.training) for module in model.modules()]
    state = torch.get_rng_state()
    try:
        model.eval()
        yield
    finally:
        for module, training in modes:
            module.training = training
        torch.set_rng_state(state)


def _traced_by_fx(model: Any) -> Any:
    for module in model.modules():
        if layers.is_changed(module):
            raise NotCovered(f"a {type(module).__name__} has hooks or parametrizations")
    try:
        return fx.symbolic_trace(model)
    except Exception as error:  # whatever a forward pass does with what is no tensor
        raise NotCovered(f"its forward pass cannot be traced ({_first(error)})") from error


def _first(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


class _Shapes(fx.Interpreter):
    """Runs a traced module and notes the shape of every value."""

    def of(self, inputs: torch.Tensor) -> Mapping[Any, tuple[int, ...] | None]:
        self.shapes: dict[Any, tuple[int, ...] | None] = {}
        self.run(inputs)
        return self.shapes

    def run_node(self, n: Any) -> Any:
        value = super().run_node(n)
        self.shapes[n] = tuple(value.shape) if isinstance(value, torch.Tensor) else None
        return value


class _Value(NamedTuple):
    """A tensor within the module: the name of the layer that gives it, None for the samples."""

    layer: str | None


class _Layers:
    """Turns the nodes of a traced module into layers."""

    def __init__(self, graph_module: Any, shapes: Mapping[Any, tuple[int, ...] | None]) -> None:
        self._module, self._shapes = graph_module, shapes
        self._values: dict[Any, _Value] = {}
        self._layers: dict[str, TracedLayer] = {}

    def found(self) -> list[TracedLayer]:
        for node in self._module.graph.nodes:
            self._take(node)
        if not self._layers:
            raise NotCovered("it has no layers")
        last = next(reversed(self._layers))
        if self._output.layer != last:
            raise NotCovered("its output is not that of its last layer")
        return list(self._layers.values())

    def _take(self, node: Any) -> None:
        if node.op == "placeholder":
            if self._values:
                raise NotCovered("it takes several inputs")
            self._values[node] = _Value(None)
        elif node.op == "output":
            if not isinstance(node.args[0], fx.Node):
                raise NotCovered("it gives several outputs")
            self._output = self._values[node.args[0]]
        elif node.op == "call_module":
            self._take_module(node)
        elif node.op in ("call_function", "call_method"):
            self._take_call(node)
        else:
            raise NotCovered(f"it uses the tensor {node.target} beside its layers")

    def _take_module(self, node: Any) -> None:
        module, source = self._module.get_submodule(node.target), node.args[0] if node.args else None
        if len(node.args) != 1 or node.kwargs or source not in self._values:
            raise NotCovered(f"{node.target} takes more than one input")
        shape = self._shape(source)
        activation = activations.of_module(module, len(shape))
        name = _named(node.target, module)
        if activation is not None:
            self._add_activation(node, source, name, activation)
            return
        layer = layers.of_module(module, shape)
        if layer is None:
            raise NotCovered(f"it has a {type(module).__name__}")
        self._add(
            node, TracedLayer(name, layer, module, (self._values[source].layer,), self._shape(node)[1:])
        )

    def _take_call(self, node: Any) -> None:
        if self._shapes[node] is None and node.target in ASKING:
            return
        joined = self._joined(node)
        if joined:
            inputs = tuple(self._values[one].layer for one in joined)
            self._add(node, TracedLayer(node.name, self._join(node), None, inputs, self._shape(node)[1:]))
            return
        source = node.args[0] if node.args else None
        if not isinstance(source, fx.Node) or source not in self._values:
            raise self._unknown(node)
        if self._keeps(node, source):
            self._values[node] = self._values[source]
            return
        if node.target in RESHAPING and self._flattens(node, source):
            flat = layers.Layer("Flatten")
            shape = self._shape(node)[1:]
            self._add(node, TracedLayer(node.name, flat, None, (self._values[source].layer,), shape))
            return
        activation = activations.of_call(node.target, node.args[1:], node.kwargs, len(self._shape(source)))
        if activation is None:
            raise self._unknown(node)
        self._add_activation(node, source, node.name, activation)

    def _joined(self, node: Any) -> list[Any]:
        """The values that a call joins: the sum or product of two of one shape, a row of several; or none."""
        kind = JOINING.get(node.target)
        if kind is None or not node.args:
            return []
        parts = (
            [*node.args[0]] if kind == "Concatenate" and isinstance(node.args[0], list | tuple) else node.args
        )
        if not all(isinstance(one, fx.Node) and one in self._values for one in parts):
            return []
        if kind == "Concatenate":
            axis = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
            return parts if axis in (-1, len(self._shape(node)) - 1) else []
        plain = len(parts) == 2 and not node.kwargs and self._shape(parts[0]) == self._shape(parts[1])
        return parts if plain else []

    def _join(self, node: Any) -> layers.Layer:
        kind = JOINING[node.target]
        return layers.Layer(kind, {"axis": [-1]} if kind == "Concatenate" else {})

    def _keeps(self, node: Any, source: Any) -> bool:
        """Whether its values are those of `source`, but for an axis of one at the end of the output."""
        if node.target in DROPPING:
            return self._shape(node) == self._shape(source) and not self._drops(node)
        if node.target in WITHOUT_EFFECT:
            return True
        if node.target not in (*RESHAPING, "squeeze", torch.squeeze):
            return False
        if self._shape(node) == self._shape(source):
            return True
        at_end = all(user.op == "output" for user in node.users)
        return at_end and self._shape(source) == (*self._shape(node), 1)

    @staticmethod
    def _drops(node: Any) -> bool:
        """Whether a dropout acts in evaluation, too: its default is to act."""
        named = dict(zip(("p", "training"), node.args[1:], strict=False)) | dict(node.kwargs)
        return bool(named.get("training", True)) and named.get("p", 0.5) != 0

    def _flattens(self, node: Any, source: Any) -> bool:
        before, after = self._shape(source), self._shape(node)
        return after == (before[0], math.prod(before[1:])) and before[0] != 1

    def _add_activation(self, node: Any, source: Any, name: str, found: activations.Found) -> None:
        """As the activation of the linear layer before it, where nothing else takes that layer's values."""
        before = self._values[source].layer
        taken = self._layers[before] if before is not None else None
        bends = taken is not None and taken.layer.class_name == "Dense" and taken.activation is None
        if taken is not None and bends and len(source.users) == 1 and next(reversed(self._layers)) == before:
            shape = self._shape(node)[1:]
            self._layers[taken.name] = replace(taken, activation=found, shape=shape)
            self._values[node] = _Value(taken.name)
            return
        layer = TracedLayer(name, layers.Layer("Activation"), None, (before,), self._shape(node)[1:], found)
        self._add(node, layer)

    def _add(self, node: Any, layer: TracedLayer) -> None:
        if layer.name in self._layers:
            raise NotCovered(f"{layer.name} is used more than once")
        self._layers[layer.name] = layer
        self._values[node] = _Value(layer.name)

    def _shape(self, node: Any) -> tuple[int, ...]:
        shape = self._shapes[node]
        if shape is None:
            raise self._unknown(node)
        return shape

    @staticmethod
    def _unknown(node: Any) -> NotCovered:
        name = node.target if isinstance(node.target, str) else getattr(node.target, "__name__", node.target)
        return NotCovered(f"it calls {name}")


def _named(target: str, module: Any) -> str:
    """The name of a layer: its module's, behind its class where that is a number alone."""
    name = str(target).replace("/", "_")
    return f"{type(module).__name__.lower()}_{name}" if name.replace(".", "").isdigit() else name


def name_of(path: str, module: Any) -> str:
    """The name of a layer that is the module at this path."""
    return _named(path, module) if path else "(model)"
