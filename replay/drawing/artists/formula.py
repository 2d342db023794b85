"""The formula of a unit with its numbers, z = 1.32·x₁ − 0.45·x₂ + 0.81, which do not jump as they change."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.short_names import to_letters
from replay.drawing.style import Style
from replay.language.message import in_numbers

MINUS, PLUS = "−", "+"
DIGIT = "\u2007"  # a space as wide as a digit
NO_SIGN = "\u2007\u2009"  # as wide as a minus, nearly
LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
MOST_TERMS = 3
LETTERS = (24, 16, 12, 8)  # of names, which lose their middles until they fit
DECIMALS, MOST_DECIMALS, MOST_DIGITS = 2, 7, 7
SMALLEST = 0.72  # of the size of titles
STEP = 0.04


def symbol(letter: str, number: int) -> str:
    """A letter with a lowered number: "x₁"."""
    return f"{letter}{str(number).translate(LOWERED)}"


class FixedNumbers:
    """Numbers up to a `largest`, written with as many decimals, and as wide, as one another.

    >>> from replay.drawing.artists.formula import FixedNumbers
    >>> numbers = FixedNumbers(12.0)
    >>> numbers.size(3.14159), numbers.signed(-12)
    ('\\u20073.14', '−12.00')
    """

    def __init__(self, largest: float) -> None:
        power = math.floor(math.log10(largest)) if 0 < largest < np.inf else 0
        few = -power + 1 if power < -1 else DECIMALS - max(0, power - 1)
        self.decimals = min(max(few, 0), MOST_DECIMALS)
        self._digits = min(max(1, power + 1), MOST_DIGITS)

    def size(self, value: float) -> str:
        """The number without its sign."""
        if not np.isfinite(value):
            return "NaN" if np.isnan(value) else "∞"
        text = f"{abs(value):.{self.decimals}f}"
        whole = text.partition(".")[0]
        if len(whole) > MOST_DIGITS:
            text = f"{abs(value):.1e}"
        return DIGIT * max(0, self._digits - len(whole)) + in_numbers(text)

    def signed(self, value: float) -> str:
        """The number with a minus, or with room for one."""
        return (MINUS if self.is_negative(value) else NO_SIGN) + self.size(value)

    def is_negative(self, value: float) -> bool:
        """Whether the number is below 0 as it is written: −0.001 is not, with two decimals."""
        return bool(value < 0 and round(float(value), self.decimals) != 0) if np.isfinite(value) else False


class Formula:
    """The formula in the place of a title: with names, else symbols, else of all inputs together, as fits.

    `names` are those of the inputs, empty where there are none; `letter` is the symbol of an input. `largest`
    are the largest |w| and |b| of the run. The first weight `has_sign`, a plus too, where it is negative at
    some epochs.
    """

    def __init__(
        self,
        axes: Axes,
        n_inputs: int,
        names: Sequence[str],
        letter: str,
        largest: tuple[float, float],
        style: Style,
        has_sign: bool = True,
    ) -> None:
        figure = axes.get_figure(root=True)
        assert figure is not None
        above = ScaledTranslation(0, style.title_pad / 72, figure.dpi_scale_trans)
        self._style, self._axes = style, axes
        self.words = Text(
            0, 1, "", transform=axes.transAxes + above, figure=figure, ha="left", va="baseline",
            color=style.ink, fontsize=style.size_panel, clip_on=False,
        )  # fmt: skip
        axes.add_artist(self.words)
        self.weights, self.bias = map(FixedNumbers, largest)
        symbols = [symbol(letter, number + 1) for number in range(min(n_inputs, MOST_TERMS))]
        if n_inputs == 1:
            symbols = [letter]
        self._forms: list[Sequence[str] | None] = [None]
        if n_inputs <= MOST_TERMS:
            named = [to_letters(names, most) for most in LETTERS] if names else []
            self._forms = [*(form for form in named if form), symbols, None]
        self._letter, self._room, self._plus = letter, -1.0, PLUS if has_sign else ""
        self._form: Sequence[str] | None = None

    def show(self, kernel: Sequence[float], bias: float) -> None:
        """Write it with these weights (n_inputs,) and this bias."""
        self._fit(kernel, bias)
        self.words.set_text(self.told(self._form, kernel, bias))

    def told(self, names: Sequence[str] | None, kernel: Sequence[float], bias: float) -> str:
        """The formula with these names of the inputs, or of their vector with None."""
        last = MINUS if self.bias.is_negative(bias) else PLUS
        end = f" {last} {self.bias.size(bias)}"
        if names is None:
            return f"z = w·{self._letter}{end}"
        terms = []
        for number, (weight, name) in enumerate(zip(kernel, names, strict=True)):
            if number == 0:
                sign = MINUS if self.weights.is_negative(weight) else self._plus
                terms.append(f"z = {sign}{self.weights.size(weight)}·{name}")
            else:
                between = MINUS if self.weights.is_negative(weight) else PLUS
                terms.append(f" {between} {self.weights.size(weight)}·{name}")
        return "".join(terms) + end

    def _fit(self, kernel: Sequence[float], bias: float) -> None:
        """Choose the longest form that the axes have room for, which a layout may have changed."""
        room = size_in_inches(self._axes)[0]
        if room == self._room:
            return
        self._room = room
        for form in self._forms:
            width = width_in_inches(self.told(form, kernel, bias), 1.0, self._style)
            size = self._style.size_panel
            while width * size > room and size > SMALLEST * self._style.size_panel:
                size -= STEP * self._style.size_panel
            self._form = form
            self.words.set_fontsize(size)
            if width * size <= room:
                return
