"""The nodes of a network's diagram: small pictures with a frame, their bias beside them, and their state."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from replay.drawing.artists.diagram_places import Places
from replay.drawing.artists.edges import signed_ends
from replay.drawing.artists.signed import signed_colours
from replay.drawing.style import SHADES, Style
from replay.types import Array

BAR, GAP = 3.2, 1.6  # points: the width of a bias's bar, and what is between it and its node
FRAME, COLOURED = 0.9, 1.5  # points, the width of a frame, and of one with a colour
HATCH, STRIKE = (
    4.5,
    2.0,
)  # points: the distance of the lines over a saturated unit, the width of that over a dead
STRONGEST = 0.74  # of the colours' range, so that edges and words stand out beside the pictures
THIN, FAR = 0.5, 70.0  # opacity of a hatch; from what distance on a colour is strong
FADED = 0.6  # how much of its colours a dead unit loses


def packed(rgba: Array) -> Array:
    """Four bytes as one number: (…, 4) of uint8 to (…) of uint32."""
    return np.ascontiguousarray(rgba).view(np.uint32)[..., 0]


def colour_of(name: str) -> Array:
    """A colour as RGBA of uint8."""
    return (np.array([*to_rgb(name), 1.0]) * 255).round().astype(np.uint8)


def between(images: Array, size: int, axis: int) -> Array:
    """Images with `size` points along an axis, linear between the middles of the old ones.

    Elementwise: BLAS would split products this small among threads, which wait for one another.
    """
    n = images.shape[axis]
    at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
    low = np.minimum(at.astype(int), max(0, n - 2))
    share = (at - low).astype(np.float32).reshape([-1 if each == axis else 1 for each in range(images.ndim)])
    start = images.take(low, axis)
    found: Array = start + (images.take(np.minimum(low + 1, n - 1), axis) - start) * share
    return found


class Paint(ABC):
    """How the pictures of a column become pixels."""

    @abstractmethod
    def pixels(self, pictures: Array, side: int) -> Array:
        """Packed RGBA (n, side, side) of uint32, rows from the bottom up."""


@dataclass
class Signed(Paint):
    """Numbers (n, rows, columns): 0 has the background's colour, and ±`limit` the strongest."""

    limit: float
    style: Style
    from_top: bool = False
    smooth: bool = True

    def __post_init__(self) -> None:
        self._ramp = packed(signed_colours(self.style))

    def pixels(self, pictures: Array, side: int) -> Array:
        """As `Paint.pixels`."""
        known = np.nan_to_num(pictures / self.limit, nan=0.0, posinf=1.0, neginf=-1.0).clip(-1, 1)
        images = _scaled(known.astype(np.float32), side, self.smooth)
        steps = (127.5 + 127.5 * STRONGEST * images + 0.5).astype(np.uint8)
        found: Array = self._ramp.take(steps)
        return found[:, ::-1] if self.from_top else found


@dataclass
class Grey(Paint):
    """Images (n, h, w), from the darkest to the lightest of their values."""

    def pixels(self, pictures: Array, side: int) -> Array:
        """As `Paint.pixels`."""
        low, high = float(np.nanmin(pictures)), float(np.nanmax(pictures))
        known = np.nan_to_num((pictures - low) / ((high - low) or 1.0))
        steps = (_scaled(known.astype(np.float32), side, False) * 255 + 0.5).astype(np.uint8)
        rgba = np.repeat(steps[:, ::-1, :, None], 4, axis=-1)
        rgba[..., 3] = 255
        return packed(rgba)


@dataclass
class ClassShare(Paint):
    """The probability of each unit's class over the plane, (n, rows, columns), in the colour of the class."""

    labels: Sequence[int]
    style: Style

    def pixels(self, pictures: Array, side: int) -> Array:
        """As `Paint.pixels`."""
        images = _scaled(np.nan_to_num(pictures).clip(0, 1).astype(np.float32), side, True)[..., None]
        paper = np.array(to_rgb(self.style.background))
        colours = np.array([to_rgb(self.style.class_colour(label)) for label in self.labels])
        rgb = paper + (colours[:, None, None] - paper) * images * 0.85
        return _opaque(rgb)


@dataclass
class ClassRegions(Paint):
    """Which class leads over the plane: one picture of probabilities (1, rows, columns, n_classes)."""

    style: Style

    def pixels(self, pictures: Array, side: int) -> Array:
        """As `Paint.pixels`."""
        n_classes = pictures.shape[-1]
        planes = np.moveaxis(np.nan_to_num(pictures[0]), -1, 0).astype(np.float32)
        images = _scaled(planes, side, True)
        leading, highest = images.argmax(axis=0), images.max(axis=0)
        even = 1 / max(n_classes, 2)
        strength = np.clip((highest - even) / (1 - even), 0, 1) * (SHADES - 1)
        shades = packed(self.style.shades(n_classes))
        return shades[leading, strength.astype(np.uint8)][None]


@dataclass
class Bars(Paint):
    """Densities (n, bins, n_groups) as bars that stand on one another, in the colours of the classes.

    A bar is as high as the root of its share of the fullest, so that few samples can be seen, too.
    """

    style: Style
    of_classes: bool

    def pixels(self, pictures: Array, side: int) -> Array:
        """As `Paint.pixels`."""
        _, bins, n_groups = pictures.shape
        colours = [
            colour_of(self.style.class_colour(group) if self.of_classes else self.style.loss)
            for group in range(n_groups)
        ]
        ladder = packed(np.array([*colours, colour_of(self.style.background)]))
        inside = max(1, side - 2 * (side > 8))  # a frame covers the outermost pixels
        whole = pictures.sum(axis=2, keepdims=True)
        heights = np.sqrt(whole) * (inside * 0.94)
        tops = np.cumsum(pictures, axis=2) / np.maximum(whole, 1e-12) * heights
        up = np.arange(inside) + 0.5
        which = (tops[:, :, None, :] <= up[None, None, :, None]).sum(axis=-1)  # (n, bins, inside)
        across = (np.arange(inside) * bins) // inside
        painted = ladder[np.swapaxes(which, 1, 2)[:, :, across]]
        edge = (side - inside) // 2
        return np.pad(painted, ((0, 0), (edge, edge), (edge, edge)), constant_values=ladder[-1])


def _scaled(images: Array, side: int, smooth: bool) -> Array:
    """Images (n, rows, columns) at another size: (n, side, side)."""
    if smooth:
        return between(between(images, side, 1), side, 2)
    rows = (np.arange(side) * images.shape[1]) // side
    columns = (np.arange(side) * images.shape[2]) // side
    found: Array = images[:, rows[:, None], columns]
    return found


def _opaque(rgb: Array) -> Array:
    rgba = np.full((*rgb.shape[:-1], 4), 255, np.uint8)
    rgba[..., :3] = np.round(rgb * 255)
    return packed(rgba)


class Nodes(Artist):
    """The nodes of all columns at their places, painted with one paint for each column.

    `colours` has those of the frames of some columns' nodes, by column. Bars of biases are as long as `limit`
    and `power` say: see `Edges`.
    """

    def __init__(
        self,
        axes: Axes,
        places: Places,
        paints: Sequence[Paint],
        colours: Mapping[int, Sequence[str]],
        limit: float,
        power: float,
        style: Style,
    ) -> None:
        super().__init__()
        self.places, self.paints, self.limit, self.power = places, paints, limit, power
        self._colours = {
            column: packed(np.array([colour_of(name) for name in names])) for column, names in colours.items()
        }
        self._pictures: Sequence[Array] = ()
        self._biases: Sequence[Array] = ()
        self._dead: Sequence[Array] = ()
        self._saturated: Sequence[Array] = ()
        self._frame, self._paper, self._ink, self._error = (
            packed(colour_of(name)) for name in (style.muted, style.background, style.ink, style.error)
        )
        self._faint = packed(colour_of(style.faint))
        self._signs = [packed((np.array(end) * 255).round().astype(np.uint8)) for end in signed_ends(style)]
        self.set_zorder(2)
        axes.add_artist(self)

    def show(
        self,
        pictures: Sequence[Array],
        biases: Sequence[Array],
        dead: Sequence[Array],
        saturated: Sequence[Array],
    ) -> None:
        """Show these pictures, biases and states, column by column."""
        self._pictures, self._biases, self._dead, self._saturated = pictures, biases, dead, saturated
        self.stale = True

    def draw(self, renderer: Any) -> None:
        """Draw each node as an image of its own, which is as large as its pixels."""
        if self.get_visible():
            graphics = renderer.new_gc()
            for column in range(len(self._pictures)):
                self._draw_column(renderer, graphics, column)
            graphics.restore()
        self.stale = False

    def _draw_column(self, renderer: Any, graphics: Any, column: int) -> None:
        assert self.axes is not None
        times = renderer.get_image_magnification()
        point = renderer.points_to_pixels(1.0) * times
        side = max(3, round(self.places.side_of(column) * point))
        images = self.paints[column].pixels(self._pictures[column], side).copy()
        self._mark(images, column, point)
        middles = self.axes.transAxes.transform(self.places.of(column)[: len(images)])
        beside = round((BAR + GAP) * point)
        biases = self._biases[column]
        for number, (image, (x, y)) in enumerate(zip(images, middles, strict=False)):
            has_bias = number < len(biases) and not np.isnan(biases[number])
            if has_bias:
                image = np.concatenate([self._bar(float(biases[number]), side, beside, point), image], axis=1)
            pixels = np.ascontiguousarray(image).view(np.uint8).reshape(*image.shape, 4)
            left = x - side / times / 2 - (beside / times if has_bias else 0)
            renderer.draw_image(graphics, round(left), round(y - side / times / 2), pixels)

    def _mark(self, images: Array, column: int, point: float) -> None:
        """Strike out dead units, hatch saturated ones, and frame all."""
        side = images.shape[1]
        up, across = np.arange(side)[:, None], np.arange(side)
        dead, saturated = self._dead[column], self._saturated[column]
        if dead.any():
            images[: len(dead)][dead] = _blended(images[: len(dead)][dead], self._paper, FADED)
            struck = np.abs(up - across) < STRIKE * point * 0.7
            images[: len(dead)][dead[:, None, None] & struck] = self._error
        if saturated.any():
            step = max(3, round(HATCH * point))
            hatched = (up + across) % step < max(1, round(0.8 * point))
            lines = saturated[:, None, None] & hatched
            under = images[: len(saturated)][lines]
            on_paper = _blended(under, self._ink, THIN)  # else lines cannot be told from a strong colour
            far = _distance(under, self._paper) > FAR
            images[: len(saturated)][lines] = np.where(far, _blended(under, self._paper, THIN), on_paper)
        coloured = self._colours.get(column)
        wide = max(1, round((FRAME if coloured is None else COLOURED) * point))
        frame = self._frame if coloured is None else coloured[:, None, None]
        for edge in (np.s_[:, :wide], np.s_[:, -wide:], np.s_[:, :, :wide], np.s_[:, :, -wide:]):
            images[edge] = frame

    def _bar(self, bias: float, side: int, beside: int, point: float) -> Array:
        """A column of pixels with the bias as a bar from its middle, up or down."""
        wide = max(1, round(BAR * point))
        image = np.zeros((side, beside), np.uint32)
        image[:, :wide] = self._faint
        share = min(1.0, abs(bias) / self.limit) ** self.power
        reach = round(share * side / 2)
        middle = side // 2
        rows = slice(middle, middle + reach) if bias > 0 else slice(middle - reach, middle)
        image[rows, :wide] = self._signs[bias > 0]
        image[middle : middle + max(1, round(0.6 * point)), :wide] = self._frame
        return image


def _blended(images: Array, paper: Array, share: float) -> Array:
    """Packed colours, moved this share of the way to another."""
    bytes_, ground = _bytes(images), _bytes(np.asarray(paper, np.uint32).reshape(1))
    return packed((bytes_ + (ground - bytes_) * share).round().astype(np.uint8))


def _distance(images: Array, paper: Array) -> Array:
    """How far packed colours are from another: the mean over their bytes, 0 to 255."""
    ground = _bytes(np.asarray(paper, np.uint32).reshape(1))
    distance: Array = np.abs(_bytes(images) - ground).mean(axis=-1)
    return distance


def _bytes(images: Array) -> Array:
    return images.view(np.uint8).reshape(*images.shape, 4).astype(np.float32)


def boundary_within(lines: Sequence[Array], limits: Any, middle: Array, size: Array) -> Array:
    """Lines over limits, moved onto a node at `middle` of this `size` in shares of axes: (n, 2)."""
    gap = np.full((1, 2), np.nan)
    if not lines:
        return gap
    low, high = np.array(limits).T
    points = np.concatenate([part for line in lines for part in (line, gap)])
    return middle + ((points - low) / (high - low) - 0.5) * size
