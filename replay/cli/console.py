"""What the command line prints: results on stdout, notes and progress on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from replay.cli.terminal import on_one_line, printable

if TYPE_CHECKING:
    from rich.progress import Progress

    from replay.runs.recording import Recording


def say(what: object, err: bool = False) -> None:
    """Print a line, without what a terminal would obey: a name may come from a file of anybody's."""
    typer.echo(printable(str(what)), err=err)


def say_each(notes: Iterable[str]) -> None:
    """Print notes on stderr, a line each."""
    for note in notes:
        say(note, err=True)


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr, so that stdout holds the results alone."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def tracked(progress: Progress) -> Callable[[Path], Callable[[Sequence[float]], Iterable[float]]]:
    """What follows the drawing of a path."""

    def tracked(path: Path) -> Callable[[Sequence[float]], Iterable[float]]:
        said = on_one_line(f"drawing {path.name}")
        return lambda moments: progress.track(moments, description=said)

    return tracked


def untracked(path: Path) -> None:
    """Nothing follows the drawing."""


def warn_of_divergence(recording: Recording) -> None:
    """Say on stderr from when on the weights are not finite, if they are."""
    epoch = recording.diverged_at
    if epoch is not None:
        say(
            f"{recording.path}: the weights are NaN or infinite from epoch {epoch:g} on: the training "
            "diverged; a smaller learning rate may help",
            err=True,
        )
