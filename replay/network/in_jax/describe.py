"""Describe a network of JAX as plain data: layers that NumPy knows, or its arrays alone."""

from __future__ import annotations

import importlib.metadata
import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from replay.errors import DataError, ViewError, first_line
from replay.network.description import LayerDescription, WeightDescription
from replay.network.in_jax.equations import written_out
from replay.network.in_jax.leaves import Leaf, arrays_of
from replay.network.in_jax.model import MARK, JaxModel
from replay.network.in_jax.told_layers import SAMPLES, Link, Source, Untold, layers_of
from replay.network.in_numpy import forward
from replay.types import Array, Samples

logger = logging.getLogger(__name__)
CHECKED = 256  # samples
TOLERANCE = 1e-4  # of the largest answer
# What layers are called that the parameters give no name.
NAMES = {
    "Dense": "dense",
    "BatchNormalization": "batch_normalization",
    "LayerNormalization": "layer_normalization",
    "InputLayer": "input",
}
WRAPPING = ("params", "layers")  # names in a path that name no layer


@dataclass(frozen=True)
class Described:
    """A network as plain data, and where its weights come from.

    `known`: whether its layers suffice to replay it. `sources` has where each weight comes from, by
    "layer/weight", among
    `leaves`.
    """

    layers: tuple[LayerDescription, ...]
    known: bool
    sources: Mapping[str, Source]
    leaves: tuple[Leaf, ...]

    @property
    def chain(self) -> bool:
        """Whether each layer feeds only the next."""
        return self.known and all(layer.inputs is None for layer in self.layers)

    def weights(self, params: Any, paths: Iterable[str]) -> list[Array]:
        """Copies of these weights, in this order, from a tree of parameters.

        Raises DataError where it is another tree, or holds a deleted array.
        """
        arrays = arrays_of(params, self.leaves)
        return [_taken(arrays, self.sources[path]) for path in paths]


def described(model: JaxModel, inputs: Samples, where: str) -> Described:
    """Describe a network that answers these samples.

    Args:
        model: The network.
        inputs: The recorded samples.
        where: The run file, for messages.

    Raises:
        DataError: The function fails, does not answer each sample, or its parameters are no arrays.
    """
    leaves = tuple(model.leaves_of(model.params))
    if not leaves:
        raise DataError("params hold no array: there is nothing to record")
    x = jax.tree.map(lambda part: jnp.asarray(part[:CHECKED]), inputs)
    try:
        return _known(model, leaves, _answered(model, x))
    except Untold as reason:
        logger.warning(
            "%s: the network is recorded whole, because NumPy does not know all of it (%s): replay it with "
            "its function or module, Replay(path, model=…)",
            where,
            reason,
        )
        return _whole(model, leaves)


def packages(model: JaxModel) -> dict[str, str]:
    """Versions of the packages that record the run."""
    flax = ("flax",) if model.is_module else ()
    names = ("boundary-replay", "jax", *flax, "numpy", "h5py")
    return {name: importlib.metadata.version(name) for name in names}


def _answered(model: JaxModel, x: Any) -> Any:
    """The samples `x`, if the network answers each of them by one array. Raises Untold, DataError."""
    n = len(jax.tree.leaves(x)[0])
    try:
        try:
            answers = jax.eval_shape(model.function, model.params, x)
        except jax.errors.JAXTypeError:  # what it does depends on values: no trace
            answers = model.function(model.params, x)
    except Exception as error:
        raise DataError(f"{model.what} fails: {type(error).__name__}: {first_line(error)}") from error
    parts = jax.tree.leaves(answers)
    for part in parts:
        if np.shape(part)[:1] != (n,):
            raise DataError(
                f"{model.what} gives an array of shape {np.shape(part)} for {n} samples: it must answer each"
            )
    if len(parts) != 1 or parts[0] is not answers:
        raise Untold("it gives several arrays")
    if not isinstance(x, jax.Array):
        raise Untold("it takes several arrays")
    if x.dtype != np.float32:
        raise Untold(f"it takes samples of {x.dtype}")
    return x


# Known layers


def _known(model: JaxModel, leaves: Sequence[Leaf], x: Any) -> Described:
    """The network as layers, after NumPy has been seen to answer as it does. Raises Untold."""
    links, has_rules = _links(model, x)
    links = [_of_module(link, model, leaves) if link.mark else link for link in links]
    _check_used_once(links, leaves)
    links = _with_samples(links, tuple(x.shape[1:]))
    names = _names(links, leaves)
    layers = tuple(_layer(place, names, link) for place, link in enumerate(links))
    if not forward.covers_layers(layers):
        raise Untold("it has a layer in a form that NumPy does not know")
    sources = {
        f"{name}/{weight}": source
        for name, link in zip(names, links, strict=True)
        for weight, source in link.weights.items()
    }
    found = Described(layers, True, sources, tuple(leaves))
    _check_equal(found, model, x, has_rules)
    return found


def _links(model: JaxModel, x: Any) -> tuple[list[Link], bool]:
    """The layers, and whether a derivative of its own is in the function. Raises Untold."""
    try:
        computation = written_out(model.traced or model.function, model.params, x, mark=MARK)
        marked = {mark: layer.class_name for mark, layer in model.layers.items()}
        return layers_of(computation, marked), computation.has_rules
    except jax.errors.JAXTypeError as error:
        raise Untold("what it does depends on values") from error
    except RecursionError as error:
        raise Untold("it has very many layers, one after the other") from error
    except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
        # Traces are no lasting interface of JAX's: those of other versions may have other parts.
        raise Untold(f"its trace is not understood: {type(error).__name__}: {first_line(error)}") from error


def _of_module(link: Link, model: JaxModel, leaves: Sequence[Leaf]) -> Link:
    """A layer of NNX's with its class, arguments and weights."""
    layer = model.layers[link.mark]
    places = {leaf.names: position for position, leaf in enumerate(leaves)}
    weights = {
        weight: Source(places[layer.place(weight)], leaves[places[layer.place(weight)]].shape)
        for weight in layer.weights
    }
    return replace(link, config={**layer.config, **link.config}, weights=weights)


def _check_used_once(links: Sequence[Link], leaves: Sequence[Leaf]) -> None:
    used = Counter(source.leaf for link in links for source in link.weights.values())
    if not links:
        raise Untold("it gives its samples as they are")
    for position, leaf in enumerate(leaves):
        if used[position] != 1:
            raise Untold(f"{leaf} is used {'twice' if used[position] else 'in no layer'}")
        if leaf.dtype != "float32":
            raise Untold(f"{leaf} is of {leaf.dtype}")


def _with_samples(links: list[Link], shape: tuple[int, ...]) -> list[Link]:
    """The layers; where one takes the samples beside others, after a layer that passes the samples on."""
    if not any(SAMPLES in link.takes for link in links[1:]) and links[0].takes == (SAMPLES,):
        return links
    samples = Link("InputLayer", (), shape)
    return [samples, *(replace(link, takes=tuple(place + 1 for place in link.takes)) for link in links)]


def _names(links: Sequence[Link], leaves: Sequence[Leaf]) -> list[str]:
    """Unique names: that of the parameters where they have one, else by class and number."""
    own = [_own_name(link, leaves) for link in links]
    last = max((place for place, link in enumerate(links) if link.weights), default=-1)
    found: list[str] = []
    numbers: Counter[str] = Counter()
    for place, (link, name) in enumerate(zip(links, own, strict=True)):
        if name is None and place == last and link.class_name == "Dense":
            name = "output"
        if name is None or own.count(name) > 1 or name in found:
            kind = name or NAMES.get(link.class_name, link.class_name.lower())
            while f"{kind}_{numbers[kind] + 1}" in {*found, *own}:
                numbers[kind] += 1
            numbers[kind] += 1
            name = f"{kind}_{numbers[kind]}"
        found.append(name)
    return found


def _own_name(link: Link, leaves: Sequence[Leaf]) -> str | None:
    """The name that all weights of a layer have in common: "hidden" of params["hidden"]["kernel"]."""
    parents = {leaves[source.leaf].names[:-1] for source in link.weights.values()}
    if len(parents) != 1:
        return None
    (parent,) = parents
    words = [one for one in parent if not one.isdigit() and one not in WRAPPING]
    return _as_name(words[-1]) if words and not parent[-1].isdigit() else None


def _as_name(text: str) -> str:
    """Text as one part of a path in a run file."""
    name = text.replace("/", "_").replace("\0", "")
    return name if name not in ("", ".", "..") else "(model)"


def _layer(place: int, names: Sequence[str], link: Link) -> LayerDescription:
    follows = link.takes in ((), (SAMPLES,), (place - 1,))
    return LayerDescription(
        name=names[place],
        inputs=None if follows else tuple(names[taken] for taken in link.takes),
        class_name=link.class_name,
        units=link.shape[-1] if link.shape else None,
        activation=link.activation if link.class_name != "Dense" else link.activation or "linear",
        config=dict(link.config),
        weights=tuple(WeightDescription(weight, source.shape) for weight, source in link.weights.items()),
        shape=link.shape,
    )


def _taken(arrays: Sequence[Array], source: Source) -> Array:
    array = arrays[source.leaf]
    return np.ascontiguousarray((array.T if source.transposed else array).reshape(source.shape))


# Whether NumPy answers as the function does


def _check_equal(found: Described, model: JaxModel, x: Any, has_rules: bool) -> None:
    """Raise Untold where NumPy's answers or gradients differ: at these parameters, and at others nearby."""
    network = forward.Network(found.layers)
    function = jax.jit(model.function)
    for params in (model.params, jax.tree.map(_moved, model.params)):
        weights = [array[None] for array in found.weights(params, found.sources)]
        try:
            answers = network.evaluate(np.asarray(x), weights)[0]
        except (ViewError, ValueError, IndexError) as error:
            raise Untold(f"NumPy does not follow: {first_line(error)}") from error
        if not _close(answers, np.asarray(function(params, x)).reshape(answers.shape)):
            raise Untold("NumPy's answers differ")
    if has_rules:  # somebody's own derivative would not show in the answers
        _check_gradients(found, model, params, x, answers)


def _check_gradients(found: Described, model: JaxModel, params: Any, x: Any, answers: Array) -> None:
    errors = np.random.default_rng(1).uniform(0.5, 1.5, answers.shape).astype(np.float32)
    weights = [array[None] for array in found.weights(params, found.sources)]
    loss = {"name": "mean_squared_error"}
    ours = forward.Network(found.layers).gradients(np.asarray(x), answers - errors, weights, loss)
    slopes = 2 * errors / errors.size

    def slopes_of_weights(params: Any, x: Any, slopes: Any) -> Any:
        _, back = jax.vjp(lambda params: model.function(params, x).reshape(slopes.shape), params)
        return back(slopes)[0]

    theirs = found.weights(jax.jit(slopes_of_weights)(params, x, slopes), found.sources)
    learning = {path for layer in found.layers for path in _learning(layer)}
    for path, own, other in zip(found.sources, ours, theirs, strict=True):
        if path in learning and not _close(own[0], other):
            raise Untold("its derivatives are others than NumPy's")


def _learning(layer: LayerDescription) -> list[str]:
    return [f"{layer.name}/{one.name}" for one in layer.weights if not one.name.startswith("moving_")]


def _moved(array: Any) -> Any:
    """Other parameters nearby: those at the beginning may be 0, and hide what they do."""
    noise = np.random.default_rng(0).uniform(0.05, 0.2, np.shape(array)).astype(np.float32)
    return np.asarray(array) * (1 + noise) + noise


def _close(ours: Array, theirs: Array) -> bool:
    scale = np.abs(theirs[np.isfinite(theirs)]).max(initial=1e-6)
    return np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE * float(scale), equal_nan=True)


# A network as it is


def _whole(model: JaxModel, leaves: Sequence[Leaf]) -> Described:
    """Every array in the layer that is its parent in the tree."""
    members: dict[tuple[str, ...], list[int]] = {}
    for position, leaf in enumerate(leaves):
        members.setdefault(leaf.names[:-1], []).append(position)
    names = _unique([_as_name(".".join(parent) or "(model)") for parent in members])
    layers: list[LayerDescription] = []
    sources: dict[str, Source] = {}
    for name, (parent, positions) in zip(names, members.items(), strict=True):
        own = [leaves[position] for position in positions]
        weights = _unique([_as_name(leaf.names[-1]) if leaf.path else "params" for leaf in own])
        layers.append(
            _whole_layer(name, model.kinds.get(parent, "jax.pytree"), dict(zip(weights, own, strict=True)))
        )
        pairs = zip(weights, positions, strict=True)
        sources |= {f"{name}/{weight}": Source(place, leaves[place].shape) for weight, place in pairs}
    return Described(tuple(layers), False, sources, tuple(leaves))


def _whole_layer(name: str, kind: str, leaves: Mapping[str, Leaf]) -> LayerDescription:
    return LayerDescription(
        name=name,
        class_name=kind,
        config={"paths": {weight: [list(step) for step in leaf.path] for weight, leaf in leaves.items()}},
        weights=tuple(WeightDescription(weight, one.shape, one.dtype) for weight, one in leaves.items()),
    )


def _unique(names: Sequence[str]) -> list[str]:
    found: list[str] = []
    for name in names:
        options = (name, *(f"{name}_{number}" for number in range(1, len(names) + 1)))
        found.append(next(one for one in options if one not in found))
    return found
