"""Shares in whole percent, as pictures say them."""

from __future__ import annotations

from replay.language.message import in_numbers


def percent(share: float) -> str:
    """A share from 0 to 1 as text: 100% only if it is all, 0% only if it is nothing.

    >>> [percent(share) for share in (0, 0.001, 0.52, 0.999, 1)]
    ['0%', '<1%', '52%', '>99%', '100%']
    """
    if 0 < share < 0.01:
        return in_numbers("<1%")
    if 0.99 < share < 1:
        return in_numbers(">99%")
    return in_numbers(f"{share:.0%}")
