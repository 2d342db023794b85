"""How much a Keras model computes for one sample, told from its graph.

Importing this module loads TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

# What they give is in memory already.
OF_WEIGHTS = {"ReadVariableOp", "Placeholder", "Const"}
UNSTACKED_IN_STEPS = "TensorListFromTensor"  # by recurrent layers, along the first axis


@dataclass(frozen=True)
class GraphValues:
    """The values of all tensors between inputs and outputs, and the most steps of a recurrent layer.

    `total` is None where it depends on the values themselves. `one_answer` says whether the model answers
    once for a sample.
    """

    total: int | None
    steps: int
    one_answer: bool

    def too_much(self, values: int, steps: int) -> str | None:
        """In words, what exceeds so many of them; None where nothing does."""
        if self.total is None:
            return "an amount of values that depends on the values themselves"
        if self.total > values:
            return f"{self.total:,} values for each sample"
        return f"{self.steps:,} steps one after the other for each sample" if self.steps > steps else None


def graph_values(model: Any, shape: Sequence[int]) -> GraphValues:
    """What the model computes for a sample of `shape`, in all its layers, however they are nested.

    Nothing is computed. What happens within a loop, as in recurrent layers, counts once, by its outcome.
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
    outputs = tf.nest.flatten(traced.structured_outputs)
    one_answer = all(output.shape[:1] == (1,) for output in outputs)
    return GraphValues(total, max(steps, default=0), one_answer)
