"""Graphs of layers in NumPy: by hand, by differences, in batches, and with rows that an Embedding lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from replay import LayerDescription, dense
from replay.errors import ViewError
from replay.network.description import WeightDescription
from replay.network.in_numpy import backward, forward
from replay.network.in_numpy.forward import Network, widest
from replay.network.in_numpy.layers import LAYERS
from replay.network.in_numpy.shapes import layer_shapes
from replay.network.losses import losses

Array = np.ndarray
LOSS = {"name": "mean_squared_error"}
SHORTCUT = (
    dense("first", 3, 4, "tanh"),
    dense("inner", 4, 6, "mish"),
    dense("back", 6, 4),
    LayerDescription("sum", "Add", units=4, shape=(4,), inputs=("first", "back")),
    LayerDescription("gate", "Multiply", units=4, shape=(4,), inputs=("sum", "first", "sum")),
    LayerDescription("row", "Concatenate", units=10, shape=(10,), inputs=("gate", "inner")),
    dense("output", 10, 2, "sigmoid"),
)


def weights_of(
    layers: Sequence[LayerDescription], n_snapshots: int = 3, dtype: Any = np.float32
) -> list[Array]:
    rng = np.random.default_rng(2)
    shapes = [weight.shape for layer in layers for weight in layer.weights]
    return [rng.normal(0, 0.6, (n_snapshots, *shape)).astype(dtype) for shape in shapes]


def by_hand(x: Array, weights: Sequence[Array]) -> Array:
    """What SHORTCUT answers at one snapshot."""
    kernels, biases = weights[::2], weights[1::2]
    first = np.tanh(x @ kernels[0] + biases[0])
    z = first @ kernels[1] + biases[1]
    inner = z * np.tanh(np.log1p(np.exp(z)))
    total = first + inner @ kernels[2] + biases[2]
    row = np.concatenate([total * first * total, inner], axis=1)
    return 1 / (1 + np.exp(-(row @ kernels[3] + biases[3])))


X = np.random.default_rng(1).normal(size=(8, 3)).astype(np.float32)
Y = np.random.default_rng(2).uniform(size=(8, 2))


def test_a_graph_is_what_its_formula_says() -> None:
    weights = weights_of(SHORTCUT)
    expected = [by_hand(X, [array[snapshot] for array in weights]) for snapshot in range(3)]
    np.testing.assert_allclose(Network(SHORTCUT).evaluate(X, weights), expected, rtol=1e-4, atol=1e-6)


def test_samples_in_batches_give_what_all_at_once_do(monkeypatch: pytest.MonkeyPatch) -> None:
    weights, network = weights_of(SHORTCUT), Network(SHORTCUT)
    every = [network.evaluate(X, weights, layer.name) for layer in SHORTCUT]
    slopes = network.gradients(X, Y, weights, LOSS)
    sizes = network.signal_sizes(X, Y, weights, LOSS)
    monkeypatch.setattr(forward, "HELD_VALUES", 1)
    monkeypatch.setattr(forward, "KEPT_VALUES", 1)
    for layer, values in zip(SHORTCUT, every, strict=True):
        np.testing.assert_allclose(network.evaluate(X, weights, layer.name), values, rtol=1e-5, atol=1e-6)
    for got, expected in zip(network.gradients(X, Y, weights, LOSS), slopes, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(network.signal_sizes(X, Y, weights, LOSS), sizes, rtol=1e-4)


def test_gradients_equal_central_differences_of_the_mean_loss() -> None:
    weights, network = weights_of(SHORTCUT, 1, np.float64), Network(SHORTCUT)

    def mean_loss() -> float:
        return float(losses(LOSS, Y, network.evaluate(X, weights), None).mean())

    for got, array in zip(network.gradients(X, Y, weights, LOSS), weights, strict=True):
        slopes = np.empty_like(array)
        for index in np.ndindex(*array.shape):
            kept, sides = array[index], []
            for side in (1e-6, -1e-6):
                array[index] = kept + side
                sides.append(mean_loss())
            array[index] = kept
            slopes[index] = (sides[0] - sides[1]) / 2e-6
        np.testing.assert_allclose(got, slopes, rtol=1e-5, atol=1e-8)


def test_pre_activations_of_several_layers_are_those_of_each() -> None:
    weights, network = weights_of(SHORTCUT), Network(SHORTCUT)
    found = dict(network.pre_activations(X, weights, ["back", "inner", "row"]))
    assert list(found) == ["inner", "back", "row"]
    for name, z in found.items():
        np.testing.assert_array_equal(z, network.evaluate(X, weights, name, before_activation=True))


def test_a_layer_starts_from_another_where_nothing_goes_around_it() -> None:
    weights, network = weights_of(SHORTCUT, 1), Network(SHORTCUT)
    first = network.evaluate(X, weights, "first")[0]
    np.testing.assert_array_equal(
        network.evaluate(first, weights, start_after="first"), network.evaluate(X, weights)
    )
    for start, goal in (("inner", None), ("sum", "row"), ("back", "sum"), ("inner", "first")):
        values = network.evaluate(X, weights, start)[0]
        with pytest.raises(ViewError, match=f"does not follow from '{start}' alone"):
            network.evaluate(values, weights, goal, start_after=start)


def test_a_layer_that_leads_nowhere_changes_nothing() -> None:
    lost = dense("lost", 4, 5, "tanh")
    layers = (SHORTCUT[0], lost, *(layer if layer.inputs else replaced(layer) for layer in SHORTCUT[1:]))
    weights = weights_of(SHORTCUT)
    more = [*weights[:2], *weights_of((lost,)), *weights[2:]]
    np.testing.assert_array_equal(Network(layers).evaluate(X, more), Network(SHORTCUT).evaluate(X, weights))
    slopes = Network(layers).gradients(X, Y, more, LOSS)
    assert not slopes[2].any() and not slopes[3].any()
    for got, expected in zip(
        slopes[:2] + slopes[4:], Network(SHORTCUT).gradients(X, Y, weights, LOSS), strict=True
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert not Network(layers).signal_sizes(X, Y, more, LOSS)[:, 1].any()


def replaced(layer: LayerDescription) -> LayerDescription:
    """The layer with the name of the one before it in SHORTCUT as its input."""
    names = [each.name for each in SHORTCUT]
    return LayerDescription(**{**vars(layer), "inputs": (names[names.index(layer.name) - 1],)})


def test_an_unrecorded_layer_hinders_only_what_needs_it() -> None:
    layers = [
        LayerDescription(**{**vars(layer), "recorded": layer.name != "inner"}) for layer in SHORTCUT[:3]
    ]
    sums = LayerDescription("sum", "Add", units=4, shape=(4,), inputs=("first", "first"))
    network = Network([*layers, sums])
    weights = [array for place, array in enumerate(weights_of(SHORTCUT[:3])) if place not in (2, 3)]
    first = network.evaluate(X, weights, "first")
    np.testing.assert_array_equal(network.evaluate(X, weights), 2 * first)
    with pytest.raises(ViewError, match="'inner' were not recorded"):
        network.evaluate(X, weights, "back")


def test_what_is_waited_for_counts_as_held() -> None:
    assert widest([dense("a", 2, 7), dense("b", 7, 3)]) == 7  # a chain holds one layer
    assert widest(SHORTCUT) == 4 + 6 + 4  # `first` and `inner` wait while `back` and `sum` are computed
    wide = [dense("0", 2, 5), *(dense(str(n), 5, 5) for n in range(1, 9))]
    sums = LayerDescription("sum", "Add", units=5, shape=(5,), inputs=tuple(map(str, range(9))))
    assert widest([*wide, sums]) == 9 * 5


def test_the_norm_of_each_samples_gradient_is_that_of_the_sample_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layers = words()
    weights, network = weights_of(layers, 1), Network(layers)
    x, y = np.array([[0, 3], [1, 1], [4, 0]]), Y[:3, :1]
    alone = [network.gradients(x[row : row + 1], y[row : row + 1], weights, LOSS) for row in range(3)]
    expected = [np.sqrt(sum((one.astype(float) ** 2).sum() for one in each)) for each in alone]
    np.testing.assert_allclose(network.gradient_norms(x, y, weights, LOSS), expected, rtol=1e-5)
    monkeypatch.setattr(backward, "PIECE_VALUES", 1)
    np.testing.assert_allclose(network.gradient_norms(x, y, weights, LOSS), expected, rtol=1e-5)


# Embedding


def words(n_words: int = 5) -> list[LayerDescription]:
    return [
        LayerDescription(
            "vectors", "Embedding", 3, shape=(2, 3), weights=(WeightDescription("embeddings", (n_words, 3)),)
        ),
        LayerDescription("flat", "Flatten", 6, shape=(6,)),
        dense("output", 6, 1),
    ]


@pytest.mark.parametrize("dtype", [np.int8, np.int64, np.float32])
def test_each_number_picks_its_row(dtype: Any) -> None:
    weights = weights_of(words())
    x = np.array([[0, 4], [2, 2]])
    got = Network(words()).evaluate(x.astype(dtype), weights, "vectors")
    np.testing.assert_array_equal(got, weights[0][:, x])


def test_a_row_that_is_not_there_is_nan_and_has_no_gradient() -> None:
    weights, network = weights_of(words()), Network(words())
    x = np.array([[0, 5], [1e30, 1], [-6, 2], [np.nan, 3], [-1, 2.9]], np.float32)
    got = network.evaluate(x, weights, "vectors")
    missing = np.isnan(got).all(axis=-1)
    assert (missing == [[False, True], [True, False], [True, False], [True, False], [False, False]]).all()
    assert (np.isnan(got).any(axis=-1) == missing).all()
    np.testing.assert_array_equal(got[:, 4, 0], weights[0][:, 4])  # as in Keras, −1 is the last row
    np.testing.assert_array_equal(got[:, 4, 1], weights[0][:, 2])  # and a number is cut to a whole one
    step = LAYERS["Embedding"].of_weights
    assert step is not None
    slopes = step(np.ones_like(got), x[None], {"embeddings": weights[0]}, {})["embeddings"]
    np.testing.assert_array_equal(slopes[0, :, 0], [1, 1, 2, 1, 1])


def test_rows_are_picked_from_activations_that_differ_by_snapshot() -> None:
    layers = [dense("number", 1, 1), words()[0]]
    weights = [np.array([[[1.0]], [[2.0]]]), np.zeros((2, 1)), weights_of(words(), 2)[0]]
    got = Network(layers).evaluate(np.array([[1.0], [2.0]]), weights)
    assert got.shape == (2, 2, 1, 3)
    for snapshot in range(2):
        rows = np.array([1, 2]) * (snapshot + 1)
        np.testing.assert_allclose(got[snapshot, :, 0], weights[2][snapshot, rows], rtol=1e-6)


# Shapes


@pytest.mark.parametrize(
    ("layers", "words_"),
    [
        ([dense("a", 3, 4), LayerDescription("s", "Add", inputs=("a", "b"))], r"\(4,\) and \(5,\)"),
        ([LayerDescription("s", "Multiply", inputs=("a", "b"))], r"different shapes, \(4,\) and \(5,\)"),
        ([LayerDescription("s", "Dense", inputs=("a", "b"))], "it takes 2 layers, but a Dense takes one"),
        ([LayerDescription("s", "Add", units=3, inputs=("a", "a"))], "declared with 3 units, but has 4"),
        ([LayerDescription("s", "Concatenate", units=8, inputs=("a", "b"))], "8 units, but has 9"),
    ],
)
def test_layers_that_do_not_fit_are_refused(layers: list[LayerDescription], words_: str) -> None:
    start = [LayerDescription("x", "InputLayer"), dense("a", 3, 4), replaced_by("b", 3, 5, ("x",))]
    with pytest.raises(ViewError, match=f"layer 's' does not fit the network: .*{words_}"):
        layer_shapes([*start, *layers[-1:]], (3,))


def replaced_by(name: str, n: int, units: int, inputs: tuple[str, ...]) -> LayerDescription:
    return LayerDescription(**{**vars(dense(name, n, units)), "inputs": inputs})


@pytest.mark.parametrize(("first", "second"), [((2, 3), (3, 3)), ((), ()), ((3,), (3, 1))])
def test_parts_of_other_axes_are_not_joined(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    join = LAYERS["Concatenate"].join
    assert join is not None
    with pytest.raises(ViewError, match="cannot join"):
        join.shape(LayerDescription("s", "Concatenate"), [first, second])


@pytest.mark.parametrize("shape", [(5,), (0, 3), (2**24 + 1, 3)])
def test_embeddings_that_are_no_rows_are_refused(shape: tuple[int, ...]) -> None:
    layer = LayerDescription("v", "Embedding", weights=(WeightDescription("embeddings", shape),))
    with pytest.raises(ViewError, match="'v' does not fit the network: its embeddings have shape"):
        layer_shapes([layer], (2,))
    with pytest.raises(ViewError, match="it has no embeddings"):
        layer_shapes([LayerDescription("v", "Embedding")], (2,))


def test_values_that_multiply_are_refused_before_they_are_computed() -> None:
    doubling = [LayerDescription("0", "InputLayer")]
    doubling += [LayerDescription(str(n), "Concatenate", inputs=(str(n - 1),) * 2) for n in range(1, 1000)]
    with pytest.raises(
        ViewError, match=r"layer '25' does not fit .* more than 64,000,000 values for a sample"
    ):
        layer_shapes(doubling, (2,))
    looked_up = [words(100)[0], words()[1]]
    chain = [
        LayerDescription(**{**vars(looked_up[n % 2]), "name": str(n), "shape": None, "units": None})
        for n in range(60)
    ]
    with pytest.raises(ViewError, match="more than 64,000,000 values"):
        layer_shapes(chain, (2,))


def test_a_graph_that_waits_for_very_much_is_refused() -> None:
    wide = [LayerDescription("0", "InputLayer")]
    wide += [LayerDescription(str(n), "Identity", inputs=("0",)) for n in range(1, 100)]
    wide += [LayerDescription("sum", "Add", inputs=tuple(map(str, range(100))))]
    assert len(layer_shapes(wide, (640_000,))) == 101
    with pytest.raises(ViewError, match="holds 64,000,100 values for a sample at once"):
        layer_shapes(wide, (640_001,))


def test_joins_give_back_what_differences_say() -> None:
    rng = np.random.default_rng(3)
    parts = [rng.normal(size=(2, 3, 4)) for _ in range(3)]
    for name in ("Add", "Multiply", "Concatenate"):
        join = LAYERS[name].join
        assert join is not None
        pull = rng.normal(size=join.forward(parts, {}).shape)
        for part, got in zip(parts, join.backward(pull, parts, {}), strict=True):
            expected = np.empty_like(part)
            for index in np.ndindex(*part.shape):
                kept = part[index]
                part[index] = kept + 1e-6
                above = (join.forward(parts, {}) * pull).sum()
                part[index] = kept - 1e-6
                below = (join.forward(parts, {}) * pull).sum()
                part[index] = kept
                expected[index] = (above - below) / 2e-6
            np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-8)
