"""Names made to fit: what tells them apart stays, what they share is shortened first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from replay.drawing.artists.layer_names import INCH, width_in_inches
from replay.drawing.artists.letters import letters
from replay.drawing.style import Style

ELLIPSIS = "…"
LEAST = 6  # letters: fewer of a longer name say nothing
NARROW = 0.3  # of the font size: few letters are narrower
CUTS = (0.5, 0.7, 0.3, 0.85, 0.15, 1.0, 0.0)  # where a name is cut: the share of kept letters before the cut
Fits = Callable[[str], bool]


def short_names(names: Sequence[str], inches: float, size: float, style: Style) -> list[str]:
    """Shorten names to `inches` at a font size of `size` points, so that different ones stay different."""
    return told_apart(names, lambda name: width_in_inches(name, size, style) <= inches)


def legible_names(names: Sequence[str], inches: float, size: float, style: Style) -> list[str] | None:
    """The same, but None where names would become too short to be read, or alike."""
    most = inches * INCH / (NARROW * size)  # letters that may fit: measuring takes time
    if most <= LEAST and any(len(name) > most for name in names):
        return None
    return as_legible(names, short_names(names, inches, size, style))


def as_legible(names: Sequence[str], short: list[str]) -> list[str] | None:
    """These short forms of names, None where they are too short to be read, or alike."""
    readable = all(is_legible(one, name) for one, name in zip(short, names, strict=True))
    return short if readable and len(set(short)) == len(set(names)) else None


def is_legible(short: str, name: str) -> bool:
    """Whether the short form of a name still says something."""
    return short == name or len(short.replace(ELLIPSIS, "")) >= LEAST


def names_or_numbers(
    names: Sequence[str], numbers: Sequence[str], inches: float, size: float, style: Style
) -> list[str]:
    """The names, shortened to `inches`, or where they could not be read the numbers, of all alike."""
    return legible_names(names, inches, size, style) or list(numbers)


def to_letters(names: Sequence[str], most: int) -> list[str] | None:
    """Names of at most so many letters, None where they would become too short to be read, or alike."""
    return as_legible(names, told_apart(names, lambda name: len(name) <= most))


def told_apart(names: Sequence[str], fits: Fits) -> list[str]:
    """Shorten names until each fits, so that different ones stay different.

    What all names begin or end with is shortened first, then their middles. Names that cannot both fit and
    differ are cut in the middle.
    """
    if all(map(fits, names)):
        return list(names)
    before, after = _shared([letters(name) for name in names])
    # Of the shared letters, as many as fit.
    kept = range(before + after)
    n = bisect_left(
        kept, True, key=lambda n: not all(fits(_cut_shared(name, before, after, n)) for name in names)
    )
    if n > 0 and before + after > 1:
        return [_cut_shared(name, before, after, n - 1) for name in names]
    cores = [_cut_shared(name, before, after, 0) for name in names]
    for share in CUTS:
        short = [in_the_middle(core, fits, share) for core in cores]
        if len(set(short)) == len(set(names)):
            return short
    return [in_the_middle(name, fits) for name in names]


def in_the_middle(name: str, fits: Fits, share: float = CUTS[0]) -> str:
    """Shorten a name until it fits; of the letters that are kept, `share` are before the cut."""
    if fits(name):
        return name
    each = letters(name)
    kept = range(1, len(each))
    n = bisect_left(kept, True, key=lambda n: not fits(_without_middle(each, n, share)))
    return _without_middle(each, max(1, n), share)


def around_name(words: Callable[[str], str], name: str, inches: float, size: float, style: Style) -> str:
    """Words around a name, which loses its middle until they fit into so many inches."""
    fitting = in_the_middle(name, lambda some: width_in_inches(words(some), size, style) <= inches)
    return words(fitting)


def _without_middle(name: Sequence[str], kept: int, share: float) -> str:
    first = round(kept * share)
    return f"{_start(name[:first])}{ELLIPSIS}{_end(name[len(name) - (kept - first) :])}"


def _start(some: Sequence[str]) -> str:
    return "".join(some).rstrip(" ·")


def _end(some: Sequence[str]) -> str:
    return "".join(some).lstrip(" ·")


def _shared(names: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many letters all names have in common at their start, and at their end."""
    if all(name == names[0] for name in names):
        return 0, 0
    before = _common_start(names)
    return before, _common_start([name[before:][::-1] for name in names])


def _common_start(names: Sequence[Sequence[str]]) -> int:
    """How many letters names have in common at their start."""
    pairs = enumerate(zip(*names, strict=False))
    return next((n for n, each in pairs if len(set(each)) > 1), min(map(len, names)))


def _cut_shared(name: str, before: int, after: int, kept: int) -> str:
    """A name with only `kept` of the letters that it shares: those at the start, then those at the end."""
    head = min(kept, before)
    tail = min(kept - head, after)
    each = letters(name)
    start, core, end = each[:before], each[before : len(each) - after], each[len(each) - after :]
    shown = _start(start[:head]) + ELLIPSIS if before - head > 1 else "".join(start)
    rest = ELLIPSIS + _end(end[after - tail :]) if after - tail > 1 else "".join(end)
    return f"{shown}{''.join(core)}{rest}"
