"""Numbers as facts about activations tell them."""

from __future__ import annotations

import numpy as np

from replay.language.message import in_numbers


def number(value: float, digits: int = 4) -> str:
    """A number as text: "0.25", "−1.758", "∞"."""
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return in_numbers(f"{value + 0.0:.{digits}g}".replace("-", "−"))
