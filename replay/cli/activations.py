"""The command `replay activations`: prints facts about activation functions, or draws them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from replay.choices import THEMES
from replay.cli import picture_options as of
from replay.cli.console import say
from replay.errors import OutputError
from replay.language.catalogue import ENGLISH


def show_activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Activations; all by default.", show_default=False),
    ] = None,
    theme: of.Theme = None,
    language: of.Language = None,
    font: of.Font = None,
    size: of.Size = None,
    dpi: of.Dpi = None,
    transparent: of.Transparent = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Draw function and gradient (.png .svg)."),
    ] = None,
) -> None:
    """Describe activations: formula, range, gradient, saturation; with -o, draw them."""
    from replay.drawing.activations.facts import NAMES, as_text, facts

    chosen = [facts(name) for name in names or NAMES]
    if output is None:
        if transparent or any(option is not None for option in (size, dpi, theme, language, font)):
            raise OutputError("these options are for a figure: name its file with -o")
        say(as_text(chosen))
        return
    from replay.cli.rendering import check_folder
    from replay.drawing.activations.figure import figure
    from replay.drawing.composition import save_still
    from replay.drawing.sizes import parse_size
    from replay.drawing.style import theme as style_of
    from replay.film.encoder.formats import STILL, check_suffix

    check_suffix(output, STILL)
    check_folder(output.expanduser())
    if size is not None and dpi is not None:
        raise OutputError("a size is in pixels already: give either --size or --dpi")
    style = style_of(theme or THEMES[0], transparent, font, ENGLISH if language is None else language)
    drawn = figure([each.name for each in chosen], style, None if size is None else parse_size(size))
    say(save_still(drawn, output.expanduser(), style, dpi))
