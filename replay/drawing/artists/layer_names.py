"""What panels of many layers share: a colour for each, and names in little room."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from replay.drawing.style import Style
from replay.spread import evenly

# Viridis, which people with any kind of colour vision see as ordered, without the end that the background
# would swallow.
ON_LIGHT, ON_DARK = (0.0, 0.84), (0.34, 1.0)
INCH = 72  # points
NARROWEST = 0.15  # of the size of letters: the width of any of them


def layer_colours(depths: Sequence[float | None], style: Style) -> list[str]:
    """The colours of layers by how deep they lie, from 0 to 1; a quiet one for the inputs, None."""
    dark = sum(to_rgb(style.background)) < 1.5
    low, high = ON_DARK if dark else ON_LIGHT
    ramp = colormaps["viridis"]
    return [style.muted if depth is None else to_hex(ramp(low + depth * (high - low))) for depth in depths]


def width_in_inches(text: str, size: float, style: Style) -> float:
    """How wide a line of `text` is in letters of `size` points."""
    if not text.strip():
        return 0.0
    font = FontProperties(family=list(style.font), size=size)
    return float(TextPath((0, 0), text, prop=font).get_extents().width) / INCH


def size_in_inches(axes: Axes) -> tuple[float, float]:
    """Width and height of axes."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.bbox.width / figure.dpi), float(axes.bbox.height / figure.dpi)


def shortened(name: str, inches: float, size: float, style: Style) -> str:
    """`name`, without its middle where it is wider: layers are told apart by their beginnings and ends."""
    most = max(2, math.ceil(inches * INCH / (NARROWEST * size)))  # letters: no name is measured beyond them
    if len(name) <= 2 or (len(name) <= most and width_in_inches(name, size, style) <= inches):
        return name
    kept = range(3, min(len(name), most + 1))
    fitting = bisect_left(
        kept, True, key=lambda n: width_in_inches(_without_middle(name, n), size, style) > inches
    )
    return _without_middle(name, 2 + fitting)


def _without_middle(name: str, kept: int) -> str:
    end = (kept + 1) // 2
    return f"{name[: kept - end]}…{name[-end:]}"


def widest(names: Sequence[str], size: float, style: Style) -> float:
    """The width in inches of the widest of these names."""
    return max(width_in_inches(name, size, style) for name in names)


def fit(names: Sequence[str], inches: float, size: float, style: Style) -> bool:
    """Whether none of these names is wider."""
    return all(width_in_inches(name, size, style) <= inches for name in names)


def few(n: int, most: int) -> list[int]:
    """At most so many of the numbers below n, evenly, with the first and the last."""
    return evenly(n, max(2, most)).tolist()
