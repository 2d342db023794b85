"""What a training in JAX needs in order to go on: parameters, optimizer state, random keys, exactly."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from replay.errors import DataError
from replay.storage.training_state import STATE_DTYPES, StateLayout
from replay.types import Array


def layout_of(tree: Any, training: Mapping[str, Any]) -> StateLayout:
    """The layout of a tree's leaves in a file, with facts about the training.

    Raises DataError for a leaf that is no array, or of a type that a file cannot hold.
    """
    found, _ = jax.tree_util.tree_flatten_with_path(_plain(tree))
    return StateLayout(
        [_variable(jax.tree_util.keystr(path), _array(path, leaf)) for path, leaf in found], training
    )


def arrays_in(tree: Any) -> list[Array]:
    """Copies of a tree's leaves, random keys as their numbers."""
    found, _ = jax.tree_util.tree_flatten_with_path(_plain(tree))
    return [_array(path, leaf) for path, leaf in found]


def restored(tree: Any, arrays: Sequence[Array]) -> Any:
    """The tree with these leaves. Modules, optimizers and the like of NNX are set to them and stay."""
    given = iter(arrays)
    leaves, structure = jax.tree.flatten(tree, is_leaf=is_object)
    return jax.tree.unflatten(structure, [_restored(leaf, given) for leaf in leaves])


def _restored(leaf: Any, arrays: Any) -> Any:
    if not is_object(leaf):
        return _as_before(leaf, next(arrays))
    nnx = sys.modules["flax.nnx"]
    leaves, structure = jax.tree.flatten(nnx.state(leaf))
    nnx.update(leaf, jax.tree.unflatten(structure, [_as_before(one, next(arrays)) for one in leaves]))
    return leaf


def _as_before(leaf: Any, array: Array) -> Any:
    """An array as what it was taken from: a random key, an array of JAX's or NumPy's, a number."""
    if _is_key(leaf):
        return jax.random.wrap_key_data(jnp.asarray(array), impl=jax.random.key_impl(leaf))
    if isinstance(leaf, jax.Array):
        return jnp.asarray(array)
    return np.array(array) if isinstance(leaf, np.ndarray | np.generic) else type(leaf)(array.item())


def _plain(tree: Any) -> Any:
    """The tree with the state of what is NNX's in place of it."""
    nnx = sys.modules.get("flax.nnx")
    return jax.tree.map(lambda leaf: nnx.state(leaf) if is_object(leaf) else leaf, tree, is_leaf=is_object)  # type: ignore[union-attr]


def is_object(leaf: Any) -> bool:
    """Whether this is one of NNX's objects, which hold variables and change in place."""
    nnx = sys.modules.get("flax.nnx")
    return nnx is not None and isinstance(leaf, nnx.Pytree) and not isinstance(leaf, nnx.State)


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)


def _array(path: Any, leaf: Any) -> Array:
    where = f"state{jax.tree_util.keystr(path)}"
    if not isinstance(leaf, jax.Array | np.ndarray | np.generic | bool | int | float):
        raise DataError(f"{where} is no array but of type {type(leaf).__name__}: state holds arrays alone")
    try:
        array = np.array(jax.random.key_data(leaf) if _is_key(leaf) else leaf)
    except RuntimeError as error:
        raise DataError(
            f"{where} was deleted, as a jitted function does to what is donated to it: pass the state that "
            "it returned"
        ) from error
    if array.dtype.name not in STATE_DTYPES:
        raise DataError(f"{where} is of {array.dtype}, which a run file cannot hold: set resumable=False")
    return array


def _variable(name: str, array: Array) -> dict[str, Any]:
    return {"name": name, "shape": list(array.shape), "dtype": array.dtype.name}
