"""Looks up views in the table: by name, by class or by what their rows hold, and the options they take."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from replay.drawing.registry.row import LAYER, SAMPLE, UNITS, Row
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError, unknown

if TYPE_CHECKING:
    from replay.views.view import View

# What errors say of each option that some views take: to the views that take it, and to another.
TAKEN = {
    LAYER: "a layer is chosen for the views {}, not for {}",
    UNITS: "units are chosen for the views {}, not for {}",
    SAMPLE: "a sample is chosen for the view {}, not for {}",
}


def names(**has: Any) -> list[str]:
    """The names of all views, or of those whose row has these values, as in `names(on_page=True)`."""
    return [
        name
        for name, row in TABLE.items()
        if all(getattr(row, field) == value for field, value in has.items())
    ]


def row_of(view: str | type[View]) -> Row:
    """The row of a view, by its name or, of one that was registered, its class.

    Raises ViewError where there is none.
    """
    if isinstance(view, str):
        if view not in TABLE:
            raise ViewError(unknown("view", view, TABLE))
        return TABLE[view]
    for row in TABLE.values():
        if row.view is view:
            return row
    raise ViewError(
        f"the view {view.__name__} is not registered: call replay.register({view.__name__}, ITS_PANEL)"
    )


def loaded(path: str) -> Any:
    """What a row names as "module:name"."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(f"replay.{module}"), name)


def checked_options(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the options that are given; raises ViewError where the view does not take one."""
    row, given = row_of(name), {option: value for option, value in options.items() if value is not None}
    for option in given:
        if option not in row.takes:
            takers = [each.name for each in TABLE.values() if option in each.takes]
            raise ViewError(TAKEN[option].format(", ".join(takers), name))
    return given
