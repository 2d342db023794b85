"""The output layer, loss and metrics of a dense network that suit its data."""

from __future__ import annotations

from typing import Any, Protocol

from replay.choices import LOSS_WITH_NUMBER

SEVERAL_CLASSES = "sparse_categorical_crossentropy"
OF_NUMBERS = (
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
    *("mean_squared_logarithmic_error", "mse", "mae", "mape", "msle", "huber", "log_cosh", "logcosh"),
    *("cosine_similarity", "poisson"),
)


class Output(Protocol):
    """The fields of a scenario that tell what its network gives."""

    @property
    def output_units(self) -> int:
        """How many units the output layer has."""
        ...

    @property
    def loss(self) -> str:
        """Keras's name of the loss."""
        ...


def predicts_numbers(output: Output) -> bool:
    """Whether the loss is one for numbers rather than for classes."""
    return output.loss in OF_NUMBERS or LOSS_WITH_NUMBER.fullmatch(output.loss) is not None


def for_classes(output: Output, n_classes: int) -> dict[str, Any]:
    """The changes to a scenario that let it tell `n_classes` apart."""
    if n_classes == 2 and output.output_units == 1 and not predicts_numbers(output):
        return {}
    if n_classes == 2 and output.output_units == 1:
        return {"output_activation": "sigmoid", "loss": "binary_crossentropy", "metrics": ("accuracy",)}
    if n_classes == output.output_units and output.loss == SEVERAL_CLASSES:
        return {}
    own_metrics = {"metrics": ("accuracy",)} if predicts_numbers(output) else {}
    return {
        "output_units": n_classes,
        "output_activation": "softmax",
        "loss": SEVERAL_CLASSES,
        **own_metrics,
    }


def for_numbers(output: Output, n_numbers: int) -> dict[str, Any]:
    """The changes to a scenario that let it predict `n_numbers` numbers a sample."""
    if predicts_numbers(output):
        return {} if n_numbers == output.output_units else {"output_units": n_numbers}
    return {
        "output_units": n_numbers,
        "output_activation": "linear",
        "loss": "mean_squared_error",
        "metrics": ("mean_absolute_error",),
    }
