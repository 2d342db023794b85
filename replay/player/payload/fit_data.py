"""Page data of a regression's fit: what comes from the whole run. The page computes the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replay.drawing.registry.lookup import row_of
from replay.errors import ViewError
from replay.language.message import in_each_language
from replay.runs.evaluation import Evaluation
from replay.runs.regression import check, column_names, n_columns, value_limits
from replay.views.contributions import Contributions
from replay.views.fit import fit
from replay.views.fitted_curve import FittedCurve
from replay.views.fitted_surface import FittedSurface
from replay.views.predictions import PredictedAgainstTrue, Residuals
from replay.views.residual_plane import ResidualPlane
from replay.views.view import View

FIT = "fit"
MOST_COLUMNS = 10  # numbers that are predicted: there are no more colours


def has_fit(evaluation: Evaluation) -> bool:
    """Whether a run predicts numbers that can be compared with its targets, MOST_COLUMNS at most."""
    return row_of(FIT).suits(evaluation) and n_columns(evaluation) <= MOST_COLUMNS


def check_few(evaluation: Evaluation) -> None:
    """Raise ViewError for a run without a fit on a page, saying why."""
    check(evaluation, "the fit")
    if n_columns(evaluation) > MOST_COLUMNS:
        raise ViewError(
            f"{evaluation.recording.path}: a page shows the fit of {MOST_COLUMNS} numbers at most, and this "
            f"run predicts {n_columns(evaluation)}: render the view as a picture"
        )


def fit_data(evaluation: Evaluation, asks: bool = True) -> dict[str, Any] | None:
    """FitData; None of a run without a fit. Where the page `asks` no network, it has predictions alone."""
    if not has_fit(evaluation):
        return None
    parts = fit(evaluation) if asks else [PredictedAgainstTrue(evaluation)]
    found: dict[str, Any] = {
        "columns": _names(evaluation),
        "values": value_limits(evaluation),
        "curve": None,
        "contributions": None,
        "surfaces": [],
        "residuals": None,
        "predictions": None,
    }
    for part in parts:
        found |= _part(part, found["surfaces"])
    return found


def _names(evaluation: Evaluation) -> list[dict[str, str]]:
    """What each number that is predicted is called, in each language."""
    told = in_each_language(lambda: column_names(evaluation))
    n = len(next(iter(told.values())))
    return [{language: names[column] for language, names in told.items()} for column in range(n)]


def _part(part: View, surfaces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the page needs of one view."""
    match part:
        case FittedCurve():
            return {"curve": _curve(part)}
        case Contributions():
            return {"contributions": _contributions(part)}
        case FittedSurface():
            own = {"column": part.column, "values": part.values, "levels": part.levels}
            return {"surfaces": [*surfaces, own]}
        case ResidualPlane():
            return {"residuals": {"largest": part.largest}}
        case PredictedAgainstTrue():
            return {"predictions": {"limits": part.values, "residuals": Residuals(part.evaluation).limits.y}}
        case _:  # the residuals, which are a part of the predictions
            return {}


def _curve(view: FittedCurve) -> dict[str, Any]:
    return {
        "limits": view.limits,
        "data": view.data,
        "hinges": None if view.hinge_layer is None else {"layer": view.hinge_layer, "units": view.units},
        "coloured": view.hinges_add,
    }


def _contributions(view: Contributions) -> dict[str, Any]:
    return {
        "layer": view.layer,
        "units": view.units,
        "n_units": view.n_units,
        "limits": view.value_limits,
        "is_answer": view.is_answer,
    }
