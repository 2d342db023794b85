"""What data take in memory is told before it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from replay.errors import DataError
from replay.scenario.memory import check_memory, memory_of, size_in_words


def test_an_array_is_counted_with_the_copies_that_are_made_of_it() -> None:
    mnist = memory_of((60_000, 28, 28), np.dtype("u1"))
    assert 60_000 * 784 * (1 + 4) <= mnist < 0.3e9  # bytes, and the same as float32
    assert memory_of((10,), np.dtype("U50")) > 10 * 50 * 4


def test_each_label_is_counted_once_with_what_it_takes_to_become_a_class() -> None:
    inputs, labels = memory_of((10**7, 1), np.dtype("f4")), memory_of((10**7,), np.dtype("i8"), True)
    assert inputs == 80_000_000
    assert 28 * 10**7 < labels < 40 * 10**7  # bytes that were measured


@pytest.mark.parametrize(
    ("n_bytes", "words"),
    [(7, "7 bytes"), (1500, "1.5 kB"), (2_000_000, "2 MB"), (10**9, "1 GB"), (15 * 10**11, "1.5 TB")],
)
def test_sizes_are_told_as_people_say_them(n_bytes: int, words: str) -> None:
    assert size_in_words(n_bytes) == words


def test_too_much_is_refused_with_what_to_do() -> None:
    check_memory(100, 100)
    with pytest.raises(DataError, match=r"takes 2 kB of memory, more than 1 kB: .*--max-data"):
        check_memory(2000, 1000)
