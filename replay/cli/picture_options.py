"""The command-line options for pictures (views, epochs, pace, theme, size), with their help."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay.choices import PACES, THEMES
from replay.drawing.registry.lookup import names
from replay.drawing.registry.row import DASHBOARD
from replay.language.catalogue import ENGLISH, languages

if TYPE_CHECKING:
    from replay.cli.rendering import Rendering

# Headings of the help.
WHAT, WHEN, LOOKS, WORDS = "What is shown", "When", "Looks", "In words"

View = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=f"One of {', '.join(names())}; or FILE.py:CLASS for your own.",
        rich_help_panel=WHAT,
    ),
]
Views = Annotated[
    list[str] | None,
    typer.Option(
        "--view",
        metavar="NAME",
        help="Render this view, one of those of replay render, in place of the scenario's own; may be "
        "repeated.",
        rich_help_panel=WHAT,
    ),
]
ComparedView = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Compare distributions by layer: weights, pre-activations, activations or gradients; with "
        "trajectory the paths over one loss surface; or show the runs side by side in another view. A page "
        "begins with this view.",
        rich_help_panel=WHAT,
    ),
]
Layer = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Layer of the feature space or of a single neuron, or the only layer in distributions.",
        rich_help_panel=WHAT,
    ),
]
Units = Annotated[
    str | None,
    typer.Option(
        metavar="I,J",
        help="Units of the layer: two, such as 3,7, or readout or pca; for a space three, or tour; for a "
        "neuron one.",
        rich_help_panel=WHAT,
    ),
]
Sample = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="Recorded sample that softmax shows, counted from 1.", rich_help_panel=WHAT
    ),
]
Captions = Annotated[bool, typer.Option(help="Caption the milestones.", rich_help_panel=WHAT)]
HeldOut = Annotated[
    bool,
    typer.Option(help="Show held-out samples, where the run has validation data.", rich_help_panel=WHAT),
]
UnitLines = Annotated[
    bool,
    typer.Option(help="Draw the lines of few units on the decision boundary.", rich_help_panel=WHAT),
]
Without = Annotated[
    list[str] | None,
    typer.Option(
        metavar="LAYER:I,J",
        help="Take units away, such as hidden:2 or hidden:2,5; may be repeated.",
        rich_help_panel=WHAT,
    ),
]
Epoch = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Epoch of a still, by default the last, or at which a page starts.",
        rich_help_panel=WHEN,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNSxROWS",
        help="Show several epochs side by side in a still, such as 4x2.",
        rich_help_panel=WHEN,
    ),
]
Epochs = Annotated[
    str | None,
    typer.Option(metavar="A:B", help="From epoch A to B: 10:60, 10: or :60.", rich_help_panel=WHEN),
]
Every = Annotated[
    int, typer.Option(metavar="N", help="Show every Nth snapshot, and the last.", rich_help_panel=WHEN)
]
Tween = Annotated[
    int,
    typer.Option(
        metavar="N", help="Add N frames between snapshots, with interpolated weights.", rich_help_panel=WHEN
    ),
]
Pace = Annotated[
    str,
    typer.Option(metavar="NAME", help=f"Distribution of frames: {', '.join(PACES)}.", rich_help_panel=WHEN),
]
Duration = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Length of the film without the hold, or playing time of a page. By default adaptive films take "
        "8 seconds or less, others a frame per snapshot.",
        rich_help_panel=WHEN,
    ),
]
Fps = Annotated[float, typer.Option(metavar="N", help="Frames per second.", rich_help_panel=WHEN)]
Hold = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="How much longer to show the last frame; by default 1 for GIF and WebP, else 0.",
        rich_help_panel=WHEN,
    ),
]
Loop = Annotated[
    int,
    typer.Option(metavar="N", help="How often a GIF or WebP plays; 0 is forever.", rich_help_panel=WHEN),
]
Theme = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=f"Colours: {' or '.join(THEMES)}; by default {THEMES[0]}, for a page the reader's setting.",
        rich_help_panel=LOOKS,
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=f"Words in {', '.join(languages())}; by default {ENGLISH}, for a page the reader's language.",
        rich_help_panel=LOOKS,
    ),
]
Font = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE",
        help="An installed font or a font file, .ttf .otf .ttc; by default DejaVu Sans. Others draw what "
        "it lacks.",
        rich_help_panel=LOOKS,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Size in pixels: blog, square, story, 4k or WIDTHxHEIGHT; by default 1440x720 for a dashboard, "
        "half of that for a GIF.",
        rich_help_panel=LOOKS,
    ),
]
Dpi = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Pixels per inch, instead of --size; by default 120, 60 for a GIF, 150 for a sheet.",
        rich_help_panel=LOOKS,
    ),
]
Transparent = Annotated[
    bool,
    typer.Option("--transparent", help="Draw no background (.webm .webp .png .svg).", rich_help_panel=LOOKS),
]
Subtitles = Annotated[
    bool,
    typer.Option(
        "--subtitles",
        help="Add a track of subtitles that tells what happens (.mp4 .webm).",
        rich_help_panel=WORDS,
    ),
]
CaptionsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.vtt",
        help="Write what happens in a film as captions for it, in WebVTT.",
        rich_help_panel=WORDS,
    ),
]
Jobs = Annotated[int, typer.Option("-j", "--jobs", metavar="N", help="Draw with N processes.")]
MaxSize = Annotated[
    str | None,
    typer.Option(
        metavar="BYTES",
        help="Reduce each film or page to this size, such as 2MB, and say how; by default 5MB for pages.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Rebuild networks with custom code (Lambda, custom layers): runs code from the file.",
    ),
]


def rendering(
    *,
    size: str | None,
    max_size: str | None,
    epochs: str | None = None,
    sheet: str | None = None,
    units: str | None = None,
    without: list[str] | None = None,
    view: str = DASHBOARD,
    **options: Any,
) -> Rendering:
    """Parse the options as typed; a view from a file joins the table of views."""
    from replay.cli.rendering import Rendering
    from replay.drawing.sheet import parse_sheet
    from replay.drawing.sizes import parse_size
    from replay.film.budget import parse_bytes
    from replay.film.timeline import parse_epochs
    from replay.runs.without import parse_without
    from replay.views.shared.projection import parse_units

    return Rendering(
        view=named(view),
        size=None if size is None else parse_size(size),
        max_bytes=None if max_size is None else parse_bytes(max_size),
        epochs=(None, None) if epochs is None else parse_epochs(epochs),
        sheet=None if sheet is None else parse_sheet(sheet),
        units=None if units is None else parse_units(units),
        without=tuple(map(parse_without, without or ())),
        **options,
    )


def named(view: str) -> str:
    """The name of a view, also where it is given as FILE.py:CLASS."""
    if not view.endswith(".py") and ".py:" not in view:
        return view
    from replay.drawing.own_views import view_in_file

    return view_in_file(view).name
