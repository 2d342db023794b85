"""The commands `replay run` and `replay scenarios`: train, record and render a scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from replay.choices import MAX_ON_PAGE, MAX_RUNS
from replay.cli import picture_options as of
from replay.cli import training_options as training
from replay.cli.console import progress_bar, say, say_each, tracked, warn_of_divergence
from replay.errors import OutputError, ScenarioError, ViewError, no_epoch

if TYPE_CHECKING:
    from rich.progress import Progress

    from replay.runs.recording import Recording
    from replay.scenario.data_options import DataOptions
    from replay.scenario.scenario import Scenario

ANIMATED_FORMATS = ("gif", "mp4")


def scenarios() -> None:
    """List the built-in scenarios."""
    from rich.console import Console
    from rich.table import Table

    from replay.scenario import built_in

    table = Table("name", "runs", "epochs", "what it is", box=None, pad_edge=False, header_style="bold")
    for name in built_in.built_in():
        scenario = built_in.load_scenario(name)
        varied = [
            ", ".join(scenario.activations),
            *(f"{len(v)} × {axis}" for axis, v in scenario.vary.items()),
        ]
        table.add_row(name, "; ".join(varied), str(scenario.epochs), scenario.description)
    Console().print(table)


def run(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO|FILE.py", help="A built-in scenario, or a file with your own.")
    ],
    activation: training.Activation = None,
    data: training.Data = None,
    target: training.Target = None,
    inputs: training.Inputs = None,
    ignore: training.Ignore = None,
    task: training.Task = None,
    scale: training.Scale = None,
    missing: training.Missing = None,
    max_data: training.MaxData = None,
    samples: training.Samples = None,
    title: training.Title = None,
    class_names: training.ClassNames = None,
    feature_names: training.FeatureNames = None,
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
    views: of.Views = None,
    epoch: of.Epoch = None,
    held_out: of.HeldOut = True,
    unit_lines: of.UnitLines = True,
    theme: of.Theme = None,
    language: of.Language = None,
    font: of.Font = None,
    size: of.Size = None,
    max_size: of.MaxSize = None,
    jobs: of.Jobs = 1,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace files that exist, and train anew.")
    ] = False,
    resume: training.Resume = False,
) -> None:
    """Train a scenario, record it, and render its animations.

    Runs that are complete and were trained alike are kept, and drawn.
    """
    from replay.cli.comparison import compared_by, stem
    from replay.cli.kept_runs import (
        check_names,
        complete_runs,
        existing,
        refuse_pictures,
        say_kept,
        say_replaced,
    )
    from replay.cli.rendering import check_folder
    from replay.film.budget import parse_bytes
    from replay.film.encoder.formats import PAGE, STILL
    from replay.scenario.known_activations import check_activations
    from replay.scenario.suited_views import check_views

    options = data_options(
        data,
        target=target,
        inputs=inputs,
        ignore=ignore,
        task=task,
        scale=scale,
        missing=missing,
        max_data=None if max_data is None else parse_bytes(max_data),
    )
    called = training.names(class_names, feature_names, title)
    chosen = chosen_scenario(
        scenario,
        data,
        options,
        activations=tuple(activation or ()) or None,
        epochs=epochs,
        seed=seed,
        samples=samples,
        views=tuple(map(of.named, views or ())) or None,
        **called,
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
    if epoch is not None and not 0 <= epoch <= chosen.epochs:
        raise ScenarioError(no_epoch(epoch, 0, chosen.epochs))
    check_activations(chosen)
    if views and not no_render:
        check_views(chosen, chosen.views)
    folder = out.expanduser() if out is not None else chosen.folder
    suffixes = [] if no_render else [_suffix(name) for name in formats or ANIMATED_FORMATS]
    pictures = _pictures(chosen, folder, [suffix for suffix in suffixes if suffix != PAGE])
    pages = {name: folder / f"{name}{PAGE}" for name in pictures if PAGE in suffixes}
    rendering = of.rendering(
        epoch=epoch,
        held_out=held_out,
        unit_lines=unit_lines,
        theme=theme,
        language=language,
        font=font,
        size=size,
        max_size=max_size,
        jobs=jobs,
        tween=chosen.tween,
    )
    for path in chosen.run_files(folder):
        check_folder(path)
    names = [name for name, _ in chosen.variants]
    by = compared_by(chosen, views)
    compared = [
        folder / f"{stem(by if views else None)}{suffix}"
        for suffix in suffixes
        if 1 < len(names) <= (MAX_ON_PAGE if suffix == PAGE else MAX_RUNS)
    ]
    drawn = [one for paths in pictures.values() for one in paths]
    written = [*(path for _, path in drawn), *pages.values(), *compared]
    of_pages = replace(
        rendering,
        view=chosen.views[0] if views else rendering.view,
        tween=0,
        size=None if set(suffixes) - {PAGE} else rendering.size,
    )
    of_suffix = dict.fromkeys(STILL, replace(rendering, max_bytes=None, tween=0)) | {PAGE: of_pages}
    view_of = {path: own for own, path in drawn}
    for path in written:
        options_of = of_suffix.get(path.suffix, rendering)
        replace(options_of, view=view_of.get(path, options_of.view)).check(path)
    if resume and overwrite:
        raise ScenarioError("--resume keeps what --overwrite replaces: give one of them")
    from replay.network.in_keras import quiet
    from replay.storage.writing import lock

    with lock.folder(folder), progress_bar() as progress:
        kept = [] if overwrite else complete_runs(chosen.run_files(folder), resume)
        check_names(kept, called)
        if not (overwrite or resume):
            trained = [name for name in names if folder / f"{name}.h5" not in kept]
            refuse_pictures([path for name in trained for _, path in pictures[name]])
            refuse_pictures([pages[name] for name in trained if name in pages])
            refuse_pictures([] if kept else compared)
        replaced = existing([*(chosen.run_files(folder) if overwrite else []), *written])
        quiet.import_keras()
        recordings = _train(chosen, folder, overwrite, resume or bool(kept), progress)
        say_kept(kept)
        lacking: dict[str, dict[str, ViewError]] = {}  # by view and run
        for name, recording in zip(names, recordings, strict=True):
            for view in chosen.views:
                paths = [path for own, path in pictures[name] if own == view]
                try:
                    say_each(replace(rendering, view=view).render(recording, paths, tracked(progress)))
                except ViewError as error:
                    lacking.setdefault(view, {})[name] = error
            if name in pages:
                say_each(of_pages.render(recording, [pages[name]], tracked(progress)))
        _check_lacking(lacking, [recording.path for recording in recordings])
        without = lacking.get(by or "", {})
        able = [one for name, one in zip(names, recordings, strict=True) if name not in without]
        compared = compared if len(able) > 1 else []
        for path in compared:
            of_all = of_pages if path.suffix == PAGE else replace(rendering, view=by or rendering.view)
            say_each(of_all.compare(able, [path], tracked(progress)))
    say_replaced(replaced)
    for name, recording in zip(names, recordings, strict=True):
        made = [path for view, path in pictures[name] if name not in lacking.get(view, {})]
        for path in [recording.path, *made]:
            say(path)
        if name in pages:
            say(pages[name])
        warn_of_divergence(recording)
    for path in compared:
        say(path)


def data_options(data: Path | None, **given: Any) -> DataOptions:
    """The options that were given, which need a file to choose from."""
    from replay.scenario.data_options import DataOptions

    chosen = {name: value for name, value in given.items() if value}
    if chosen and data is None:
        raise ScenarioError(
            f"--{next(iter(chosen)).replace('_', '-')} is for the data of a file: give it with --data FILE"
        )
    return DataOptions(**chosen)


def chosen_scenario(name_or_file: str, data: Path | None, options: DataOptions, **changes: Any) -> Scenario:
    """The scenario with these changes and, if given, the data of a file. Says what these were taken for."""
    from replay.scenario import built_in

    scenario = built_in.load_scenario(name_or_file)
    if data is not None:
        fitted = scenario.with_data_file(data, options)
        say(f"{data}: {fitted.data_description}", err=True)
        say_each(_changed_output(scenario, fitted))
        scenario = fitted
    return scenario.with_changes(**changes)


def _changed_output(scenario: Scenario, fitted: Scenario) -> list[str]:
    """A line that says how the network's output follows the data, if it does."""
    before, after = ((one.output_units, one.output_activation, one.loss) for one in (scenario, fitted))
    if before == after:
        return []
    units, activation, loss = after
    what = "is one unit" if units == 1 else f"has {units} units"
    return [f"the output {what} ({activation}), trained with {loss}"]


def _recorded_as(scenario: Scenario, **given: Any) -> Scenario:
    """The scenario with these arguments for the recorder; None leaves an argument out."""
    changes = {name: value for name, value in given.items() if value is not None}
    return scenario.with_changes(recording={**scenario.recording, **changes})


def _suffix(name: str) -> str:
    from replay.film.encoder.formats import ANIMATED, PAGE, STILL, unknown_format

    suffix = f".{name.lower().lstrip('.')}"
    known = (*ANIMATED, *STILL, PAGE)
    if suffix not in known:
        raise OutputError(unknown_format(suffix, known))
    return suffix


def _pictures(scenario: Scenario, folder: Path, suffixes: Sequence[str]) -> dict[str, list[tuple[str, Path]]]:
    """The view and path of every picture to make, by run name."""
    return {
        name: [
            (view, folder / f"{name}{'' if view == 'dashboard' else f'-{view}'}{suffix}")
            for view in scenario.views
            for suffix in suffixes
        ]
        for name, _ in scenario.variants
    }


def _check_lacking(lacking: Mapping[str, Mapping[str, ViewError]], paths: Sequence[Path]) -> None:
    """Say which runs lack a view that others have. Raises ViewError where none of them has it."""
    for errors in lacking.values():
        if len(errors) == len(paths):
            kept = "the run is kept" if len(paths) == 1 else "the runs are kept"
            raise ViewError(
                f"{next(iter(errors.values()))}; {kept}: 'replay render {paths[0]} --view NAME' draws one"
            )
        for error in errors.values():
            say(str(error), err=True)


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
