"""The looks: every colour, width and size of a picture in one object."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Style:
    """Colours as matplotlib reads them, widths and font sizes in points on a 12×6 inch figure.

    `classes` are told apart by people with any kind of colour vision (after Okabe & Ito 2008, and Paul
    Tol's qualitative schemes); errors have a marker and a hatch of their own besides their colour.
    """

    background: str = "#ffffff"
    ink: str = "#22272e"
    muted: str = "#7b8490"
    faint: str = "#d8dce1"
    classes: tuple[str, ...] = (
        *("#2f6fb5", "#e8890c", "#12866f", "#8e4fa8", "#c8b400"),
        *("#5fb7e5", "#9b5b2c", "#6b7280", "#ea7fb0", "#3d3d8f"),
    )
    error: str = "#c2185b"
    error_hatch: str = "/////"
    grid_x: str = "#8d9aa9"
    grid_y: str = "#b7a58c"
    boundary: str = "#22272e"
    loss: str = "#4b5563"
    metric: str = "#12866f"
    shading: float = 0.34
    marker: float = 3.4
    error_marker: float = 4.2
    error_width: float = 1.0
    grid_width: float = 0.9
    boundary_width: float = 2.2
    curve_width: float = 2.2
    font: tuple[str, ...] = ("DejaVu Sans",)
    size_title: float = 19.0
    size_panel: float = 13.0
    size_tick: float = 11.5
    title_pad: float = 8.0

    def class_colour(self, label: int) -> str:
        """The colour of a class; they repeat after the last."""
        return self.classes[label % len(self.classes)]

    def shade(self, probabilities: Array) -> Array:
        """RGB (…, 3) in [0, 1] of probabilities (…, n_classes).

        The likeliest class's colour, as strong as its lead over even odds: the background where the
        network cannot decide.
        """
        n_classes = probabilities.shape[-1]
        palette = np.array([to_rgb(self.class_colour(label)) for label in range(n_classes)], dtype=np.float32)
        background = np.array(to_rgb(self.background), dtype=np.float32)
        likeliest = probabilities.argmax(axis=-1)
        even = 1 / max(n_classes, 2)
        lead = (probabilities.max(axis=-1) - even) / (1 - even)
        strength = np.nan_to_num(np.clip(lead, 0, 1) * self.shading)[..., None]
        return background + (palette[likeliest] - background) * strength

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Draw in this style within the block, and leave matplotlib's settings as they were."""
        settings: dict[str, Any] = {
            "figure.facecolor": self.background,
            "axes.facecolor": self.background,
            "savefig.facecolor": self.background,
            "axes.edgecolor": self.faint,
            "axes.labelcolor": self.muted,
            "axes.labelsize": self.size_tick,
            "axes.linewidth": 1.0,
            "axes.titlecolor": self.ink,
            "axes.titlesize": self.size_panel,
            "axes.titleweight": "bold",
            "axes.titlelocation": "left",
            "axes.titlepad": self.title_pad,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": False,
            "text.color": self.ink,
            "text.parse_math": False,
            "text.usetex": False,
            "font.family": "sans-serif",
            "font.sans-serif": list(self.font),
            "font.size": self.size_tick,
            "xtick.color": self.faint,
            "ytick.color": self.faint,
            "xtick.labelcolor": self.muted,
            "ytick.labelcolor": self.muted,
            "xtick.labelsize": self.size_tick,
            "ytick.labelsize": self.size_tick,
            "hatch.color": self.background,
            "hatch.linewidth": 1.0,
            "legend.frameon": False,
            "legend.fontsize": self.size_tick,
            "svg.hashsalt": "boundary-replay",
            "svg.fonttype": "path",
        }
        with matplotlib.rc_context(cast(Any, settings)), warnings.catch_warnings():
            # A name in a script that no font here has is drawn as boxes; the picture shows it.
            warnings.filterwarnings("ignore", message="Glyph .* missing from")
            yield


LIGHT = Style()
