"""The command-line options for training, its data, and recording, with their help."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from replay.errors import DataError

# Headings of the help.
TRAINING, DATA, RECORDING, NAMES = "Training", "Data of your own", "Recording", "Names"

Activation = Annotated[
    list[str] | None,
    typer.Option(
        "-a",
        "--activation",
        metavar="NAME",
        help="Use this activation; may be repeated.",
        rich_help_panel=TRAINING,
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Train for N epochs.", rich_help_panel=TRAINING),
]
Seed = Annotated[
    int | None,
    typer.Option(
        min=0, metavar="N", help="Seed of the initial weights and the shuffling.", rich_help_panel=TRAINING
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Train on these data: a table such as .csv, .npz, or a folder of IDX files.",
        rich_help_panel=DATA,
    ),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="The table's column with the targets; A,B for one-hot columns.",
        rich_help_panel=DATA,
    ),
]
Inputs = Annotated[
    list[str] | None,
    typer.Option(metavar="A,B", help="The columns to train on; all others by default.", rich_help_panel=DATA),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="Leave out this column; may be repeated.", rich_help_panel=DATA),
]
Task = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="classes or regression.", rich_help_panel=DATA),
]
Scale = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Scale the inputs: standard, minmax or none.", rich_help_panel=DATA),
]
Missing = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="drop leaves out rows with missing cells; refuse by default.",
        rich_help_panel=DATA,
    ),
]
MaxData = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Refuse data that take more memory than this to read; 1GB by default.",
        rich_help_panel=DATA,
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Train on N samples, stratified by class.",
        rich_help_panel=TRAINING,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Also resume interrupted runs; complete ones are kept anyway.",
        rich_help_panel=TRAINING,
    ),
]
KeepSamples = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Store N samples, which the views show.", rich_help_panel=RECORDING
    ),
]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layers",
        metavar="NAME",
        help="Record only this layer's weights; may be repeated.",
        rich_help_panel=RECORDING,
    ),
]
Float16 = Annotated[
    bool, typer.Option("--float16", help="Store weights as float16.", rich_help_panel=RECORDING)
]
Compress = Annotated[
    bool, typer.Option("--compress", help="Compress the weights without loss.", rich_help_panel=RECORDING)
]
EveryEpochs = Annotated[
    int | None,
    typer.Option(
        "--every-n-epochs",
        min=1,
        metavar="N",
        help="Take a snapshot after every Nth epoch.",
        rich_help_panel=RECORDING,
    ),
]
EveryBatches = Annotated[
    int | None,
    typer.Option(
        "--every-n-batches",
        min=1,
        metavar="N",
        help="Also take a snapshot after every Nth batch.",
        rich_help_panel=RECORDING,
    ),
]
MaxFileSize = Annotated[
    str | None,
    typer.Option(
        metavar="SIZE",
        help="Refuse to record a run larger than this; 2GB by default.",
        rich_help_panel=RECORDING,
    ),
]
Title = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="What pictures call the data.", rich_help_panel=NAMES),
]
ClassNames = Annotated[
    list[str] | None,
    typer.Option(
        metavar="A,B",
        help="The name of each class; a name with a comma is put into quotation marks, as in '\"a, b\",c'.",
        rich_help_panel=NAMES,
    ),
]
FeatureNames = Annotated[
    list[str] | None,
    typer.Option(metavar="A,B", help="The name of each input.", rich_help_panel=NAMES),
]
TargetName = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="What the targets are called.", rich_help_panel=NAMES),
]


def names(
    class_names: Sequence[str] | None,
    feature_names: Sequence[str] | None,
    title: str | None,
    target_name: str | None = None,
) -> dict[str, Any]:
    """The names that were given, as arguments of `with_names`. Raises DataError for open quotation marks."""
    given = {
        "class_names": class_names and _listed("--class-names", class_names),
        "feature_names": feature_names and _listed("--feature-names", feature_names),
        "title": title,
        "target_name": target_name,
    }
    return {name: value for name, value in given.items() if value is not None}


def _listed(option: str, texts: Sequence[str]) -> list[str]:
    """The names in texts, each as a line of a CSV file, one behind the other."""
    import csv

    try:
        rows = [row for text in texts for row in csv.reader([text], skipinitialspace=True, strict=True)]
    except csv.Error as error:
        raise DataError(f'{option}: quotation marks must enclose a whole name, as in "a, b",c') from error
    return [name for row in rows for name in row]
