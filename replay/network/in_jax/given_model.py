"""What a user gives as a network of JAX: a function with its parameters, or a module of Flax NNX."""

from __future__ import annotations

import sys
from typing import Any

from replay.errors import DataError
from replay.network.in_jax.model import JaxModel


def model_of(model: Any, params: Any = None) -> JaxModel:
    """The network that a user gives: an NNX module, or a function with its parameters.

    Raises DataError for anything else.
    """
    if is_module(model):
        from replay.network.in_jax.nnx_modules import of_module  # here: plain functions need no Flax

        return of_module(model)
    if not callable(model):
        raise DataError(f"a network of JAX is a function apply(params, x) or an NNX module, not {model!r}")
    return JaxModel(model, params)


def is_module(model: Any) -> bool:
    """Whether this is a module of Flax NNX."""
    nnx = sys.modules.get("flax.nnx")  # whose module exists has loaded it
    return nnx is not None and isinstance(model, nnx.Module)
