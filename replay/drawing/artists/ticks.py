"""Numbers as print has them: −2, 1,500, 20k, 1.5M, 10⁻⁴, 2×10⁹."""

from __future__ import annotations

import math
from typing import Any

from matplotlib.axis import Axis
from matplotlib.ticker import ScalarFormatter

from replay.language.message import in_numbers, in_this_language

SMALLEST, LARGEST = 1e-3, 1e4  # numbers between them are written out
THOUSAND = 1000
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class PrintedNumbers(ScalarFormatter):
    """Tick labels without a factor or an offset beside the axis, all with the same decimals."""

    def __init__(self) -> None:
        super().__init__(useOffset=False, useMathText=False)
        self._said = in_this_language(in_numbers)
        self.set_scientific(False)
        self._largest = 0.0

    def set_locs(self, locs: Any) -> None:
        """Take the places of all ticks, which decide together how they are written."""
        super().set_locs(locs)
        self._largest = max((abs(float(place)) for place in locs), default=0.0)

    def __call__(self, x: float, pos: Any = None) -> str:
        """The label of the tick at `x`."""
        largest = self._largest
        if largest and not SMALLEST <= largest < LARGEST:
            return self._said(_short(x))
        return self._said(_number(x) if largest >= THOUSAND else super().__call__(x, pos))


def short_numbers(axis: Axis) -> None:
    """Label an axis with numbers as print has them, of about five characters."""
    axis.set_major_formatter(PrintedNumbers())


def short(value: float) -> str:
    """A number in about five characters: 20k, 1.5M, 2×10⁹, 3×10⁻⁵."""
    return in_numbers(_short(value))


def _short(value: float) -> str:
    size = abs(value)
    for unit, name in ((1e3, "k"), (1e6, "M")):
        if unit <= size < 1000 * unit:
            return f"{_number(value / unit)}{name}"
    if not value or SMALLEST / 10 <= size < LARGEST or not math.isfinite(value):
        return _number(value)
    mantissa, _, exponent = f"{value:.1e}".partition("e")
    mantissa = mantissa.removesuffix(".0")
    times = {"1": "", "-1": "−"}.get(mantissa, f"{_minus(mantissa)}×")
    return f"{times}10{_raised(int(exponent))}"


def number(value: float) -> str:
    """A number of up to six digits, with a true minus, and thousands apart."""
    return in_numbers(_number(value))


def _number(value: float) -> str:
    return _minus(f"{value:,.0f}" if abs(value) >= THOUSAND and float(value).is_integer() else f"{value:,g}")


def decade_text(value: float) -> str:
    """A short tick label for a logarithmic axis: 0.01 rather than 10⁻², but 10⁻⁴ rather than 0.0001."""
    if SMALLEST <= value < LARGEST:
        return number(value)
    power = math.log10(value)
    return short(value) if abs(power - round(power)) > 1e-6 else f"10{_raised(round(power))}"


def _minus(text: str) -> str:
    return text.replace("-", "−")


def _raised(exponent: int) -> str:
    return str(exponent).translate(RAISED)
