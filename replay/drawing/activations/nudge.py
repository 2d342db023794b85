"""The same small change of z at three places, and how an activation answers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from replay.drawing.activations.curve_axes import sampled
from replay.drawing.activations.facts import Facts, curves, facts
from replay.drawing.activations.numbers import number
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import LIGHT, Style
from replay.errors import ViewError
from replay.language.message import in_numbers, say

MOST = 4  # activations
LARGEST = 3.0  # changes, so that the three do not meet
PLACES = (-3.2, 0.0, 3.2)  # the middles of the changes
CELL, LOWEST, AROUND = 4.6, 3.5, 1.1  # inches of a panel, and above it
LEFT, RIGHT, BOTTOM, GAP = 0.55, 0.3, 0.65, 0.5  # inches
BASELINE, HALO = 0.44, 3.0  # inches from the top; points around words
BESIDE = 1.8  # of z, beside the outer places
MARGIN = 0.22  # of the range of f, above and below
DIGITS = 2


def nudge_figure(
    names: Sequence[str], change: float, style: Style = LIGHT, size: tuple[int, int] | None = None
) -> Figure:
    """What a small change of z changes: for each activation, at three places, an arrow up or down.

    Args:
        names: One to four activations, such as "step" or "elu:0.2".
        change: How far z moves to the right at each place, above 0 and up to 3.
        style: Colours and sizes.
        size: Width and height in pixels; by default it follows from the number of activations.

    Raises:
        ViewError: A name is unknown or softmax, there are too many, or the change is none of this size.
        OutputError: No picture has this size.

    >>> from replay.drawing.activations.nudge import nudge_figure
    >>> len(nudge_figure(["step", "sigmoid"], 0.5).axes)
    2
    """
    if not 0 < change <= LARGEST:
        raise ViewError(f"a small change of z is above 0 and at most {LARGEST:g}, not {change:g}")
    if not 1 <= len(names) <= MOST or any(name.partition(":")[0] == "softmax" for name in names):
        raise ViewError(f"a small change is drawn of one to {MOST} activations of a single z: name those")
    activations = [facts(name) for name in names]
    with style.applied():
        n = len(activations)
        wanted = shape(Shape(LEFT + RIGHT + n * CELL, LOWEST + AROUND, 120.0), size)
        page = Figure(figsize=wanted.inches, dpi=wanted.dpi)
        grid = page.add_gridspec(
            1, n, left=LEFT / wanted.width, right=1 - RIGHT / wanted.width, bottom=BOTTOM / wanted.height,
            top=1 - AROUND / wanted.height, wspace=GAP / CELL,
        )  # fmt: skip
        page.text(
            LEFT / wanted.width, 1 - BASELINE / wanted.height,
            say("The same small change of z, at three places"), fontsize=style.size_title, fontweight="bold",
        )  # fmt: skip
        for place, activation in enumerate(activations):
            _draw(page.add_subplot(grid[0, place]), activation, change, style)
        return page


def answers(name: str, change: float) -> list[tuple[float, float]]:
    """f before and after the change, at each of PLACES."""
    ends = np.array([[middle - change / 2, middle + change / 2] for middle in PLACES])
    return [
        (float(before), float(after)) for before, after in curves(name, ends.ravel())[0][0].reshape(-1, 2)
    ]


def _draw(axes: Axes, activation: Facts, change: float, style: Style) -> None:
    z, values, _ = sampled(activation)
    shown = np.abs(z) <= PLACES[-1] + BESIDE
    axes.set_xlim(-PLACES[-1] - BESIDE, PLACES[-1] + BESIDE)
    axes.plot(z[shown], values[0][shown], color=style.muted, linewidth=0.7 * style.curve_width, zorder=2)
    low, high = float(np.nanmin(values[0][shown])), float(np.nanmax(values[0][shown]))
    axes.set_ylim(low - MARGIN * (high - low), high + MARGIN * (high - low))
    axes.set_title(activation.title)
    axes.set_xlabel("z")
    axes.set_xticks([-3, 0, 3])
    axes.locator_params(axis="y", nbins=4)
    for middle, (before, after) in zip(PLACES, answers(activation.name, change), strict=True):
        _arrows(axes, middle - change / 2, middle + change / 2, before, after, style)


def _arrows(axes: Axes, left: float, right: float, before: float, after: float, style: Style) -> None:
    """The change of z along the axis, and that of f behind it, with its size."""
    look: dict[str, Any] = {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 11}
    halo = [withStroke(linewidth=HALO, foreground=style.background)]
    for (start, end), colour, width in (
        (((left, before), (right, before)), style.ink, 1.6),
        (((right, before), (right, after)), style.error, 3.0),
    ):
        if start != end:
            arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": width, **look}
            axes.annotate("", end, start, arrowprops=arrow, zorder=4)
    middle = (left + right) / 2
    axes.annotate(
        "Δz", (middle, before), (0, -4), textcoords="offset points", ha="center", va="top",
        color=style.ink, fontsize=style.size_tick, path_effects=halo, zorder=5,
    )  # fmt: skip
    words = f"Δf = {number(round(after - before, DIGITS))}"
    axes.annotate(
        str(in_numbers(words)), (middle, max(before, after)), (0, 8), textcoords="offset points",
        ha="center", va="bottom", color=style.error, fontsize=style.size_tick, fontweight="bold",
        path_effects=halo, zorder=5,
    )  # fmt: skip
