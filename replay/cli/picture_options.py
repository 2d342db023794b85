"""The options of pictures, which several commands have in common, as the command line's help tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay.choices import PACES, THEMES
from replay.drawing.registry import DASHBOARD, names

if TYPE_CHECKING:
    from replay.cli.rendering import Rendering

# Headings of the help.
WHAT, WHEN, LOOKS = "What is shown", "When", "Looks"

View = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help=f"One of {', '.join(names())}; or FILE.py:CLASS, one of your own.",
        rich_help_panel=WHAT,
    ),
]
Layer = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Layer of a feature space, or the only one of distributions.",
        rich_help_panel=WHAT,
    ),
]
Units = Annotated[
    str | None,
    typer.Option(
        metavar="I,J",
        help="Two units of the feature space's layer, such as 3,7, or pca.",
        rich_help_panel=WHAT,
    ),
]
Captions = Annotated[bool, typer.Option(help="Tell the milestones.", rich_help_panel=WHAT)]
Epoch = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Show this one in a still, the last by default, or begin a page with it.",
        rich_help_panel=WHEN,
    ),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMNSxROWS",
        help="Show moments side by side in a still, such as 4x2.",
        rich_help_panel=WHEN,
    ),
]
Epochs = Annotated[
    str | None,
    typer.Option(metavar="A:B", help="From epoch A to B, such as 10:60, 10: or :60.", rich_help_panel=WHEN),
]
Every = Annotated[
    int, typer.Option(metavar="N", help="Show every Nth snapshot, and the last.", rich_help_panel=WHEN)
]
Tween = Annotated[
    int,
    typer.Option(
        metavar="N", help="Frames between two snapshots, with interpolated weights.", rich_help_panel=WHEN
    ),
]
Pace = Annotated[
    str,
    typer.Option(metavar="NAME", help=f"How frames are dealt out: {', '.join(PACES)}.", rich_help_panel=WHEN),
]
Duration = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Length of the film without the hold, else a frame a snapshot; of playing a page.",
        rich_help_panel=WHEN,
    ),
]
Fps = Annotated[float, typer.Option(metavar="N", help="Frames a second.", rich_help_panel=WHEN)]
Hold = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="How much longer the last frame stays; 1 for GIF and WebP, else 0.",
        rich_help_panel=WHEN,
    ),
]
Loop = Annotated[
    int,
    typer.Option(metavar="N", help="How often a GIF or WebP is played; 0 for ever.", rich_help_panel=WHEN),
]
Theme = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help=f"Colours: {' or '.join(THEMES)}; {THEMES[0]} by default, of a page as its reader likes.",
        rich_help_panel=LOOKS,
    ),
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Pixels: blog, square, story, 4k or WIDTHxHEIGHT. By default a dashboard has 1440x720, and half "
        "of that as GIF.",
        rich_help_panel=LOOKS,
    ),
]
Dpi = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="Pixels an inch instead of a size; 120, for a GIF 60, for a sheet 150.",
        rich_help_panel=LOOKS,
    ),
]
Transparent = Annotated[
    bool,
    typer.Option("--transparent", help="Paint no background (.webm .webp .png .svg).", rich_help_panel=LOOKS),
]
Jobs = Annotated[int, typer.Option("-j", "--jobs", metavar="N", help="Processes that draw.")]
MaxSize = Annotated[
    str | None,
    typer.Option(
        metavar="BYTES",
        help="Make each film or page fit, such as 2MB, and say what was given up for it; 5MB for pages.",
    ),
]
Trust = Annotated[
    bool,
    typer.Option(
        "--trust",
        help="Rebuild networks with code of their own (Lambda, custom layers): runs what the file says.",
    ),
]


def rendering(
    *,
    size: str | None,
    max_size: str | None,
    epochs: str | None = None,
    sheet: str | None = None,
    units: str | None = None,
    view: str = DASHBOARD,
    **options: Any,
) -> Rendering:
    """The options as they are typed, as plain values; a view in a file joins the table."""
    from replay.cli.rendering import Rendering
    from replay.drawing.sheet import parse_sheet
    from replay.drawing.sizes import parse_size
    from replay.film.budget import parse_bytes
    from replay.film.timeline import parse_epochs
    from replay.views.shared.projection import parse_units

    return Rendering(
        view=_named(view),
        size=None if size is None else parse_size(size),
        max_bytes=None if max_size is None else parse_bytes(max_size),
        epochs=(None, None) if epochs is None else parse_epochs(epochs),
        sheet=None if sheet is None else parse_sheet(sheet),
        units=None if units is None else parse_units(units),
        **options,
    )


def _named(view: str) -> str:
    """The name of a view, also where it is given as FILE.py:CLASS."""
    if not view.endswith(".py") and ".py:" not in view:
        return view
    from replay.drawing.own_views import view_in_file

    return view_in_file(view).name
