"""Console output: results on stdout; notes, warnings and the progress bar on stderr."""

from __future__ import annotations

import errno
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.cli.terminal import in_json, on_one_line, printable
from replay.errors import OutputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from replay.runs.recording import Recording


def say(what: object, err: bool = False) -> None:
    """Print a line with terminal control characters escaped: names may come from an untrusted file."""
    # Not with click, which writes UTF-8 where the terminal reads ASCII.
    print(printable(str(what)), file=sys.stderr if err else sys.stdout, flush=True)


@contextmanager
def written_out() -> Iterator[None]:
    """Raise OutputError if what was printed cannot be written, as on a full disk."""
    try:
        try:
            yield
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except OSError as error:
        if error.filename is not None:
            raise
        _forget_output()
        if error.errno == errno.EPIPE:  # whoever read it has seen enough
            sys.exit(1)
        raise OutputError(f"cannot write the output: {error.strerror}: send it elsewhere") from error


def _forget_output() -> None:
    """Keep Python from writing what is left when it ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say_each(notes: Iterable[str]) -> None:
    """Print notes on stderr, one per line."""
    for note in notes:
        say(note, err=True)


def say_json(facts: Mapping[str, Any]) -> None:
    """Print facts as one JSON object on one line, with null for NaN and infinity, which JSON lacks."""
    text = json.dumps(finite(facts), ensure_ascii=False, allow_nan=False)
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    say(in_json(text, encoding))


def finite(facts: Any) -> Any:
    """Plain data with None for each NaN and infinity."""
    if isinstance(facts, Mapping):
        return {name: finite(value) for name, value in facts.items()}
    if isinstance(facts, list | tuple):
        return [finite(value) for value in facts]
    return None if isinstance(facts, float) and not math.isfinite(facts) else facts


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on stderr, so that stdout has only the results."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    words = TextColumn("{task.description}", markup=False)
    columns = (words, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        yield progress


def tracked(progress: Progress) -> Callable[[Path], Callable[[Sequence[float]], Iterable[float]]]:
    """A function from the path of a picture to the iterator that shows its progress."""

    def tracked(path: Path) -> Callable[[Sequence[float]], Iterable[float]]:
        description = on_one_line(f"drawing {path.name}")
        return lambda moments: progress.track(moments, description=description)

    return tracked


def untracked(path: Path) -> None:
    """Show no progress."""


def warn_of_divergence(recording: Recording) -> None:
    """If the weights become NaN or infinite, say on stderr from which epoch on."""
    epoch = recording.diverged_at
    if epoch is not None:
        say(
            f"{recording.path}: the weights are NaN or infinite from epoch {epoch:g} on: the training "
            "diverged; a smaller learning rate may help",
            err=True,
        )
