"""The commands `replay render` and `replay compare`: films, stills and pages of saved runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from replay.choices import FPS, PACES
from replay.cli import picture_options as of
from replay.cli.console import progress_bar, say, say_each, tracked, warn_of_divergence
from replay.cli.run_files import Groups, run_places
from replay.drawing.registry.row import DASHBOARD
from replay.errors import ViewError


def render(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|DIR", help="Run files (.h5), or folders of them.", show_default=False),
    ],
    group: Groups = None,
    view: of.View = "dashboard",
    layer: of.Layer = None,
    units: of.Units = None,
    sample: of.Sample = None,
    captions: of.Captions = True,
    held_out: of.HeldOut = True,
    unit_lines: of.UnitLines = True,
    without: of.Without = None,
    epoch: of.Epoch = None,
    sheet: of.Sheet = None,
    epochs: of.Epochs = None,
    every: of.Every = 1,
    tween: of.Tween = 0,
    pace: of.Pace = PACES[0],
    duration: of.Duration = None,
    fps: of.Fps = FPS,
    hold: of.Hold = None,
    loop: of.Loop = 0,
    theme: of.Theme = None,
    language: of.Language = None,
    font: of.Font = None,
    size: of.Size = None,
    dpi: of.Dpi = None,
    transparent: of.Transparent = False,
    subtitles: of.Subtitles = False,
    captions_file: of.CaptionsFile = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="File to write (.gif .mp4 .webm .webp .png .svg, or .html for a page of all runs); RUN.mp4 "
            "by default, RUN.png for stills.",
        ),
    ] = None,
    max_size: of.MaxSize = None,
    jobs: of.Jobs = 1,
    trust: of.Trust = False,
) -> None:
    """Render runs as animations, stills or an interactive page."""
    from replay.film.encoder.formats import PAGE

    one_page = output is not None and output.suffix.lower() == PAGE
    places = run_places(runs, group)
    if output is not None and len(places) > 1 and not one_page:
        raise ViewError(
            "-o names one file: choose one run with --group, or render all without -o, or as a page (.html)"
        )
    if captions_file is not None and len(places) > 1 and not one_page:
        raise ViewError("--captions-file names one file: choose one run, such as with --group")
    rendering = of.rendering(
        view=view,
        layer=layer,
        units=units,
        sample=sample,
        captions=captions,
        held_out=held_out,
        unit_lines=unit_lines,
        without=without,
        epoch=epoch,
        sheet=sheet,
        epochs=epochs,
        every=every,
        tween=tween,
        pace=pace,
        duration=duration,
        fps=fps,
        hold=hold,
        loop=loop,
        theme=theme,
        language=language,
        font=font,
        size=size,
        dpi=dpi,
        transparent=transparent,
        subtitles=subtitles,
        captions_file=captions_file,
        max_size=max_size,
        jobs=jobs,
    )
    suffix = ".mp4" if epoch is None and sheet is None else ".png"
    outputs = [output] if output is not None else [place.beside(suffix) for place in places]
    for path in outputs:
        rendering.check(path)
    recordings = [place.read(trust) for place in places]
    with progress_bar() as progress:
        if one_page:
            say_each(rendering.compare(recordings, outputs, tracked(progress)))
        else:
            for path, recording in zip(outputs, recordings, strict=True):
                say_each(rendering.render(recording, [path], tracked(progress)))
    for recording in recordings:
        warn_of_divergence(recording)
    for path in [*outputs, *([] if captions_file is None else [captions_file])]:
        say(path)


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|DIR", help="Run files (.h5), or folders of them.", show_default=False),
    ],
    group: Groups = None,
    view: of.ComparedView = None,
    held_out: of.HeldOut = True,
    without: of.Without = None,
    epoch: of.Epoch = None,
    epochs: of.Epochs = None,
    every: of.Every = 1,
    tween: of.Tween = 0,
    pace: of.Pace = PACES[0],
    duration: of.Duration = None,
    fps: of.Fps = FPS,
    hold: of.Hold = None,
    loop: of.Loop = 0,
    theme: of.Theme = None,
    language: of.Language = None,
    font: of.Font = None,
    size: of.Size = None,
    dpi: of.Dpi = None,
    transparent: of.Transparent = False,
    subtitles: of.Subtitles = False,
    captions_file: of.CaptionsFile = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="File to write (.gif .mp4 .webm .webp .png .svg .html, or .md .csv for a table); by default "
            "compare.mp4 beside the first run, compare.png for a still; with --view NAME, compare-NAME.mp4.",
        ),
    ] = None,
    max_size: of.MaxSize = None,
    jobs: of.Jobs = 1,
    trust: of.Trust = False,
) -> None:
    """Show the same epoch of several runs side by side, or tabulate their results."""
    from replay.cli.comparison import stem
    from replay.cli.rendering import TABLES, save_table

    rendering = of.rendering(
        view=view or DASHBOARD,
        held_out=held_out,
        without=without,
        epoch=epoch,
        epochs=epochs,
        every=every,
        tween=tween,
        pace=pace,
        duration=duration,
        fps=fps,
        hold=hold,
        loop=loop,
        theme=theme,
        language=language,
        font=font,
        size=size,
        dpi=dpi,
        transparent=transparent,
        subtitles=subtitles,
        captions_file=captions_file,
        max_size=max_size,
        jobs=jobs,
    )
    places = run_places(runs, group)
    if output is None:
        output = places[0].path.with_name(f"{stem(view)}{'.mp4' if epoch is None else '.png'}")
    as_table = output.suffix.lower() in TABLES
    (rendering.check_table if as_table else rendering.check)(output)
    recordings = [place.read(trust) for place in places]
    if as_table:
        save_table(recordings, output)
        say(output)
        return
    with progress_bar() as progress:
        say_each(rendering.compare(recordings, [output], tracked(progress)))
    for recording in recordings:
        warn_of_divergence(recording)
    for path in [output, *([] if captions_file is None else [captions_file])]:
        say(path)
