"""Facts about activation functions: formula, source, range, largest gradient, saturation, kinks, mean.

Everything that can be measured is measured: ranges, gradients, saturation, kinks and means are searched on
a grid, refined there, and evaluated far outside for the limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from textwrap import wrap
from typing import Any

import numpy as np

from replay.errors import ViewError, unknown
from replay.language.message import Message, in_numbers, listed, say, say_number
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
from replay.network.activation_names import SEPARATOR, parsed
from replay.network.activations import CATALOGUE, SHOWN_ONLY, softmax
from replay.types import Array

SHORTEST_PLATEAU = 0.1  # of a gradient's maximum, in z; a shorter one is a point
COLUMNS = 80  # of a terminal
MAX_BLOCKS = 4  # more activations go into a table

OTHERS = (0.0, -1.0)  # the other entries of the vector that softmax is shown for


@dataclass(frozen=True)
class Description:
    """What cannot be measured, and how to call f.

    `symbols` are what the formula calls parameters, which titles then tell, and `given` those that somebody
    chose. Where an activation is usually called without parameters, `general` and `general_note` tell it with
    them, and `defaults` are their values.
    """

    title: Message | str
    formula: Message | str
    source: str | None
    note: Message
    function: str | None = None  # its name in the catalogue, if different
    arguments: Mapping[str, Any] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    general: Message | None = None
    general_note: Message | None = None
    defaults: Mapping[str, Any] = field(default_factory=dict)

    given: Mapping[str, float] = field(default_factory=dict)

    def with_parameters(self, given: Mapping[str, float]) -> Description:
        """The same with these parameters in place of the usual ones."""
        if not given:
            return self
        arguments = {**self.defaults, **self.arguments, **given}
        return replace(self, arguments=arguments, given=given, note=self.general_note or self.note)

    @property
    def name(self) -> str:
        """What it is called, with its parameters: "ELU (α = 1)"."""
        parameters = self._in_words(self.given or self.arguments)
        return f"{self.title} ({parameters})" if parameters else str(self.title)

    @property
    def whole_formula(self) -> str:
        """The formula; the general one with the values of all its parameters, where some are given."""
        if not self.given or self.general is None:
            return str(self.formula)
        return f"{self.general}; {self._in_words(self.arguments)}"

    def _in_words(self, values: Mapping[str, Any]) -> str:
        """Parameters by their symbols, such as "α = 0.2"; those without a symbol are not told."""
        return listed(
            f"{symbol} = {number(np.inf if values[name] is None else values[name])}"
            for name, symbol in self.symbols.items()
            if name in values
        )


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


def number(value: float, digits: int = 4) -> str:
    """A number as text: "0.25", "−1.758", "∞"."""
    if np.isinf(value):
        return "∞" if value > 0 else "−∞"
    return in_numbers(f"{value + 0.0:.{digits}g}".replace("-", "−"))


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


_DESCRIPTIONS: Mapping[str, Description] = {
    "linear": Description(
        Message("linear"),
        "f(z) = z",
        None,
        Message("Layers that are linear make one linear layer together: for the output of a regression."),
    ),
    "step": Description(
        Message("step"),
        Message("f(z) = 1 if z ≥ 0, else 0"),
        "McCulloch & Pitts 1943",
        Message(
            "Cannot learn by gradients: they are 0 wherever they exist, so no weight before it ever moves."
        ),
    ),
    "sigmoid": Description(
        Message("sigmoid"),
        "σ(z) = 1 / (1 + e⁻ᶻ)",
        "Rumelhart, Hinton & Williams 1986",
        Message(
            "The probability of one class of two; through many layers, gradients of a quarter at most vanish."
        ),
    ),
    "hard_sigmoid": Description(
        Message("hard sigmoid"),
        "f(z) = min(max(z / 6 + 1/2, 0), 1)",
        "Howard et al. 2019",
        Message(
            "A sigmoid of three straight pieces, quick on small devices; outside of them nothing is learnt."
        ),
    ),
    "tanh": Description(
        "tanh",
        "tanh(z) = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)",
        "LeCun, Bottou, Orr & Müller 1998",
        Message("A sigmoid stretched to −1…1, so that what the next layer receives is centred on 0."),
    ),
    "softsign": Description(
        Message("softsign"),
        "f(z) = z / (1 + |z|)",
        "Bergstra, Desjardins, Lamblin & Bengio 2009",
        Message("Like tanh, but its gradient falls as 1/z² and not exponentially, so it saturates later."),
    ),
    "relu": Description(
        "ReLU",
        "f(z) = max(0, z)",
        "Nair & Hinton 2010",
        Message(
            "Does not saturate above 0; a unit that is negative for all samples gets no gradient: it is dead."
        ),
        symbols={"negative_slope": "α", "max_value": "m", "threshold": "θ"},
        general=Message("f(z) = min(z, m) if z > θ, else α(z − θ)"),
        general_note=Message(
            "A ReLU with a slope α up to θ and a ceiling m; on the ceiling nothing is learnt."
        ),
        defaults={"negative_slope": 0.0, "max_value": None, "threshold": 0.0},
    ),
    "leaky_relu": Description(
        Message("leaky ReLU"),
        Message("f(z) = z if z > 0, else αz"),
        "Maas, Hannun & Ng 2013",
        Message("A slope below 0 keeps every unit learning; Keras has 0.2, the paper 0.01."),
        arguments={"negative_slope": 0.2},
        symbols={"negative_slope": "α"},
    ),
    "prelu": Description(
        "PReLU",
        Message("f(z) = z if z > 0, else αz"),
        "He, Zhang, Ren & Sun 2015",
        Message("A leaky ReLU that learns its slope α with the weights; the paper starts at 0.25."),
        arguments={"alpha": 0.25},
        symbols={"alpha": "α"},
    ),
    "elu": Description(
        "ELU",
        Message("f(z) = z if z > 0, else α(eᶻ − 1)"),
        "Clevert, Unterthiner & Hochreiter 2016",
        Message("Bends down to −α below 0, so that the mean of its outputs is lower than ReLU's."),
        arguments={"alpha": 1.0},
        symbols={"alpha": "α"},
    ),
    "selu": Description(
        "SELU",
        Message("f(z) = λz if z > 0, else λα(eᶻ − 1); λ ≈ 1.0507, α ≈ 1.6733"),
        "Klambauer, Unterthiner, Mayr & Hochreiter 2017",
        Message(
            "Keeps mean 0 and variance 1 from layer to layer, with weights from LeCun's normal distribution."
        ),
    ),
    "softplus": Description(
        Message("softplus"),
        "f(z) = ln(1 + eᶻ)",
        "Dugas, Bengio, Bélisle, Nadeau & Garcia 2001",
        Message("A smooth ReLU whose derivative is the sigmoid; for outputs that must be positive."),
    ),
    "gelu": Description(
        "GELU",
        "f(z) = z·Φ(z); Φ(z) = P(X ≤ z), X ~ N(0, 1)",
        "Hendrycks & Gimpel 2016",
        Message("Weighs z by the normal distribution; common in transformers."),
        arguments={"approximate": False},
    ),
    "gelu_tanh": Description(
        Message("GELU, tanh form"),
        "f(z) = z/2·(1 + tanh(√(2/π)·(z + 0.044715z³)))",
        "Hendrycks & Gimpel 2016",
        Message("GELU without Φ; the two differ by less than 0.001."),
        function="gelu",
        arguments={"approximate": True},
    ),
    "silu": Description(
        "SiLU (Swish)",
        "f(z) = z·σ(z) = z / (1 + e⁻ᶻ)",
        "Hendrycks & Gimpel 2016; Ramachandran, Zoph & Le 2017",
        Message("Weighs z by its sigmoid: smooth, and a little below 0 before it rises."),
    ),
    "hard_silu": Description(
        Message("hard SiLU (hard swish)"),
        "f(z) = z·min(max(z / 6 + 1/2, 0), 1)",
        "Howard et al. 2019",
        Message("SiLU with the sigmoid of three straight pieces in it: quick on small devices."),
    ),
    "mish": Description(
        "Mish",
        "f(z) = z·tanh(ln(1 + eᶻ))",
        "Misra 2019",
        Message("Close to SiLU, with a minimum that is a little deeper."),
    ),
    "log_sigmoid": Description(
        Message("log-sigmoid"),
        "f(z) = ln σ(z) = −ln(1 + e⁻ᶻ)",
        None,
        Message("The logarithm of a probability: the cross-entropy of one class of two is −ln σ(z)."),
    ),
    "exponential": Description(
        Message("exponential"),
        "f(z) = eᶻ",
        None,
        Message("For outputs that must be positive, such as rates; its gradient grows without bound."),
    ),
    "softmax": Description(
        Message("softmax of (z, 0, −1)"),
        "sᵢ = exp(zᵢ) / Σⱼ exp(zⱼ)",
        "Bridle 1990",
        Message(
            "Probabilities of many classes, which sum to 1. Numbers are of the first output; the gradients "
            "are the diagonal of the Jacobian, ∂sᵢ/∂zᵢ = sᵢ(1 − sᵢ)."
        ),
    ),
}
NAMES: tuple[str, ...] = tuple(_DESCRIPTIONS)
ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}  # Keras's


def curves(name: str, z: Array) -> tuple[Array, Array]:
    """f and f′ at `z` (n,), each as (n_outputs, n): one output, or the three of softmax for (z, 0, −1).

    Parameters stand behind the name, as in "elu:0.2". Raises ViewError for an unknown name or parameter.
    """
    name, described = _named(name)
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
    _, described = _named(name)
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


@lru_cache
def _named(text: str) -> tuple[str, Description]:
    """The name behind what was typed, and what is told of it; raises ViewError where there is none."""
    typed = text.partition(SEPARATOR)[0]
    name = ALIASES.get(typed, typed)
    if name not in _DESCRIPTIONS:
        raise ViewError(unknown("activation", typed, NAMES))
    return name, _DESCRIPTIONS[name].with_parameters(parsed(text)[1])


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


def as_text(activations: Sequence[Facts]) -> str:
    """The facts for a terminal of 80 columns: a block for each of a few, a table for many."""
    return "\n\n".join(map(_block, activations)) if len(activations) <= MAX_BLOCKS else _table(activations)


def _block(activation: Facts) -> str:
    rows = [f"  {name:<14}{words}" for name, words in activation.rows]
    return "\n".join([activation.title, f"  {activation.formula}", *rows, *_wrapped(activation.note)])


def _table(activations: Sequence[Facts]) -> str:
    head = ("name", "range", "max f′", "saturates", "continuity", "0-centred")
    lines = [head, *((each.name, *_cells(each)) for each in activations)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
    return "\n".join([*padded, "", *_wrapped(_LEGEND, "")])


_LEGEND = (
    f"f′ is the gradient; f saturates where |f′| < {SATURATED:g}, and is 0-centred if its mean is 0 for "
    "z ~ N(0, 1). Of softmax, the first output for (z, 0, −1)."
)


def _cells(activation: Facts) -> tuple[str, ...]:
    return (
        activation.range_words,
        number(activation.max_gradient),
        activation.saturation_words.replace(" and", ","),
        activation.continuity_words.replace("differentiable", "–"),
        "yes" if activation.zero_centred else "no",
    )


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return wrap(text, COLUMNS, initial_indent=indent, subsequent_indent=indent)
