"""An activation is told by what it computes, never by its name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from tests.helpers.backends import need

need("jax")
import jax
import jax.numpy as jnp

from replay.network import activations
from replay.network.in_jax.equations import written_out
from replay.network.in_jax.told_activations import Teller, Told

Z = np.linspace(-4, 4, 24, dtype=np.float32).reshape(6, 4)
nn = jax.nn

KNOWN: dict[str, tuple[Callable[[Any], Any], str, dict[str, Any]]] = {
    "tanh": (jnp.tanh, "tanh", {}),
    "sigmoid": (nn.sigmoid, "sigmoid", {}),
    "sigmoid by hand": (lambda z: 1 / (1 + jnp.exp(-z)), "sigmoid", {}),
    "relu": (nn.relu, "relu", {}),
    "relu by max": (lambda z: jnp.maximum(0, z), "relu", {}),
    "relu by where": (lambda z: jnp.where(z > 0, z, 0), "relu", {}),
    "relu6": (nn.relu6, "relu6", {}),
    "elu": (nn.elu, "elu", {"alpha": 1.0}),
    "elu of 0.3": (partial(nn.elu, alpha=0.3), "elu", {"alpha": 0.3}),
    "celu of 0.7": (partial(nn.celu, alpha=0.7), "celu", {"alpha": 0.7}),
    "selu": (nn.selu, "selu", {}),
    "leaky relu": (nn.leaky_relu, "leaky_relu", {"negative_slope": 0.01}),
    "leaky relu of 0.2": (lambda z: nn.leaky_relu(z, 0.2), "leaky_relu", {"negative_slope": 0.2}),
    "gelu": (nn.gelu, "gelu", {"approximate": True}),
    "gelu, exact": (partial(nn.gelu, approximate=False), "gelu", {"approximate": False}),
    "silu": (nn.silu, "silu", {}),
    "swish by hand": (lambda z: nn.sigmoid(z) * z, "silu", {}),
    "softplus": (nn.softplus, "softplus", {}),
    "soft sign": (nn.soft_sign, "softsign", {}),
    "squareplus": (nn.squareplus, "squareplus", {"b": 4.0}),
    "hard tanh": (nn.hard_tanh, "hard_tanh", {}),
    "hard tanh by clip": (lambda z: jnp.clip(z, -1, 1), "hard_tanh", {}),
    "hard sigmoid": (nn.hard_sigmoid, "hard_sigmoid", {}),
    "hard silu": (nn.hard_silu, "hard_silu", {}),
    "mish": (nn.mish, "mish", {}),
    "log sigmoid": (nn.log_sigmoid, "log_sigmoid", {}),
    "sparse plus": (nn.sparse_plus, "sparse_plus", {}),
    "sparse sigmoid": (nn.sparse_sigmoid, "sparse_sigmoid", {}),
    "glu": (nn.glu, "glu", {}),
    "exponential": (jnp.exp, "exponential", {}),
    "softmax": (nn.softmax, "softmax", {}),
    "log softmax": (nn.log_softmax, "log_softmax", {}),
    "log softmax by hand": (
        lambda z: z - jax.scipy.special.logsumexp(z, axis=1, keepdims=True), "log_softmax", {}
    ),
}  # fmt: skip


def told(function: Callable[[Any], Any]) -> Told | None:
    computation = written_out(function, Z)
    found = Teller(computation).activation(int(computation.output))  # type: ignore[arg-type]
    return found if found is not None and [found.start] == computation.inputs else None


@pytest.mark.parametrize("way", [lambda f: f, jax.jit, jax.vmap], ids=["plain", "jitted", "for each sample"])
@pytest.mark.parametrize("case", KNOWN)
def test_jaxs_activations_are_told_with_their_arguments(case: str, way: Callable[[Any], Any]) -> None:
    function, name, arguments = KNOWN[case]
    if way is jax.vmap and case == "log softmax by hand":
        function = lambda z: z - jax.scipy.special.logsumexp(z)  # noqa: E731
    found = told(way(function))
    assert found is not None
    assert (found.name, {**found.arguments}) == (name, arguments)


@pytest.mark.parametrize("case", KNOWN)
def test_numpy_computes_what_was_told_as_jax_does(case: str) -> None:
    function, name, arguments = KNOWN[case]
    ours = activations.find(name)(Z, **arguments)
    np.testing.assert_allclose(ours, np.asarray(function(Z)), rtol=2e-6, atol=2e-6)


def relu(z: Any) -> Any:
    return jnp.maximum(z, 0.001)


def swapped_softmax(z: Any) -> Any:
    return nn.softmax(z, axis=0)


OTHERS: dict[str, Callable[[Any], Any]] = {
    "a function of the same name": relu,
    "the same, jitted under the name": jax.jit(relu),
    "softmax over the samples": swapped_softmax,
    "a sine": jnp.sin,
    "a slope for each unit": lambda z: jnp.where(z > 0, z, z * jnp.array([0.1, 0.2, 0.3, 0.4])),
    "relu beside its argument": lambda z: nn.relu(z) + 2 * z,
    "tanh of half": lambda z: jnp.tanh(z / 2),
    "log softmax over all": lambda z: z - jax.scipy.special.logsumexp(z),
    "a scaled selu": lambda z: 1.06 * nn.elu(z, 1.6732632),
}


@pytest.mark.parametrize("case", OTHERS)
def test_others_are_not_told(case: str) -> None:
    assert told(OTHERS[case]) is None


def test_the_longest_is_told_where_one_is_in_the_other() -> None:
    found = told(lambda z: jnp.minimum(nn.relu(z), 6.0))
    assert found is not None and found.name == "relu6"
