"""What pictures call losses and metrics: cross-entropy, squared error, accuracy, or their own name."""

from __future__ import annotations

from replay.language.message import Message, say
from replay.network.description import RunDescription
from replay.network.losses import CROSS_ENTROPIES

WORDS = {
    **dict.fromkeys(CROSS_ENTROPIES, Message("cross-entropy")),
    "mean_squared_error": Message("squared error"),
    "half_squared_error": Message("half the squared error"),
    "mean_absolute_error": Message("absolute error"),
    "mean_absolute_percentage_error": Message("error in percent"),
    "mean_squared_logarithmic_error": Message("squared log error"),
    "huber": Message("Huber loss"),
    "log_cosh": Message("log-cosh loss"),
    "poisson": Message("Poisson loss"),
    "quantile": Message("quantile loss"),
    "sklearn.hinge": Message("hinge loss"),
    "sklearn.squared_hinge": Message("squared hinge loss"),
    "sklearn.perceptron": Message("perceptron loss"),
    "sklearn.modified_huber": Message("modified Huber loss"),
    "sklearn.log_loss": Message("log loss"),
}
METRICS = {
    **dict.fromkeys(("accuracy", "acc"), Message("accuracy")),
    "precision": Message("precision"),
    "recall": Message("recall"),
    "loss": Message("loss"),
    **dict.fromkeys(("r2_score", "r2"), Message("R²")),
    **dict.fromkeys(("mean_absolute_error", "mae"), Message("mean absolute error")),
}
LONGEST = 24  # letters


def loss_words(description: RunDescription) -> str:
    """The name of a run's loss, "loss" where it is unknown or too long for an axis."""
    name = str((description.loss or {}).get("name", ""))
    words = str(WORDS[name]) if name in WORDS else name.replace("_", " ")
    return words if 0 < len(words) <= LONGEST else say("loss")


def metric_words(name: str) -> str:
    """What a logged quantity is called: a known one in words, another by its name without underscores."""
    return str(METRICS[name]) if name in METRICS else name.replace("_", " ")
