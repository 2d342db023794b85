"""Linear pieces, lines of units and ties, against Keras's own activations and brute force on a fine mesh."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, datasets
from replay.network.activations import CATALOGUE
from replay.views.shared.cells import Cells
from replay.views.shared.geometry import Limits
from replay.views.shared.pieces import Pieces
from replay.views.shared.ties import Ties

Array = np.ndarray
MakeRun = Callable[..., Path]
LIMITS = Limits((-1.5, 1.5), (-1.0, 2.0))
PIXELS = 400
KINDS: dict[str, dict[str, Any]] = {
    "relu": {"units": (2, 5, 1), "activation": "relu"},
    "three layers of sixteen": {"units": (2, 16, 16, 16, 1), "activation": "relu", "seed": 1},
    "leaky": {"units": (2, 6, 4, 1), "activation": "leaky_relu", "seed": 2},
    "relu6": {"units": (2, 5, 5, 1), "activation": "relu6", "seed": 3},
    "hard tanh": {"units": (2, 4, 4, 1), "activation": "hard_tanh", "seed": 4},
    "hard sigmoid": {"units": (2, 4, 4, 1), "activation": "hard_sigmoid", "seed": 5},
    "four classes": {"units": (2, 6, 5, 4), "activation": "relu", "data": datasets.blobs(15), "seed": 6},
    "linear": {"units": (2, 3, 1), "activation": "linear"},
}


@pytest.fixture(params=list(KINDS))
def replay(request: pytest.FixtureRequest, make_run: MakeRun) -> Replay:
    return Replay(make_run(**KINDS[request.param], n_snapshots=3))


def pieces_of(replay: Replay, epoch: float = 2, **levels: Any) -> Pieces:
    hidden = replay.recording.description.layers[:-1]
    wanted = {layer.name: (0.0,) for layer in hidden} | levels
    return Pieces.over(LIMITS, replay.evaluation.network, replay.evaluation.at(epoch).weights, wanted)


def in_float64(replay: Replay, points: Array) -> list[Array]:
    """The pre-activations of every layer, written out once more: (n_points, units) each."""
    weights = [each[0].astype(np.float64) for each in replay.evaluation.at(2).weights]
    found, a = [], points.astype(np.float64)
    layers = replay.recording.description.layers
    for layer, kernel, bias in zip(layers, weights[::2], weights[1::2], strict=True):
        found.append(a @ kernel + bias)
        a = CATALOGUE[layer.activation or "linear"](found[-1])
    return found


def mesh(pixels: int = PIXELS) -> Array:
    x, y = (np.linspace(*side, pixels) for side in LIMITS)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


def patterns(replay: Replay, points: Array) -> Array:
    """A number for the piece of each hidden unit's activation that every point is on: (n_points,)."""
    bends = {
        "relu": [0], "leaky_relu": [0], "relu6": [0, 6], "hard_tanh": [-1, 1], "hard_sigmoid": [-3, 3],
        "linear": [],
    }  # fmt: skip
    random, numbers = np.random.default_rng(0), np.zeros(len(points), np.uint64)
    layers = replay.recording.description.layers[:-1]
    for layer, z in zip(layers, in_float64(replay, points)[:-1], strict=True):
        pieces = np.searchsorted(bends[layer.activation or ""], z.ravel()).reshape(z.shape)
        keys = random.integers(1, 2**62, z.shape[1], dtype=np.uint64)
        numbers += pieces.astype(np.uint64) @ keys
    return numbers


def test_the_cells_are_the_activation_patterns_of_a_fine_mesh(replay: Replay) -> None:
    cells = pieces_of(replay).cells
    seen, counts = np.unique(patterns(replay, mesh()), return_counts=True)
    centres = np.stack([polygon.mean(axis=0) for polygon in cells.polygons()])
    of_cells = patterns(replay, centres)
    assert len(np.unique(of_cells)) == cells.n  # each cell has a pattern of its own
    areas = dict(zip(of_cells.tolist(), cells.areas, strict=True))
    pixel = 9 / PIXELS**2
    for pattern, count in zip(seen.tolist(), counts, strict=True):
        perimeter = 4 * np.sqrt(count) + 40  # pixels that a border may add or take
        assert areas[pattern] / pixel == pytest.approx(count, abs=perimeter)
    assert cells.n >= len(seen)


def test_within_each_cell_the_network_is_linear(replay: Replay) -> None:
    pieces = pieces_of(replay)
    cells, z = pieces.cells, pieces.z
    assert z is not None
    np.testing.assert_allclose(z, in_float64(replay, cells.points)[-1], atol=1e-9)
    centres = np.stack([polygon.mean(axis=0) for polygon in cells.polygons()])
    np.testing.assert_allclose(cells.means(z), in_float64(replay, centres)[-1], atol=1e-9)
    large = cells.areas > 1e-3
    nearby = centres + 1e-5 * np.array([1.0, -2.0])
    change = in_float64(replay, nearby)[-1] - in_float64(replay, centres)[-1]
    told = np.einsum("cdu,d->cu", cells.slopes(z), 1e-5 * np.array([1.0, -2.0]))
    np.testing.assert_allclose(told[large], change[large], atol=1e-9)


def test_lines_lie_where_keras_has_zero(replay: Replay) -> None:
    keras = pytest.importorskip("keras")
    description, weights = replay.recording.description, replay.evaluation.at(2).weights
    layers = [keras.layers.Dense(layer.units, layer.activation) for layer in description.layers]
    model = keras.Sequential([keras.layers.Input((2,)), *layers])
    model.set_weights([each[0] for each in weights])
    numbers = {layer.name: number for number, layer in enumerate(description.layers)}
    pieces = pieces_of(replay)
    assert {(line.layer, line.unit) for line in pieces.lines} == {
        (layer.name, unit) for layer in description.layers[:-1] for unit in range(layer.units or 0)
    }
    for line in pieces.lines:
        number = numbers[line.layer]
        middles = line.segments.mean(axis=1)
        a = middles.astype(np.float32)
        for layer in model.layers[:number]:
            a = np.asarray(layer(a))
        kernel, bias = model.layers[number].get_weights()
        if len(a):
            z = a @ kernel[:, line.unit] + bias[line.unit]
            np.testing.assert_allclose(z, 0, atol=2e-4)


def test_lines_are_whole_wherever_the_sign_changes_on_a_mesh(replay: Replay) -> None:
    pixels = 80
    x, y = (np.linspace(*side, pixels) for side in LIMITS)
    step = x[1] - x[0]
    by_layer = in_float64(replay, mesh(pixels))
    names = [layer.name for layer in replay.recording.description.layers]
    for line in pieces_of(replay).lines:
        z = by_layer[names.index(line.layer)][:, line.unit].reshape(pixels, pixels)
        up, across = np.nonzero((z[:, 1:] > 0) != (z[:, :-1] > 0))
        places = np.stack([x[across] + step / 2, y[up]], axis=1)
        for place in places[:: max(1, len(places) // 12)]:
            assert _distance(place, line.segments) < 0.51 * step


def _distance(point: Array, segments: Array) -> float:
    start, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    share = np.clip(((point - start) * along).sum(axis=1) / (along**2).sum(axis=1), 0, 1)
    return float(np.hypot(*(start + share[:, None] * along - point).T).min())


def scores_of(replay: Replay, z: Array) -> Array:
    return np.concatenate([np.zeros_like(z), z], axis=1) if z.shape[1] == 1 else z


def test_ties_are_where_the_leading_class_changes_on_a_mesh(replay: Replay) -> None:
    pieces = pieces_of(replay)
    assert pieces.z is not None
    ties = Ties.within(pieces.cells, scores_of(replay, pieces.z))
    middles = scores_of(replay, in_float64(replay, ties.segments.mean(axis=1))[-1])
    if len(middles):
        ordered = np.sort(middles, axis=1)
        np.testing.assert_allclose(ordered[:, -1], ordered[:, -2], atol=1e-8)
    pixels = 200
    x, y = (np.linspace(*side, pixels) for side in LIMITS)
    step = x[1] - x[0]
    leading = scores_of(replay, in_float64(replay, mesh(pixels))[-1]).argmax(axis=1).reshape(pixels, pixels)
    up, across = np.nonzero(leading[:, 1:] != leading[:, :-1])
    assert bool(len(up)) <= bool(len(ties.ends))
    for place in np.stack([x[across] + step / 2, y[up]], axis=1)[:: max(1, len(up) // 60)]:
        assert _distance(place, ties.segments) < 0.51 * step


def test_kinks_lie_on_lines_of_units(replay: Replay) -> None:
    levels = {"hard_tanh": (-1.0, 1.0), "hard_sigmoid": (-3.0, 3.0), "relu6": (0.0, 6.0)}
    layers = replay.recording.description.layers[:-1]
    asked = {layer.name: levels.get(layer.activation or "", (0.0,)) for layer in layers}
    pieces = pieces_of(replay, **asked)
    assert pieces.z is not None
    kinks = Ties.within(pieces.cells, scores_of(replay, pieces.z)).kinks
    if layers[0].activation == "linear":
        assert not len(kinks)
        return
    segments = np.concatenate([line.segments for line in pieces.lines])
    for kink in kinks:
        assert _distance(kink, segments) < 1e-9


def test_the_boundary_of_two_relu_units_turns_once_at_each_line_it_crosses(make_run: MakeRun) -> None:
    cells = Cells.within(Limits((-1.0, 1.0), (-1.0, 1.0)))
    assert cells.n == 1
    replay = Replay(make_run(units=(2, 2, 1), activation="relu", n_snapshots=1))
    weights = [
        np.array([[[1.0, 0.0], [0.0, 1.0]]], np.float32),
        np.zeros((1, 2), np.float32),
        np.array([[[1.0], [1.0]]], np.float32),
        np.array([[-0.5]], np.float32),
    ]
    pieces = Pieces.over(Limits((-1.0, 1.0), (-1.0, 1.0)), replay.evaluation.network, weights, {})
    assert pieces.z is not None
    assert pieces.cells.n == 4
    ties = Ties.within(pieces.cells, scores_of(replay, pieces.z))
    # relu(x) + relu(y) = 0.5: from (0.5, −1) up to (0.5, 0), down to (0, 0.5), and to (−1, 0.5).
    ends = {tuple(np.round(end, 9)) for segment in ties.segments for end in segment}
    assert ends == {(0.5, -1.0), (0.5, 0.0), (0.0, 0.5), (-1.0, 0.5)}
    assert {tuple(kink) for kink in np.round(ties.kinks, 9)} == {(0.5, 0.0), (0.0, 0.5)}


def test_a_network_that_is_not_linear_has_the_lines_of_its_first_layer(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 3, 4, 1), activation="tanh"))
    pieces = pieces_of(replay)
    assert pieces.z is None
    assert pieces.cells.n == 1
    assert [(line.layer, line.unit) for line in pieces.lines] == [("hidden_1", unit) for unit in range(3)]
    kernel, bias = (each[0].astype(float) for each in replay.evaluation.at(2).weights[:2])
    for line in pieces.lines:
        assert len(line.segments) <= 1  # straight
        np.testing.assert_allclose(line.segments @ kernel[:, line.unit] + bias[line.unit], 0, atol=1e-12)


def test_levels_other_than_zero_are_parallels(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 2, 1), activation="sigmoid"))
    lines = pieces_of(replay, hidden=(-1.0, 0.0, 1.0)).lines
    assert [line.level for line in lines] == [-1, 0, 1, -1, 0, 1]
    kernel, bias = (each[0].astype(float) for each in replay.evaluation.at(2).weights[:2])
    for line in lines:
        z = line.segments @ kernel[:, line.unit] + bias[line.unit]
        np.testing.assert_allclose(z, line.level, atol=1e-12)


def test_dead_and_constant_units_have_no_line(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 3, 1), activation="relu", n_snapshots=1))
    weights = [each.copy() for each in replay.evaluation.at(0).weights]
    weights[0][0, :, 0], weights[1][0, 0] = 0, 0  # z is 0 everywhere
    weights[0][0, :, 1], weights[1][0, 1] = 0, -1
    pieces = Pieces.over(LIMITS, replay.evaluation.network, weights, {"hidden": (0.0,)})
    assert [len(line.segments) for line in pieces.lines][:2] == [0, 0]


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e38])
def test_weights_that_are_not_finite_give_no_pieces(make_run: MakeRun, value: float) -> None:
    replay = Replay(make_run(units=(2, 3, 3, 1), activation="relu", n_snapshots=1))
    weights = [each.copy() for each in replay.evaluation.at(0).weights]
    weights[2][:] = value
    pieces = Pieces.over(LIMITS, replay.evaluation.network, weights, {})
    assert (pieces.z is None) == (not np.isfinite(value))
