"""Page data of a fit: the scales of the films, in parts by the number of inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay
from replay.errors import ViewError
from replay.network.description import DataDescription
from replay.player.interactive import page_of
from replay.player.payload.fit_data import fit_data
from replay.player.payload.script_json import plain_json
from replay.runs.evaluation import Evaluation
from replay.runs.regression import value_limits
from replay.views.fit import fit
from tests.conftest import MakeRun

RNG = np.random.default_rng(0)


def regression(make: MakeRun, n_inputs: int, columns: int = 1, hidden: int = 4, **more: Any) -> Evaluation:
    """A run of 30 samples with random numbers."""
    data = RNG.normal(size=(30, n_inputs)), RNG.normal(size=(30, columns))
    facts: dict[str, Any] = {"output_activation": "linear", "loss": "mean_squared_error", **more}
    path: Path = make(units=(n_inputs, hidden, columns), data=data, **facts)
    return Replay(path).evaluation


def data_of(evaluation: Evaluation) -> dict[str, Any]:
    found = fit_data(evaluation)
    assert found is not None and plain_json(found)
    return found


def test_of_one_input_it_has_the_limits_of_curve_and_contributions(make_run: MakeRun) -> None:
    evaluation = regression(make_run, 1, hidden=10)
    found, (line, adding) = data_of(evaluation), fit(evaluation)
    assert found["curve"]["limits"] == line.limits and found["curve"]["data"] == line.data
    assert found["curve"]["hinges"]["layer"] == "hidden" and found["curve"]["coloured"]
    assert found["contributions"]["layer"] == "hidden"
    np.testing.assert_array_equal(found["contributions"]["units"], adding.units)
    assert found["contributions"]["n_units"] == 10 and found["contributions"]["limits"] == adding.value_limits
    assert found["surfaces"] == [] and found["predictions"] is found["residuals"] is None
    assert found["values"] == value_limits(evaluation)


def test_of_two_inputs_it_has_levels_and_the_largest_residual(make_run: MakeRun) -> None:
    evaluation = regression(make_run, 2)
    found, (surface, residuals) = data_of(evaluation), fit(evaluation)
    (only,) = found["surfaces"]
    assert only == {"column": 0, "values": surface.values, "levels": surface.levels}
    assert found["residuals"] == {"largest": residuals.largest}
    assert found["curve"] is found["predictions"] is None


def test_several_columns_of_two_inputs_have_a_surface_each(make_run: MakeRun) -> None:
    found = data_of(regression(make_run, 2, columns=2))
    assert [one["column"] for one in found["surfaces"]] == [0, 1]
    assert [name["en"] for name in found["columns"]] == ["output 1", "output 2"]


def test_of_more_inputs_it_has_the_limits_of_predictions(make_run: MakeRun) -> None:
    evaluation = regression(make_run, 3)
    found, (true, residuals) = data_of(evaluation), fit(evaluation)
    assert found["predictions"] == {"limits": true.values, "residuals": residuals.limits.y}


def test_where_the_page_asks_no_network_it_has_predictions_alone(make_run: MakeRun) -> None:
    found = fit_data(regression(make_run, 2), asks=False)
    assert found is not None and found["surfaces"] == [] and found["residuals"] is None
    assert set(found["predictions"]) == {"limits", "residuals"}


def test_columns_have_their_names(make_run: MakeRun) -> None:
    evaluation = regression(make_run, 1, described=DataDescription(target="price"))
    assert [name["es"] for name in data_of(evaluation)["columns"]] == ["price"]


def test_without_a_hidden_layer_nothing_is_added(make_run: MakeRun) -> None:
    data = np.linspace(0, 1, 5).reshape(-1, 1), np.linspace(0, 1, 5)
    path = make_run(units=(1, 1), data=data, output_activation="linear", loss="mean_squared_error")
    found = data_of(Replay(path).evaluation)
    assert found["contributions"] is None and found["curve"]["coloured"] is False


@pytest.mark.parametrize("facts", [{}, {"units": (2, 3, 2)}])
def test_a_classifier_has_no_fit(make_run: MakeRun, facts: dict[str, Any]) -> None:
    assert fit_data(Replay(make_run(**facts)).evaluation) is None


def test_of_very_many_columns_there_is_none(make_run: MakeRun) -> None:
    assert fit_data(regression(make_run, 2, columns=11)) is None
    assert fit_data(regression(make_run, 2, columns=10)) is not None


def test_a_page_that_is_to_begin_with_a_fit_that_it_has_not_says_why(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match="tells classes apart"):
        page_of([Replay(make_run()).evaluation], still=False, view="fit")
    with pytest.raises(ViewError, match="10 numbers at most, and this run predicts 11"):
        page_of([regression(make_run, 2, columns=11)], still=False, view="fit")
