"""The command `replay watch`: follows a run live while another process records it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, TextIO

import typer

from replay.cli import picture_options as of
from replay.cli.console import say, untracked
from replay.cli.info import RunArgument
from replay.cli.terminal import on_one_line
from replay.errors import RunFileError

if TYPE_CHECKING:
    from replay.runs.milestone import Milestone
    from replay.runs.recording import Recording

PAUSE = 0.5  # seconds between looks at the file
GRACE = 10.0  # seconds for which a file may be unreadable: the other process may still be creating it
PATIENCE = 10  # wait this many times a picture's duration, so that pictures cost a tenth of the time
NOT_TOLD = ("learning_rate",)
KNOWN_LATER = ("plateau", "steepest_fall", "overfitting")  # milestones that later epochs may change
STALLED = 3  # exit status if the run stops growing
CLEAR = "\r\x1b[K"  # move to the start of the terminal's line and clear it


def watch(
    run: RunArgument,
    group: Annotated[
        str | None, typer.Option(metavar="NAME", help="The run of a folder of run files.")
    ] = None,
    view: of.View = "dashboard",
    timeout: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="Give up if nothing new appears for this long."),
    ] = 600,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Keep redrawing the run so far (.png .svg .html)."
        ),
    ] = None,
) -> None:
    """Follow a run while another process records it.

    Exits with status 0 when the run is complete, or 3 if nothing new appears for --timeout seconds.
    """
    from replay.film.encoder.formats import PAGE, STILL, check_suffix
    from replay.storage.opening import file_in, group_file

    if group is not None and run.expanduser().is_file():
        raise RunFileError(f"{run} is a file: --group is for a folder of run files, which grow")
    if group is not None:
        run = group_file(run.expanduser(), group)  # which may come into being later
    elif run.expanduser().is_dir():
        run = file_in(run.expanduser())
    rendering = of.rendering(view=view, size=None, max_size=None)
    if output is not None:
        check_suffix(output, (*STILL, PAGE))
        rendering.check(output)
    teller = Teller(sys.stdout)
    pictures = Pictures(
        lambda recording: None if output is None else rendering.render(recording, [output], untracked)
    )
    try:
        complete = show(run, timeout, teller, pictures)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    finally:
        teller.end()
    if not complete:
        say(
            f"{run}: nothing new for {timeout:g} seconds: the training was cut short, or takes longer",
            err=True,
        )
        raise typer.Exit(STALLED)


class Glance(NamedTuple):
    """A run as read at one moment, whether it was `complete`, and the identity of its file."""

    recording: Recording
    complete: bool
    file: tuple[int, int] | None = None


def show(path: Path, timeout: float, teller: Teller, pictures: Pictures) -> bool:
    """Print and draw a run until it ends or nothing new appears; return whether it is complete.

    If the file is replaced meanwhile, as by a resumed training, start again with the new file.
    """
    while True:
        look = None
        try:
            for look in follow(path, timeout):
                teller.tell(look)
                pictures.update(look.recording)
            pictures.finish()
        except RunFileError:
            if look is None or look.file == _identity(path):
                raise
        else:
            return look is not None and look.complete


def follow(path: Path, timeout: float, pause: float = PAUSE) -> Iterator[Glance]:
    """Yield the run each time its file has grown, until it is complete or stalls for `timeout` seconds.

    It waits as long for a missing file. Raises RunFileError if the file does not appear or cannot be read.
    """
    seen: tuple[float, ...] = ()
    changed = readable = time.monotonic()
    while True:
        now = time.monotonic()
        try:
            look = _look(path)
            run, logged = look.recording, look.recording.history_epochs
            state = (*run.epochs[[0, -1]], run.n_snapshots, *logged[-1:], len(logged), look.complete)
            readable = now
        except RunFileError as error:
            if path.exists() and not path.is_file():  # a pipe or a device, which never becomes a run
                raise
            if not path.exists() and now - changed > timeout:
                raise RunFileError(
                    f"{path} did not appear within {timeout:g} seconds: is it being recorded?"
                ) from error
            if not path.exists():
                readable = now
            elif now - readable > min(GRACE, timeout):
                raise
        else:
            if state != seen:
                seen, changed = state, now
                yield look
            if look.complete:
                return
        if now - changed > timeout:
            return
        time.sleep(pause)


def _look(path: Path) -> Glance:
    from replay.runs.recording import Recording

    complete = Recording(path).complete
    file = _identity(path)
    return Glance(Recording(path), complete, file)  # reopened, so that a complete run has its last epoch


def _identity(path: Path) -> tuple[int, int] | None:
    from replay.storage.format import identity

    return identity(path) if path.exists() else None


class Teller:
    """Prints what is new in a run, a line each time; on a terminal it overwrites the line.

    Each milestone is printed once, when it happens. One that may not last, such as a class that is right, is
    printed the first time; one that depends on the whole run, at its end.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._in_place = stream.isatty()
        self._told: set[tuple[str, float]] = set()

    def tell(self, look: Glance) -> None:
        """Print what is new since the last look."""
        found = _milestones(look.recording)
        if not look.complete:
            found = [milestone for milestone in found if milestone.kind not in KNOWN_LATER]
        for milestone in found:
            if (milestone.text, milestone.epoch) not in self._told:
                self._told.add((milestone.text, milestone.epoch))
                self._line(f"epoch {milestone.epoch:g}: {milestone.text}")
        self._line(progress(look.recording), passing=True)

    def end(self) -> None:
        """Keep the last line on the terminal."""
        if self._in_place:
            self._write("\n")

    def _line(self, text: str, passing: bool = False) -> None:
        text = on_one_line(text)  # names may come from an untrusted file
        if not self._in_place:
            self._write(f"{text}\n")
            return
        width = shutil.get_terminal_size().columns - 1
        self._write(f"{CLEAR}{text[:width]}" if passing else f"{CLEAR}{text}\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def progress(recording: Recording) -> str:
    """The run's epoch, and the last value of each quantity that was logged of its weights."""
    from replay.runs.logged_of import rows_of

    epoch = float(max([recording.epochs[-1], *recording.history_epochs[-1:]]))
    rows = rows_of(recording, epoch)
    logged = {
        name: values[rows & (values == values)]
        for name, values in recording.history.items()
        if name not in NOT_TOLD
    }
    last = [f"{name} {values[-1]:.4g}" for name, values in logged.items() if len(values)]
    return "  ".join([f"epoch {epoch:g}", *last])


def _milestones(recording: Recording) -> list[Milestone]:
    from replay.runs.evaluation import Evaluation
    from replay.runs.milestones import milestones

    evaluation = Evaluation(recording)
    return milestones(evaluation) if evaluation.at_hand else []


class Pictures:
    """Draws pictures of the run so far, for at most a tenth of the time."""

    def __init__(self, draw: Callable[[Recording], object]) -> None:
        self._draw = draw
        self._next = 0.0
        self._left: Recording | None = None

    def update(self, recording: Recording) -> None:
        """Draw the run, unless the last picture is too recent."""
        self._left = recording
        began = time.monotonic()
        if began >= self._next:
            self.finish()
            self._next = time.monotonic() + PATIENCE * (time.monotonic() - began)

    def finish(self) -> None:
        """Draw the last state of the run, if no picture shows it."""
        if self._left is not None:
            self._draw(self._left)
            self._left = None
