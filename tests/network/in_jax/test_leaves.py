"""The leaves of a pytree: named by their place, copied, and put back into a tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import LayerDescription
from replay.errors import DataError
from replay.network.description import WeightDescription
from tests.helpers.backends import need

need("jax")
import jax
import jax.numpy as jnp

from replay.network.in_jax.leaves import Leaf, arrays_of, checked_path, leaves_of, named_leaves, tree_of

TREE = {"a": [jnp.ones(2), {3: jnp.zeros((2, 3)), 4: jnp.full((), 7)}], "c": (jnp.ones(1), np.ones(3))}


def test_leaves_are_named_by_their_place() -> None:
    leaves = leaves_of(TREE)
    assert [str(leaf) for leaf in leaves] == [
        f"params{jax.tree_util.keystr(path)}" for path, _ in jax.tree_util.tree_flatten_with_path(TREE)[0]
    ]
    assert leaves[0].names == ("a", "0")


@pytest.mark.parametrize(
    "tree",
    [
        {"a": [jnp.ones(2), {3: jnp.ones(3), 4: jnp.ones(())}], "c": [jnp.ones(1)]},
        jnp.ones(3),
        [{}, [jnp.ones(2)]],
    ],
)
def test_a_tree_of_dicts_and_lists_is_built_again(tree: Any) -> None:
    leaves = leaves_of(tree)
    again = tree_of(arrays_of(tree, leaves), leaves)
    assert leaves_of(again) == leaves
    jax.tree.map(np.testing.assert_array_equal, jax.tree.leaves(again), jax.tree.leaves(tree))


def test_numbers_are_of_the_type_that_jax_computes_with() -> None:
    leaves = leaves_of(
        {"numpy": np.ones(2), "number": 0.5, "half": jnp.ones(2, jnp.bfloat16), "n": jnp.arange(2)}
    )
    assert {leaf.names[0]: leaf.dtype for leaf in leaves} == {
        "numpy": "float32", "number": "float32", "half": "float32", "n": "int32"
    }  # fmt: skip


def test_copies_share_no_memory() -> None:
    held = {"w": np.ones(3, np.float32)}
    (copy,) = arrays_of(held, leaves_of(held))
    held["w"][0] = 5
    np.testing.assert_array_equal(copy, 1)


def test_nodes_of_other_kinds_are_not_built_from_a_file() -> None:
    leaves = leaves_of({"layer": Pair(jnp.ones(1))})
    with pytest.raises(DataError, match="no dicts, lists or tuples"):
        tree_of([np.ones(1)], leaves)


@jax.tree_util.register_pytree_with_keys_class
class Pair:
    def __init__(self, value: Any) -> None:
        self.value = value

    def tree_flatten_with_keys(self) -> Any:
        return [(jax.tree_util.GetAttrKey("value"), self.value)], None

    @classmethod
    def tree_unflatten(cls, _: None, children: Any) -> Pair:
        return cls(*children)


WRONG_PATHS: list[Any] = [
    *(None, "a", [["key"]], [["key", True]], [["index", -1]]),
    *([["index", "a"]], [["key", "a"]] * 65, [["x", 1]], [["key", [1]]]),
]


@pytest.mark.parametrize("path", WRONG_PATHS)
def test_what_a_file_says_of_places_is_checked(path: Any) -> None:
    with pytest.raises(ValueError, match="path in params"):
        checked_path(path)


def test_a_list_that_a_file_makes_endless_is_refused() -> None:
    leaf = Leaf((("index", 10**9),), (1,), "float32")
    with pytest.raises(DataError, match="hardly any of which"):
        tree_of([np.ones(1)], [leaf])


def test_a_tree_that_jax_cannot_sort_is_refused_in_one_line() -> None:
    with pytest.raises(DataError, match="params are no tree that JAX knows"):
        leaves_of({"a": jnp.ones(1), 1: jnp.ones(1)})


def test_a_file_without_places_is_refused() -> None:
    layer = LayerDescription("a", "jax.pytree", weights=(WeightDescription("w", (2,)),))
    with pytest.raises(ValueError, match="'a' does not say where"):
        named_leaves([layer])
