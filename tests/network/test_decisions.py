"""What linear classifiers make of their decisions, against scikit-learn's own answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier

from replay.network.activations import DECISIONS, find
from replay.network.decisions import above_zero, greatest, normalised_margin, normalised_sigmoid

Array = np.ndarray
RNG = np.random.default_rng(0)


def classifier(loss: str, kernel: Array, bias: Array) -> SGDClassifier:
    """One with these weights, of so many classes."""
    units = kernel.shape[1]
    made = SGDClassifier(loss=loss)
    made.coef_, made.intercept_ = kernel.T, bias
    made.classes_ = np.arange(max(2, units))
    return made


@pytest.mark.parametrize("units", [1, 3, 7])
@pytest.mark.parametrize("scale", [0.1, 1.0, 60.0])
@pytest.mark.parametrize(
    ("loss", "one", "several"),
    [
        ("log_loss", "sigmoid", "normalised_sigmoid"),
        ("modified_huber", "clipped_margin", "normalised_margin"),
        ("hinge", "above_zero", "greatest"),
    ],
)
def test_answers_are_those_of_the_classifier(
    loss: str, one: str, several: str, units: int, scale: float
) -> None:
    kernel, bias = scale * RNG.normal(size=(2, units)), RNG.normal(size=units)
    theirs, x = classifier(loss, kernel, bias), RNG.normal(size=(400, 2))
    z = theirs.decision_function(x).reshape(400, units).astype(np.float32)
    own = find(one if units == 1 else several)(z)
    predicted = (own[:, 0] > 0.5).astype(int) if units == 1 else own.argmax(axis=1)
    np.testing.assert_array_equal(predicted, theirs.predict(x))
    if loss != "hinge":
        probabilities = theirs.predict_proba(x)
        expected = probabilities[:, 1:] if units == 1 else probabilities
        np.testing.assert_allclose(own, expected, atol=1e-6)


def test_a_decision_of_zero_is_the_first_class() -> None:
    assert above_zero(np.zeros((3, 1))).sum() == 0
    assert greatest(np.zeros((2, 3))).tolist() == [[1, 0, 0], [1, 0, 0]]


def test_no_class_is_ahead_where_all_margins_are_low() -> None:
    np.testing.assert_allclose(normalised_margin(np.array([[-3.0, -2.0, -1.0]]))[0], 1 / 3, rtol=1e-12)


def test_the_greatest_decision_stays_ahead_of_those_that_rounding_made_its_equals() -> None:
    z = np.array([[30.0, 40.0, -50.0]], dtype=np.float32)
    shares = normalised_sigmoid(z)[0]
    assert shares.argmax() == 1 and shares[0] == np.float32(0.5)


def test_nothing_underflows_where_all_decisions_are_low() -> None:
    shares = normalised_sigmoid(np.array([[-500.0, -501.0]], dtype=np.float32))[0]
    np.testing.assert_allclose(shares, [1 / (1 + np.exp(-1)), 1 / (1 + np.exp(1))], rtol=1e-5)


@pytest.mark.parametrize("name", DECISIONS)
def test_types_are_kept_and_nan_has_no_class(name: str) -> None:
    with np.errstate(all="ignore"):
        found = DECISIONS[name](np.array([[1.0, np.nan, 0.0]], dtype=np.float32))
    assert found.dtype == np.float32 and found.shape == (1, 3)
    if name in ("normalised_sigmoid", "normalised_margin"):
        assert np.isnan(found).all()
