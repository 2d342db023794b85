"""The options of trainings and of how they are recorded, as the command line's help tells them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# Headings of the help.
TRAINING, RECORDING = "Training", "Recording"

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
    typer.Option(min=1, metavar="N", help="Train for so many epochs.", rich_help_panel=TRAINING),
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
        help="Train on these data: .npz, .csv, or a folder of IDX files.",
        rich_help_panel=TRAINING,
    ),
]
Samples = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        help="Train on so many samples, of every class its share.",
        rich_help_panel=TRAINING,
    ),
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with runs that were interrupted, and keep complete ones.",
        rich_help_panel=TRAINING,
    ),
]
KeepSamples = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="N", help="Keep so many samples, which views show.", rich_help_panel=RECORDING
    ),
]
Layers = Annotated[
    list[str] | None,
    typer.Option(
        "--layers",
        metavar="NAME",
        help="Record this layer's weights, and no others'; may be repeated.",
        rich_help_panel=RECORDING,
    ),
]
Float16 = Annotated[
    bool, typer.Option("--float16", help="Store weights in half the space.", rich_help_panel=RECORDING)
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
        help="Take a snapshot after every nth epoch.",
        rich_help_panel=RECORDING,
    ),
]
EveryBatches = Annotated[
    int | None,
    typer.Option(
        "--every-n-batches",
        min=1,
        metavar="N",
        help="Also take one after every nth batch.",
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
