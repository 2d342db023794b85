"""Count the values a Keras model computes for one sample, from its TensorFlow graph, to bound memory.

Importing this module loads TensorFlow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

# Operations whose outputs are in memory already.
OF_WEIGHTS = {"ReadVariableOp", "Placeholder", "Const"}
UNSTACKED_IN_STEPS = "TensorListFromTensor"  # recurrent layers split time steps with it, along the first axis


@dataclass(frozen=True)
class GraphValues:
    """How many values all tensors of the graph hold, and the most steps of a recurrent layer.

    `total` is None if it depends on the data. `one_answer` says whether the model has one output row for
    each sample.
    """

    total: int | None
    steps: int
    one_answer: bool

    def too_much(self, values: int, steps: int) -> str | None:
        """What exceeds these limits, in words; None if nothing does."""
        if self.total is None:
            return "an amount of values that depends on the data"
        if self.total > values:
            return f"{self.total:,} values for each sample"
        return f"{self.steps:,} sequential steps for each sample" if self.steps > steps else None


def graph_values(model: Any, shape: Sequence[int]) -> GraphValues:
    """Count the values the model computes for a sample of `shape`, in all layers, nested ones included.

    Traces the model without running it. A loop, as in recurrent layers, counts once, by its results.
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
