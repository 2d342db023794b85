"""The command `replay sweep`: trains a scenario with many seeds, and writes its table and figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from replay.choices import THEMES
from replay.cli import picture_options as of
from replay.cli import training_options as training
from replay.cli.console import progress_bar, say
from replay.cli.run import chosen_scenario, data_options
from replay.errors import ScenarioError
from replay.language.catalogue import ENGLISH

if TYPE_CHECKING:
    from replay.sweeps.table import SweepTable


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
    keep: Annotated[
        bool,
        typer.Option(
            "--keep/--no-keep", help="Write a run file for each run.", rich_help_panel=training.TRAINING
        ),
    ] = True,
    jobs: Annotated[
        int,
        typer.Option(
            "-j", "--jobs", metavar="N", help="Train with N processes.", rich_help_panel=training.TRAINING
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
    language: of.Language = None,
    font: of.Font = None,
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
    """Train a scenario with many seeds, and report how often and when they solve it.

    A stopped sweep goes on where it stopped.
    """
    from replay.cli.rendering import check_folder
    from replay.drawing.sizes import parse_size
    from replay.drawing.style import theme as style_of
    from replay.film.budget import parse_bytes
    from replay.film.encoder.formats import STILL, check_suffix
    from replay.scenario.hyperparameters import parse_axes

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
    chosen = chosen_scenario(
        scenario,
        data,
        options,
        activations=tuple(activation or ()) or None,
        epochs=epochs,
        samples=samples,
        **training.names(class_names, feature_names, title),
    )
    axes = parse_axes(axis or [])
    if activation and "activation" in axes:
        raise ScenarioError("name the activations either with -a or with --axis activation=…")
    style = style_of(theme or THEMES[0], font=font, language=ENGLISH if language is None else language)
    pixels = None if size is None else parse_size(size)
    folder = out.expanduser() if out is not None else chosen.folder / "sweep"
    check_folder(folder / "table.csv")
    suffix = check_suffix(Path(f"figures.{still.lower().lstrip('.')}"), STILL)
    from replay.drawing.composition import save_still
    from replay.network.in_keras import quiet
    from replay.storage.writing import lock
    from replay.sweeps.figures import sweep_figure, sweep_figures
    from replay.sweeps.run import sweep as train_all

    with lock.folder(folder):
        if dask is None and jobs == 1:
            quiet.import_keras()  # with several processes, only the workers need it
        with progress_bar() as progress:
            bar = progress.add_task(f"training {chosen.name}", total=None)
            table = train_all(
                chosen,
                seeds,
                folder,
                axes=axes,
                jobs=jobs,
                dask=dask,
                keep=keep,
                overwrite=overwrite,
                on_run=lambda done, total: progress.update(bar, completed=done, total=total),
            )
        _report(table, chosen.name)
        for name in sweep_figures(table):
            say(save_still(sweep_figure(table, name, style, pixels), folder / f"{name}{suffix}", style))


def _report(table: SweepTable, scenario: str) -> None:
    """Say what failed, the verdicts, and where the table is. Raises ScenarioError if every run failed."""
    from replay.sweeps.held_fixed import shared_rate
    from replay.sweeps.tuning import tuned
    from replay.sweeps.verdict import verdicts

    runs = table.by_combination()
    for name, some in runs.items():
        failures = [run.error for run in some if run.error]
        if failures:
            say(f"{name}: {len(failures)} of {len(some)} runs failed: {failures[0]}", err=True)
    ended = [run for some in table.ended().values() for run in some]
    if ended and all(run.solved is not None for run in ended):
        for verdict in verdicts(runs, table.epochs):
            say(verdict)
        for best in tuned(table):
            say(best)
    rate = shared_rate(table)
    if rate is not None:
        say(
            f"all optimizers had one learning rate, {rate:.6g}, which suits some better than others: tune it "
            "with --axis learning_rate=…",
            err=True,
        )
    for path in table.write():
        say(path)
    if not ended:
        raise ScenarioError(
            f"scenario {scenario!r}: every run of the sweep failed; see the errors in the table"
        )
