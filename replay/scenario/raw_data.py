"""RawData: what a data file holds, before targets are numbered and inputs scaled."""

from __future__ import annotations

from typing import NamedTuple

from replay.types import Array

Pair = tuple[Array, Array]


class RawData(NamedTuple):
    """Inputs (n_samples, …) and targets (n_samples, …), for training and, if given, for testing.

    `target` and `inputs` are the names of what they were read from, `left_out` those of the columns that are
    neither. `classes` names the columns of one-hot targets. `notes` are what the user should know.
    """

    train: Pair
    test: Pair | None = None
    target: str = "y"
    inputs: tuple[str, ...] = ("x",)
    left_out: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def pairs(self) -> list[Pair]:
        """The inputs and targets for training and, if given, those for testing."""
        return [self.train] if self.test is None else [self.train, self.test]


def no_other(one: str, other: str) -> str:
    """A note on inputs for validation without targets, or the other way round."""
    return f"{one} is left out, as there is no {other}: nothing is validated"
