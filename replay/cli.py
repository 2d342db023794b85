"""The command line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay import quiet
from replay.errors import OutputError, ReplayError, ViewError, unknown
from replay.view_names import VIEWS

if TYPE_CHECKING:
    from rich.progress import Progress

    from replay.recording import Recording
    from replay.scenario import Scenario

app = typer.Typer(
    help="Record a neural network while it trains, and replay it as a picture that moves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
ANIMATED_FORMATS = ("gif", "mp4")
GIF_DPI = 60.0  # half the size of a film: 720 pixels wide for the dashboard

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
        list[str] | None, typer.Option("-a", "--activation", help="Use this activation; may be repeated.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Train for so many epochs.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the initial weights and the shuffling.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; outputs/SCENARIO by default.")] = None,
    formats: Annotated[
        list[str] | None, typer.Option("--format", help="Render as gif, mp4, png, svg; may be repeated.")
    ] = None,
    no_render: Annotated[bool, typer.Option("--no-render", help="Train and record only.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    """Train a scenario, record it, and render its animations."""
    from replay import scenario_files

    changes = {"activations": tuple(activation) if activation else None, "epochs": epochs, "seed": seed}
    chosen = scenario_files.load(scenario).with_changes(**changes)
    folder = out.expanduser() if out is not None else chosen.folder
    suffixes = [] if no_render else [_suffix(name) for name in formats or ANIMATED_FORMATS]
    pictures = _pictures(chosen, folder, suffixes)
    _refuse_existing(chosen.run_files(folder), overwrite)
    _refuse_existing([path for paths in pictures.values() for _, path in paths], overwrite)
    quiet.import_tensorflow()
    with _progress() as progress:
        recordings = _train(chosen, folder, overwrite, progress)
        for activation_name, recording in zip(chosen.activations, recordings, strict=True):
            for view, path in pictures[activation_name]:
                _render(recording, view, path, progress)
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
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run files (.h5).", show_default=False)
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="File to write (.gif .mp4 .png .svg); RUN.mp4 beside the run by default."
        ),
    ] = None,
    view: Annotated[str, typer.Option(help=f"What to show: {', '.join(VIEWS)}.")] = "dashboard",
    epoch: Annotated[float | None, typer.Option(help="Show this epoch, in a still (.png .svg).")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of the feature space.")] = None,
    fps: Annotated[float, typer.Option(help="Frames a second.")] = 20.0,
    dpi: Annotated[
        float | None, typer.Option(help="Pixels an inch; 120, and 60 for GIF, by default.")
    ] = None,
) -> None:
    """Render runs as animations or stills."""
    from replay.encode import check_suffix
    from replay.recording import Recording

    if output is not None and len(runs) > 1:
        raise ViewError("-o names one file: render several runs one by one, or without -o")
    suffix = ".png" if epoch is not None else ".mp4"
    outputs = [output if output is not None else path.with_suffix(suffix) for path in runs]
    for path in outputs:
        check_suffix(path)
    with _progress() as progress:
        for path, recording in zip(outputs, [Recording(path) for path in runs], strict=True):
            _render(recording, view, path, progress, epoch, layer, fps, dpi)
            _warn_of_divergence(recording)
    for path in outputs:
        typer.echo(path)


def _suffix(name: str) -> str:
    from replay.encode import ANIMATED, STILL

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


def _render(
    recording: Recording,
    view: str,
    path: Path,
    progress: Progress,
    epoch: float | None = None,
    layer: str | None = None,
    fps: float = 20.0,
    dpi: float | None = None,
) -> None:
    from replay.evaluation import Evaluation
    from replay.gallery import picture
    from replay.style import LIGHT

    evaluation = Evaluation(recording)
    if not evaluation.in_numpy:
        quiet.import_tensorflow()
    composition = picture(evaluation, view, LIGHT, layer)
    if dpi is None and path.suffix.lower() == ".gif":
        dpi = GIF_DPI
    track = _tracker(progress, f"drawing {path.name}")
    composition.save(path, epoch=epoch, fps=fps, dpi=dpi, track=track)


def _tracker(progress: Progress, description: str) -> Callable[[Sequence[float]], Iterable[float]]:
    return lambda moments: progress.track(moments, description=description)


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
        app()
    except ReplayError as error:
        if "--debug" in sys.argv:
            raise
        typer.echo(f"replay: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
