"""Page data of the lines of units: whose they are, and what the page does not compute itself."""

from __future__ import annotations

from typing import Any

from replay.player.payload.script_json import short
from replay.runs.evaluation import Evaluation
from replay.views.linear_regions import LinearRegions
from replay.views.shared.unit_lines import LinesOfUnits, lines_of_units


def units_data(evaluation: Evaluation) -> dict[str, Any] | None:
    """UnitsData; None where no unit of the run has a line in the input plane."""
    found = lines_of_units(evaluation)
    if found is None:
        return None
    return {
        "layers": [layer.name for layer in found.layers],
        "shown": found.units,
        "flat": found.flat_from,
        "longest": found.longest,
        "score": _score(evaluation, found),
    }


def _score(evaluation: Evaluation, found: LinesOfUnits) -> dict[str, Any] | None:
    """ScoreData; None where the network is not piecewise linear, or too large."""
    if not found.is_exact:
        return None
    regions = LinearRegions(evaluation)
    return {"weights": short(regions.direction), "steep": regions.steep}
