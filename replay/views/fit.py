"""The fit of a regression: the curve or the surface that the network has learnt, and how far it is off."""

from __future__ import annotations

from replay.runs.evaluation import Evaluation
from replay.runs.regression import check, n_columns, n_inputs
from replay.views.contributions import contributions_of
from replay.views.fitted_curve import FittedCurve, data_limits, input_limits
from replay.views.fitted_surface import FittedSurface
from replay.views.predictions import PredictedAgainstTrue, Residuals
from replay.views.residual_plane import ResidualPlane
from replay.views.view import View

MOST_SURFACES = 3  # columns of targets that have a plane of their own


def fit(evaluation: Evaluation) -> list[View]:
    """What a regression has learnt, in parts by the number of its inputs, the one that tells most first.

    Of one input: the curve through the data, and what each unit of the last hidden layer adds to it. Of two:
    the surface over the plane, and the residuals there; of several targets a surface each. Of more, or of
    images, or of a run that has answers for its samples alone: predicted against true numbers, and the
    residuals. Raises ViewError for a run that is no
    regression, or whose targets cannot be compared with its answers.
    """
    check(evaluation, "the fit")
    inputs = n_inputs(evaluation)
    if evaluation.has_answers_alone and evaluation.mesh is None:
        return [PredictedAgainstTrue(evaluation), Residuals(evaluation)]
    if inputs == 1:
        adding = contributions_of(evaluation, input_limits(evaluation), data_limits(evaluation))
        return [FittedCurve(evaluation, adding)] + ([] if adding is None else [adding])
    if inputs == 2:
        columns = n_columns(evaluation)
        if columns == 1:
            return [FittedSurface(evaluation), ResidualPlane(evaluation)]
        return [FittedSurface(evaluation, column) for column in range(min(columns, MOST_SURFACES))]
    return [PredictedAgainstTrue(evaluation), Residuals(evaluation)]
