"""Short tick labels: 20k, 1.5M, 10⁻⁴."""

from __future__ import annotations

import math

from matplotlib.axis import Axis

SMALLEST, LARGEST = 1e-3, 1e4  # matplotlib writes numbers between them well


def short_numbers(axis: Axis, largest: float) -> None:
    """Shorten tick labels up to `largest` if they would be long, or have a separate factor."""
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


def decade_text(value: float) -> str:
    """A short tick label for a logarithmic axis: 0.01 rather than 10⁻², but 10⁻⁴ rather than 0.0001."""
    if 0.001 <= value < 10_000:
        return f"{value:g}"
    power = math.log10(value)
    if abs(power - round(power)) > 1e-6:
        return short(value)
    exponent = str(round(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{exponent}"
