"""Class regions that fade in or out, and boundaries that grow from their middles."""

from __future__ import annotations

from dataclasses import replace

from replay.types import Array
from replay.views.shared.regions import Regions


def faint(regions: Regions, strength: float, with_lines: bool) -> Regions:
    """Regions of this strength, from 0 to 1, whose lines have grown as far from their middles."""
    even = 1 / max(regions.probabilities.shape[-1], 2)
    lines = [_about_middle(line, strength) for line in regions.boundary] if with_lines else []
    probabilities = even + (regions.probabilities - even) * min(strength, 1.0)
    return replace(regions, probabilities=probabilities, boundary=lines)


def _about_middle(line: Array, share: float) -> Array:
    """This share of a line's points, about its middle; all of them where it is whole."""
    left_out = round(len(line) * (1 - min(share, 1.0)) / 2)
    return line[left_out : len(line) - left_out]
