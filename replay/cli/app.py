"""The command line."""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay.choices import FPS, MOST_RUNS, PACES, THEMES
from replay.cli import picture_options as of
from replay.cli import training_options as training
from replay.cli.terminal import PlainFormatter, in_json, on_one_line, printable, warning_line
from replay.errors import OutputError, ReplayError, ScenarioError, ViewError, unknown
from replay.film.encoder import signals
from replay.network.in_keras import quiet

if TYPE_CHECKING:
    from rich.progress import Progress

    from replay.cli.rendering import Rendering
    from replay.runs.recording import Recording
    from replay.scenario.scenario import Scenario

app = typer.Typer(
    help="Record a neural network while it trains, and replay it as a picture that moves.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
ANIMATED_FORMATS = ("gif", "mp4")
STALLED = 3  # exit status of what was watched, and went on no more
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

    from replay.scenario import built_in

    table = Table("name", "runs", "epochs", "what it is", box=None, pad_edge=False, header_style="bold")
    for name in built_in.built_in():
        scenario = built_in.load(name)
        varied = [
            ", ".join(scenario.activations),
            *(f"{len(v)} × {axis}" for axis, v in scenario.vary.items()),
        ]
        table.add_row(name, "; ".join(varied), str(scenario.epochs), scenario.description)
    Console().print(table)


@app.command()
def run(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|FILE.py", help="A built-in scenario, or a file with your own.")
    ],
    activation: training.Activation = None,
    data: training.Data = None,
    samples: training.Samples = None,
    epochs: training.Epochs = None,
    seed: training.Seed = None,
    no_render: Annotated[
        bool, typer.Option("--no-render", help="Train and record only.", rich_help_panel=training.TRAINING)
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write to; outputs/SCENARIO by default."),
    ] = None,
    keep_samples: training.KeepSamples = None,
    layers: training.Layers = None,
    every_n_epochs: training.EveryEpochs = None,
    every_n_batches: training.EveryBatches = None,
    float16: training.Float16 = False,
    compress: training.Compress = False,
    max_file_size: training.MaxFileSize = None,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format",
            metavar="EXT",
            help="gif, mp4, webm, webp, png, svg or html; may be repeated; gif and mp4 by default.",
        ),
    ] = None,
    theme: of.Theme = None,
    size: of.Size = None,
    max_size: of.MaxSize = None,
    jobs: of.Jobs = 1,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
    resume: training.Resume = False,
) -> None:
    """Train a scenario, record it, and render its animations."""
    from replay.cli.rendering import check_folder
    from replay.film.budget import parse_bytes
    from replay.film.encoder.formats import PAGE, STILL

    chosen = _scenario(
        scenario, data, activations=tuple(activation or ()) or None, epochs=epochs, seed=seed, samples=samples
    )
    chosen = _recorded_as(
        chosen,
        samples=keep_samples,
        layers=layers,
        every_n_epochs=every_n_epochs,
        every_n_batches=every_n_batches,
        dtype="float16" if float16 else None,
        compress=compress or None,
        max_bytes=None if max_file_size is None else parse_bytes(max_file_size),
    )
    folder = out.expanduser() if out is not None else chosen.folder
    suffixes = [] if no_render else [_suffix(name) for name in formats or ANIMATED_FORMATS]
    pictures = _pictures(chosen, folder, [suffix for suffix in suffixes if suffix != PAGE])
    pages = {name: folder / f"{name}{PAGE}" for name in pictures if PAGE in suffixes}
    rendering = _rendering(theme=theme, size=size, max_size=max_size, jobs=jobs, tween=chosen.tween)
    for path in chosen.run_files(folder):
        check_folder(path)
    names = [name for name, _ in chosen.variants]
    several = 1 < len(names) <= MOST_RUNS
    compared = [folder / f"compare{suffix}" for suffix in suffixes if several]
    written = [*(path for paths in pictures.values() for _, path in paths), *pages.values(), *compared]
    of_pages = replace(rendering, tween=0, size=None if set(suffixes) - {PAGE} else rendering.size)
    of_suffix = dict.fromkeys(STILL, replace(rendering, max_bytes=None, tween=0)) | {PAGE: of_pages}
    for path in written:
        of_suffix.get(path.suffix, rendering).check(path)
    if resume and overwrite:
        raise ScenarioError("--resume keeps what --overwrite replaces: give one of them")
    _refuse_existing([*chosen.run_files(folder), *written], overwrite or resume)
    quiet.import_tensorflow()
    with _progress() as progress:
        recordings = _train(chosen, folder, overwrite, resume, progress)
        for name, recording in zip(names, recordings, strict=True):
            for view in chosen.views:
                paths = [path for own, path in pictures[name] if own == view]
                _told(replace(rendering, view=view).render(recording, paths, _tracked(progress)))
            if name in pages:
                _told(of_pages.render(recording, [pages[name]], _tracked(progress)))
        if compared:
            _told(rendering.compare(recordings, compared, _tracked(progress)))
    for name, recording in zip(names, recordings, strict=True):
        for path in [recording.path, *(path for _, path in pictures[name])]:
            _say(path)
        if name in pages:
            _say(pages[name])
        _warn_of_divergence(recording)
    for path in compared:
        _say(path)


@app.command()
def info(
    run: RunFileArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object, for programs.")] = False,
) -> None:
    """Show what is in a run file."""
    from replay.cli.info import as_text, summary
    from replay.replay import Replay

    facts = summary(Replay(run))
    _say(in_json(json.dumps(facts, ensure_ascii=False)) if as_json else as_text(facts))


@app.command()
def watch(
    run: RunFileArgument,
    view: of.View = "dashboard",
    timeout: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="Give up when nothing new has come for so long."),
    ] = 600,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Draw what there is, again and again (.png .svg .html)."
        ),
    ] = None,
) -> None:
    """Follow a run while another process records it.

    Ends with status 0 when the run is complete, and with 3 when nothing new has come for --timeout seconds.
    """
    from replay.cli.watch import Pictures, Teller, show
    from replay.film.encoder.formats import PAGE, STILL, check_suffix

    rendering = _rendering(view=view, size=None, max_size=None)
    if output is not None:
        check_suffix(output, (*STILL, PAGE))
        rendering.check(output)
    teller = Teller(sys.stdout)
    pictures = Pictures(
        lambda recording: None if output is None else rendering.render(recording, [output], _untracked)
    )
    try:
        complete = show(run, timeout, teller, pictures)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    finally:
        teller.end()
    if not complete:
        _say(
            f"{run}: nothing new for {timeout:g} seconds: the training was cut short, or takes longer",
            err=True,
        )
        raise typer.Exit(STALLED)


@app.command()
def render(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN", help="Run files (.h5).", show_default=False)],
    view: of.View = "dashboard",
    layer: of.Layer = None,
    units: of.Units = None,
    captions: of.Captions = True,
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
    size: of.Size = None,
    dpi: of.Dpi = None,
    transparent: of.Transparent = False,
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
    from replay.runs.recording import Recording

    one_page = output is not None and output.suffix.lower() == PAGE
    if output is not None and len(runs) > 1 and not one_page:
        raise ViewError("-o names one file: render several runs one by one, without -o, or as a page (.html)")
    rendering = _rendering(
        view=view,
        layer=layer,
        units=units,
        captions=captions,
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
        size=size,
        dpi=dpi,
        transparent=transparent,
        max_size=max_size,
        jobs=jobs,
    )
    suffix = ".mp4" if epoch is None and sheet is None else ".png"
    outputs = [output] if output is not None else [path.with_suffix(suffix) for path in runs]
    for path in outputs:
        rendering.check(path)
    recordings = [Recording(path, trust=trust) for path in runs]
    with _progress() as progress:
        if one_page:
            _told(rendering.compare(recordings, outputs, _tracked(progress)))
        else:
            for path, recording in zip(outputs, recordings, strict=True):
                _told(rendering.render(recording, [path], _tracked(progress)))
    for recording in recordings:
        _warn_of_divergence(recording)
    for path in outputs:
        _say(path)


@app.command()
def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|DIR", help="Run files (.h5), or folders of them.", show_default=False),
    ],
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
    size: of.Size = None,
    dpi: of.Dpi = None,
    transparent: of.Transparent = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="File to write (.gif .mp4 .webm .webp .png .svg .html, or .md .csv for a table); "
            "compare.mp4 or, for a still, compare.png beside the first run by default.",
        ),
    ] = None,
    max_size: of.MaxSize = None,
    jobs: of.Jobs = 1,
    trust: of.Trust = False,
) -> None:
    """Show the same moment of several runs side by side, or tabulate what they came to."""
    from replay.cli.rendering import TABLES, save_table
    from replay.cli.run_files import run_files
    from replay.runs.recording import Recording

    rendering = _rendering(
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
        size=size,
        dpi=dpi,
        transparent=transparent,
        max_size=max_size,
        jobs=jobs,
    )
    paths = run_files(runs)
    if output is None:
        output = paths[0].with_name("compare.mp4" if epoch is None else "compare.png")
    as_table = output.suffix.lower() in TABLES
    (rendering.check_table if as_table else rendering.check)(output)
    recordings = [Recording(path, trust=trust) for path in paths]
    if as_table:
        save_table(recordings, output)
        _say(output)
        return
    with _progress() as progress:
        _told(rendering.compare(recordings, [output], _tracked(progress)))
    for recording in recordings:
        _warn_of_divergence(recording)
    _say(output)


@app.command()
def sweep(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|FILE.py", help="A built-in scenario, or a file with your own.")
    ],
    seeds: Annotated[
        int, typer.Option(min=1, metavar="N", help="Seeds 0 to N - 1.", rich_help_panel=training.TRAINING)
    ] = 20,
    axis: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=V1,V2",
            help="Vary this as well, such as batch_size=16,64; may be repeated.",
            rich_help_panel=training.TRAINING,
        ),
    ] = None,
    activation: training.Activation = None,
    data: training.Data = None,
    samples: training.Samples = None,
    epochs: training.Epochs = None,
    keep: Annotated[
        bool,
        typer.Option(
            "--keep/--no-keep", help="Write a run file for each run.", rich_help_panel=training.TRAINING
        ),
    ] = True,
    jobs: Annotated[
        int,
        typer.Option(
            "-j", "--jobs", metavar="N", help="Processes that train.", rich_help_panel=training.TRAINING
        ),
    ] = 1,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Train on a dask cluster, such as tcp://10.0.0.1:8786.",
            rich_help_panel=training.TRAINING,
        ),
    ] = None,
    theme: of.Theme = None,
    size: of.Size = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder to write to; outputs/SCENARIO/sweep by default."),
    ] = None,
    still: Annotated[
        str, typer.Option("--format", metavar="EXT", help="Draw the figures as png or svg.")
    ] = "png",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a sweep with other settings.")
    ] = False,
) -> None:
    """Train a scenario with many seeds, and say how often and when it is solved.

    A sweep that was stopped goes on where it ended.
    """
    from replay.cli.rendering import check_folder
    from replay.drawing.sizes import parse_size
    from replay.drawing.style import theme as style_of
    from replay.film.encoder.formats import STILL, check_suffix
    from replay.scenario.hyperparameters import parse_axes

    chosen = _scenario(
        scenario, data, activations=tuple(activation or ()) or None, epochs=epochs, samples=samples
    )
    axes = parse_axes(axis or [])
    if activation and "activation" in axes:
        raise ScenarioError("name the activations either with -a or with --axis activation=…")
    style, pixels = style_of(theme or THEMES[0]), None if size is None else parse_size(size)
    folder = out.expanduser() if out is not None else chosen.folder / "sweep"
    check_folder(folder / "table.csv")
    suffix = check_suffix(Path(f"figures.{still.lower().lstrip('.')}"), STILL)
    if dask is None and jobs == 1:
        quiet.import_tensorflow()  # elsewhere, only the workers need it
    from replay.sweeps.run import sweep as train_all
    from replay.sweeps.verdict import verdicts

    with _progress() as progress:
        task = progress.add_task(f"training {chosen.name}", total=None)
        table = train_all(
            chosen,
            seeds,
            folder,
            axes=axes,
            jobs=jobs,
            dask=dask,
            keep=keep,
            overwrite=overwrite,
            on_run=lambda done, total: progress.update(task, completed=done, total=total),
        )
    from replay.drawing.composition import save_still
    from replay.sweeps.figures import figure, suited

    runs = table.by_combination()
    for name, some in runs.items():
        failures = [run.error for run in some if run.error]
        if failures:
            _say(f"{name}: {len(failures)} of {len(some)} runs failed: {failures[0]}", err=True)
    ended = [run for some in table.ended().values() for run in some]
    if any(run.solved is not None for run in ended):
        for verdict in verdicts(runs, table.epochs):
            _say(verdict)
    for path in table.write():
        _say(path)
    if not ended:
        raise ScenarioError(
            f"scenario {chosen.name!r}: no run of the sweep came to an end; the table says why"
        )
    for name in suited(table):
        _say(save_still(figure(table, name, style, pixels), folder / f"{name}{suffix}", style))


@app.command("activations")
def show_activations(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="NAME", help="Activations; all by default.", show_default=False),
    ] = None,
    theme: of.Theme = None,
    size: of.Size = None,
    dpi: of.Dpi = None,
    transparent: of.Transparent = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Draw function and gradient (.png .svg)."),
    ] = None,
) -> None:
    """Tell what activations do: formula, range, gradient, saturation; with -o, draw them."""
    from replay.drawing.activations.facts import NAMES, as_text, facts

    chosen = [facts(name) for name in names or NAMES]
    if output is None:
        if transparent or size is not None or dpi is not None or theme is not None:
            raise OutputError("these options are for a figure: name its file with -o")
        _say(as_text(chosen))
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
    style = style_of(theme or THEMES[0], transparent)
    drawn = figure([each.name for each in chosen], style, None if size is None else parse_size(size))
    _say(save_still(drawn, output.expanduser(), style, dpi))


@app.command("import")
def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file that DeepReplay wrote.", show_default=False)
    ],
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The training in it; needed where there are several."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="RUN", help="Run file to write; FILE-GROUP.h5 by default."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    """Make a run file of a training that DeepReplay recorded."""
    from replay.storage.deepreplay import import_run

    _say(import_run(file, group, output, overwrite))


def _scenario(name_or_file: str, data: Path | None, **changes: Any) -> Scenario:
    """The scenario with the data of a file, if one is named, and with these changes."""
    from replay.scenario import built_in

    scenario = built_in.load(name_or_file)
    if data is not None:
        fitted = scenario.with_data_file(data)
        if fitted.output_units != scenario.output_units:
            _say(f"{data} has {fitted.output_units} classes: the output is a softmax over them", err=True)
        scenario = fitted
    return scenario.with_changes(**changes)


def _recorded_as(scenario: Scenario, **given: Any) -> Scenario:
    """The scenario with these arguments of the recorder, but for those that are None."""
    changes = {name: value for name, value in given.items() if value is not None}
    return scenario.with_changes(recording={**scenario.recording, **changes})


def _rendering(
    *,
    size: str | None,
    max_size: str | None,
    epochs: str | None = None,
    sheet: str | None = None,
    units: str | None = None,
    **options: Any,
) -> Rendering:
    """The options as they are typed, as plain values."""
    from replay.cli.rendering import Rendering
    from replay.drawing.sheet import parse_sheet
    from replay.drawing.sizes import parse_size
    from replay.film.budget import parse_bytes
    from replay.film.timeline import parse_epochs
    from replay.views.shared.projection import parse_units

    return Rendering(
        size=None if size is None else parse_size(size),
        max_bytes=None if max_size is None else parse_bytes(max_size),
        epochs=(None, None) if epochs is None else parse_epochs(epochs),
        sheet=None if sheet is None else parse_sheet(sheet),
        units=None if units is None else parse_units(units),
        **options,
    )


def _suffix(name: str) -> str:
    from replay.film.encoder.formats import ANIMATED, PAGE, STILL

    suffix = f".{name.lower().lstrip('.')}"
    known = (*ANIMATED, *STILL, PAGE)
    if suffix not in known:
        raise OutputError(unknown("format", suffix, known))
    return suffix


def _pictures(scenario: Scenario, folder: Path, suffixes: Sequence[str]) -> dict[str, list[tuple[str, Path]]]:
    """The view and path of every picture to make, by the name of the run."""
    return {
        name: [
            (view, folder / f"{name}{'' if view == 'dashboard' else f'-{view}'}{suffix}")
            for view in scenario.views
            for suffix in suffixes
        ]
        for name, _ in scenario.variants
    }


def _refuse_existing(paths: Iterable[Path], overwrite: bool) -> None:
    from replay.storage.writing.existing import refuse_existing

    for path in paths:
        refuse_existing(path, overwrite)


def _train(
    scenario: Scenario, folder: Path, overwrite: bool, resume: bool, progress: Progress
) -> list[Recording]:
    from replay.training import experiment

    tasks: dict[str, Any] = {}

    def on_epoch(name: str, epoch: int, epochs: int) -> None:
        if name not in tasks:
            tasks[name] = progress.add_task(f"training {name}", total=epochs)
        progress.update(tasks[name], completed=epoch)

    return experiment.run(scenario, folder, overwrite=overwrite, resume=resume, on_epoch=on_epoch)


def _tracked(progress: Progress) -> Callable[[Path], Callable[[Sequence[float]], Iterable[float]]]:
    """What follows the drawing of a path."""

    def tracked(path: Path) -> Callable[[Sequence[float]], Iterable[float]]:
        said = on_one_line(f"drawing {path.name}")
        return lambda moments: progress.track(moments, description=said)

    return tracked


def _untracked(path: Path) -> None:
    """Nothing follows the drawing."""


def _say(what: object, err: bool = False) -> None:
    """Print a line, without what a terminal would obey: a name may come from a file of anybody's."""
    typer.echo(printable(str(what)), err=err)


def _told(notes: Iterable[str]) -> None:
    for note in notes:
        _say(note, err=True)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A progress bar on stderr, so that stdout holds the results alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def _warn_of_divergence(recording: Recording) -> None:
    epoch = recording.diverged_at
    if epoch is not None:
        _say(
            f"{recording.path}: the weights are NaN or infinite from epoch {epoch:g} on: the training "
            "diverged; a smaller learning rate may help",
            err=True,
        )


def main() -> None:
    """Run the command line; errors for the user are one line on stderr, with exit status 2."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainFormatter("%(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    warnings.formatwarning = warning_line
    logging.captureWarnings(True)  # a library's warning may quote the file, too
    signals.clean_up_when_stopped()
    try:
        app(prog_name="replay")  # also where another program runs it
    except ReplayError as error:
        if "--debug" in sys.argv:
            raise
        _say(f"replay: {error}", err=True)
        sys.exit(2)
