"""The perceptron in Keras: the step as an activation, and a model that Rosenblatt's rule trains. Loads Keras.

The gradient of a step is 0 wherever there is one, so that gradient descent never moves a weight. The rule
(Rosenblatt 1958, "The perceptron") does not ask for it: it moves the weights of a unit by the error itself.
"""

from __future__ import annotations

from typing import Any

import keras

PACKAGE = "replay"  # under which Keras registers what follows


@keras.saving.register_keras_serializable(PACKAGE)  # type: ignore[untyped-decorator]  # Keras has no types
def step(z: Any) -> Any:
    """f(z) = 1 for z ≥ 0, 0 below, with a gradient of 0."""
    return keras.ops.minimum(keras.ops.sign(z) + 1, 1)


@keras.saving.register_keras_serializable(PACKAGE)
class PerceptronRule(keras.optimizers.SGD):
    """Gradient descent with the errors of a `Perceptron` in place of gradients: its name is in run files."""


@keras.saving.register_keras_serializable(PACKAGE)
class Perceptron(keras.Sequential):
    """One Dense layer of step units that the perceptron rule trains.

    A step with inputs x, targets t and answers y moves the weights by w ← w + η·(t − y)·x and the biases by
    b ← b + η·(t − y), where η is the learning rate of its optimizer. The rule is meant for one sample at a
    time; of several, the moves are added up. Loss and metrics are those that it was compiled with.
    """

    def train_step(self, data: Any) -> dict[str, Any]:
        """Move the weights by the errors of one batch; return the metrics, of before the move."""
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        answers = self(x, training=True)
        loss = self.compute_loss(x, y, answers, weights)
        error = keras.ops.reshape(keras.ops.cast(y, answers.dtype), keras.ops.shape(answers)) - answers
        x = keras.ops.cast(x, answers.dtype)
        moves = [keras.ops.matmul(keras.ops.transpose(x), error), keras.ops.sum(error, axis=0)]
        weights_of_layer = self.layers[-1].trainable_variables  # the kernel and, unless it has none, the bias
        self.optimizer.apply([-move for move in moves[: len(weights_of_layer)]], weights_of_layer)
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(y, answers, sample_weight=weights)
        return {metric.name: metric.result() for metric in self.metrics}
