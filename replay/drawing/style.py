"""Themes and styles: every colour, line width, marker and font of a picture in one object."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.colors import to_rgb

from replay import choices
from replay.drawing.fonts import chosen, families, with_fonts, without_font_warnings
from replay.errors import ViewError, unknown
from replay.language.catalogue import ENGLISH, catalogue
from replay.language.message import checked_language, speaking
from replay.types import Array

# Without what a user's matplotlibrc changes; but the screen, if there is one, is the user's.
_DEFAULTS = {
    name: value
    for name, value in matplotlib.rcParamsDefault.items()
    if name.partition(".")[0] not in ("backend", "backend_fallback", "interactive", "toolbar", "webagg")
}
SHADES = 256  # steps from none to the full strength of a class's colour


@dataclass(frozen=True)
class Style:
    """The looks of a picture: its colours, widths, markers and fonts, and the language of its words.

    Colours are written as matplotlib reads them. Widths, markers and fonts are in points, on a figure of 12×6
    inches.

    Args:
        background: What is behind the picture. A transparent style uses it for halos that keep lines apart.
        transparent: Paint nothing behind the picture. False by default.
        ink: Titles and text.
        muted: Subtitles, labels and numbers of axes.
        faint: Spines, ticks and grids of charts.
        classes: A colour for each class; they repeat after the last.
        markers: A matplotlib marker for each class.
        runs: The colours of runs and, where a picture shows one run, of units; none of them that of a class.
            What a run is decides which one it has; units have them in turn.
        run_dashes: The line styles of runs that share a colour, as matplotlib reads them.
        run_marker: The matplotlib marker at the end of a run's curve, which no class has.
        error: Rings around samples that are wrong.
        error_hatch: The matplotlib hatch of their bars.
        grid_x, grid_y: The lines of the input grid along x₁ and x₂.
        boundary: The decision boundary.
        loss, metric: The two logged curves.
        shading: How strongly the region of a class is coloured where the network is sure, 0 to 1.
        marker, error_marker: Sizes of the markers of samples, and of the rings around those that are wrong.
        error_width: Width of the rings.
        grid_width, boundary_width, curve_width: Widths of lines.
        unit_lines: Draw the lines of the first layer's units on the decision boundary, if these are few. True
            by default.
        font: Font families, or font files (.ttf, .otf, .ttc): each character comes from the first that has
            it. Those that are not installed are left out; DejaVu Sans stands behind them all, and behind it
            what is found for characters that it lacks.
        language: The language of the words, one of `replay.languages()`. "en" by default.
        size_title, size_caption, size_panel, size_tick: Sizes of the title, the lines below it, the titles of
            panels, and other text.
        title_pad: Room between a panel and its title.

    The first four of the default `classes`, and `error`, are told apart by people with any kind of colour
    vision: their distance in CIE Lab is at least 15, also as simulated after Machado, Oliveira & Fernandes
    (2009) for those who lack one kind of cones. Each class has a marker of its own as well, and errors have
    a ring and a hatch. The colours of runs are as far apart from one another, and from those of classes.

    >>> from dataclasses import replace
    >>> from replay import Replay, theme
    >>> style = replace(theme("dark"), error="red", curve_width=3)
    >>> Replay("run.h5", style=style).view("curves").save("curves.png").name
    'curves.png'
    """

    background: str = "#ffffff"
    transparent: bool = False
    ink: str = "#22272e"
    muted: str = "#6b7480"
    faint: str = "#d8dce1"
    classes: tuple[str, ...] = (
        *("#1e6ebc", "#d87b00", "#059d85", "#772689", "#c8b400"),
        *("#5fb7e5", "#9b5b2c", "#6b7280", "#ea7fb0", "#3d3d8f"),
    )
    markers: tuple[str, ...] = ("o", "^", "s", "D", "v", "p", "P", "<", ">", "h")
    runs: tuple[str, ...] = (
        *("#317900", "#b6009e", "#6d61e7", "#6d0c00", "#aa5586", "#0c3161", "#616d3d", "#493131"),
    )
    run_dashes: tuple[Any, ...] = (
        "-",
        (0, (4.4, 1.6)),
        (0, (1.1, 1.3)),
        (0, (6, 1.4, 1.1, 1.4)),
        (0, (9, 3)),
    )
    run_marker: str = "|"
    error: str = "#cb1e5e"
    error_hatch: str = "/////"
    grid_x: str = "#8292a6"
    grid_y: str = "#c0a984"
    boundary: str = "#22272e"
    loss: str = "#4b5563"
    metric: str = "#12866f"
    shading: float = 0.34
    marker: float = 3.4
    error_marker: float = 6.0
    error_width: float = 1.1
    grid_width: float = 0.9
    boundary_width: float = 2.2
    curve_width: float = 2.2
    unit_lines: bool = True
    font: tuple[str, ...] = ("DejaVu Sans",)
    language: str = ENGLISH
    size_title: float = 19.0
    size_caption: float = 13.5
    size_panel: float = 13.0
    size_tick: float = 12.0
    title_pad: float = 8.0

    @property
    def paper(self) -> str:
        """The colour that figures and axes are painted with, "none" for a transparent style."""
        return "none" if self.transparent else self.background

    def class_colour(self, label: int) -> str:
        """The colour of a class; colours repeat after the last."""
        return self.classes[label % len(self.classes)]

    def class_marker(self, label: int) -> str:
        """The marker of a class; markers repeat after the last."""
        return self.markers[label % len(self.markers)]

    def unit_colour(self, unit: int) -> str:
        """The colour of a unit of a layer, counted from 0; colours repeat after the last."""
        return self.runs[unit % len(self.runs)]

    def shades(self, n_classes: int) -> Array:
        """The colours of each class's region by strength: RGBA (n_classes, SHADES, 4) of uint8.

        They go from the background, where the network is undecided, to `shading` of the class's colour,
        where it is sure. A transparent style varies the opacity of the class's own colour instead.
        """
        colours = np.array([to_rgb(self.class_colour(label)) for label in range(n_classes)])[:, None]
        strength = np.linspace(0, self.shading, SHADES)[:, None]
        rgba = np.ones((n_classes, SHADES, 4))
        if self.transparent:
            rgba[..., :3], rgba[..., 3:] = colours, strength
        else:
            background = np.array(to_rgb(self.background))
            rgba[..., :3] = background + (colours - background) * strength
        return np.round(rgba * 255).astype(np.uint8)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Draw and speak in this style within the block, and leave matplotlib's settings as they were."""
        spoken = [catalogue(self.language).letters]
        font = families(with_fonts(self.font, spoken, self.language))
        settings: dict[str, Any] = {
            "figure.facecolor": self.paper,
            "axes.facecolor": self.paper,
            "savefig.facecolor": self.paper,
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
            "font.family": font,  # all of them; of a generic name matplotlib takes the first alone
            "font.sans-serif": font,
            "font.size": self.size_tick,
            "xtick.color": self.faint,
            "ytick.color": self.faint,
            "xtick.labelcolor": self.muted,
            "ytick.labelcolor": self.muted,
            "xtick.labelsize": self.size_tick,
            "xtick.major.pad": 4.5,
            "ytick.labelsize": self.size_tick,
            "hatch.color": self.background,
            "hatch.linewidth": 1.0,
            "legend.frameon": False,
            "legend.fontsize": self.size_tick,
            "svg.hashsalt": "boundary-replay",
            "svg.fonttype": "path",
        }
        with (
            matplotlib.rc_context(cast(Any, _DEFAULTS | settings)),
            without_font_warnings(),
            speaking(self.language),
        ):
            yield


LIGHT = Style()
DARK = Style(
    background="#12161d",
    ink="#edf0f4",
    muted="#a3adba",
    faint="#39424f",
    classes=(
        *("#2a95ef", "#f7a13b", "#31c7ac", "#d69ce6", "#e6d34d"),
        *("#9ad7f7", "#c98a5c", "#a9b2be", "#f7a6cb", "#8a8ae6"),
    ),
    runs=("#009e24", "#db49ce", "#61e7ff", "#ffb60c", "#aa6d92", "#f3dbce", "#b6e792", "#6d8661"),
    error="#ff5988",
    grid_x="#5c7592",
    grid_y="#8d7650",
    boundary="#ffffff",
    loss="#b4becb",
    metric="#2fc3a1",
    shading=0.3,
)
THEMES = dict(zip(choices.THEMES, (LIGHT, DARK), strict=True))


def theme(
    name: str,
    transparent: bool = False,
    font: str | os.PathLike[str] | None = None,
    language: str = ENGLISH,
) -> Style:
    """Get the style called `name`.

    Args:
        name: "light" or "dark".
        transparent: Leave out the background. False by default.
        font: The name of an installed font, or a font file (.ttf, .otf, .ttc). By default DejaVu Sans. For
            characters that it lacks, other fonts stand beside it.
        language: The language of the words: see `languages`. "en" by default.

    Returns:
        A `Style`.

    Raises:
        ViewError: There is no theme or language of this name, no such font, or the file is no font.

    >>> from replay import theme
    >>> theme("dark").background
    '#12161d'
    >>> theme("light", font="DejaVu Serif").font
    ('DejaVu Serif', 'DejaVu Sans')
    """
    if name not in THEMES:
        raise ViewError(unknown("theme", name, THEMES))
    style = replace(THEMES[name], transparent=transparent, language=checked_language(language))
    return style if font is None else replace(style, font=(chosen(os.fspath(font)), *style.font))
