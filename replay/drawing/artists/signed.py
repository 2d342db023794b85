"""Colours of signed numbers: blue below 0, red above, and the background's colour at 0."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb

from replay.drawing.style import Style
from replay.types import Array

DIVERGING = "RdBu_r"


def signed_colours(style: Style) -> Array:
    """Colours from blue through the background to red: RGBA (256, 4) of uint8.

    They are matplotlib's RdBu (after C. Brewer). On a dark background the outer colours become lighter
    outwards, on a light one darker, so that 0 never stands out.
    """
    colours = matplotlib.colormaps[DIVERGING]
    paper = to_rgb(style.background)
    if sum(paper) < 1.5:
        stops = [colours(0.3), colours(0.17), paper, colours(0.83), colours(0.7)]
        places = [0, 0.25, 0.5, 0.75, 1]
    else:
        stops = [colours(0.0), colours(0.2), paper, colours(0.8), colours(1.0)]
        places = [0, 0.3, 0.5, 0.7, 1]
    through_paper = LinearSegmentedColormap.from_list("signed", list(zip(places, stops, strict=True)))
    return through_paper(np.linspace(0, 1, 256), bytes=True)
