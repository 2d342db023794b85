"""By which view runs are compared, and what the file of a comparison is called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from replay.drawing.registry.row import COMPOSED

if TYPE_CHECKING:
    from replay.scenario.scenario import Scenario


def compared_by(scenario: Scenario, asked: Sequence[str] | None) -> str | None:
    """The view that runs are compared by: the first asked for, where they can be, else the scenario's."""
    from replay.drawing.side_by_side import can_be_compared

    if asked and can_be_compared(scenario.views[0], len(scenario.variants)):
        return scenario.views[0]
    return None if asked else scenario.compared_by


def stem(asked: str | None) -> str:
    """What the file is called, without its suffix: it has the name of the view that was asked for."""
    return "compare" if asked is None or asked in COMPOSED else f"compare-{asked}"
