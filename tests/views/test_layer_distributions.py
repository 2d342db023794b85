"""Distributions by layer: densities against SciPy's, shares and quartiles against counting."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from replay import Replay, RunWriter
from replay.errors import ViewError
from replay.views import layer_distributions
from replay.views.layer_distributions import QUANTITIES, LayerDistributions, bandwidth, density


def deep(make_run: Any, **facts: Any) -> Replay:
    return Replay(make_run(**{"units": (2, 16, 12, 1), "activation": "relu", "n_snapshots": 4, **facts}))


def raw(replay: Replay, quantity: str, epoch: float) -> list[np.ndarray]:
    """All values of each hidden layer, as other parts of the package give them."""
    if quantity in ("weights", "gradients"):
        moment, recording = replay.evaluation.at(epoch), replay.recording
        arrays = moment.gradients() if quantity == "gradients" else recording.weights_at(epoch)
        return [arrays[0].ravel(), arrays[2].ravel()]
    before = quantity == "pre-activations"
    return [
        replay.activations(name, epochs=[epoch], before_activation=before).ravel()
        for name in ("hidden_1", "hidden_2")
    ]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_shares_quartiles_and_density_are_those_of_all_values(make_run: Any, quantity: str) -> None:
    replay = deep(make_run)
    view = LayerDistributions(replay.evaluation, quantity, include_inputs=False)
    assert view.names == ("hidden_1", "hidden_2") and view.depths == (0.0, 0.5)
    low, high = view.limits
    for epoch in (0, 3):
        frame = view.at(epoch)
        for layer, values in enumerate(raw(replay, quantity, epoch)):
            values = values.astype(np.float64)
            others = values[values != 0]
            size = np.abs(values)
            if view.logarithmic:
                others = np.log10(np.abs(others))
            assert frame.zero[layer] == pytest.approx((values == 0).mean())
            assert frame.below[layer] == pytest.approx((others < low).sum() / len(values))
            assert frame.above[layer] == pytest.approx((others > high).sum() / len(values))
            with np.errstate(divide="ignore"):
                quartiles = np.quantile(size if view.logarithmic else values, (0.25, 0.5, 0.75))
                expected = np.log10(quartiles) if view.logarithmic else quartiles
            np.testing.assert_allclose(frame.quartiles[layer], expected, rtol=1e-5, atol=1e-6)
            whole = frame.density[layer].sum() * np.diff(view.edges[layer])[0]
            assert whole <= 1 - frame.zero[layer] + 1e-6  # a little reaches beyond the ends of the axis
            assert whole > 0.7 * (1 - frame.zero[layer])
        assert not frame.missing.any()


ENDS = {
    "sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, np.inf), "relu6": (0, 6), "elu": (-1, np.inf),
    "softplus": (0, np.inf), "softsign": (-1, 1), "hard_tanh": (-1, 1), "selu": (-1.7580994, np.inf),
}  # fmt: skip


@pytest.mark.parametrize("activation", ENDS)
def test_no_density_reaches_beyond_the_range_of_an_activation(make_run: Any, activation: str) -> None:
    replay = deep(make_run, activation=activation, n_snapshots=30)
    view = LayerDistributions(replay.evaluation, "activations", exclude_outputs=False)
    assert view.ranges[0] == (-np.inf, np.inf) and view.ranges[-1] == (0, 1)
    for layer in (1, 2):
        np.testing.assert_allclose(view.ranges[layer], ENDS[activation], rtol=1e-6)
        assert ENDS[activation][0] - 1e-6 <= view.edges[layer, 0] < view.edges[layer, -1]
        assert view.edges[layer, -1] <= ENDS[activation][1] + 1e-6
    if np.isfinite(ENDS[activation]).all():
        np.testing.assert_allclose(view.edges[1, [0, -1]], ENDS[activation])
    for epoch in (0, 29):
        frame = view.at(epoch)
        for layer in (1, 2):
            whole = frame.density[layer].sum() * np.diff(view.edges[layer])[0]
            within = 1 - frame.zero[layer] - frame.above[layer] - frame.below[layer]
            assert whole == pytest.approx(within, abs=0.02)  # nothing is lost at the ends of a range


def test_at_an_end_that_no_value_can_cross_the_density_is_reflected() -> None:
    even = np.random.default_rng(0).uniform(size=20_000)
    edges = np.linspace(0, 1, 101)
    np.testing.assert_allclose(density(even, edges, (True, True)), 1, atol=0.1)
    open_ended = density(even, edges, (False, True))
    assert open_ended[0] == pytest.approx(0.5, abs=0.1) and open_ended[-1] == pytest.approx(1, abs=0.1)


def test_few_values_are_dots_in_the_order_of_the_weights(make_run: Any) -> None:
    replay = deep(make_run, units=(2, 2, 15, 1))
    frame = LayerDistributions(replay.evaluation, "weights").at(2)
    weights = replay.recording.weights_at(2)
    np.testing.assert_allclose(frame.dots[0], weights[0].ravel())
    assert not frame.density[0].any()
    assert frame.dots[1].size == 0 and frame.density[1].any()  # 30 values
    sizes = LayerDistributions(replay.evaluation, "gradients").at(2)
    with np.errstate(divide="ignore"):
        expected = np.log10(np.abs(replay.evaluation.at(2).gradients()[0].ravel()))
    np.testing.assert_allclose(sizes.dots[0], expected, rtol=1e-5)


def test_the_density_is_that_of_a_gaussian_kernel() -> None:
    values = np.concatenate([np.random.default_rng(0).normal(size=800), np.full(200, 2.5)])
    edges = np.linspace(-6, 6, 401)
    centres = (edges[1:] + edges[:-1]) / 2
    width = bandwidth(values)
    expected = gaussian_kde(values, bw_method=width / values.std(ddof=1))(centres)
    np.testing.assert_allclose(density(values, edges), expected, atol=0.015 * expected.max())


def test_the_bandwidth_is_that_of_silverman_and_has_no_need_of_a_spread() -> None:
    values = np.random.default_rng(1).normal(scale=3, size=20_000)
    assert bandwidth(values) == pytest.approx(0.9 * 3 * 20_000**-0.2, rel=0.02)
    assert bandwidth(np.ones(5)) == 0
    assert bandwidth(np.array([0.0] * 9 + [1.0])) == pytest.approx(0.9 * 0.3 * 10**-0.2)  # no IQR
    alike = density(np.ones(5), np.linspace(0, 2, 11))
    assert alike.sum() * 0.2 == pytest.approx(1) and alike.argmax() == 5


def test_inputs_come_first_and_layers_in_the_order_of_the_network(make_run: Any) -> None:
    evaluation = deep(make_run).evaluation
    view = LayerDistributions(evaluation, "activations", exclude_outputs=False)
    assert view.names == ("inputs", "hidden_1", "hidden_2", "output")
    assert view.depths == (None, 0.0, 0.5, 1.0)
    named = LayerDistributions(evaluation, "activations", ["output", "hidden_1"], include_inputs=False)
    assert named.names == ("hidden_1", "output")
    assert LayerDistributions(evaluation, "weights").names == ("hidden_1", "hidden_2")


def test_a_frame_takes_the_same_few_values_at_every_epoch(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_distributions, "MAX_VALUES", 50)
    monkeypatch.setattr(layer_distributions, "FEWEST_SAMPLES", 20)
    monkeypatch.setattr(layer_distributions, "SAMPLE_VALUES", 1)
    evaluation = deep(make_run).evaluation
    view, again = (LayerDistributions(evaluation, "pre-activations") for _ in range(2))
    few = view.values_at(1.5)
    assert {name: len(values) for name, values in few.items()} == {
        "inputs": 40,
        "hidden_1": 50,
        "hidden_2": 50,
    }
    everything = evaluation.network.evaluate(
        evaluation.inputs, evaluation.recording.weights_at(1.5), "hidden_1", True
    )
    assert np.isin(few["hidden_1"], everything).all() and len(np.unique(few["hidden_1"])) > 45
    for name, values in again.values_at(1.5).items():
        np.testing.assert_array_equal(values, few[name])


def rewritten(replay: Replay, path: Any, factors: list[float]) -> Replay:
    """The first snapshot of a run at every epoch, its weights times a factor."""
    recording = replay.recording
    with RunWriter(path, recording.description, recording.inputs, recording.targets) as writer:
        for epoch, factor in enumerate(factors):
            writer.snapshot(epoch, [array[0] * np.float32(factor) for array in recording.weights_at(0)])
    return Replay(path)


def test_a_few_snapshots_do_not_flatten_the_others(make_run: Any, tmp_path: Any) -> None:
    replay = deep(make_run)
    sound = LayerDistributions(replay.evaluation, "weights")
    usual = rewritten(replay, tmp_path / "a.h5", [1] * 30).evaluation
    early = rewritten(replay, tmp_path / "b.h5", [9] + [1] * 29).evaluation
    growing = rewritten(replay, tmp_path / "c.h5", [*np.linspace(1, 9, 30)]).evaluation
    exploding = rewritten(replay, tmp_path / "d.h5", [1, 1, 1e9, np.nan]).evaluation
    limits = [LayerDistributions(run, "weights").limits for run in (usual, early, growing, exploding)]
    np.testing.assert_allclose(limits[1], limits[0])
    np.testing.assert_allclose(limits[3], limits[0])
    np.testing.assert_allclose(limits[2], np.multiply(limits[0], 9), rtol=1e-5)
    assert sound.limits[0] < 0 < sound.limits[1]
    far = LayerDistributions(early, "weights").at(0)
    assert (far.below + far.above > 0.3).all()


def test_what_is_not_finite_is_counted_and_has_no_place(make_run: Any, tmp_path: Any) -> None:
    replay = rewritten(deep(make_run), tmp_path / "lost.h5", [1, np.nan, np.inf])
    for quantity in QUANTITIES:
        view = LayerDistributions(replay.evaluation, quantity, include_inputs=False)
        assert np.isfinite(view.limits).all()
        frame = view.at(1)
        assert frame.missing.tolist() == [1, 1]
        assert np.isnan(frame.quartiles).all() and not frame.density.any() and not frame.zero.any()
        view.at(1.5), view.at(2)
    alone = rewritten(deep(make_run), tmp_path / "nan.h5", [np.nan])
    assert LayerDistributions(alone.evaluation, "weights").limits[0] < 0


def test_gradients_that_vanish_lie_decades_below(make_run: Any) -> None:
    """Sigmoid upon sigmoid passes on at most a quarter (here far less) of the gradient a layer."""
    replay = deep(make_run, units=(2, 6, 6, 6, 6, 1), activation="sigmoid", n_snapshots=2)
    medians = LayerDistributions(replay.evaluation, "gradients").at(0).quartiles[:, 1]
    expected = [np.log10(np.median(np.abs(replay.evaluation.at(0).gradients()[2 * n]))) for n in range(4)]
    np.testing.assert_allclose(medians, expected, rtol=1e-5)
    assert medians[0] < medians[-1] - 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("bias",), "unknown quantity"),
        (("weights", ["hiden_1"]), "hidden_1"),
        (("weights", []), "no layer is named"),
    ],
)
def test_errors_say_what_there_is(make_run: Any, arguments: Any, message: str) -> None:
    with pytest.raises(ViewError, match=message):
        LayerDistributions(deep(make_run).evaluation, *arguments)


def test_a_network_of_an_output_alone_says_how_to_show_it(make_run: Any) -> None:
    evaluation = deep(make_run, units=(2, 1)).evaluation
    with pytest.raises(ViewError, match="choose it by name"):
        LayerDistributions(evaluation, "weights")
    assert LayerDistributions(evaluation, "weights", exclude_outputs=False).names == ("output",)
