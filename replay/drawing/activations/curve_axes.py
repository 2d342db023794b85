"""Axes with the curves of an activation: f, f′, where they jump, and where f is saturated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from replay.drawing.activations.facts import Facts, curves
from replay.drawing.activations.numbers import number
from replay.drawing.style import Style
from replay.network.activation_limits import Z_LIMIT
from replay.types import Array

POINTS = 1001  # of each curve
BOUNDED, UNBOUNDED = (-1.3, 1.3), (-2.1, 5.2)  # y limits: one for each group, so that shapes compare
DASHES, GRADIENT_WIDTH = (0, (3.2, 1.6)), 0.8  # the latter as a share of the function's line width


def sampled(activation: Facts) -> tuple[Array, Array, Array]:
    """z (n,), f and f′ (n_outputs, n) for drawing, with NaN at each discontinuity."""
    gaps = np.array([gap for gap in (*activation.jumps, *activation.kinks) if abs(gap) < Z_LIMIT])
    z = np.setdiff1d(np.linspace(-Z_LIMIT, Z_LIMIT, POINTS), gaps)
    z = np.sort(np.concatenate([z, *_sides(gaps), gaps]))
    values, gradients = curves(activation.name, z)
    gradients = np.where(np.isin(z, gaps), np.nan, gradients)
    return z, np.where(np.isin(z, activation.jumps), np.nan, values), gradients


def _sides(places: Array) -> tuple[Array, Array]:
    """The numbers next to `places`, below and above."""
    return np.nextafter(places, -np.inf), np.nextafter(places, np.inf)


def draw_curves(axes: Axes, activation: Facts, style: Style, large: bool = False) -> None:
    """Draw f and f′ with saturation shaded, on a scale that all bounded or all unbounded functions share."""
    low, high = activation.range
    bounded = BOUNDED[0] < low and high < BOUNDED[1]
    axes.set(xlim=(-Z_LIMIT, Z_LIMIT), ylim=BOUNDED if bounded else UNBOUNDED)
    axes.set_xticks(np.linspace(-Z_LIMIT, Z_LIMIT, 11 if large else 3))
    axes.set_yticks([-1, 0, 1] if bounded else [*range(-2, 6)] if large else [-2, 0, 1, 5])
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: number(value))
    for low, high in shown_saturation(activation):
        axes.axvspan(low, high, gid="saturation", **shade(style))
    for draw in (axes.axhline, axes.axvline):
        draw(0, color=style.muted, linewidth=0.9, zorder=1)
    z, values, gradients = sampled(activation)
    colours = colours_of(len(values), style)
    for value, gradient, (colour, its_colour) in zip(values, gradients, colours, strict=True):
        axes.plot(z, value, color=colour, linewidth=style.curve_width, gid="function")
        # Draw the dashes above the function, so that both are visible where they are equal.
        width = GRADIENT_WIDTH * style.curve_width
        axes.plot(
            z, gradient, color=its_colour, linewidth=width, linestyle=DASHES, zorder=2.5, gid="gradient"
        )
    _ends(axes, activation, style)
    if len(values) > 1:
        _name_outputs(axes, values, style)


def shown_saturation(activation: Facts) -> list[tuple[float, float]]:
    """The saturated intervals within the range that pictures show."""
    clipped = (np.clip(interval, -Z_LIMIT, Z_LIMIT).tolist() for interval in activation.saturation)
    return [(low, high) for low, high in clipped if low < high]


def colours_of(n_outputs: int, style: Style) -> list[tuple[str, str]]:
    """The colours of function and gradient for each output; with several outputs, both have the same."""
    if n_outputs == 1:
        return [(style.class_colour(0), style.class_colour(1))]
    return [(style.class_colour(output),) * 2 for output in (0, 2, 3)]


def shade(style: Style) -> dict[str, Any]:
    """How what is saturated is shaded."""
    return {"color": style.muted, "alpha": 0.14, "linewidth": 0, "zorder": 0}


def _ends(axes: Axes, activation: Facts, style: Style) -> None:
    """Draw open circles where a curve ends without its point, and a full one where f has its value."""
    function, gradient = colours_of(1, style)[0]
    for curve, places, colour in (
        (1, activation.kinks + activation.jumps, gradient),
        (0, activation.jumps, function),
    ):
        for place in places:
            sides = np.ravel(_sides(np.array([place])))
            ends = curves(activation.name, sides)[curve][0]
            _circles(axes, [place] * 2, ends, colour, style.background)
    for place in activation.jumps:
        _circles(axes, [place], curves(activation.name, np.array([place]))[0][0], function, function)


def _circles(axes: Axes, z: Sequence[float], heights: Array, edge: str, face: str) -> None:
    look: dict[str, Any] = {
        "markersize": 4.5,
        "markeredgewidth": 1.3,
        "markeredgecolor": edge,
        "markerfacecolor": face,
    }
    axes.plot(z, heights, linestyle="", marker="o", zorder=4, gid="ends", **look)


def _name_outputs(axes: Axes, values: Array, style: Style) -> None:
    """Label the outputs above their curves, where these are apart."""
    places = (
        (4.8, values[0, -1], "right", "s₁"),
        (-4.8, values[1, 0], "left", "s₂"),
        (-4.8, values[2, 0], "left", "s₃"),
    )
    for (z, height, side, text), (colour, _) in zip(places, colours_of(3, style), strict=True):
        axes.text(z, height + 0.03, text, ha=side, va="bottom", color=colour, fontweight="bold")
