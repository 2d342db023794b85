"""The exceptions Replay raises, and helpers that phrase their messages."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

LISTED = 100  # names
QUOTED = 60  # letters


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
    """Inputs, targets, loss and network do not fit together."""


class ScenarioError(ReplayError):
    """A scenario is unknown or inconsistent."""


class ViewError(ReplayError):
    """A view, layer, epoch or argument does not exist in this run or does not work for it."""


class OutputError(ReplayError):
    """An output file cannot be written as asked."""


class ClusterError(ReplayError):
    """A cluster cannot be reached or has no workers."""


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """Message for an unknown `name`: suggests the nearest names, or lists all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    there = ", ".join(names if len(names) <= LISTED else [*names[:LISTED], f"… ({len(names):,} in all)"])
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {there or 'none'}"
    return f"unknown {kind} {name!r}: {hint}"


def shown(text: str) -> str:
    """Text in quotation marks on one line, as a message quotes it: of a long one the beginning."""
    return repr(text if len(text) <= QUOTED else f"{text[:QUOTED]}…")


def no_epoch(epoch: float, first: float, last: float) -> str:
    """Say that what goes from epoch `first` to `last` has no such epoch."""
    return f"there is no epoch {epoch:g}: choose one from {first:g} to {last:g}"


def first_line(error: BaseException) -> str:
    """The first meaningful line of another library's error, without heading and terminal colours."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in str(error).splitlines()]
    meaningful = [line for line in lines if line and not line.startswith("Exception encountered")]
    return (meaningful or [type(error).__name__])[0][:200]
