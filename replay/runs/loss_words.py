"""What pictures call a loss on their axes: cross-entropy, squared error, or its own name."""

from __future__ import annotations

from replay.network.description import RunDescription
from replay.network.losses import CROSS_ENTROPIES

WORDS = {
    **dict.fromkeys(CROSS_ENTROPIES, "cross-entropy"),
    "mean_squared_error": "squared error",
    "mean_absolute_error": "absolute error",
}
LONGEST = 24  # letters


def loss_words(description: RunDescription) -> str:
    """The name of a run's loss, "loss" where it is unknown or too long for an axis."""
    name = str((description.loss or {}).get("name", ""))
    words = WORDS.get(name, name.replace("_", " "))
    return words if 0 < len(words) <= LONGEST else "loss"
