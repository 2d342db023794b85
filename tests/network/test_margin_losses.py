"""Losses of linear classifiers, against scikit-learn's own and finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier

from replay.errors import ViewError
from replay.network.losses import derivatives, is_known, losses, takes_logits
from replay.network.margin_losses import MARGIN_LOSSES, PREFIX

Array = np.ndarray
RNG = np.random.default_rng(1)
EACH = pytest.mark.parametrize("name", MARGIN_LOSSES)


def theirs(name: str, targets: Array, z: Array, loss_of: str) -> Array:
    """Of scikit-learn's loss, the value ("py_loss") or the derivative ("py_dloss") of each decision."""
    plain = name.removeprefix(PREFIX)
    signs = np.where(targets[:, None] == (1 if z.shape[1] == 1 else np.arange(z.shape[1])), 1.0, -1.0)
    if plain == "log_loss":  # scikit-learn keeps it to itself
        return np.log1p(np.exp(-signs * z)) if loss_of == "py_loss" else -signs / (1 + np.exp(signs * z))
    own: Any = SGDClassifier(loss=plain)._get_loss_function(plain)
    of_one = getattr(own, loss_of)
    return np.array([[of_one(float(p), float(y)) for p, y in zip(*row, strict=True)]
                     for row in zip(z, signs, strict=True)])  # fmt: skip


def decisions(units: int) -> tuple[Array, Array]:
    z = RNG.normal(size=(40, units)) * 3
    z[:3, 0] = 0.0, 1.0, -1.0  # where losses have kinks
    return RNG.integers(0, max(2, units), 40), z


@EACH
@pytest.mark.parametrize("units", [1, 3])
def test_losses_are_those_of_scikit_learn(name: str, units: int) -> None:
    targets, z = decisions(units)
    own = losses({"name": name}, targets, z[None], z[None])[0]
    np.testing.assert_allclose(own, theirs(name, targets, z, "py_loss").mean(axis=1), rtol=1e-9, atol=1e-12)


@EACH
@pytest.mark.parametrize("units", [1, 3])
def test_derivatives_are_those_of_scikit_learn(name: str, units: int) -> None:
    targets, z = decisions(units)
    own = derivatives({"name": name}, targets, z[None], z[None])[0]
    expected = theirs(name, targets, z, "py_dloss") / units
    np.testing.assert_allclose(own, expected, rtol=1e-9, atol=1e-12)


@EACH
def test_they_are_taken_from_decisions(name: str) -> None:
    assert is_known({"name": name}) and takes_logits({"name": name}, "above_zero")
    outputs = np.zeros((1, 3, 1))
    with pytest.raises(ViewError, match="takes decisions"):
        losses({"name": name}, np.array([0, 1, 0]), outputs, None)
    with pytest.raises(ViewError, match="targets from 0 to 1"):
        losses({"name": name}, np.array([0, 2, 0]), outputs, outputs)


def test_keras_calls_other_losses_by_the_same_names() -> None:
    assert not is_known({"name": "hinge"})


def test_the_squared_error_of_scikit_learn_is_half_of_keras_s() -> None:
    targets, outputs = RNG.normal(size=(6, 2)), RNG.normal(size=(3, 6, 2))
    half, whole = ({"name": name} for name in ("half_squared_error", "mean_squared_error"))
    np.testing.assert_allclose(
        2 * losses(half, targets, outputs, None), losses(whole, targets, outputs, None), rtol=1e-12
    )
    np.testing.assert_allclose(
        2 * derivatives(half, targets, outputs, None), derivatives(whole, targets, outputs, None), rtol=1e-12
    )
