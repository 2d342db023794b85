"""The Jacobian of softmax, against Keras's gradient, and the picture's tiles."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from replay.drawing.activations.jacobian import as_text, jacobian_figure
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.network.activations import softmax_jacobian
from tests.helpers.pictures import faults

VECTORS = [(2.0, 1.0, 0.0, -1.0), (3.0, 0.0), (0.0, 0.0, 0.0), (40.0, -40.0, 39.0)]


@pytest.mark.parametrize("logits", VECTORS)
def test_it_is_the_jacobian_of_keras(logits: tuple[float, ...]) -> None:
    z = tf.constant([logits], tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(z)
        p = keras.activations.softmax(z)
    expected = np.asarray(tape.jacobian(p, z))[0, :, 0]
    np.testing.assert_allclose(softmax_jacobian(np.array(logits)), expected, rtol=1e-6, atol=1e-9)


def test_every_column_and_row_sums_to_nothing() -> None:
    matrix = softmax_jacobian(np.array(VECTORS[0]))
    np.testing.assert_allclose([matrix.sum(axis=0), matrix.sum(axis=1)], 0, atol=1e-15)


def test_tiles_carry_the_numbers_and_bars_the_shares() -> None:
    shares, tiles = jacobian_figure((2, 1, 0)).axes
    p = np.exp([2, 1, 0]) / np.exp([2, 1, 0]).sum()
    np.testing.assert_allclose([bar.get_height() for bar in shares.patches], p)  # type: ignore[attr-defined]
    expected = np.diag(p) - np.outer(p, p)
    np.testing.assert_allclose(tiles.images[0].get_array(), expected)
    for text in tiles.texts:
        column, row = map(int, text.get_position())
        assert float(text.get_text().replace("−", "-")) == pytest.approx(expected[row, column], abs=5e-4)
    assert len(tiles.texts) == 9


@pytest.mark.parametrize("size", [None, (720, 400), (480, 300), (720, 720), (540, 960)])
@pytest.mark.parametrize("n", [2, 4, 5])
def test_no_words_lie_on_others_or_leave_the_figure(size: Any, n: int) -> None:
    assert faults(jacobian_figure((2, -1.5, 0, 3, 0.25)[:n], DARK, size), DARK) == []


def test_tiles_hold_their_numbers() -> None:
    figure = jacobian_figure((2, 1, 0, -1, -2), LIGHT)
    faults(figure, LIGHT)  # which draws it
    tiles = figure.axes[1]
    widest = max(text.get_window_extent().width for text in tiles.texts)
    assert widest < tiles.bbox.width / 5


def test_a_terminal_gets_the_same_numbers() -> None:
    lines = as_text((2, 1, 0)).splitlines()
    assert lines[0] == "softmax(2, 1, 0) = (0.665, 0.245, 0.09)"
    assert lines[2].split() == ["0.2227", "−0.1628", "−0.0599"]


@pytest.mark.parametrize("logits", [(1.0,), (1.0,) * 6, (1.0, np.nan)])
def test_vectors_that_cannot_be_shown_are_refused(logits: tuple[float, ...]) -> None:
    with pytest.raises(ViewError, match="2 to 5 logits"):
        jacobian_figure(logits)
