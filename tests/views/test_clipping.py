"""Clipping by value and by norm: against Keras's optimizers, on the two largest components."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay
from replay.errors import ViewError
from replay.views.clipping import BY_NORM, BY_VALUE, Clipping, clippings
from tests.views.test_loss_surface import WAY, write_line


def by_keras(gradients: list[np.ndarray], **limit: float) -> list[np.ndarray]:
    """What Keras's optimizer takes from zeros in one step of learning rate 1: the clipped gradients."""
    variables = [keras.Variable(np.zeros(each.shape, "f4")) for each in gradients]
    optimizer = keras.optimizers.SGD(1.0, **limit)
    optimizer.apply([keras.ops.convert_to_tensor(each.astype("f4")) for each in gradients], variables)
    return [-np.asarray(variable) for variable in variables]


@pytest.mark.parametrize("name", ["clipvalue", "clipnorm", "global_clipnorm"])
def test_what_the_run_does_is_what_keras_does(make_run: Any, name: str) -> None:
    limit = 0.03
    replay = Replay(make_run(units=(2, 3, 3, 1), optimizer={"class": "SGD", name: limit}))
    own = next(view for view in clippings(replay.evaluation) if view.is_own)
    assert own.kind == (BY_VALUE if name == "clipvalue" else BY_NORM) and own.limit == limit
    for epoch in (0, 4):
        gradients = [each[0] for each in replay.evaluation.at(epoch).gradients()]
        expected = by_keras(gradients, **{name: limit})
        frame = own.at(epoch)
        for (array, place), before, after in zip(own.places, frame.before, frame.after, strict=True):
            assert before == pytest.approx(gradients[array].ravel()[place], rel=1e-6)
            assert after == pytest.approx(expected[array].ravel()[place], rel=1e-5)


def test_by_norm_keeps_the_direction_and_by_value_hits_the_box(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 3, 3, 1), optimizer={"class": "SGD", "global_clipnorm": 1e-3}))
    by_value, by_norm = (view.at(2) for view in clippings(replay.evaluation))
    np.testing.assert_allclose(np.abs(by_value.after), 1e-3)
    np.testing.assert_allclose(
        by_norm.after / np.linalg.norm(by_norm.after), by_norm.before / np.linalg.norm(by_norm.before)
    )
    assert by_norm.after_norm == pytest.approx(1e-3, rel=1e-6)
    assert by_norm.norm == by_value.norm > 1e-3 and by_norm.clipped and by_value.clipped


def test_the_two_components_are_those_that_are_largest_over_the_run(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 3, 1), optimizer={"class": "SGD", "clipvalue": 0.1}))
    view = Clipping(replay.evaluation, BY_VALUE)
    total = 0.0
    for epoch in range(5):
        flat = np.concatenate([each.ravel() for each in replay.evaluation.at(epoch).gradients()])
        total = total + (flat / np.linalg.norm(flat)) ** 2
    ends = np.cumsum([0, *(array.size for array in replay.recording.weights_at(0))])
    assert {int(ends[array]) + place for array, place in view.places} == set(np.argsort(total)[-2:])


def test_with_clipnorm_both_are_of_one_array(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 3, 1), optimizer={"class": "SGD", "clipnorm": 0.1}))
    view = Clipping(replay.evaluation, BY_NORM)
    (array, _), (other, _) = view.places
    assert array == other and view.n_together == replay.recording.weights_at(0)[array].size


def test_two_weights_are_called_what_they_are(tmp_path: Any) -> None:
    path = write_line(tmp_path / "run.h5", WAY, optimizer={"class": "SGD", "global_clipnorm": 1.0})
    view = Clipping(Replay(path).evaluation, BY_NORM)
    assert view.names == ("weight of x", "bias") and view.n_together == 2


def test_a_gradient_within_the_limit_is_not_clipped(make_run: Any) -> None:
    replay = Replay(make_run(optimizer={"class": "SGD", "clipvalue": 1e6}))
    for view in clippings(replay.evaluation):
        frame = view.at(1)
        assert not frame.clipped
        np.testing.assert_array_equal(frame.before, frame.after)


@pytest.mark.parametrize("optimizer", [None, {"class": "SGD"}, {"class": "SGD", "clipnorm": None}])
def test_a_run_without_clipping_is_refused_and_told_what_it_needs(make_run: Any, optimizer: Any) -> None:
    with pytest.raises(ViewError, match="does not clip: train with clipvalue, clipnorm or global_clipnorm"):
        clippings(Replay(make_run(optimizer=optimizer)).evaluation)
