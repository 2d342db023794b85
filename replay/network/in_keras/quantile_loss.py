"""The quantile (pinball) loss as a loss of Keras's, which has none. Loads Keras."""

from __future__ import annotations

from typing import Any

import keras

from replay.errors import ScenarioError


@keras.saving.register_keras_serializable("replay")
class QuantileLoss(keras.losses.Loss):
    """A loss whose best output is a quantile of the targets: the mean over columns of max(q·e, (q − 1)·e).

    Args:
        q: The share of targets that shall lie below the output, above 0 and below 1. 0.5 is the median.
        reduction: As Keras's losses have it.
        name: As Keras's losses have it.

    Raises:
        ScenarioError: `q` is no such share.

    e is the target less the output: Koenker & Bassett 1978, "Regression Quantiles", Econometrica 46:33–50.
    Keras has no such loss. Runs are recorded with it, and replayed without Keras, as with one of Keras's own.

    >>> import keras
    >>> from replay import QuantileLoss
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> model.compile("adam", QuantileLoss(0.9))
    """

    def __init__(self, q: float, reduction: str = "sum_over_batch_size", name: str = "quantile") -> None:
        super().__init__(name=name, reduction=reduction)
        if isinstance(q, bool) or not isinstance(q, int | float) or not 0 < q < 1:
            raise ScenarioError(f"the quantile of a loss must lie above 0 and below 1, not {q!r}")
        self.q = float(q)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each sample."""
        if len(y_true.shape) == len(y_pred.shape) - 1:  # (n,) would broadcast against (n, 1)
            y_true = keras.ops.expand_dims(y_true, -1)
        error = keras.ops.cast(y_true, y_pred.dtype) - y_pred
        return keras.ops.mean(keras.ops.maximum(self.q * error, (self.q - 1) * error), axis=-1)

    def get_config(self) -> dict[str, Any]:
        """The arguments, for Keras's files."""
        return {**super().get_config(), "q": self.q}
