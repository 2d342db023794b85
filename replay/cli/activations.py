"""The command `replay activations`: prints facts about activation functions, or draws them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replay.choices import THEMES
from replay.cli import picture_options as of
from replay.cli.console import progress_bar, say, tracked
from replay.errors import OutputError
from replay.language.catalogue import ENGLISH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from replay.drawing.composition import Composition
    from replay.drawing.style import Style


def show_activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME",
            help="Activations, with parameters such as elu:0.2; all by default.",
            show_default=False,
        ),
    ] = None,
    through: Annotated[
        int | None,
        typer.Option(
            "--through", metavar="N", help="Pass a value through N layers; draw it as .gif, .mp4 or .png."
        ),
    ] = None,
    start: Annotated[
        float | None, typer.Option("--start", metavar="Z", help="The value that --through begins with; 1.")
    ] = None,
    jacobian: Annotated[
        str | None,
        typer.Option(
            "--jacobian", metavar="Z1,Z2,…", help="Softmax of these logits, such as 2,1,0, and its Jacobian."
        ),
    ] = None,
    nudge: Annotated[
        float | None,
        typer.Option(
            "--nudge", metavar="DZ", help="Change z by so much at three places, and draw what f does."
        ),
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
    """Describe activations: formula, range, gradient, saturation; with -o, draw them.

    With --through, a value passes through layers that apply them, and the product of their gradients shrinks
    or grows; with --jacobian, every logit of a softmax moves every share.
    """
    from replay.drawing.activations.descriptions import NAMES
    from replay.drawing.activations.facts import facts
    from replay.drawing.activations.facts_text import as_text

    _check_together(names, through, start, jacobian)
    if nudge is not None:
        _check_nudge(names, through, jacobian, output)
    chosen = list(names or NAMES)
    if output is None:
        if transparent or any(option is not None for option in (size, dpi, theme, language, font)):
            raise OutputError("these options are for a figure: name its file with -o")
        if jacobian is not None:
            from replay.drawing.activations import jacobian as of_softmax

            say(of_softmax.as_text(_numbers(jacobian)))
        elif through is not None:
            from replay.drawing.activations.stack import START, stack

            for name in chosen:
                say(stack(name, through, START if start is None else start))
        else:
            say(as_text([facts(name) for name in chosen]))
        return
    from replay.drawing.sizes import parse_size
    from replay.drawing.style import theme as style_of

    if size is not None and dpi is not None:
        raise OutputError("a size is in pixels already: give either --size or --dpi")
    style = style_of(theme or THEMES[0], transparent, font, ENGLISH if language is None else language)
    pixels = None if size is None else parse_size(size)
    path = output.expanduser()
    if through is not None:
        _save_stack(chosen, through, start, style, pixels, path, dpi)
    else:
        _save_figure(chosen, jacobian, nudge, style, pixels, path, dpi)


def _check_together(
    names: Sequence[str] | None, through: int | None, start: float | None, jacobian: str | None
) -> None:
    """Raise OutputError for options that do not go together."""
    if jacobian is not None and through is not None:
        raise OutputError("--through and --jacobian make a picture each: leave one of them out")
    if jacobian is not None and (others := [name for name in names or () if name != "softmax"]):
        raise OutputError(f"--jacobian is of softmax alone: leave out {', '.join(others)}")
    if through is not None and not names:
        raise OutputError("--through needs activations: name one or several, such as sigmoid relu")
    if start is not None and through is None:
        raise OutputError("--start is the value that passes through layers: say how many with --through")


def _check_nudge(
    names: Sequence[str] | None, through: int | None, jacobian: str | None, output: Path | None
) -> None:
    """Raise OutputError for what a nudge cannot be drawn with."""
    for option, given in (("--through", through), ("--jacobian", jacobian)):
        if given is not None:
            raise OutputError(f"--nudge and {option} make a picture each: leave one of them out")
    if not names:
        raise OutputError("--nudge needs activations: name one or several, such as step sigmoid")
    if output is None:
        raise OutputError("--nudge makes a picture: name its file with -o FILE.png")


def _numbers(text: str) -> list[float]:
    """The logits of "2,1,0". Raises OutputError where one is no number."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise OutputError(f"--jacobian must be numbers with commas, such as 2,1,0, not {text!r}") from error


def _save_figure(
    names: Sequence[str],
    jacobian: str | None,
    nudge: float | None,
    style: Style,
    pixels: tuple[int, int] | None,
    path: Path,
    dpi: float | None,
) -> None:
    from replay.cli.rendering import check_folder
    from replay.drawing.composition import save_still
    from replay.film.encoder.formats import STILL, check_suffix

    check_suffix(path, STILL)
    check_folder(path)
    say(save_still(_figure(names, jacobian, nudge, style, pixels), path, style, dpi))


def _figure(
    names: Sequence[str],
    jacobian: str | None,
    nudge: float | None,
    style: Style,
    pixels: tuple[int, int] | None,
) -> Figure:
    from replay.drawing.activations.figure import figure
    from replay.drawing.activations.jacobian import jacobian_figure
    from replay.drawing.activations.nudge import nudge_figure

    if jacobian is not None:
        return jacobian_figure(_numbers(jacobian), style, pixels)
    if nudge is not None:
        return nudge_figure(names, nudge, style, pixels)
    return figure(names, style, pixels)


def _save_stack(
    names: Sequence[str],
    n_layers: int,
    start: float | None,
    style: Style,
    pixels: tuple[int, int] | None,
    path: Path,
    dpi: float | None,
) -> None:
    from replay.cli.rendering import check_folder
    from replay.drawing.activations.stack import START
    from replay.drawing.activations.stack_film import stack_film
    from replay.film.encoder.formats import FORMATS, STILL, check_alpha, check_suffix

    suffix = check_suffix(path, (*FORMATS, *STILL))
    if style.transparent and suffix in FORMATS:
        check_alpha(path)
    check_folder(path)
    film = stack_film(names, n_layers, START if start is None else start, style, pixels)
    if suffix in STILL:
        say(film.save(path, dpi=dpi))
        return
    _save_film(film, path, dpi)


def _save_film(film: Composition, path: Path, dpi: float | None) -> None:
    from replay.drawing.activations.stack_film import through_layers

    with progress_bar() as progress:
        through_layers(film).save(path, dpi=dpi, track=tracked(progress)(path))
    say(path)
