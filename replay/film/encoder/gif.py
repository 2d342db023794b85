"""What makes a GIF small and clean: one palette for the whole film, and pixels that keep still."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from replay.errors import OutputError
from replay.types import Array

MAX_COLOURS = 128  # colours; one entry of the 256 has to stay free, for what does not change
KEPT = 4  # colours that fill much of the picture, such as the background, stay exactly as they are
BITS = 6  # of a channel: colours that agree in them are taken together
LOOKED_AT = 20_000  # colours: plots have some thousand, and photographs need no more
DAMPING = 0.4  # the power of its share of the picture by which a colour counts
ROUNDS = 4
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def palette(frames: Iterable[Array], error: float) -> Array:
    """The colours for these frames (height, width, 4): (n, 3) of uint8, as many as `error` asks for.

    Each next colour is the one that those before serve worst: by its distance from the nearest of them, in
    hundredths of OKLab, and by the share of the picture that it fills, damped so that a thin line has its
    colour too beside large areas. It ends where no colour is served worse than `error`; then some rounds of
    k-means move the colours to the middle of what they stand for.
    """
    shares, colours = _counted(frames)
    weights = shares**DAMPING
    points = _oklab(colours)
    chosen = list(range(min(KEPT, len(shares))))
    _, distance = _nearest(points, points[chosen])
    while len(chosen) < MAX_COLOURS:
        worst = int(np.argmax(weights * distance))
        if weights[worst] * distance[worst] <= error**2:
            break
        chosen.append(worst)
        distance = np.minimum(distance, _squared(points, points[worst]))
    found = _centred(points, colours, weights, chosen)
    found[:KEPT] = colours[chosen[:KEPT]]
    return np.unique(np.round(found).astype(np.uint8), axis=0)


def _counted(frames: Iterable[Array]) -> tuple[Array, Array]:
    """The share of the picture that each colour fills, (n,), decreasing, and the colours, (n, 3) of uint8.

    The most frequent one of those that are close to each other stands for them all.
    """
    found = [np.unique(np.ascontiguousarray(frame).view(np.uint32), return_counts=True) for frame in frames]
    counts = np.concatenate([counts for _, counts in found])
    often = np.argsort(counts, kind="stable")[::-1]
    colours = np.concatenate([values for values, _ in found])[often].view(np.uint8).reshape(-1, 4)[:, :3]
    _, firsts, groups = np.unique(_coarse(colours), return_index=True, return_inverse=True)
    totals = np.bincount(groups, counts[often])
    looked_at = np.argsort(totals, kind="stable")[::-1][:LOOKED_AT]
    return totals[looked_at] / counts.sum(), colours[firsts[looked_at]]


def _oklab(colours: Array) -> Array:
    """Colours as points (n, 3) whose distances are as the eye sees them (Ottosson 2020), white at L = 100."""
    srgb = colours / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return 100 * np.cbrt(linear @ TO_CONES.T) @ TO_LAB.T


def _centred(points: Array, colours: Array, weights: Array, chosen: list[int]) -> Array:
    """The mean colour, (k, 3), of the points nearest to each of those chosen, after rounds of k-means."""
    centres, means = points[chosen], colours[chosen].astype(float)
    for _ in range(ROUNDS):
        groups, _ = _nearest(points, centres)
        totals = np.bincount(groups, weights, len(centres))
        used = totals > 0
        for values, result in ((points, centres), (colours, means)):
            for axis in range(3):
                sums = np.bincount(groups, weights * values[:, axis], len(centres))
                result[used, axis] = sums[used] / totals[used]
    return means


def _nearest(points: Array, centres: Array) -> tuple[Array, Array]:
    """Which centre is nearest to each point, and the square of its distance."""
    nearest = np.zeros(len(points), dtype=int)
    distance = np.full(len(points), np.inf)
    for number, centre in enumerate(centres):
        here = _squared(points, centre)
        closer = here < distance
        nearest[closer], distance[closer] = number, here[closer]
    return nearest, distance


def _squared(points: Array, centre: Array) -> Array:
    return ((points - centre) ** 2).sum(axis=1)


def write_palette(path: Path, colours: Array) -> None:
    """Write 256 colours as the 16×16 picture that ffmpeg takes as a palette; the last one fills up."""
    filled = np.concatenate([colours, np.repeat(colours[-1:], 256 - len(colours), axis=0)])
    try:
        path.write_bytes(b"P6 16 16 255\n" + filled.tobytes())
    except OSError as error:
        raise OutputError(f"cannot write the temporary file {path}: {error.strerror}") from error


def settled(frames: Iterable[Array], colours: Array, tolerance: int) -> Iterator[Array]:
    """The frames in these colours (n, 3) alone, with pixels left as they were where they still do.

    A pixel gets the colour nearest to its own once what it shows is further from its own than `tolerance` in
    any channel. What does not change costs a GIF nothing; and as only the palette's colours are kept, what
    drifts slowly changes along clean lines. A frame is valid until the next one is asked for.
    """
    nearest = _NearestColours(colours)
    shown: Array | None = None
    for frame in frames:
        frame = np.ascontiguousarray(frame)
        if shown is None:
            shown = np.empty_like(frame)
            moved = np.ones(frame.shape[:2], dtype=bool)
        else:
            change = np.maximum(frame, shown) - np.minimum(frame, shown)
            moved = (change > tolerance).view(np.uint32)[..., 0] != 0
        _packed(shown)[moved] = nearest(_packed(frame)[moved])
        yield shown


class _NearestColours:
    """Looks up the nearest colour of a palette, by the first BITS of each channel."""

    def __init__(self, colours: Array) -> None:
        opaque = np.full((len(colours), 1), 255, dtype=np.uint8)
        self._colours = _packed(np.concatenate([colours, opaque], axis=1))
        self._points = _oklab(colours)
        self._table = np.full(1 << 3 * BITS, -1, dtype=np.int16)  # filled as colours come up

    def __call__(self, pixels: Array) -> Array:
        """Pixels (n,), four bytes each taken as one number, in the palette's colours."""
        places = _coarse(pixels.view(np.uint8).reshape(-1, 4))
        unknown = np.unique(places[self._table[places] < 0])
        if len(unknown):
            channels = unknown[:, None] >> np.array([2 * BITS, BITS, 0]) & ((1 << BITS) - 1)
            middle = channels * (255 / ((1 << BITS) - 1))  # so that black and white are themselves
            self._table[unknown] = _nearest(_oklab(middle), self._points)[0]
        return self._colours[self._table[places]]


def _packed(pixels: Array) -> Array:
    """The four bytes of each pixel as one number, in place."""
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _coarse(colours: Array) -> Array:
    """One number for the first BITS of each of red, green and blue: (n,) of (n, 3 or 4)."""
    red, green, blue = ((colours[:, channel] >> (8 - BITS)).astype(np.int32) for channel in range(3))
    return (red << 2 * BITS) | (green << BITS) | blue
