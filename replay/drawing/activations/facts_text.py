"""The facts about activations as text for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from replay.drawing.activations.facts import Facts
from replay.drawing.activations.numbers import number
from replay.network.activation_limits import (
    SATURATED,
)

COLUMNS = 80  # of a terminal
MAX_BLOCKS = 4  # more activations go into a table
_LEGEND = (
    f"f′ is the gradient; f saturates where |f′| < {SATURATED:g}, and is 0-centred if its mean is 0 for "
    "z ~ N(0, 1). Of softmax, the first output for (z, 0, −1)."
)


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
