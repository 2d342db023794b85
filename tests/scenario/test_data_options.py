"""Options of a data file are checked when they are made."""

from __future__ import annotations

import pytest

from replay import DataOptions
from replay.errors import DataError


def test_a_name_alone_stands_for_a_tuple_of_it() -> None:
    assert DataOptions(target="a") == DataOptions(target=["a"])
    assert DataOptions(target=3, inputs=[1, "b"]) == DataOptions(target=("3",), inputs=("1", "b"))
    assert DataOptions(target=None) == DataOptions()
    assert hash(DataOptions(inputs=["a", "b"])) == hash(DataOptions(inputs=("a", "b")))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"task": "clases"}, "unknown task 'clases': did you mean classes"),
        ({"scale": "log"}, "unknown scale 'log': there are: minmax, none, standard"),
        ({"missing": "fill"}, "unknown missing 'fill'"),
        ({"max_data": 0}, "max_data must be 1 byte or more, not 0"),
    ],
)
def test_unknown_values_are_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        DataOptions(**options)
