"""Facts about activation functions: formula, source, range, largest gradient, saturation, kinks, mean.

Everything that can be measured is measured: ranges, gradients, saturation, kinks and means are searched on
a grid, refined there, and evaluated far outside for the limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from replay.drawing.activations.descriptions import Description, named
from replay.drawing.activations.numbers import number
from replay.language.message import listed, say, say_number
from replay.network.activation_limits import (
    FAR,
    GRID,
    SAME,
    SATURATED,
    SHOWN,
    STEP,
    Function,
    Interval,
    highest_point,
    intervals,
    sides,
    supremum,
)
from replay.network.activations import CATALOGUE, SHOWN_ONLY, softmax
from replay.types import Array

SHORTEST_PLATEAU = 0.1  # of a gradient's maximum, in z; a shorter one is a point
OTHERS = (0.0, -1.0)  # the other entries of the vector that softmax is shown for


@dataclass(frozen=True)
class Facts:
    """The facts about an activation f(z), as text and as numbers.

    Bounds and positions are in units of f and z and may be ±inf. `range` is (infimum, supremum) of f;
    `attained` says which of the two f takes. `max_gradient` is the supremum of f′, reached for all z within
    `steepest`: a point if both ends are equal, a limit if both are infinite. `saturation` holds the
    half-lines of z on which |f′| < 0.01. f is discontinuous at `jumps`, and f′ also at `kinks`. `mean` is
    the mean of f(z) for z ~ N(0, 1). For softmax, all facts are about its first output, for (z, 0, −1).
    """

    name: str
    described: Description
    range: Interval
    attained: tuple[bool, bool]
    max_gradient: float
    steepest: Interval
    side: str  # "⁻" or "⁺" if the steepest point is a kink: the side that has the maximum
    saturation: tuple[Interval, ...]
    jumps: tuple[float, ...]
    kinks: tuple[float, ...]
    mean: float

    @property
    def title(self) -> str:
        """What it is called, with its parameters: "ELU (α = 1)"."""
        return self.described.name

    @property
    def formula(self) -> str:
        """Such as "f(z) = max(0, z)"."""
        return self.described.whole_formula

    @property
    def source(self) -> str | None:
        """Where it was published, None of what is older."""
        return self.described.source

    @property
    def note(self) -> str:
        """What it is good for, or not."""
        return str(self.described.note)

    @property
    def zero_centred(self) -> bool:
        """Whether standard normal inputs give outputs with mean 0."""
        return abs(self.mean) < 1e-6

    @property
    def range_words(self) -> str:
        """Such as "(0, 1)", "[0, ∞)" or "{0, 1}"."""
        low, high = map(number, self.range)
        if self.max_gradient == 0:  # it takes only these two values
            return f"{{{low}, {high}}}"
        ends = say("{low}, {high}", low=low, high=high)
        return f"{'(['[self.attained[0]]}{ends}{')]'[self.attained[1]]}"

    @property
    def steepest_words(self) -> str:
        """Such as "at z = 0", "for z > 0" or "as z → ∞"."""
        low, high = self.steepest
        if low < high:
            whole = high - low == np.inf and low == -high
            return say("everywhere") if whole else say("for {interval}", interval=_half_line(low, high))
        if np.isinf(low) or self.side:
            return say("as z → {place}", place=f"{number(low)}{self.side}")
        return say("at z = {place}", place=number(low))

    @property
    def gradient_words(self) -> str:
        """Such as "0.25 at z = 0"; a gradient without bound has no maximum."""
        if np.isinf(self.max_gradient):
            return say("unbounded {where}", where=self.steepest_words)
        return f"{number(self.max_gradient)} {self.steepest_words}"

    @property
    def saturation_words(self) -> str:
        """Such as "|z| > 4.58", "z < 0", "everywhere" or "nowhere"."""
        if not self.saturation:
            return say("nowhere")
        if self.saturation == ((-np.inf, np.inf),):
            return say("everywhere")
        if len(self.saturation) == 2 and np.isclose(self.saturation[0][1], -self.saturation[1][0]):
            return f"|z| > {number(self.saturation[1][0], 3)}"
        return _both([_half_line(*interval, 3) for interval in self.saturation])

    @property
    def continuity_words(self) -> str:
        """ "differentiable", or where it is not: "kink at 0", "kinks at ±3", "jump at 0"."""
        jumps, kinks = (_places(places) for places in (self.jumps, self.kinks))
        breaks = [
            say_number("jump at {places}", "jumps at {places}", len(self.jumps), places=jumps)
            if jumps
            else "",
            say_number("kink at {places}", "kinks at {places}", len(self.kinks), places=kinks)
            if kinks
            else "",
        ]
        return listed(breaks) or say("differentiable")

    @property
    def centre_words(self) -> str:
        """Such as "yes" or "no, mean 0.5"."""
        return say("yes") if self.zero_centred else say("no, mean {mean}", mean=number(self.mean, 2))

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The facts line by line, as (name, words)."""
        return [
            (say("range"), self.range_words),
            (say("max gradient"), self.gradient_words),
            (say("saturates"), self.saturation_words),
            (say("continuity"), self.continuity_words),
            (say("zero-centred"), self.centre_words),
            (say("source"), self.source or "–"),
        ]


def _half_line(low: float, high: float, digits: int = 4) -> str:
    """An interval of z, which may be bounded on both sides."""
    if np.isinf(low):
        return f"z < {number(high, digits)}"
    if np.isinf(high):
        return f"z > {number(low, digits)}"
    return f"{number(low, digits)} < z < {number(high, digits)}"


def _places(places: tuple[float, ...]) -> str:
    if len(places) == 2 and places[0] == -places[1]:
        return f"±{number(places[1])}"
    return _both([number(place) for place in places])


def _both(words: Sequence[str]) -> str:
    """One thing, or two with "and" between them."""
    return say("{one} and {other}", one=words[0], other=words[1]) if len(words) == 2 else "".join(words)


def curves(name: str, z: Array) -> tuple[Array, Array]:
    """f and f′ at `z` (n,), each as (n_outputs, n): one output, or the three of softmax for (z, 0, −1).

    Parameters stand behind the name, as in "elu:0.2". Raises ViewError for an unknown name or parameter.
    """
    name, described = named(name)
    if name == "softmax":
        outputs = softmax(np.stack([z, *(np.full_like(z, other) for other in OTHERS)]), axis=0)
        return outputs, outputs * (1 - outputs)
    activation = {**CATALOGUE, **SHOWN_ONLY}[described.function or name]
    assert activation.derivative is not None  # all but softmax have one
    return activation(z, **described.arguments)[None], activation.derivative(z, **described.arguments)[None]


@lru_cache
def facts(name: str) -> Facts:
    """The facts about the activation called `name`, such as "tanh" or "elu:0.2".

    Raises ViewError for an unknown name or parameter.
    """
    _, described = named(name)
    places = np.unique(np.concatenate([SHOWN, *_around(described.arguments.values())]))

    def f(z: Array) -> Array:
        return curves(name, z)[0][0]

    def slope(z: Array) -> Array:
        return curves(name, z)[1][0]

    with np.errstate(over="ignore"):  # e^z far out
        lower, lower_attained = supremum(lambda z: -f(z))
        upper, upper_attained = supremum(f)
        max_gradient, _ = supremum(slope)
        saturation = intervals(lambda z: np.abs(slope(z)) < SATURATED)
        steepest = _steepest(slope, max_gradient)
    jumps = _breaks(f, places)
    kinks = tuple(z for z in _breaks(slope, places) if z not in jumps)
    return Facts(
        name=name,
        described=described,
        range=(-lower + 0.0, upper),
        attained=(lower_attained, upper_attained),
        max_gradient=max_gradient,
        steepest=steepest,
        side=_side(slope, steepest, kinks),
        saturation=tuple(each for each in saturation if np.isinf(each).any()),
        jumps=jumps,
        kinks=kinks,
        mean=_mean(f),
    )


def _around(values: Iterable[Any]) -> Iterator[Array]:
    """Where parameters may put a kink that is not on the grid."""
    for value in values:
        if isinstance(value, float) and abs(value) < GRID[-1]:
            yield np.array([-value, value])


def _steepest(slope: Function, highest: float) -> Interval:
    """Where the gradient has its supremum: an interval, a point twice, or an infinity twice."""

    def reached(z: Array) -> Array:
        return slope(z) >= highest - SAME

    point = highest_point(slope)
    if not reached(np.append(sides(point), point)).any():
        point = np.inf if reached(np.array([FAR]))[0] else -np.inf
        return point, point
    plateaus = [(low, high) for low, high in intervals(reached) if high - low > SHORTEST_PLATEAU]
    if not plateaus:
        return point, point
    low, high = plateaus[0]
    return round(low, 6) + 0.0, round(high, 6) + 0.0  # the tolerance blurs the ends


def _side(slope: Function, steepest: Interval, kinks: tuple[float, ...]) -> str:
    """Which side of a kink is steeper, if the steepest point is a kink."""
    if steepest[0] not in kinks or steepest[0] != steepest[1]:
        return ""
    below, above = slope(steepest[0] + np.array([-SAME, SAME]))
    return "⁻" if below > above else "⁺"


def _breaks(f: Function, places: Array) -> tuple[float, ...]:
    """The places within the range that pictures show where f is not continuous."""
    apart = np.abs(f(places + SAME) - f(places - SAME))
    return tuple(places[apart > 1e3 * SAME].tolist())  # no gradient shown here reaches 500


def _mean(f: Function) -> float:
    """The mean of f(z) for z ~ N(0, 1), by the midpoint rule, as kinks and jumps are on the grid."""
    middles = GRID[:-1] + STEP / 2
    return float((f(middles) * np.exp(-(middles**2) / 2)).sum() * STEP / np.sqrt(2 * np.pi))
