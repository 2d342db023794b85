"""The errors that Replay raises, written for the person who reads them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable


class ReplayError(Exception):
    """Something that the user can mend: the message says what is wrong, where, and what to do.

    Every error that Replay raises on purpose is one of its kinds, in `replay.errors`:

    - RunFileError: a run file is missing, damaged, of another format, or would be overwritten;
    - DataError: inputs or targets do not fit each other, the loss, or the network;
    - ScenarioError: a scenario is unknown, or its description does not hold together;
    - ViewError: a view, layer, epoch or argument does not suit this run;
    - OutputError: a picture cannot be written as asked;
    - ClusterError: a cluster cannot be reached, or has nobody to do the work.

    >>> from replay import Replay, ReplayError
    >>> try:
    ...     Replay("nothing.h5")
    ... except ReplayError as error:
    ...     print(type(error).__name__, error, sep=": ")
    RunFileError: nothing.h5 does not exist: check the path, or record one with 'replay run'
    """


class RunFileError(ReplayError):
    """A run file is missing, damaged, of another format, or would be overwritten."""


class DataError(ReplayError):
    """Inputs or targets do not fit each other, the loss, or the network."""


class ScenarioError(ReplayError):
    """A scenario is unknown, or its description does not hold together."""


class ViewError(ReplayError):
    """A view, layer, epoch or argument does not suit this run."""


class OutputError(ReplayError):
    """A picture cannot be written as asked."""


class ClusterError(ReplayError):
    """A cluster cannot be reached, or has nobody to do the work."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that `name` is no known `kind`, with the nearest names first."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(names) or 'none'}"
    return f"unknown {kind} {name!r}: {hint}"


def no_epoch(epoch: float, first: float, last: float) -> str:
    """Say that a run from epoch `first` to `last` has no such epoch."""
    return f"there is no epoch {epoch:g}: the run goes from epoch {first:g} to {last:g}"


def first_line(error: BaseException) -> str:
    """What an error of another library says, in one line: no heading, no terminal colours."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Exception encountered")]
    return (told or [type(error).__name__])[0][:200]
