"""What models of every kind answer, as numbers by class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from replay.errors import DataError
from replay.predictions.answering import Answering, predicts_numbers
from replay.predictions.labels import Classes

Array = np.ndarray
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2))
TWO = np.where(X[:, 0] > 0, "yes", "no")
THREE = np.digitize(X[:, 0], [-0.5, 0.5])


class Odd:
    """A model that answers with what it was made with."""

    def __init__(self, **methods: Any) -> None:
        for name, answer in methods.items():
            setattr(self, name, answer if name == "classes_" else lambda inputs, answer=answer: answer)


def by_class(y: Any) -> Answering:
    return Answering(Classes.of(y))


def test_of_two_classes_the_probability_of_the_second_is_kept() -> None:
    model = LogisticRegression().fit(X, TWO)
    answering = by_class(TWO)
    assert answering.units == 1
    np.testing.assert_array_equal(answering.of(model, X), model.predict_proba(X)[:, 1:])


def test_of_more_classes_all_are_kept_in_the_order_of_the_labels() -> None:
    model = KNeighborsClassifier(3).fit(X, THREE)
    np.testing.assert_array_equal(by_class(THREE).of(model, X), model.predict_proba(X))


def test_a_class_that_the_model_has_not_seen_is_improbable() -> None:
    model = LogisticRegression().fit(X[THREE < 2], THREE[THREE < 2])
    found = by_class(THREE).of(model, X)
    np.testing.assert_array_equal(found[:, :2], model.predict_proba(X))
    assert not found[:, 2].any()


def test_hard_answers_are_certain() -> None:
    model = LinearSVC().fit(X, TWO)
    np.testing.assert_array_equal(by_class(TWO).of(model, X)[:, 0] == 1, model.predict(X) == "yes")
    clusters = KMeans(3, n_init=1, random_state=0).fit(X)
    found = by_class(clusters.labels_).of(clusters, X)
    np.testing.assert_array_equal(found.argmax(axis=1), clusters.labels_)
    assert set(found.ravel()) == {0, 1}


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x[:, 0] > 0).astype(float) * 0.8 + 0.1,
        lambda x: ((x[:, 0] > 0).astype(float) * 0.8 + 0.1)[:, None],
        lambda x: np.stack([0.9 - (x[:, 0] > 0) * 0.8, (x[:, 0] > 0) * 0.8 + 0.1], axis=1),
    ],
)
def test_a_function_may_give_one_probability_or_one_a_class(function: Callable[[Array], Array]) -> None:
    found = by_class(TWO).of(function, X)
    np.testing.assert_allclose(found[:, 0], np.where(TWO == "yes", 0.9, 0.1), rtol=1e-12)


@pytest.mark.parametrize(
    "give", [lambda x: TWO, lambda x: (TWO == "yes").astype(int), lambda x: TWO == "yes"]
)
def test_a_function_may_give_labels_or_class_numbers(give: Callable[[Array], Array]) -> None:
    np.testing.assert_array_equal(by_class(TWO).of(give, X)[:, 0] == 1, TWO == "yes")


def test_numbers_are_kept_as_they_are() -> None:
    y = X @ [1.0, 2.0]
    model = RandomForestRegressor(3, random_state=0).fit(X, y)
    found = Answering(None).of(model, X)
    np.testing.assert_array_equal(found[:, 0], model.predict(X))


def test_stages_are_those_of_the_model() -> None:
    model = GradientBoostingClassifier(n_estimators=4).fit(X, TWO)
    own = [stage[:, 0] for stage in by_class(TWO).stages(model, X)]
    np.testing.assert_array_equal(own, [stage[:, 1] for stage in model.staged_predict_proba(X)])


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Odd(predict_proba=np.zeros((39, 2))), "Odd gave 39 answers for 40 samples"),
        (Odd(predict=0.5), "one answer for 40 samples"),
        (Odd(predict_proba=np.zeros((40, 3))), "gave 3 numbers for a sample, but y has 2 classes"),
        (
            Odd(predict_proba=np.zeros((40, 3)), classes_=["no", "yes"]),
            "gave 3 probabilities .* has 2 classes",
        ),
        (Odd(predict_proba=np.full((40, 2), 1.5)), "no probabilities, which are from 0 to 1"),
        (Odd(predict_proba=[np.zeros((40, 2))] * 2), "several outputs"),
        (Odd(predict=["maybe"] * 40), "Odd: 'maybe' is none of the 2 classes of y: no, yes"),
        (Odd(predict=[2] * 40), "'2' is none of the 2 classes"),
        (Odd(), "gives no answers: it needs predict_proba or predict"),
    ],
)
def test_answers_that_are_none_are_refused_in_a_line(model: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        by_class(TWO).of(model, X)


def test_numbers_that_are_none_are_refused_in_a_line() -> None:
    with pytest.raises(DataError, match="gave 2 numbers for a sample, but y has 1"):
        Answering(None).of(Odd(predict=np.zeros((40, 2))), X)
    with pytest.raises(DataError, match="answers with words"):
        Answering(None).of(Odd(predict=["a"] * 40), X)
    with pytest.raises(DataError, match="has no stages"):
        list(Answering(None).stages(RandomForestRegressor(), X))


@pytest.mark.parametrize(
    ("model", "y", "numbers"),
    [
        (LogisticRegression(), THREE, False),
        (RandomForestRegressor(), THREE, True),
        (KMeans(), THREE, False),
        (LinearSVC(), THREE, False),
        (Odd(predict=0), THREE, False),
        (Odd(predict=0), X[:, 0], True),
        (Odd(predict=0), THREE + 1, True),
        (Odd(predict=0), X, True),
        (len, TWO, False),
        (Odd(predict_proba=0), THREE + 5, False),
    ],
)
def test_whether_a_model_predicts_numbers_is_told_by_the_model_else_by_the_targets(
    model: Any, y: Array, numbers: bool
) -> None:
    assert predicts_numbers(model, y) is numbers
