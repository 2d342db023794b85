"""LayerKind: one row of the layer table (forward, backward, shape, weights), and shared shape checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.network.in_numpy.snapshot_axes import summed_as
from replay.types import Array, Config, Weights

Shape = tuple[int, ...]  # of one sample, at some place in the network
Forward = Callable[[Array, Weights, Config], Array]
Backward = Callable[[Array, Array, Weights, Config], Array]
OfWeights = Callable[[Array, Array, Weights, Config], Weights]
ShapeOf = Callable[[LayerDescription, Shape], Shape]


def same(x: Array, weights: Weights, config: Config) -> Array:
    """The input, unchanged."""
    return x


def same_gradient(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    """The gradient of `same`."""
    return gradient


def same_shape(layer: LayerDescription, shape: Shape) -> Shape:
    """The output shape of `same`."""
    return shape


@dataclass(frozen=True)
class Join:
    """How a layer makes one x of the activations of several layers.

    - `forward(parts, config)` gives x.
    - `backward(gradient, parts, config)` turns the gradient of x into that of each part.
    - `shape(layer, shapes)` gives the shape of x for one sample; raises ViewError if they do not fit.
    """

    forward: Callable[[Sequence[Array], Config], Array]
    backward: Callable[[Array, Sequence[Array], Config], Sequence[Array]]
    shape: Callable[[LayerDescription, Sequence[Shape]], Shape]


@dataclass(frozen=True)
class LayerKind:
    """One class of Keras layers, as NumPy replays it.

    - `forward(x, weights, config)` gives the pre-activation z (n_snapshots, n_samples, …).
    - `backward(gradient, x, weights, config)` turns the gradient of z into that of x, `of_weights` into those
      of the weights; `of_weights` is None if training changes none.
    - `shape` gives the output shape of one sample and raises ViewError if the layer does not fit.
    - `weights`: the names it supports. Other weights change what a layer computes (LoRA, quantisation).
    - `arguments`: the parts of Keras's config that the forward pass needs.
    - `activation`, `activation_arguments`: for a layer that is an activation function.
    - `activate`: for an activation that has weights.
    - `passes_on`: the layer computes no features, it passes its input on, unchanged or rescaled.
    - `any_axis`: its axis may be any; other layers with an axis are covered for the last ones.
    - `affine`: z is an affine map of x, so that what is straight stays straight.
    - `join`: for a layer that takes several others; the rest takes one.
    - `on_page`: the page computes it, too (`player/src/core/layers.js`). A run with another layer travels as
      the network's answers.
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
    any_axis: bool = False
    affine: bool = True
    join: Join | None = None
    on_page: bool = True


# Shape checks


def refusal(layer: LayerDescription, why: str) -> ViewError:
    """The ViewError for a layer that does not fit."""
    return ViewError(f"layer {layer.name!r} does not fit the network: {why}")


def weight_shapes(layer: LayerDescription) -> Mapping[str, Shape]:
    """The shape of each weight, by name."""
    return {weight.name: weight.shape for weight in layer.weights}


def needed(layer: LayerDescription, name: str) -> Shape:
    """The shape of a required weight; raises ViewError if it is missing."""
    shapes = weight_shapes(layer)
    if name not in shapes:
        raise refusal(layer, f"it has no {name}")
    return shapes[name]


def meets_last_axes(layer: LayerDescription, shape: Shape) -> Shape:
    """Check that the weights broadcast against the last axes of samples; returns `shape`."""
    for name, own in weight_shapes(layer).items():
        if name != "count":
            check_meets(layer, name, own, shape)
    return shape


def check_meets(layer: LayerDescription, name: str, own: Shape, shape: Shape) -> None:
    """Raise ViewError if an array of shape `own` would broadcast samples of `shape` to a larger shape."""
    last = shape[len(shape) - len(own) :]
    if len(own) > len(shape) or any(size not in (1, room) for size, room in zip(own, last, strict=True)):
        raise refusal(layer, f"its {name} has shape {own}, but its input has shape {shape}")


def scaled(gradient: Array, normed: Array, met: Weights, weights: Weights) -> Weights:
    """The gradients of gamma and beta in gamma · normed + beta; `met` holds them shaped like `normed`."""
    values = {"gamma": gradient * normed, "beta": gradient}
    return {name: summed_as(values[name], met[name]).reshape(weights[name].shape) for name in met}
