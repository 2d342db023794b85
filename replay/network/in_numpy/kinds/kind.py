"""What the replay has to know of a layer, and what several layers have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.network.in_numpy.snapshot_axes import summed_as
from replay.types import Array, Config, Weights

Shape = tuple[int, ...]  # of what one sample is at a place in the network
Forward = Callable[[Array, Weights, Config], Array]
Backward = Callable[[Array, Array, Weights, Config], Array]
OfWeights = Callable[[Array, Array, Weights, Config], Weights]
ShapeOf = Callable[[LayerDescription, Shape], Shape]


def same(x: Array, weights: Weights, config: Config) -> Array:
    """What is given, unchanged."""
    return x


def same_gradient(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    """The gradient of what is given unchanged."""
    return gradient


def same_shape(layer: LayerDescription, shape: Shape) -> Shape:
    """The shape of what is given unchanged."""
    return shape


@dataclass(frozen=True)
class LayerKind:
    """One class of Keras's layers, as NumPy replays it.

    `forward(x, weights, config)` gives the pre-activation z (n_snapshots, n_samples, …), and
    `backward(gradient, x, weights, config)` turns the gradient with respect to z into that with respect to x;
    `of_weights` turns it into those of the weights, and is None where training changes none. `shape` tells
    what becomes of a sample's shape, and refuses a layer that does not fit. `weights` are the names of those
    it knows of: others change what a layer computes (LoRA, quantisation). `arguments` are those of Keras's
    configuration that its forward pass needs. A layer that is an activation has its name in `activation`, and
    the arguments of the function behind it; `activate` is for one whose function has weights. What
    `passes_on` makes no features: it passes on what it is given, or the inputs on another scale. The page
    computes every layer of the table as well (`player/src/core/layers.js`).
    """

    class_name: str
    forward: Forward = same
    backward: Backward = same_gradient
    of_weights: OfWeights | None = None
    shape: ShapeOf = same_shape
    weights: frozenset[str] = frozenset()
    arguments: tuple[str, ...] = ()
    activation: str | None = None
    activation_arguments: tuple[str, ...] = ()
    activate: Forward | None = None
    passes_on: bool = False


# How the shapes of layers are checked


def refusal(layer: LayerDescription, why: str) -> ViewError:
    """What to raise where a layer does not fit."""
    return ViewError(f"layer {layer.name!r} does not fit the network: {why}")


def weight_shapes(layer: LayerDescription) -> Mapping[str, Shape]:
    """The shape of each weight, by name."""
    return {weight.name: weight.shape for weight in layer.weights}


def needed(layer: LayerDescription, name: str) -> Shape:
    """The shape of a weight that the layer must have."""
    shapes = weight_shapes(layer)
    if name not in shapes:
        raise refusal(layer, f"it has no {name}")
    return shapes[name]


def meets_last_axes(layer: LayerDescription, shape: Shape) -> Shape:
    """Weights that meet the last axes of samples."""
    for name, own in weight_shapes(layer).items():
        if name != "count":
            check_meets(layer, name, own, shape)
    return shape


def check_meets(layer: LayerDescription, name: str, own: Shape, shape: Shape) -> None:
    """Refuse an array that would make samples of `shape` larger than they are."""
    last = shape[len(shape) - len(own) :]
    if len(own) > len(shape) or any(size not in (1, room) for size, room in zip(own, last, strict=True)):
        raise refusal(layer, f"its {name} has shape {own}, but samples come to it as {shape}")


def scaled(gradient: Array, normed: Array, met: Weights, weights: Weights) -> Weights:
    """The gradients of gamma and beta in gamma · normed + beta; `met` are they as they meet `normed`."""
    values = {"gamma": gradient * normed, "beta": gradient}
    return {name: summed_as(values[name], met[name]).reshape(weights[name].shape) for name in met}
