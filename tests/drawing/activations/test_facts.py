"""Facts about activations against numbers that were found otherwise."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import erf, lambertw

from replay.drawing.activations.descriptions import NAMES
from replay.drawing.activations.facts import Facts, curves, facts
from replay.drawing.activations.facts_text import COLUMNS, as_text
from replay.drawing.activations.numbers import number
from replay.errors import ViewError
from replay.network.activation_limits import GRID
from replay.network.activations import CATALOGUE, SELU_ALPHA, SELU_SCALE, SHOWN_ONLY

DOCS = Path(__file__).parents[3] / "docs" / "activations.md"
INF = math.inf
EVERYWHERE = (-INF, INF)
every = pytest.mark.parametrize("name", NAMES)


def at(name: str, *z: float) -> tuple[np.ndarray, np.ndarray]:
    """f and f′ of the first output."""
    values, gradients = curves(name, np.array(z, float))
    return values[0], gradients[0]


def of_keras(name: str, z: np.ndarray) -> np.ndarray:
    """All outputs, (n_outputs, n), as Keras computes them."""
    import keras

    if name == "step":  # Keras has none; a step is what the sign makes of z, moved and halved
        return np.where(np.sign(z) < 0, 0.0, 1.0)[None]
    if name == "prelu":
        layer = keras.layers.PReLU(keras.initializers.Constant(0.25))
        return keras.ops.convert_to_numpy(layer(z[None]))
    if name == "softmax":
        vectors = np.stack([z, np.zeros_like(z), -np.ones_like(z)], axis=-1)
        return keras.ops.convert_to_numpy(keras.ops.softmax(vectors)).T
    if name.startswith("gelu"):
        return keras.ops.convert_to_numpy(keras.ops.gelu(z, approximate=name == "gelu_tanh"))[None]
    return keras.ops.convert_to_numpy(keras.activations.get(name)(keras.ops.convert_to_tensor(z)))[None]


# Names


def test_all_that_articles_need_is_told_and_is_in_the_catalogue() -> None:
    wanted = (
        "linear step sigmoid tanh relu leaky_relu prelu elu selu gelu gelu_tanh softplus softsign silu mish "
        "hard_sigmoid exponential softmax hard_silu log_sigmoid"
    )
    assert sorted(NAMES) == sorted(wanted.split())
    assert set(NAMES) - {"gelu_tanh"} <= CATALOGUE.keys() | SHOWN_ONLY.keys()


@every
def test_facts_carry_the_name_and_have_words_for_readers(name: str) -> None:
    told = facts(name)
    assert told.name == name
    assert told.title and "=" in told.formula
    assert told.note.endswith(".") and len(told.note) < 160
    assert told.source is None or told.source[-4:].isdigit()
    assert all(words for _, words in told.rows)


@pytest.mark.parametrize("find", [facts, lambda name: curves(name, np.zeros(1))])
def test_an_unknown_name_is_refused_with_the_nearest(find: Any) -> None:
    with pytest.raises(ViewError, match=r"unknown activation 'sigmod'.*sigmoid"):
        find("sigmod")


# Curves


@pytest.mark.slow
@every
def test_curves_are_those_of_keras(name: str) -> None:
    z = np.linspace(-6, 6, 97).astype(np.float32)
    np.testing.assert_allclose(curves(name, z)[0], of_keras(name, z), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "softmax"])
def test_gradients_are_central_differences_away_from_kinks(name: str) -> None:
    z, step = np.arange(-6, 6, 0.25) + 0.0625, 1e-6
    values, gradients = curves(name, z)
    expected = (curves(name, z + step)[0] - curves(name, z - step)[0]) / (2 * step)
    np.testing.assert_allclose(gradients, expected, rtol=1e-6, atol=1e-7)
    assert values.shape == gradients.shape == (1, len(z))


def test_gradients_of_softmax_are_the_diagonal_of_its_jacobian() -> None:
    z, step = np.linspace(-5, 5, 21), 1e-6
    vectors = np.stack([z, np.zeros_like(z), -np.ones_like(z)])
    for output in range(3):
        moved = np.zeros((3, 1))
        moved[output] = step
        softmax = CATALOGUE["softmax"]
        rise = softmax(vectors + moved, axis=0) - softmax(vectors - moved, axis=0)
        np.testing.assert_allclose(curves("softmax", z)[1][output], rise[output] / (2 * step), atol=1e-8)
    np.testing.assert_allclose(curves("softmax", z)[0].sum(axis=0), 1)


# Numbers


GELU_STEEPEST = math.sqrt(2)  # f″ = φ(z)·(2 − z²)
MAX_GRADIENTS: dict[str, tuple[float, tuple[float, float]]] = {
    "linear": (1, EVERYWHERE),
    "step": (0, EVERYWHERE),
    "sigmoid": (0.25, (0, 0)),
    "hard_sigmoid": (1 / 6, (-3, 3)),
    "hard_silu": (1.5, (3, 3)),
    "log_sigmoid": (1, (-INF, -INF)),
    "tanh": (1, (0, 0)),
    "softsign": (1, (0, 0)),
    "relu": (1, (0, INF)),
    "leaky_relu": (1, (0, INF)),
    "prelu": (1, (0, INF)),
    "elu": (1, (0, INF)),
    "selu": (SELU_SCALE * SELU_ALPHA, (0, 0)),
    "softplus": (1, (INF, INF)),
    "gelu": (
        (1 + erf(1)) / 2 + GELU_STEEPEST * math.exp(-1) / math.sqrt(2 * math.pi),
        (GELU_STEEPEST, GELU_STEEPEST),
    ),
    "silu": (1.0998393201, (2.3993572805, 2.3993572805)),  # z·tanh(z/2) = 2
    "exponential": (INF, (INF, INF)),
    "softmax": (0.25, (math.log(1 + math.exp(-1)),) * 2),
}


@pytest.mark.parametrize("name", MAX_GRADIENTS)
def test_max_gradient_and_its_place(name: str) -> None:
    size, place = MAX_GRADIENTS[name]
    assert facts(name).max_gradient == pytest.approx(size, rel=1e-9)
    assert facts(name).steepest == pytest.approx(place, abs=1e-5)


@every
def test_no_gradient_is_larger_than_the_largest(name: str) -> None:
    told = facts(name)
    far = np.concatenate([np.linspace(-700, 700, 200_001), GRID])
    gradients = curves(name, far)[1][0]
    assert (gradients <= told.max_gradient + 1e-9).all()
    if told.steepest[0] == told.steepest[1] and np.isfinite(told.steepest[0]):
        place = told.steepest[0]
        beside = at(name, np.nextafter(place, -INF), place, np.nextafter(place, INF))[1]
        assert beside.max() == pytest.approx(told.max_gradient)


def test_silu_is_steepest_where_calculus_says() -> None:
    """f″ = 0 ⇔ z·tanh(z/2) = 2."""
    z = facts("silu").steepest[0]
    assert z * math.tanh(z / 2) == pytest.approx(2, abs=1e-6)


# From solving |f′| = 0.01 on paper.
T = 0.01
SATURATION: dict[str, list[tuple[float, float]]] = {
    "linear": [],
    "leaky_relu": [],
    "prelu": [],
    "step": [EVERYWHERE],
    "relu": [(-INF, 0)],
    "sigmoid": [
        (-INF, -math.log((1 + math.sqrt(0.96)) / (1 - math.sqrt(0.96)))),
        (math.log((1 + math.sqrt(0.96)) / (1 - math.sqrt(0.96))), INF),
    ],
    "hard_sigmoid": [(-INF, -3), (3, INF)],
    "tanh": [(-INF, -math.atanh(math.sqrt(1 - T))), (math.atanh(math.sqrt(1 - T)), INF)],
    "softsign": [(-INF, -9), (9, INF)],
    "elu": [(-INF, math.log(T))],
    "selu": [(-INF, math.log(T / (SELU_SCALE * SELU_ALPHA)))],
    "softplus": [(-INF, math.log(T / (1 - T)))],
    "log_sigmoid": [(-math.log(T / (1 - T)), INF)],
    "exponential": [(-INF, math.log(T))],
}


@pytest.mark.parametrize("name", SATURATION)
def test_saturation_is_where_the_gradient_is_below_a_hundredth(name: str) -> None:
    assert np.ravel(facts(name).saturation) == pytest.approx(np.ravel(SATURATION[name]), abs=1e-9)


@every
def test_saturation_holds_within_and_ends_where_it_is_said_to(name: str) -> None:
    told = facts(name)
    z = np.linspace(-50, 50, 10_001)
    slopes = np.abs(curves(name, z)[1][0])
    for low, high in told.saturation:
        assert np.isinf([low, high]).any()
        assert (slopes[(z > low) & (z < high)] < 0.01).all()
    for end in (e for interval in told.saturation for e in interval if np.isfinite(e)):
        assert np.abs(at(name, end - 1e-3, end + 1e-3)[1]).max() > 0.01
    if not told.saturation:
        assert slopes.min() > 0.01


def _silu_minimum() -> float:
    return -float(lambertw(1 / math.e).real)  # f′ = 0 ⇔ z = −1 − W(1/e), where f = −W(1/e)


RANGES: dict[str, tuple[str, tuple[float, float]]] = {
    "linear": ("(−∞, ∞)", EVERYWHERE),
    "step": ("{0, 1}", (0, 1)),
    "sigmoid": ("(0, 1)", (0, 1)),
    "hard_sigmoid": ("[0, 1]", (0, 1)),
    "hard_silu": ("[−0.375, ∞)", (-0.375, INF)),
    "log_sigmoid": ("(−∞, 0)", (-INF, 0)),
    "tanh": ("(−1, 1)", (-1, 1)),
    "softsign": ("(−1, 1)", (-1, 1)),
    "relu": ("[0, ∞)", (0, INF)),
    "leaky_relu": ("(−∞, ∞)", EVERYWHERE),
    "prelu": ("(−∞, ∞)", EVERYWHERE),
    "elu": ("(−1, ∞)", (-1, INF)),
    "selu": ("(−1.758, ∞)", (-SELU_SCALE * SELU_ALPHA, INF)),
    "softplus": ("(0, ∞)", (0, INF)),
    "gelu": ("[−0.17, ∞)", (-0.1699712075, INF)),
    "gelu_tanh": ("[−0.17, ∞)", (-0.1700407508, INF)),
    "silu": ("[−0.2785, ∞)", (_silu_minimum(), INF)),
    "mish": ("[−0.3088, ∞)", (-0.3088434130, INF)),
    "exponential": ("(0, ∞)", (0, INF)),
    "softmax": ("(0, 1)", (0, 1)),
}


@every
def test_range_and_whether_its_ends_are_reached(name: str) -> None:
    words, numbers = RANGES[name]
    assert facts(name).range == pytest.approx(numbers, abs=1e-9)
    assert facts(name).range_words == words


JUMPS = {"step": (0.0,)}
KINKS = {
    "hard_sigmoid": (-3.0, 3.0),
    "hard_silu": (-3.0, 3.0),
    "relu": (0.0,),
    "leaky_relu": (0.0,),
    "prelu": (0.0,),
    "selu": (0.0,),
}


@every
def test_jumps_and_kinks_are_those_of_the_formulas(name: str) -> None:
    assert facts(name).jumps == JUMPS.get(name, ())
    assert facts(name).kinks == KINKS.get(name, ())


@every
def test_everywhere_else_function_and_gradient_are_continuous(name: str) -> None:
    """The largest step between neighbours shrinks with their distance; at a jump it would stay."""
    told = facts(name)
    edges = [-6.0, *sorted((*told.jumps, *told.kinks)), 6.0]
    for low, high in pairwise(edges):
        largest = []
        for points in (1_000, 100_000):
            z = np.linspace(low + 1e-9, high - 1e-9, points)
            largest.append([np.abs(np.diff(each)).max() for each in at(name, *z)])
        coarse, fine = np.array(largest)
        assert (fine <= coarse / 50 + 1e-12).all()


@every
def test_at_jumps_and_kinks_the_sides_differ(name: str) -> None:
    told = facts(name)
    for z in told.jumps:
        assert np.ptp(at(name, z - 1e-9, z + 1e-9)[0]) > 0.1
    for z in told.kinks:
        values, gradients = at(name, z - 1e-9, z + 1e-9)
        assert np.ptp(values) < 1e-8 and np.ptp(gradients) > 0.1


MEANS = {  # E f(Z) for Z ~ N(0, 1)
    "linear": 0.0,
    "tanh": 0.0,
    "softsign": 0.0,
    "selu": 0.0,
    "step": 0.5,
    "sigmoid": 0.5,
    "hard_sigmoid": 0.5,
    "relu": 1 / math.sqrt(2 * math.pi),
    "leaky_relu": 0.8 / math.sqrt(2 * math.pi),
    "prelu": 0.75 / math.sqrt(2 * math.pi),
    "gelu": 0.5 / math.sqrt(math.pi),  # E φ(Z), by Stein's lemma
    "exponential": math.exp(0.5),
}


@pytest.mark.parametrize("name", MEANS)
def test_means_of_normal_inputs(name: str) -> None:
    assert facts(name).mean == pytest.approx(MEANS[name], abs=1e-6)


@every
def test_zero_centred_are_the_odd_functions_and_selu(name: str) -> None:
    assert facts(name).zero_centred == (name in ("linear", "tanh", "softsign", "selu"))


# Parameters


PARAMETRISED: dict[str, Any] = {
    "elu:0.2": lambda keras, z: keras.activations.elu(z, alpha=0.2),
    "elu:alpha=1.7": lambda keras, z: keras.activations.elu(z, alpha=1.7),
    "leaky_relu:0.01": lambda keras, z: keras.activations.leaky_relu(z, negative_slope=0.01),
    "leaky_relu": lambda keras, z: keras.activations.leaky_relu(z),
    "prelu:0.1": lambda keras, z: keras.layers.PReLU(keras.initializers.Constant(0.1))(z[None])[0],
    "relu:0.1": lambda keras, z: keras.activations.relu(z, negative_slope=0.1),
    "relu:max_value=2.3:threshold=0.7": lambda keras, z: keras.activations.relu(
        z, max_value=2.3, threshold=0.7
    ),
    "hard_swish": lambda keras, z: keras.activations.hard_swish(z),
    "hard_silu": lambda keras, z: keras.activations.hard_silu(z),
    "log_sigmoid": lambda keras, z: keras.activations.log_sigmoid(z),
}


@pytest.mark.parametrize("name", PARAMETRISED)
def test_parameters_reach_function_and_gradient(name: str) -> None:
    import keras
    import tensorflow as tf

    z = np.linspace(-6, 6, 96).astype(np.float32)  # without the kinks
    with tf.GradientTape() as tape:
        tensor = tf.constant(z)
        tape.watch(tensor)
        values = PARAMETRISED[name](keras, tensor)
    gradients = np.asarray(tape.gradient(values, tensor))
    for got, expected in zip(curves(name, z), (np.asarray(values), gradients), strict=True):
        np.testing.assert_allclose(got[0], expected, rtol=1e-6, atol=1e-6)


def test_parameters_change_what_is_told() -> None:
    usual, own = facts("elu"), facts("elu:0.2")
    assert (usual.title, own.title) == ("ELU (α = 1)", "ELU (α = 0.2)")
    assert own.range_words == "(−0.2, ∞)" and usual.range_words == "(−1, ∞)"
    assert own.continuity_words == "kink at 0"  # with α = 1 both sides have a slope of 1
    assert facts("leaky_relu:0.01").title == "leaky ReLU (α = 0.01)"
    clipped = facts("relu:max_value=2.3333:threshold=0.7")
    assert clipped.title == "ReLU (m = 2.333, θ = 0.7)"
    assert clipped.formula.endswith("; α = 0, m = 2.333, θ = 0.7")
    assert (clipped.jumps, clipped.kinks) == ((0.7,), (2.3333,))
    assert clipped.range_words == "[0, 2.333]" and facts("relu:max_value=6").range_words == "[0, 6]"


def test_aliases_of_keras_are_known() -> None:
    assert facts("hard_swish").title == facts("hard_silu").title
    assert facts("swish").title == facts("silu").title


# What the sentences claim


def test_sentences_are_true() -> None:
    z = np.linspace(-20, 20, 40_001)
    assert 0 < np.abs(curves("gelu", z)[0] - curves("gelu_tanh", z)[0]).max() < 0.001
    assert facts("mish").range[0] < facts("silu").range[0] < 0
    np.testing.assert_allclose(curves("softplus", z)[1], curves("sigmoid", z)[0], atol=1e-12)
    np.testing.assert_allclose(curves("tanh", z)[0], 2 * curves("sigmoid", 2 * z)[0] - 1, atol=1e-12)
    np.testing.assert_allclose(curves("log_sigmoid", z)[0], np.log(curves("sigmoid", z)[0]), atol=1e-12)
    assert facts("softsign").saturation[1][0] > facts("tanh").saturation[1][0]
    assert 0 < facts("elu").mean < facts("relu").mean


# Words


@pytest.mark.parametrize(
    ("name", "gradient", "saturation", "continuity"),
    [
        ("sigmoid", "0.25 at z = 0", "|z| > 4.58", "differentiable"),
        ("linear", "1 everywhere", "nowhere", "differentiable"),
        ("step", "0 everywhere", "everywhere", "jump at 0"),
        ("relu", "1 for z > 0", "z < 0", "kink at 0"),
        ("hard_sigmoid", "0.1667 for −3 < z < 3", "|z| > 3", "kinks at ±3"),
        ("selu", "1.758 as z → 0⁻", "z < −5.17", "kink at 0"),
        ("hard_silu", "1.5 as z → 3⁻", "z < −3", "kinks at ±3"),
        ("softplus", "1 as z → ∞", "z < −4.6", "differentiable"),
        ("exponential", "unbounded as z → ∞", "z < −4.61", "differentiable"),
        ("softmax", "0.25 at z = 0.3133", "z < −4.27 and z > 4.9", "differentiable"),
    ],
)
def test_words_say_the_numbers(name: str, gradient: str, saturation: str, continuity: str) -> None:
    told = facts(name)
    assert (told.gradient_words, told.saturation_words) == (gradient, saturation)
    assert told.continuity_words == continuity


@pytest.mark.parametrize(
    ("value", "words"), [(-0.0, "0"), (-1.25, "−1.25"), (INF, "∞"), (-INF, "−∞"), (1 / 3, "0.3333")]
)
def test_numbers_are_written_as_readers_write_them(value: float, words: str) -> None:
    assert number(value) == words


@pytest.mark.parametrize("names", [NAMES, NAMES[:5], NAMES[-4:], NAMES[:1]])
def test_text_fits_a_terminal(names: tuple[str, ...]) -> None:
    lines = as_text([facts(name) for name in names]).splitlines()
    assert max(map(len, lines)) <= COLUMNS
    assert all(line == line.rstrip() for line in lines)


def test_a_few_are_told_in_blocks_with_all_that_is_known() -> None:
    told = [facts("tanh"), facts("selu")]
    first, second = as_text(told).split("\n\n")
    for block, one in ((first, told[0]), (second, told[1])):
        assert block.startswith(f"{one.title}\n  {one.formula}\n")
        for name, words in one.rows:
            assert f"  {name:<14}{words}\n" in block
        assert block.endswith(one.note.split()[-1])


def test_many_are_told_in_a_table_whose_columns_line_up() -> None:
    head, *lines = as_text([facts(name) for name in NAMES]).split("\n\n")[0].splitlines()
    assert [line.split()[0] for line in lines] == list(NAMES)
    start = head.index("max f′")
    for name, line in zip(NAMES, lines, strict=True):
        assert line[start - 2 : start] == "  "
        assert line[start:].split()[0] == number(facts(name).max_gradient)


# The page in the documentation


def row(told: Facts) -> str:
    words = [told.formula, told.range_words, told.gradient_words, told.saturation_words]
    words += [told.continuity_words, told.centre_words, told.source or "–"]
    return " | ".join([f"| `{told.name}`", *(each.replace("|", "\\|") for each in words)]) + " |"


def test_the_page_tells_every_activation_in_order_with_its_numbers() -> None:
    rows = [line for line in DOCS.read_text().splitlines() if line.startswith("| `")]
    assert rows == [row(facts(name)) for name in NAMES]


def test_the_page_names_the_title_of_every_source() -> None:
    page = DOCS.read_text().partition("## Sources")[2]
    for source in filter(None, (facts(name).source for name in NAMES)):
        for one in source.split("; "):
            assert f"- {one}, *" in page, one
