"""The values of a Keras variable."""

import keras
import numpy as np
import pytest

from replay.network.in_keras import values


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16", "int32", "bool"])
def test_they_are_those_that_keras_gives_in_the_type_of_the_variable(dtype: str) -> None:
    variable = keras.Variable(np.arange(6).reshape(2, 3) % 2, dtype=dtype)
    found = values.of(variable)
    assert found.dtype == np.dtype(dtype)
    np.testing.assert_array_equal(found, keras.ops.convert_to_numpy(variable))


def test_what_was_read_stays_as_it_was() -> None:
    variable = keras.Variable(np.zeros(3, np.float32))
    before = values.of(variable)
    variable.assign(np.ones(3, np.float32))
    assert before.tolist() == [0, 0, 0]
    assert values.of(variable).tolist() == [1, 1, 1]


def test_a_number_may_stand_where_a_variable_does() -> None:
    assert values.of(0.25) == np.float32(0.25)
