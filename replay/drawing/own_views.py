"""Views of users' own: read from a file, checked, and guarded: an error names the file and the method."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from replay.drawing.panels.panel import Panel
from replay.drawing.registry.lookup import row_of
from replay.drawing.registry.register import origin
from replay.drawing.registry.row import Row
from replay.drawing.style import Style
from replay.errors import ViewError, first_line
from replay.files import run_python
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.view import View


def view_in_file(text: str) -> Row:
    """The view in a Python file, given as "mine.py:MyView", or as "mine.py" where it is the only one there.

    Running a file runs its code: only run files that you would run as Python. Raises ViewError where the file
    fails, or has no such view.
    """
    file, name = (text, "") if text.endswith(".py") else text.rpartition(":")[::2]
    module = run_python(Path(file).expanduser(), "replay_view_", ViewError)
    own = {one.__name__: one for one in vars(module).values() if _is_own(one, module.__name__)}
    view = own.get(name) if name else next(iter(own.values()), None)
    if view is None or (not name and len(own) > 1):
        there = (
            f"name one of them, as in {file}:{next(iter(own))}: {', '.join(own)}" if own else "it has none"
        )
        raise ViewError(
            f"{file}: {f'there is no view {name!r}' if name else 'which view is meant?'}; {there}"
        )
    try:
        return row_of(view)
    except ViewError as error:
        raise ViewError(f"{file}: {error}") from error


def made(row: Row, evaluation: Evaluation, options: Mapping[str, Any]) -> View:
    """A view of this run; what it gives at an epoch is checked each time."""
    with told(row, f"{row.view.__name__}.__init__"):
        view: View = row.view(evaluation, **options)
    if not hasattr(view, "evaluation"):  # its constructor does not call the one of View
        view.evaluation = evaluation
    plain, name = view.at, f"{row.view.__name__}.at"

    def at(epoch: float) -> Any:
        with told(row, name, epoch):
            frame = plain(epoch)
        _check(frame, row, name, epoch, evaluation.recording.diverged_at)
        return frame

    view.at = at  # type: ignore[method-assign]
    return view


def guarded(row: Row, axes: Axes, view: View, style: Style) -> Moving:
    """The panel of a view, tried out at the last epoch.

    Raises ViewError where it fails, or draws nothing although the weights are finite.
    """
    before = set(axes.get_children())
    with told(row, f"{row.panel.__name__}.__init__"):
        panel = row.panel(axes, view, style)
    result = _Guarded(row, panel)
    _ = result.moving
    recording = view.evaluation.recording
    last = float(recording.epochs[-1])
    result.show(last)
    with told(row, f"{row.panel.__name__}.show", last):
        drawn = _drawn(axes, before)
    if not drawn and recording.diverged_at is None:
        raise ViewError(
            f"{origin(row.panel)}: {row.panel.__name__} draws nothing at epoch {last:g}: create artists in "
            "__init__, and give them their content in show"
        )
    return result


class _Guarded:
    """A panel whose errors name the file and the method."""

    def __init__(self, row: Row, panel: Panel) -> None:
        self.panel = panel
        self._row = row

    @property
    def moving(self) -> list[Artist]:
        """Those of the panel."""
        name = f"{self._row.panel.__name__}.moving"
        with told(self._row, name):
            moving = list(self.panel.moving)
        strange = [one for one in moving if not isinstance(one, Artist) or one.figure is None]
        if strange:
            raise ViewError(
                f"{origin(self._row.panel)}: {name} has {strange[0]!r}, which is no artist on these axes"
            )
        return moving

    def show(self, epoch: float) -> None:
        """Give them the content of `epoch`."""
        with told(self._row, f"{self._row.panel.__name__}.show", epoch):
            self.panel.show(epoch)


def _drawn(axes: Axes, before: set[Artist]) -> bool:
    """Whether anything of what came to the axes can be seen."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    renderer = FigureCanvasAgg(figure).get_renderer()
    for artist in axes.get_children():
        if artist in before or not artist.get_visible():
            continue
        artist.draw(renderer)
        box = artist.get_tightbbox(renderer)
        if box is not None and np.isfinite(box.extents).all() and max(box.width, box.height) > 0:
            return True
    return False


@contextmanager
def told(row: Row, method: str, epoch: float | None = None) -> Iterator[None]:
    """Whatever fails in the block is a ViewError that names the file and the method."""
    try:
        yield
    except _OwnViewError:  # of at, within show: it is told already
        raise
    except Exception as error:
        place = _place(error, {origin(row.view), origin(row.panel)})
        file, where = place if place is not None else (origin(row.view), method)
        when = "" if epoch is None else f" at epoch {epoch:g}"
        raise _OwnViewError(
            f"{file}: {where} fails{when}: {type(error).__name__}: {first_line(error)}"
        ) from error


class _OwnViewError(ViewError):
    """What is told of a user's own view."""


def _place(error: Exception, files: set[str]) -> tuple[str, str] | None:
    """File, and method with its line, of the innermost call in these files that led to the error."""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if frame.f_code.co_filename in files:
            return frame.f_code.co_filename, f"{frame.f_code.co_qualname} (line {line})"
    return None


def _check(frame: Any, row: Row, name: str, epoch: float, diverged_at: float | None) -> None:
    """Raise ViewError for arrays in which there is nothing to draw."""
    if frame is None:
        raise _OwnViewError(
            f"{origin(row.view)}: {name} returns None at epoch {epoch:g}: return the arrays to draw"
        )
    if diverged_at is not None and epoch >= diverged_at:
        return  # the network itself gives nothing finite, as the command line says
    for array in _arrays(frame):
        if array.size and not np.isfinite(array).any():
            raise _OwnViewError(
                f"{origin(row.view)}: {name} gives no finite number at epoch {epoch:g}, only NaN or infinity"
            )


def _arrays(frame: Any) -> Iterator[Array]:
    """All numbers in what a view gives."""
    if is_dataclass(frame) and not isinstance(frame, type):
        frame = [getattr(frame, field.name) for field in fields(frame)]
    if isinstance(frame, Mapping):
        frame = list(frame.values())
    if isinstance(frame, list | tuple):
        for part in frame:
            yield from _arrays(part)
    elif isinstance(frame, np.ndarray | np.number | float | int):
        array = np.asarray(frame)
        if array.dtype.kind in "fc":
            yield array


def _is_own(one: Any, module: str) -> bool:
    """Whether something in a module is a view that is defined there."""
    return isinstance(one, type) and issubclass(one, View) and one.__module__ == module
