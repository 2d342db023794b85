"""The options of the interactive page: snapshots, start view, theme, playing time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replay.drawing.registry.lookup import names
from replay.errors import ViewError, unknown
from replay.types import Units

AUTO = "auto"  # the reader's own colour scheme


@dataclass(frozen=True)
class PageOptions:
    """The page's `title`, the `names` of its runs, and its colours: `styles` by theme.

    `epochs` (first, last) and `every` choose the snapshots, as for a film. The page starts at `epoch` with
    `view`, `layer` and `units`; the page chooses those that are None. It speaks `language` or, without one,
    that of its reader. `seconds` is the playing time. Raises ViewError for a view that no page has.
    """

    title: str
    names: Sequence[str]
    styles: Mapping[str, Mapping[str, Any]]
    theme: str = AUTO
    language: str | None = None
    epochs: tuple[float | None, float | None] = (None, None)
    every: int = 1
    seconds: float | None = None
    epoch: float | None = None
    view: str | None = None
    layer: str | None = None
    units: Units = None

    def __post_init__(self) -> None:
        check_start_view(self.view)
        if len(set(self.names)) < len(self.names):
            raise ViewError(f"the names of the runs must differ, not {', '.join(self.names)}")
        if self.seconds is not None and not 0 < self.seconds <= 3600:
            raise ViewError(f"seconds must be above 0 and at most 3600, not {self.seconds:g}")


def check_start_view(view: str | None) -> None:
    """Raise ViewError if a page cannot start with this view."""
    start_views = names(on_page=True)
    if view is None or view in start_views:
        return
    if view not in names():
        raise ViewError(unknown("view", view, start_views))
    raise ViewError(f"a page has no view {view}: use one of {', '.join(start_views)}")
