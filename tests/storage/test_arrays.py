"""Samples come as people hold them: each kind is taken, or refused in one line with the remedy."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from replay.errors import DataError
from replay.storage.samples import checked_samples

X = np.arange(8.0).reshape(4, 2)
Y = np.array([0, 1, 1, 0])
WORDS = ["a", "b", "b", "a"]


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        (pd.DataFrame(X, columns=["a", "b"]), Y),
        (pd.DataFrame(X, columns=["a", "b"], index=[3, 1, 0, 2]), pd.Series(Y, index=[2, 0, 3, 1])),
        (pd.DataFrame(X).astype(object), pd.Series(Y, dtype="Int64")),
        (X, pd.DataFrame(Y)),
        (X, pd.Series(Y, dtype="category")),
        (X, pd.Series(Y == 1)),
        (X, pd.Series(Y == 1, dtype="boolean")),
        (np.ma.masked_greater(X, np.inf), Y),
        (scipy.sparse.csr_matrix(X), Y),
        (scipy.sparse.coo_array(X), Y),
        (X.tolist(), Y.tolist()),
        (X.astype(object), Y.astype(object)),
        ([[Decimal(str(number)) for number in row] for row in X], Y),
        (np.array([list(row) for row in X], dtype=object), Y),
    ],
)
def test_samples_are_taken_by_position_whatever_holds_them(inputs: Any, targets: Any) -> None:
    taken = checked_samples(inputs, targets)
    np.testing.assert_array_equal(taken[0], X)
    np.testing.assert_array_equal(taken[1].reshape(-1), Y)
    assert all(part.dtype.kind in "biuf" for part in taken)


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (
            pd.DataFrame({"a": WORDS, "b": Y}),
            Y,
            "inputs must be numbers, not words such as 'a': pandas",
        ),
        (X, WORDS, "targets must be numbers, not words such as 'a': np.unique"),
        (X, pd.Series(WORDS, dtype="category"), "targets must be numbers, not words"),
        (X, np.array(["a", 1, 2, 3], dtype=object), "targets must be numbers, not words such as 'a'"),
        (X, np.array([{}] * 4), "targets must be numbers, not dict such as {}"),
        (np.ma.masked_greater(X, X[1].min()), Y, "inputs hold NaN or infinity in"),
        (X, np.ma.masked_equal(Y, Y[2]), "targets hold NaN .* of 4 samples"),
        (X, [0, 1, None, 1], "targets hold NaN or infinity in 1 of 4 samples, the first at row 2"),
        (X, pd.Series([0, 1, None, 1], dtype="Int64"), "targets hold NaN .* the first at row 2"),
        (
            pd.DataFrame({"day": pd.date_range("2020", periods=4)}),
            Y,
            "not datetime64 such as 2020.*: count days or seconds instead",
        ),
        (
            [[1, 2], [1, 2], [1], [1, 2]],
            Y,
            "inputs have 2 values in row 0, but 1 in row 2: give",
        ),
        (np.array([[1, 2], [1], [1], [1]], dtype=object), Y, "inputs have 2 values in row 0, but 1 in row 1"),
        ([np.zeros((2, 2)), np.zeros((2, 3))], Y, "inputs must be one array"),
        (scipy.sparse.csr_matrix((10**6, 10**5)), Y, "inputs would take 800 GB with all zeros written out"),
        ((row for row in X), Y, "inputs must be an array, not generator"),
        (None, Y, "inputs must be an array, not NoneType"),
    ],
)
def test_what_holds_no_numbers_is_refused_with_the_remedy(inputs: Any, targets: Any, message: str) -> None:
    with pytest.raises(DataError, match=message) as refused:
        checked_samples(inputs, targets)
    assert "\n" not in str(refused.value)
