"""When overfitting begins: the loss of validation turns, while that of training goes on falling."""

from __future__ import annotations

import numpy as np

from replay.runs.loss_curve import LONG, MANY, LossCurve
from replay.types import Array

RISEN = 0.05  # of the lowest loss of validation: the least that it must rise
FALLEN = 0.05  # of the training loss at that epoch: the least that it must fall meanwhile
ABOVE_NOISE = 4.0  # standard deviations of the noise: the least that it must rise, too


def overfitting_since(training: LossCurve, validation: LossCurve) -> float | None:
    """The epoch of the lowest loss of validation, if it turned there; both curves are finite.

    From there to the end it rises by 5 % and by four times its noise, and stays up in the last third; the
    training loss falls by 5 %. Between are 5 values and a tenth of the epochs at least. Both are smoothed
    first: each value is the mean of a tenth of the curve.
    """
    if len(validation.values) <= MANY or not len(training.values):
        return None
    smooth, epochs = _smoothed(validation.values), validation.epochs
    low = len(smooth) - 1 - int(smooth[::-1].argmin())
    after = len(smooth) - 1 - low
    if after < MANY or epochs[-1] - epochs[low] < LONG * (epochs[-1] - epochs[0]):
        return None
    rise = max(RISEN * abs(smooth[low]), ABOVE_NOISE * _noise(validation.values))
    fell = np.interp(epochs[[low, -1]], training.epochs, _smoothed(training.values))
    stays_up = smooth[-(after // 3 + 1) :].min() - smooth[low] >= rise
    if not stays_up or fell[0] - fell[1] < FALLEN * abs(fell[0]):
        return None
    return float(epochs[_lowest_near(validation.values, low)])


def _width(n: int) -> int:
    """How many values of a curve of n to take the mean of: about a tenth, an odd number."""
    return 2 * (n // 20) + 1


def _smoothed(values: Array) -> Array:
    ones = np.ones(_width(len(values)))
    sums = np.convolve(values, ones, "same")
    means: Array = sums / np.convolve(np.ones(len(values)), ones, "same")
    return means


def _noise(values: Array) -> float:
    """The standard deviation of the noise, from how three neighbours bend: a slope does not count."""
    return float(np.median(np.abs(np.diff(values, 2)))) / 1.652  # that of normal noise is 1


def _lowest_near(values: Array, place: int) -> int:
    reach = _width(len(values)) // 2
    start = max(0, place - reach)
    return start + int(values[start : place + reach + 1].argmin())
