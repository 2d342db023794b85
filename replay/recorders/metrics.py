"""The numbers among the metrics of an epoch, by name."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from replay.types import Array

logger = logging.getLogger(__name__)
MAX_COMPONENTS = 1000  # of a metric that is an array


def numbers_of(logs: Mapping[str, Any], as_array: Callable[[Any], Any]) -> Iterator[tuple[str, float]]:
    """Every logged number; a metric with a number for each class is one metric a class: "f1_score_0".

    Args:
        logs: The metrics of an epoch, by name. What is no number is left out.
        as_array: Turns a value of the framework into an array.
    """
    for name, value in logs.items():
        try:
            values = _as_numbers(as_array(value))
        except (TypeError, ValueError, OverflowError):
            logger.info("the log %s is no number: it is not recorded", name)
            continue
        if values.size > MAX_COMPONENTS:
            logger.info("the metric %s has %d values: it is not recorded", name, values.size)
            continue
        for place, number in np.ndenumerate(values):
            yield "_".join(map(str, [name, *place])), float(number)


def _as_numbers(value: Any) -> Array:
    array = np.asarray(value)
    if array.dtype.kind in "cmM":  # complex numbers and dates would lose what they say
        raise TypeError(f"{array.dtype} is no number")
    return array.astype(np.float64)
