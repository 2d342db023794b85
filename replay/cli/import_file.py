"""The command `replay import`: converts a DeepReplay file to a run file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from replay.cli.console import say


def import_file(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A file that DeepReplay wrote.", show_default=False)
    ],
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The training in the file; needed if there are several."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="RUN", help="Run file to write; FILE-GROUP.h5 by default."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that exists.")] = False,
) -> None:
    """Convert a training that DeepReplay recorded to a run file."""
    from replay.storage.deepreplay import import_run

    say(import_run(file, group, output, overwrite))
