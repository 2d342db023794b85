"""Many samples as an image: nothing is lost, moved or painted over."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from replay.drawing.artists.density import Density
from replay.drawing.artists.plane import MAX_MARKERS, MAX_RINGS, RINGS_ON_DENSITY, SampleArtists
from replay.drawing.style import LIGHT
from replay.views.shared.geometry import Limits

LIMITS = Limits((-1.0, 1.0), (-2.0, 2.0))
ROWS, COLUMNS = 90, 120


def axes() -> Axes:
    figure = Figure(figsize=(6, 6), dpi=100)
    drawn_on = figure.add_axes((0, 0, 1, 1))
    drawn_on.set_axis_off()
    drawn_on.set(xlim=LIMITS.x, ylim=LIMITS.y)
    return drawn_on


def density(points: np.ndarray, labels: np.ndarray | None, joins_at: int | None = None) -> Density:
    made = Density(axes(), LIMITS, labels, len(points), joins_at or len(points), LIGHT)
    made.show(points)
    return made


def covered(image: np.ndarray) -> np.ndarray:
    return image[..., 3] / 255


def test_the_covered_area_is_that_of_the_discs() -> None:
    """Samples far apart cover as much as their discs would, whatever pixels they fall on."""
    x, y = np.meshgrid(np.linspace(-0.8, 0.8, 8), np.linspace(-1.6, 1.6, 6))
    points = np.column_stack([x.ravel(), y.ravel()])
    for point in (0.5, 1.0, 1.7):
        image = density(points, None).colours(ROWS, COLUMNS, point)
        disc = np.pi * (LIGHT.marker / 2 * point) ** 2
        assert covered(image).sum() == pytest.approx(len(points) * disc, rel=0.02)


def test_discs_shrink_so_that_more_samples_keep_their_area() -> None:
    rng = np.random.default_rng(0)
    areas = []
    for n in (100, 400):
        points = rng.uniform((-0.9, -1.8), (0.9, 1.8), size=(n, 2))
        areas.append(covered(density(points, None, joins_at=100).colours(900, 1200, 1.0)).sum())
    assert areas[1] == pytest.approx(areas[0], rel=0.06)


def test_so_many_samples_that_none_covers_much_are_drawn_all_the_same() -> None:
    points = np.random.default_rng(0).uniform((-0.9, -1.8), (0.9, 1.8), size=(400_000, 2))
    few, many = (
        covered(density(some, None, joins_at=10).colours(18, 24, 0.5)) for some in (points[:400], points)
    )
    assert (many > 0).sum() > 0.8 * many.size
    assert many.sum() == pytest.approx(few.sum(), rel=0.2)


def test_samples_lie_where_a_histogram_counts_them() -> None:
    """Row 0 is below. With discs smaller than a pixel, each sample stays in its own."""
    points = np.random.default_rng(1).uniform((-1.2, -2.4), (1.2, 2.4), size=(3000, 2))
    image = density(points, None).colours(ROWS, COLUMNS, 0.1)
    counts, _, _ = np.histogram2d(points[:, 1], points[:, 0], (ROWS, COLUMNS), (LIMITS.y, LIMITS.x))
    each = np.pi * (LIGHT.marker / 2 * 0.1) ** 2
    np.testing.assert_allclose(covered(image), np.minimum(counts * each, 1), atol=2 / 255)


def test_classes_that_share_a_pixel_mix_their_colours_by_number() -> None:
    points = np.zeros((400, 2))
    labels = np.repeat([0, 2], [100, 300])
    image = density(points, labels).colours(ROWS, COLUMNS, 1.0)
    middle = image[ROWS // 2, COLUMNS // 2]
    mixed = 0.25 * np.array(to_rgb(LIGHT.class_colour(0))) + 0.75 * np.array(to_rgb(LIGHT.class_colour(2)))
    np.testing.assert_allclose(middle[:3], mixed * 255, atol=1.5)
    assert middle[3] == 255


def test_each_class_keeps_its_colour_where_it_is_alone() -> None:
    points = np.repeat([[-0.5, 1.0], [0.5, -1.0]], 50, axis=0)
    image = density(points, np.repeat([1, 3], 50)).colours(ROWS, COLUMNS, 1.0)
    for label, row, column in ((1, 67, 30), (3, 22, 90)):
        np.testing.assert_allclose(image[row, column, :3] / 255, to_rgb(LIGHT.class_colour(label)), atol=0.01)


def test_samples_that_are_nan_or_outside_lie_nowhere() -> None:
    rng = np.random.default_rng(2)
    inside = rng.uniform((-0.9, -1.8), (0.9, 1.8), size=(200, 2))
    bad = np.array([[np.nan, 0], [0, np.nan], [np.inf, 0], [-5, 0], [0, 9.0], [1e30, -1e30]])
    points, labels = np.concatenate([inside, bad]), np.arange(206) % 2
    kept = density(inside, labels[:200], joins_at=200).colours(ROWS, COLUMNS, 1.0)
    all_of_them = Density(axes(), LIMITS, labels, 200, 200, LIGHT)
    all_of_them.show(points)
    np.testing.assert_array_equal(all_of_them.colours(ROWS, COLUMNS, 1.0), kept)
    nothing = density(bad, None).colours(ROWS, COLUMNS, 1.0)
    assert not nothing[..., 3].any()


def picture(samples: SampleArtists, drawn_on: Axes, points: np.ndarray) -> np.ndarray:
    samples.show(points, None)
    canvas = FigureCanvasAgg(drawn_on.get_figure(root=True))  # type: ignore[arg-type]
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].astype(float)


# Triangles cover less than discs, and markers hide what discs mix: hence more tolerance for two classes.
@pytest.mark.parametrize(("n_classes", "mean", "largest"), [(1, 1, 8), (2, 5, 40)])
def test_it_joins_the_markers_of_fewer_samples_smoothly(n_classes: int, mean: float, largest: float) -> None:
    """Just below and just above the limit, pictures of the same cloud have the same colours on average."""
    rng = np.random.default_rng(3)
    points = rng.normal(0, (0.35, 0.7), size=(MAX_MARKERS + 1, 2))
    right = points[:, 0] + rng.normal(0, 0.2, len(points)) > 0
    labels = right.astype(int) if n_classes == 2 else None
    pictures = []
    for n in (MAX_MARKERS, MAX_MARKERS + 1):
        drawn_on = axes()
        samples = SampleArtists(drawn_on, LIMITS, None if labels is None else labels[:n], n, LIGHT)
        assert (samples.density is None) == (n == MAX_MARKERS)
        pictures.append(picture(samples, drawn_on, points[:n]))
    blocks = [image.reshape(12, 50, 12, 50, 3).mean(axis=(1, 3)) for image in pictures]
    difference = np.abs(blocks[0] - blocks[1])
    assert difference.mean() < mean and difference.max() < largest


def test_a_great_many_samples_are_drawn() -> None:
    rng = np.random.default_rng(4)
    points = rng.normal(0, (0.3, 0.6), size=(200_000, 2))
    drawn_on = axes()
    samples = SampleArtists(drawn_on, LIMITS, np.arange(200_000) % 3, 200_000, LIGHT)
    image = picture(samples, drawn_on, points)
    assert not samples.dots and image[300, 300].sum() < 3 * 255 - 100
    assert (image[5:20, 5:20] == 255).all()


def test_an_image_is_kept_while_samples_stand_still_and_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    mix = Density._mixed
    monkeypatch.setattr(Density, "_mixed", lambda self, *size: (made.append(size), mix(self, *size))[1])
    points = np.random.default_rng(5).uniform(-1, 1, size=(300, 2))
    image = density(points, None)
    first = image.colours(ROWS, COLUMNS, 1.0)
    assert image.colours(ROWS, COLUMNS, 1.0) is first and len(made) == 1
    image.show(points + 0.3)
    assert (image.colours(ROWS, COLUMNS, 1.0) != first).any()
    assert image.colours(ROWS // 2, COLUMNS, 1.0).shape[0] == ROWS // 2
    assert len(made) == 3


@pytest.mark.parametrize(("n", "most"), [(4000, MAX_RINGS), (8000, RINGS_ON_DENSITY)])
def test_rings_are_capped_and_the_same_ones_from_frame_to_frame(n: int, most: int) -> None:
    rng = np.random.default_rng(6)
    points = rng.uniform(-1, 1, size=(n, 2))
    samples = SampleArtists(axes(), LIMITS, np.arange(n) % 2, n, LIGHT)

    def marked(correct: np.ndarray) -> set[tuple[float, float]]:
        samples.show(points, correct)
        return set(zip(*map(list, samples.rings.get_data()), strict=True))  # type: ignore[call-overload]

    def wrong(correct: np.ndarray) -> set[tuple[float, float]]:
        return {(x, y) for x, y in points[~correct]}

    none_right = np.zeros(n, dtype=bool)
    first = marked(none_right)
    assert len(first) == most and first == marked(none_right)
    some_mended = none_right.copy()
    some_mended[rng.choice(n, n // 20, replace=False)] = True
    second = marked(some_mended)
    assert len(second) == most and second <= wrong(some_mended)
    assert first & wrong(some_mended) <= second  # what is still wrong keeps its ring
    few = np.ones(n, dtype=bool)
    few[::40] = False
    assert marked(few) == wrong(few)
    assert marked(np.ones(n, dtype=bool)) == set()


@pytest.mark.parametrize("dpi", [40, 160])
@pytest.mark.parametrize("n", [50, 5000])
def test_a_misclassified_sample_keeps_its_colour_within_a_ring(dpi: float, n: int) -> None:
    """Its pixel has the class's colour, and around it are pixels of the error's."""
    figure = Figure(figsize=(3, 3), dpi=dpi)
    on = figure.add_axes((0, 0, 1, 1))
    on.set(xlim=(-1, 1), ylim=(-1, 1))
    labels = np.arange(n) % 2
    samples = SampleArtists(on, LIMITS, labels, n, LIGHT)
    points = np.full((n, 2), 5.0)  # out of sight
    points[1] = 0
    samples.show(points, np.arange(n) != 1)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[..., :3].astype(float) / 255
    middle = len(pixels) // 2
    around = pixels[middle - 6 : middle + 7, middle - 6 : middle + 7].reshape(-1, 3)
    own = np.abs(around - to_rgb(LIGHT.class_colour(1))).sum(axis=1)
    error = np.abs(around - to_rgb(LIGHT.error)).sum(axis=1)
    assert own.min() < 0.35 and (error < 0.35).sum() >= 4


def test_samples_stay_where_they_are_when_the_axes_show_another_part() -> None:
    points = np.array([[0.25, 0.5]])
    made = density(points, None)
    whole = made.colours(ROWS, COLUMNS, 1.0)
    made.axes.set(xlim=(0, 1), ylim=(0, 2))  # a quarter of the plane, in as many pixels
    part = made.colours(ROWS, COLUMNS, 1.0)
    for image, place in ((whole, (0.625, 0.625)), (part, (0.25, 0.25))):
        rows, columns = np.nonzero(image[..., 3])
        np.testing.assert_allclose(columns.mean() + 0.5, place[0] * COLUMNS, atol=1)
        np.testing.assert_allclose(rows.mean() + 0.5, place[1] * ROWS, atol=1)
