"""Small GIFs: one colour palette for the whole film (quantisation in OKLab), and unchanged pixels kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from replay.errors import OutputError
from replay.types import Array

MAX_COLOURS = 128  # of the 256 entries, one must stay free for unchanged pixels
KEPT = 4  # the most frequent colours, such as the background, stay exact
BITS = 6  # of each channel: colours that agree in these are merged
LOOKED_AT = 20_000  # colours: plots have a few thousand, and photographs need no more
DAMPING = 0.4  # a colour counts by this power of its share of the picture
ROUNDS = 4  # of k-means
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
    """A palette for these frames (height, width, 4): (n, 3) of uint8, as many colours as `error` requires.

    Add the colour with the largest error, again and again: its distance from the nearest colour chosen so
    far, in hundredths of OKLab, weighted by its share of the picture, damped so that thin lines keep their
    colour next to large areas. Stop when no error exceeds `error`; then a few rounds of k-means move each
    colour to the mean of its group.
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
    """Each colour's share of the picture, (n,), decreasing, and the colours, (n, 3) of uint8.

    Colours that agree in their first BITS are merged into the most frequent one.
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
    """Colours in OKLab (n, 3), a perceptually uniform space (Ottosson 2020), white at L = 100."""
    srgb = colours / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return 100 * np.cbrt(linear @ TO_CONES.T) @ TO_LAB.T


def _centred(points: Array, colours: Array, weights: Array, chosen: list[int]) -> Array:
    """The mean colour, (k, 3), of each group after ROUNDS of k-means that start from `chosen`."""
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
    """The nearest centre to each point, and the squared distance."""
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
    """Write the palette as ffmpeg's 16×16 picture of 256 colours, padded with the last one."""
    filled = np.concatenate([colours, np.repeat(colours[-1:], 256 - len(colours), axis=0)])
    try:
        path.write_bytes(b"P6 16 16 255\n" + filled.tobytes())
    except OSError as error:
        raise OutputError(f"cannot write the temporary file {path}: {error.strerror}") from error


def settled(frames: Iterable[Array], colours: Array, tolerance: int) -> Iterator[Array]:
    """The frames in these colours (n, 3) only; pixels keep their colour while it is close enough.

    A pixel is redrawn, in the nearest colour, once the shown colour differs from its own by more than
    `tolerance` in any channel. Unchanged pixels cost a GIF nothing, and with palette colours only, slow
    drifts change along clean lines. A frame is valid until the next one.
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
        self._table = np.full(1 << 3 * BITS, -1, dtype=np.int16)  # filled on demand

    def __call__(self, pixels: Array) -> Array:
        """Pixels (n,), packed as uint32, in the palette's colours."""
        places = _coarse(pixels.view(np.uint8).reshape(-1, 4))
        unknown = np.unique(places[self._table[places] < 0])
        if len(unknown):
            channels = unknown[:, None] >> np.array([2 * BITS, BITS, 0]) & ((1 << BITS) - 1)
            middle = channels * (255 / ((1 << BITS) - 1))  # maps black and white to themselves
            self._table[unknown] = _nearest(_oklab(middle), self._points)[0]
        return self._colours[self._table[places]]


def _packed(pixels: Array) -> Array:
    """The four bytes of each pixel as one uint32; a view where possible."""
    return np.ascontiguousarray(pixels).view(np.uint32)[..., 0]


def _coarse(colours: Array) -> Array:
    """The first BITS of red, green and blue as one number: (n, 3 or 4) → (n,)."""
    red, green, blue = ((colours[:, channel] >> (8 - BITS)).astype(np.int32) for channel in range(3))
    return (red << 2 * BITS) | (green << BITS) | blue
