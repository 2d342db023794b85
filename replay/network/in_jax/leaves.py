"""The leaves of a pytree of parameters: their names, copies of their values, and the tree built again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import tree_util

from replay.errors import DataError, first_line
from replay.network.description import DTYPES
from replay.types import Array

DEEPEST = 64  # steps to a leaf, in a run file
MOST_EMPTY = 100  # entries of a list, for each that holds an array
Step = tuple[str, str | int]  # "key" of a dict or "index" of a list, and which; else "attribute" and its name


@dataclass(frozen=True)
class Leaf:
    """One array of parameters: its place in the tree, shape, and dtype in a run file."""

    path: tuple[Step, ...]
    shape: tuple[int, ...]
    dtype: str

    @property
    def names(self) -> tuple[str, ...]:
        """Its place as names, from the root."""
        return tuple(str(name) for _, name in self.path)

    def __str__(self) -> str:
        return "params" + "".join(_as_code(step) for step in self.path)


def leaves_of(params: Any) -> list[Leaf]:
    """The leaves of a tree, in JAX's order.

    Raises DataError for a leaf that is no array of numbers, and for a tree that JAX cannot take apart.
    """
    try:
        found, _ = tree_util.tree_flatten_with_path(params)
    except ValueError as error:
        raise DataError(f"params are no tree that JAX knows: {first_line(error)}") from error
    return [_leaf(path, value) for path, value in found]


def arrays_of(params: Any, leaves: Sequence[Leaf]) -> list[Array]:
    """Copies of the values of a tree, which has these leaves.

    Raises DataError where it has others, or one of them was donated to a function, which deletes it.
    """
    found = tree_util.tree_leaves(params)
    if len(found) != len(leaves):
        raise DataError(
            f"params have {len(found)} arrays, where {len(leaves)} were recorded: their structure must stay"
        )
    return [_copied(value, leaf) for value, leaf in zip(found, leaves, strict=True)]


def tree_of(arrays: Sequence[Any], leaves: Sequence[Leaf]) -> Any:
    """The tree of nested dicts and lists that has these arrays as its leaves.

    Raises DataError where the tree had nodes of other kinds, such as data classes.
    """
    if any(kind == "attribute" for leaf in leaves for kind, _ in leaf.path):
        raise DataError("params have nodes that are no dicts, lists or tuples")
    return _built([leaf.path for leaf in leaves], list(arrays))


def _built(paths: Sequence[tuple[Step, ...]], arrays: Sequence[Any]) -> Any:
    if list(paths) == [()]:
        return arrays[0]
    members: dict[Step, list[int]] = {}
    for position, path in enumerate(paths):
        members.setdefault(path[0], []).append(position)
    kinds = {kind for kind, _ in members}
    found = {
        name: _built([paths[i][1:] for i in positions], [arrays[i] for i in positions])
        for (_, name), positions in members.items()
    }
    if kinds != {"index"}:
        return found
    size = 1 + max(int(place) for place in found)
    if size > MOST_EMPTY * (1 + len(found)):
        raise DataError(f"params have a list of {size} entries, hardly any of which holds an array")
    return [found.get(place, ()) for place in range(size)]  # what has no parameters has no leaf


def steps_of(path: Any) -> tuple[Step, ...]:
    """A path of JAX's as steps."""
    steps: list[Step] = []
    for key in path:
        if isinstance(key, tree_util.DictKey):
            steps.append(("key", key.key if isinstance(key.key, int) else str(key.key)))
        elif isinstance(key, tree_util.SequenceKey):
            steps.append(("index", key.idx))
        else:
            steps.append(("attribute", str(getattr(key, "name", getattr(key, "key", key)))))
    return tuple(steps)


def stored_dtype(dtype: Any) -> str:
    """The type in which snapshots hold values of a type; float32 if NumPy lacks it."""
    name = np.dtype(dtype).name
    return name if name in DTYPES else "float32"


def _leaf(path: Any, value: Any) -> Leaf:
    steps = steps_of(path)
    leaf = Leaf(steps, np.shape(value) if _is_array(value) else (), "float32")
    if not _is_array(value) and not isinstance(value, bool | int | float | np.number):
        raise DataError(f"{leaf} is no array but of type {type(value).__name__}: params hold arrays alone")
    dtype = np.result_type(value) if not _is_array(value) else value.dtype
    if jax.dtypes.issubdtype(dtype, jax.dtypes.prng_key):
        raise DataError(f"{leaf} is a random key and no parameter: pass it as state, or a part of it")
    if np.dtype(dtype).kind == "c":
        raise DataError(f"{leaf} has complex numbers, which a run file cannot hold")
    return Leaf(steps, leaf.shape, stored_dtype(_narrow(dtype)))


def _narrow(dtype: Any) -> Any:
    """The type that JAX computes with: 64 bits only where they are enabled."""
    return jax.dtypes.canonicalize_dtype(dtype)


def _is_array(value: Any) -> bool:
    return isinstance(value, jax.Array | np.ndarray)


def _copied(value: Any, leaf: Leaf) -> Array:
    if np.shape(value) != leaf.shape:
        raise DataError(f"{leaf} has shape {np.shape(value)} now, where {leaf.shape} was recorded")
    try:
        return np.array(value).astype(leaf.dtype, copy=False)  # a view would keep JAX's buffer alive
    except RuntimeError as error:
        if getattr(value, "is_deleted", bool)():
            raise DataError(
                f"{leaf} was deleted, as a jitted function does to what is donated to it: pass the params "
                "that it returned"
            ) from error
        raise DataError(f"{leaf} cannot be read: {first_line(error)}") from error


def _as_code(step: Step) -> str:
    kind, name = step
    return f".{name}" if kind == "attribute" else f"[{name!r}]"


def checked_path(path: Any) -> tuple[Step, ...]:
    """A leaf's place as a run file has it. Raises ValueError where it is none."""
    pairs = isinstance(path, list) and all(isinstance(step, list) and len(step) == 2 for step in path)
    if not pairs or len(path) > DEEPEST:
        raise ValueError(f"a path in params must be a list of at most {DEEPEST} pairs")
    for kind, name in path:
        fits = isinstance(name, str) or (isinstance(name, int) and not isinstance(name, bool))
        if kind not in ("key", "index", "attribute") or not fits or (kind == "index" and not _is_place(name)):
            raise ValueError(f"{[kind, name]!r} is no step of a path in params")
    return tuple((kind, name) for kind, name in path)


def _is_place(name: Any) -> bool:
    return isinstance(name, int) and name >= 0


def named_leaves(description_layers: Sequence[Any]) -> Mapping[str, Leaf]:
    """The leaf of each weight "layer/weight" of a network that was recorded whole.

    Raises ValueError where the file says it wrongly.
    """
    found = {}
    for layer in description_layers:
        paths = layer.config.get("paths")
        if not isinstance(paths, Mapping):
            raise ValueError(f"layer {layer.name!r} does not say where its weights are in params")
        for weight in layer.weights:
            leaf = Leaf(checked_path(paths.get(weight.name)), weight.shape, weight.dtype)
            found[f"{layer.name}/{weight.name}"] = leaf
    return found
