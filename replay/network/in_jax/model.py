"""A network of JAX as a function of its parameters, in evaluation mode."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from replay.network.in_jax.leaves import Leaf, leaves_of

MARK = "replay_layer_"  # begins the names of NNX's layers in a trace


@dataclass(frozen=True)
class JaxModel:
    """A network: `function(params, x)` answers samples.

    Args:
        function: Pure, and in evaluation mode: no dropout, moving averages.
        params: The pytree of its parameters.
        learns: A pytree of the same structure: what training changes by gradients; None for all.
        layers: NNX's layers within it, by the name under which a trace of `traced` shows them.
        traced: The same function with these layers marked; None where there are none.
        values_of: Gives the pytree of parameters anew from what the user holds.
        leaves_of: Gives the leaves of such a pytree.
        kinds: The full name of the class of each module within it, by its place.
        what: What it is called in messages.
    """

    function: Callable[[Any, Any], Any]
    params: Any
    learns: Any = None
    layers: Mapping[str, Any] = field(default_factory=dict)
    traced: Callable[[Any, Any], Any] | None = None
    values_of: Callable[[Any], Any] = lambda params: params
    leaves_of: Callable[[Any], list[Leaf]] = leaves_of
    kinds: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    what: str = "apply(params, X)"

    @property
    def is_module(self) -> bool:
        """Whether it is a module of NNX."""
        return self.traced is not None
