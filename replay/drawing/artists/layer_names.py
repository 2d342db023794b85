"""Layer colours (viridis by depth) and shortened layer names, for panels of many layers."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from replay.drawing.artists.letters import letters
from replay.drawing.artists.words import NARROWEST
from replay.drawing.fonts import families
from replay.drawing.style import Style
from replay.evenly import evenly

# Viridis looks ordered to people with any kind of colour vision; leave out the end that is too close to the
# background.
ON_LIGHT, ON_DARK = (0.0, 0.84), (0.34, 1.0)
INCH = 72  # points
MAX_MEASURED = 200  # letters: to measure thousands takes seconds


def layer_colours(depths: Sequence[float | None], style: Style) -> list[str]:
    """The colours of layers by depth, from 0 to 1; the muted colour for the inputs, None."""
    dark = sum(to_rgb(style.background)) < 1.5
    low, high = ON_DARK if dark else ON_LIGHT
    ramp = colormaps["viridis"]
    return [style.muted if depth is None else to_hex(ramp(low + depth * (high - low))) for depth in depths]


def width_in_inches(text: str, size: float, style: Style) -> float:
    """The width of a line of `text` at a font size of `size` points; of a very long one, as its start is."""
    measured = text[:MAX_MEASURED]
    if not measured.strip():
        return 0.0
    width = size * _width_in_sizes(measured, tuple(families(style.font))) / INCH
    return width * len(text) / len(measured)


@lru_cache(maxsize=4096)
def _width_in_sizes(text: str, fonts: tuple[str, ...]) -> float:
    """The width of a line of `text` as a multiple of the font size.

    Outlines are measured, which takes milliseconds, and the same names are measured at many sizes.
    """
    return float(TextPath((0, 0), text, size=1, prop=FontProperties(family=list(fonts))).get_extents().width)


def size_in_inches(axes: Axes) -> tuple[float, float]:
    """Width and height of axes in inches."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.bbox.width / figure.dpi), float(axes.bbox.height / figure.dpi)


def shortened(name: str, inches: float, size: float, style: Style) -> str:
    """Shorten `name` to `inches` by leaving out its middle: layer names differ at the start and the end."""
    most = max(2, math.ceil(inches * INCH / (NARROWEST * size)))  # letters that can fit: measure no more
    n_letters = len(letters(name))
    if n_letters <= 2 or (n_letters <= most and width_in_inches(name, size, style) <= inches):
        return name
    kept = range(3, min(n_letters, most + 1))
    fitting = bisect_left(
        kept, True, key=lambda n: width_in_inches(without_middle(name, n), size, style) > inches
    )
    return without_middle(name, 2 + fitting)


def without_middle(name: str, kept: int) -> str:
    """The first and the last letters of a name, so many together."""
    end = (kept + 1) // 2
    each = letters(name)
    return f"{''.join(each[: kept - end])}…{''.join(each[-end:])}"


def widest(names: Sequence[str], size: float, style: Style) -> float:
    """The width in inches of the widest of these names."""
    return max(width_in_inches(name, size, style) for name in names)


def fit(names: Sequence[str], inches: float, size: float, style: Style) -> bool:
    """Whether all names fit into `inches`."""
    return all(width_in_inches(name, size, style) <= inches for name in names)


def few(n: int, most: int) -> list[int]:
    """At most so many of the numbers below n, evenly, with the first and the last."""
    return evenly(n, max(2, most)).tolist()
