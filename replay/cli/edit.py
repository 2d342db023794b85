"""The command `replay edit`: gives a saved run other names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from replay.cli import training_options as training
from replay.cli.console import say
from replay.errors import DataError, ScenarioError


def edit(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="A run file (.h5).", show_default=False)],
    title: training.Title = None,
    class_names: training.ClassNames = None,
    feature_names: training.FeatureNames = None,
    target_name: training.TargetName = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write another file; RUN itself by default."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    """Give a saved run other names, which its pictures then have."""
    from replay.network.data_description import DataDescription, check_numbers_of_names
    from replay.runs.recording import Recording
    from replay.storage.renaming import named_file, rename

    names = training.names(class_names, feature_names, title, target_name)
    if not names:
        raise ScenarioError("nothing is named: give --title, --class-names, --feature-names or --target-name")
    recording = Recording(named_file(run))
    try:
        given = DataDescription().with_names(names.get("class_names"), names.get("feature_names"))
        check_numbers_of_names(given, recording.task.n_classes, recording.input_shape)
        known = recording.description.data or DataDescription()
        if given.classes:  # which are as many as the run has, though it may have known fewer
            known = replace(known, classes=())
        data = known.with_names(**names)
    except DataError as error:
        raise DataError(f"{run}: {error}") from error
    say(rename(run, data, output, overwrite))
