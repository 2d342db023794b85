"""TensorFlow as Keras's backend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from replay.network.in_keras.graph_values import GraphValues
from replay.types import Array

ERRORS = (tf.errors.OpError,)
# Operations whose outputs are in memory already.
OF_WEIGHTS = {"ReadVariableOp", "Placeholder", "Const"}
UNSTACKED_IN_STEPS = "TensorListFromTensor"  # recurrent layers split time steps with it, along the first axis


def gradients(value: Callable[[], Any], variables: Sequence[Any]) -> list[Array]:
    """The gradients of a scalar, by a tape."""
    with tf.GradientTape() as tape:
        found = value()
    slopes = tape.gradient(
        found,
        [variable.value for variable in variables],
        unconnected_gradients=tf.UnconnectedGradients.ZERO,
    )
    return [np.asarray(tf.convert_to_tensor(slope)) for slope in slopes]  # embeddings have sparse ones


def graph_values(model: Any, shape: Sequence[int]) -> GraphValues:
    """Count the values of the model's graph, in all layers, nested ones included.

    A loop, as in recurrent layers, counts once, by its results.
    """
    inputs = tf.TensorSpec((1, *shape), model.inputs[0].dtype)
    traced = tf.function(lambda x: model(x, training=False), autograph=False).get_concrete_function(inputs)
    operations = traced.graph.get_operations()
    tensors = [
        tensor for operation in operations if operation.type not in OF_WEIGHTS for tensor in operation.outputs
    ]
    steps = [
        operation.inputs[0].shape[0] or 0 for operation in operations if operation.type == UNSTACKED_IN_STEPS
    ]
    sizes = [tensor.shape.num_elements() for tensor in tensors]
    total = None if None in sizes else sum(sizes)
    outputs = keras.tree.flatten(traced.structured_outputs)
    one_answer = all(output.shape[:1] == (1,) for output in outputs)
    return GraphValues(total, max(steps, default=0), one_answer)
