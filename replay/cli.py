"""The command line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay import quiet
from replay.errors import OutputError, ReplayError, ViewError, unknown
from replay.names import FPS, PACES, THEMES, VIEWS

if TYPE_CHECKING:
    from rich.progress import Progress

    from replay.recording import Recording
    from replay.rendering import Rendering
    from replay.scenario import Scenario

app = typer.Typer(
    help="Record a neural network while it trains, and replay it as a picture that moves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
ANIMATED_FORMATS = ("gif", "mp4")
# Headings of the help.
TRAINING, WHAT, WHEN, LOOKS = "Training", "What is shown", "When", "Looks"
# Options that more than one command has.
ThemeOption = Annotated[
    str, typer.Option(metavar="NAME", help=f"Colours: {' or '.join(THEMES)}.", rich_help_panel=LOOKS)
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Pixels: blog, square, story, 4k or WIDTHxHEIGHT. By default a dashboard has 1440x720, and half "
        "of that as GIF.",
        rich_help_panel=LOOKS,
    ),
]
JobsOption = Annotated[int, typer.Option("-j", "--jobs", metavar="N", help="Processes that draw.")]
MaxSizeOption = Annotated[
    str | None,
    typer.Option(metavar="BYTES", help="Make each film fit, such as 2MB, and say what was given up for it."),
]

RunFileArgument = Annotated[Path, typer.Argument(metavar="RUN", help="A run file (.h5).", show_default=False)]


def _print_version(wanted: bool) -> None:
    if wanted:
        from replay import __version__

        typer.echo(f"replay {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    """Options for every command."""


@app.command()
def scenarios() -> None:
    """List the built-in scenarios."""
    from rich.console import Console
    from rich.table import Table

    from replay import scenario_files

    table = Table(
        "name", "activations", "epochs", "what it is", box=None, pad_edge=False, header_style="bold"
    )
    for name in scenario_files.built_in():
        scenario = scenario_files.load(name)
        table.add_row(name, ", ".join(scenario.activations), str(scenario.epochs), scenario.description)
    Console().print(table)


@app.command()
def run(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|FILE.py", help="A built-in scenario, or a file with your own.")
    ],
    activation: Annotated[
        list[str] | None,
        typer.Option(
            "-a",
            "--activation",
            metavar="NAME",
            help="Use this activation; may be repeated.",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Train for so many epochs.", rich_help_panel=TRAINING),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Seed of the initial weights and the shuffling.",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    no_render: Annotated[
        bool, typer.Option("--no-render", help="Train and record only.", rich_help_panel=TRAINING)
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write to; outputs/SCENARIO by default."),
    ] = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="EXT",
            help="gif, mp4, webm, webp, png or svg; may be repeated; gif and mp4 by default.",
        ),
    ] = None,
    theme: ThemeOption = "light",
    size: SizeOption = None,
    max_size: MaxSizeOption = None,
    jobs: JobsOption = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Train a scenario, record it, and render its animations."""
    from replay import scenario_files
    from replay.budget import parse_bytes
    from replay.formats import STILL
    from replay.rendering import Rendering, check_folder
    from replay.sizes import parse_size

    changes = {"activations": tuple(activation) if activation else None, "epochs": epochs, "seed": seed}
    chosen = scenario_files.load(scenario).with_changes(**changes)
    folder = out.expanduser() if out is not None else chosen.folder
    suffixes = [] if no_render else [_suffix(name) for name in formats or ANIMATED_FORMATS]
    pictures = _pictures(chosen, folder, suffixes)
    rendering = Rendering(
        theme=theme,
        size=None if size is None else parse_size(size),
        jobs=jobs,
        max_bytes=None if max_size is None else parse_bytes(max_size),
    )
    for path in chosen.run_files(folder):
        check_folder(path)
    for path in (path for paths in pictures.values() for _, path in paths):
        still = path.suffix in STILL
        (replace(rendering, max_bytes=None) if still else rendering).check(path)
    _refuse_existing(chosen.run_files(folder), overwrite)
    _refuse_existing([path for paths in pictures.values() for _, path in paths], overwrite)
    quiet.import_tensorflow()
    with _progress() as progress:
        recordings = _train(chosen, folder, overwrite, progress)
        for activation_name, recording in zip(chosen.activations, recordings, strict=True):
            for view in chosen.views:
                paths = [path for name, path in pictures[activation_name] if name == view]
                _render(replace(rendering, view=view), recording, paths, progress)
    for activation_name, recording in zip(chosen.activations, recordings, strict=True):
        for path in [recording.path, *(path for _, path in pictures[activation_name])]:
            typer.echo(path)
        _warn_of_divergence(recording)


@app.command()
def info(
    run: RunFileArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Show what is in a run file."""
    from replay.info import as_text, summary
    from replay.replay import Replay

    facts = summary(Replay(run))
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else as_text(facts))


@app.command()
def render(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run files (.h5).", show_default=False)],
    view: Annotated[
        str, typer.Option(metavar="NAME", help=f"One of {', '.join(VIEWS)}.", rich_help_panel=WHAT)
    ] = "dashboard",
    layer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Layer of the feature space, where several have 2 units.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    captions: Annotated[bool, typer.Option(help="Tell the milestones.", rich_help_panel=WHAT)] = True,
    epoch: Annotated[
        float | None,
        typer.Option(
            metavar="N", help="Show this one in a still; the last by default.", rich_help_panel=WHEN
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNSxROWS",
            help="Show moments side by side in a still, such as 4x2.",
            rich_help_panel=WHEN,
        ),
    ] = None,
    epochs: Annotated[
        str | None,
        typer.Option(
            metavar="A:B", help="From epoch A to B, such as 10:60, 10: or :60.", rich_help_panel=WHEN
        ),
    ] = None,
    every: Annotated[
        int, typer.Option(metavar="N", help="Show every Nth snapshot, and the last.", rich_help_panel=WHEN)
    ] = 1,
    tween: Annotated[
        int,
        typer.Option(
            metavar="N", help="Frames between two snapshots, with interpolated weights.", rich_help_panel=WHEN
        ),
    ] = 0,
    pace: Annotated[
        str,
        typer.Option(
            metavar="NAME", help=f"How frames are dealt out: {', '.join(PACES)}.", rich_help_panel=WHEN
        ),
    ] = PACES[0],
    duration: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="Length of the film without the hold; else a frame a snapshot.",
            rich_help_panel=WHEN,
        ),
    ] = None,
    fps: Annotated[float, typer.Option(metavar="N", help="Frames a second.", rich_help_panel=WHEN)] = FPS,
    hold: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            help="How much longer the last frame stays; 1 for GIF and WebP, else 0.",
            rich_help_panel=WHEN,
        ),
    ] = None,
    loop: Annotated[
        int,
        typer.Option(
            metavar="N", help="How often a GIF or WebP is played; 0 for ever.", rich_help_panel=WHEN
        ),
    ] = 0,
    theme: ThemeOption = "light",
    size: SizeOption = None,
    dpi: Annotated[
        float | None,
        typer.Option(
            metavar="N",
            help="Pixels an inch instead of a size; 120, for a GIF 60, for a sheet 150.",
            rich_help_panel=LOOKS,
        ),
    ] = None,
    transparent: Annotated[
        bool,
        typer.Option(
            "--transparent", help="Paint no background (.webm .webp .png .svg).", rich_help_panel=LOOKS
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="File to write (.gif .mp4 .webm .webp .png .svg); RUN.mp4 by default, RUN.png for stills.",
        ),
    ] = None,
    max_size: MaxSizeOption = None,
    jobs: JobsOption = 1,
) -> None:
    """Render runs as animations or stills."""
    from replay.budget import parse_bytes
    from replay.recording import Recording
    from replay.rendering import Rendering
    from replay.sheet import parse_sheet
    from replay.sizes import parse_size
    from replay.timeline import parse_epochs

    if output is not None and len(runs) > 1:
        raise ViewError("-o names one file: render several runs one by one, or without -o")
    rendering = Rendering(
        view=view,
        layer=layer,
        epoch=epoch,
        sheet=None if sheet is None else parse_sheet(sheet),
        size=None if size is None else parse_size(size),
        dpi=dpi,
        theme=theme,
        transparent=transparent,
        captions=captions,
        epochs=(None, None) if epochs is None else parse_epochs(epochs),
        every=every,
        tween=tween,
        pace=pace,
        fps=fps,
        duration=duration,
        hold=hold,
        loop=loop,
        jobs=jobs,
        max_bytes=None if max_size is None else parse_bytes(max_size),
    )
    suffix = ".mp4" if epoch is None and sheet is None else ".png"
    outputs = [output if output is not None else path.with_suffix(suffix) for path in runs]
    for path in outputs:
        rendering.check(path)
    with _progress() as progress:
        for path, recording in zip(outputs, [Recording(path) for path in runs], strict=True):
            _render(rendering, recording, [path], progress)
            _warn_of_divergence(recording)
    for path in outputs:
        typer.echo(path)


def _suffix(name: str) -> str:
    from replay.formats import ANIMATED, STILL

    suffix = f".{name.lower().lstrip('.')}"
    if suffix not in (*ANIMATED, *STILL):
        raise OutputError(unknown("format", suffix, (*ANIMATED, *STILL)))
    return suffix


def _pictures(scenario: Scenario, folder: Path, suffixes: Sequence[str]) -> dict[str, list[tuple[str, Path]]]:
    """The view and path of every picture to make, by activation."""
    return {
        activation: [
            (view, folder / f"{activation}{'' if view == 'dashboard' else f'-{view}'}{suffix}")
            for view in scenario.views
            for suffix in suffixes
        ]
        for activation in scenario.activations
    }


def _refuse_existing(paths: Iterable[Path], overwrite: bool) -> None:
    from replay.storage import refuse_existing

    for path in paths:
        refuse_existing(path, overwrite)


def _train(scenario: Scenario, folder: Path, overwrite: bool, progress: Progress) -> list[Recording]:
    from replay import experiment

    tasks: dict[str, Any] = {}

    def on_epoch(activation: str, epoch: int, epochs: int) -> None:
        if activation not in tasks:
            tasks[activation] = progress.add_task(f"training {activation}", total=epochs)
        progress.update(tasks[activation], completed=epoch)

    return experiment.run(scenario, folder, overwrite=overwrite, on_epoch=on_epoch)


def _render(rendering: Rendering, recording: Recording, paths: Sequence[Path], progress: Progress) -> None:
    def tracked(path: Path) -> Callable[[Sequence[float]], Iterable[float]]:
        return lambda moments: progress.track(moments, description=f"drawing {path.name}")

    for note in rendering.render(recording, paths, tracked):
        typer.echo(note, err=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on stderr, so that stdout holds the results alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def _warn_of_divergence(recording: Recording) -> None:
    epoch = recording.diverged_at
    if epoch is not None:
        typer.echo(
            f"{recording.path}: the weights are NaN or infinite from epoch {epoch:g} on: the training "
            "diverged; a smaller learning rate may help",
            err=True,
        )


def main() -> None:
    """Run the command line; errors for the user are one line on stderr, with exit status 2."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    try:
        app(prog_name="replay")  # also where another program runs it
    except ReplayError as error:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"replay: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
