"""Colours of slopes in a plane: the direction is the hue, the steepness is how colourful it is."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb

from replay.drawing.style import Style
from replay.types import Array

COLOURFUL = 46.0  # chroma in CIE Lab of the steepest: more has no colour on the screen in some directions
LIGHTNESS = {True: 44.0, False: 80.0}  # on a dark background, and on a light one
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
# CIE XYZ to linear sRGB, IEC 61966-2-1.
TO_RGB = np.array(
    [
        [3.2406, -1.5372, -0.4986],
        [-0.9689, 1.8758, 0.0415],
        [0.0557, -0.2040, 1.0570],
    ]
)


def slope_colours(slopes: Array, style: Style) -> Array:
    """The colours of slopes (n, 2), whose length is 1 where they are steep: RGB (n, 3) from 0 to 1.

    Flat is grey. The plane of slopes is that of a* and b* in CIE 1976 L*a*b*, in which equal distances look
    about equally different; all colours are equally light.
    """
    length = np.hypot(*slopes.T)[:, None]
    bounded = slopes / np.maximum(length, 1.0) * COLOURFUL
    dark = sum(to_rgb(style.background)) < 1.5
    return _from_lab(np.column_stack([np.full(len(slopes), LIGHTNESS[dark]), bounded]))


def _from_lab(lab: Array) -> Array:
    """SRGB from CIE 1976 L*a*b* (n, 3), as close as a screen gets."""
    y = (lab[:, 0] + 16) / 116
    roots = np.column_stack([y + lab[:, 1] / 500, y, y - lab[:, 2] / 200])
    xyz = np.where(roots > 6 / 29, roots**3, 3 * (6 / 29) ** 2 * (roots - 4 / 29)) * WHITE
    linear = np.clip(xyz @ TO_RGB.T, 0, 1)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
