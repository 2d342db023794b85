"""Adds views of your own to the table, and checks that they can be drawn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from replay.drawing.registry.lookup import TAKEN
from replay.drawing.registry.row import NAME, Row
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError, unknown

if TYPE_CHECKING:  # matplotlib is loaded by drawing alone
    from replay.drawing.panels.panel import Panel
    from replay.views.view import View


def register(
    view: type[View],
    panel: type[Panel],
    name: str | None = None,
    caption: str = "",
    *,
    needs: str = "",
    legend: bool = False,
    plane: bool = False,
    takes: Sequence[str] = (),
) -> None:
    """Add a view of your own to the table: `replay render`, `Replay.view` and scenarios draw it by its name.

    Args:
        view: The class that gives the arrays at an epoch, a `View`. It is made with the run's evaluation.
        panel: The class that draws them, a `Panel`. It is made with axes, the view and the style.
        name: Small letters, digits and dashes. By default the name of the class, as in "my-view" for MyView.
        caption: A line that says what the view shows.
        needs: What a run needs to have the view, in words.
        legend: Name the classes above the picture.
        plane: The picture is as high as it is wide.
        takes: Of the options "layer", "units" and "sample", those that the view takes, as arguments of these
            names.

    Raises:
        ViewError: The name is taken or has other letters, the classes are not a View and a Panel, or an
            option is unknown.

    >>> from replay import Panel, Replay, View, register
    >>> class Sure(View):
    ...     def at(self, epoch):
    ...         return abs(self.evaluation.at(epoch).probabilities - 0.5).mean()
    >>> class SurePanel(Panel):
    ...     def __init__(self, axes, view, style):
    ...         super().__init__(axes, view, style)
    ...         (self.bar,) = axes.bar([0], [0])
    ...         axes.set_ylim(0, 0.5)
    ...     @property
    ...     def moving(self):
    ...         return [self.bar]
    ...     def show(self, epoch):
    ...         self.bar.set_height(self.view.at(epoch))
    >>> register(Sure, SurePanel, caption="how far from a tie the network is")
    >>> Replay("run.h5").view("sure").save("sure.png").name
    'sure.png'
    """
    _check_classes(view, panel)
    name = _kebab(view.__name__) if name is None else name
    where = origin(view)
    if not NAME.fullmatch(name):
        raise ViewError(
            f"{where}: a view's name has small letters, digits and dashes, as in my-view, not {name!r}"
        )
    present = TABLE.get(name)
    if present is not None and not (present.is_own and _same(present.view, view)):
        raise ViewError(
            f"{where}: {view.__name__} cannot be called {name!r}, as another view is: choose another name"
        )
    strange = [option for option in takes if option not in TAKEN]
    if strange:
        raise ViewError(f"{where}: {unknown('option of a view', strange[0], TAKEN)}")
    TABLE[name] = Row(name, caption, view, panel, needs, takes=tuple(takes), legend=legend, plane=plane)


def _same(one: type, other: type) -> bool:
    """Whether one class is the other, defined again, as in a cell of a notebook that is run twice."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)


def origin(one: type) -> str:
    """The file that a class is from, as far as it is known, as errors call it."""
    import inspect
    from pathlib import Path

    try:
        return str(Path(inspect.getfile(one)))
    except (TypeError, OSError):  # defined in a terminal or a notebook
        return one.__module__


def _kebab(name: str) -> str:
    """The name of a class as views are called: "MyView" is "my-view"."""
    return (
        re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
        .replace("_", "-")
        .lower()
        .strip("-")
    )


def _check_classes(view: Any, panel: Any) -> None:
    """Raise ViewError for what is no View or no Panel, or lacks one of their methods."""
    import inspect

    from replay.drawing.panels.panel import Panel
    from replay.views.view import View

    for one, base in ((view, View), (panel, Panel)):
        if not (isinstance(one, type) and issubclass(one, base)):
            raise ViewError(f"a view is registered with a class of {base.__name__}, not with {one!r}")
        if inspect.isabstract(one):
            missing = ", ".join(sorted(one.__abstractmethods__))
            raise ViewError(f"{origin(one)}: {one.__name__} lacks {missing}")
