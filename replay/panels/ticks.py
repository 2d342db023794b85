"""Numbers on axes that have little room for them."""

from __future__ import annotations

from matplotlib.axis import Axis

SMALLEST, LARGEST = 1e-3, 1e4  # matplotlib writes what lies between them well


def short_numbers(axis: Axis, largest: float) -> None:
    """Write numbers up to `largest` short where they would be long, or have a factor apart from them."""
    if not SMALLEST <= largest < LARGEST:
        axis.set_major_formatter(lambda value, _: short(value))


def short(value: float) -> str:
    """A number in about five characters: 20k, 1.5M, 2e9, 3e-5."""
    size = abs(value)
    for unit, name in ((1e3, "k"), (1e6, "M")):
        if unit <= size < 1000 * unit:
            return f"{value / unit:g}{name}"
    if value and not SMALLEST <= size < LARGEST:
        return f"{value:.2g}".replace("e+0", "e").replace("e+", "e").replace("e-0", "e-")
    return f"{value:g}"
