"""JAX as Keras's backend."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import keras
import numpy as np

from replay.network.in_keras.graph_values import GraphValues
from replay.types import Array

ERRORS = (jax.errors.JAXTypeError, jax.errors.JAXIndexError)


def gradients(value: Callable[[], Any], variables: Sequence[Any]) -> list[Array]:
    """The gradients of a scalar as a function of the variables' values."""

    def of_values(values: Sequence[Any]) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return value()

    slopes = jax.grad(of_values)([variable.value for variable in variables])
    return list(map(np.asarray, slopes))


def graph_values(model: Any, shape: Sequence[int]) -> GraphValues:
    """Count the values of the model's jaxpr, nested ones included. A loop counts once, by its results."""
    inputs = jax.ShapeDtypeStruct((1, *shape), model.inputs[0].dtype)

    def answer(x: Any) -> Any:
        with keras.StatelessScope():  # what a layer would keep of a trace would leak
            return model(x, training=False)

    traced, outputs = jax.make_jaxpr(answer, return_shape=True)(inputs)
    equations = list(_equations(traced.jaxpr))
    sizes = [math.prod(out.aval.shape) for equation in equations for out in equation.outvars]
    steps = [equation.params["length"] for equation in equations if equation.primitive.name == "scan"]
    loops = any(equation.primitive.name == "while" for equation in equations)
    one_answer = all(output.shape[:1] == (1,) for output in keras.tree.flatten(outputs))
    return GraphValues(None if loops else sum(sizes), max(steps, default=0), one_answer)


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for inner in jax.core.jaxprs_in_params(equation.params):
            yield from _equations(inner)
