"""How many values a Keras model computes for one sample, which bounds the memory of an untrusted one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphValues:
    """How many values all tensors of the graph hold, and the most steps of a recurrent layer.

    `total` is None if it depends on the data. `one_answer` says whether the model has one output row for
    each sample.
    """

    total: int | None
    steps: int
    one_answer: bool

    def too_much(self, values: int, steps: int) -> str | None:
        """What exceeds these limits, in words; None if nothing does."""
        if self.total is None:
            return "an amount of values that depends on the data"
        if self.total > values:
            return f"{self.total:,} values for each sample"
        return f"{self.steps:,} sequential steps for each sample" if self.steps > steps else None
