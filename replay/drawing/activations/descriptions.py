"""What is known of activations without measuring: titles, formulas, sources, notes, parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from replay.drawing.activations.numbers import number
from replay.errors import ViewError, unknown
from replay.language.message import Message, listed
from replay.network.activation_names import SEPARATOR, parsed


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


DESCRIPTIONS: Mapping[str, Description] = {
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
NAMES: tuple[str, ...] = tuple(DESCRIPTIONS)
ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}  # Keras's


@lru_cache
def named(text: str) -> tuple[str, Description]:
    """The name behind what was typed, and what is told of it; raises ViewError where there is none."""
    typed = text.partition(SEPARATOR)[0]
    name = ALIASES.get(typed, typed)
    if name not in DESCRIPTIONS:
        raise ViewError(unknown("activation", typed, NAMES))
    return name, DESCRIPTIONS[name].with_parameters(parsed(text)[1])
