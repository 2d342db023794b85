"""The panel of a space draws what its view computes, from back to front, at every size and for every run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from replay import Replay, datasets
from replay.drawing.artists.in_depth import SLOTS
from replay.drawing.panels.space import SpacePanel
from replay.drawing.panels.three_units import ThreeUnitsPanel
from replay.drawing.panels.tour import TourPanel
from replay.drawing.style import DARK, LIGHT
from replay.views.space import Space

Array = np.ndarray
MakeRun = Callable[..., Path]


def cloud(n: int, dimensions: int = 2) -> Array:
    return np.random.default_rng(0).normal(size=(n, dimensions)).astype(np.float32)


def panel_of(path: Path, epoch: float = 2, **options: Any) -> Any:
    composition = Replay(path).view("space", **options)
    composition.plot(epoch)
    (panel,) = composition.panels
    assert isinstance(panel, SpacePanel)
    return panel.of


def drawn(artists: list[Any]) -> Array:
    """The points of all visible lines."""
    return np.concatenate([np.column_stack(line.get_data()) for line in artists if line.get_visible()])


def test_every_sample_is_drawn_once_in_its_place_class_and_slot(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 1), seed=4)
    panel, frame = panel_of(path), Space(Replay(path).evaluation).at(2)
    labels = Replay(path).recording.targets.ravel()
    for label in (0, 1):
        own = [
            line
            for slot in panel.samples.dots
            for line in slot
            if line.get_marker() == LIGHT.class_marker(label)
        ]
        expected = frame.samples.places[labels == label]
        found = drawn(own)
        assert sorted(map(tuple, found.round(9))) == sorted(map(tuple, expected.round(9)))
    assert frame.samples.in_front is not None
    behind = drawn([line for slot in panel.samples.dots[: SLOTS // 2] for line in slot])
    assert len(behind) == (~frame.samples.in_front).sum()


def test_what_is_far_is_drawn_first_smaller_and_in_a_haze(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 4), data=datasets.blobs(30))  # no plane: slots are depths
    panel, frame = panel_of(path), Space(Replay(path).evaluation).at(2)
    near = dict(zip(map(tuple, frame.samples.places.round(9)), frame.samples.near, strict=True))
    last = -1.0
    for slot in panel.samples.dots:
        of_slot = [
            near[tuple(point)] for line in slot if line.get_visible() for point in drawn([line]).round(9)
        ]
        if of_slot:
            assert min(of_slot) >= last - 1e-9
            last = max(of_slot)
    first, nearest = panel.samples.dots[0][0], panel.samples.dots[-1][0]
    assert first.get_markersize() < nearest.get_markersize()
    paper = np.array(to_rgba(LIGHT.background))
    from_paper = [np.abs(np.array(to_rgba(dot.get_color())) - paper).sum() for dot in (first, nearest)]
    assert from_paper[0] < 0.7 * from_paper[1]
    order = sorted(panel.moving, key=lambda artist: artist.get_zorder())  # as matplotlib draws them
    assert order == panel.moving
    assert order.index(first) < order.index(panel.cut.moving[0]) < order.index(nearest)


def test_wrong_samples_have_rings_and_held_out_ones_are_hollow(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 1), seed=4, held_out=(cloud(20), np.arange(20) % 2))
    panel, frame = panel_of(path), Space(Replay(path).evaluation).at(2)
    rings = np.column_stack(panel.samples.flat.rings.get_data())
    assert frame.correct is not None and 0 < len(rings) == (~frame.correct).sum()
    hollow = [line for slot in panel.held_out.dots for line in slot]
    assert len(drawn(hollow)) == 20
    assert all(to_rgba(line.get_markerfacecolor()) == to_rgba(LIGHT.paper) for line in hollow)


def test_the_sheet_has_the_colours_of_the_answers_and_the_boundary_lies_on_it(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 1), seed=4)
    panel, sheet = panel_of(path), Space(Replay(path).evaluation).at(2).sheet
    assert sheet is not None and sheet.answers is not None
    tiles = [tile for tile in panel.sheet.tiles if tile.get_visible()]
    assert sum(len(tile.get_paths()) for tile in tiles) == sheet.bright.size
    colours = np.concatenate([tile.get_facecolor() for tile in tiles])
    blue, orange = (np.array(to_rgba(LIGHT.class_colour(label)))[:3] for label in (0, 1))
    closer = np.abs(colours[:, None, :3] - np.stack([blue, orange])).sum(axis=-1).argmin(axis=1)
    sure = np.abs(sheet.answers[..., 1] - 0.5) > 0.3
    assert (closer == 1).sum() >= (sure & (sheet.answers[..., 1] > 0.5)).sum()
    assert len(drawn(panel.sheet.boundary.lines)) >= sum(len(line.near) for line in sheet.boundary)


def test_the_plane_is_the_polygon_of_the_view_or_is_hidden(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 1), seed=4)
    panel, frame = panel_of(path), Space(Replay(path).evaluation).at(2)
    (face,) = panel.cut.moving
    assert frame.cut is not None
    np.testing.assert_allclose(face.get_paths()[0].vertices[:-1], frame.eye.sees(frame.cut)[0])
    other = panel_of(make_run("many.h5", units=(2, 3, 4), data=datasets.blobs(15)))
    assert not other.cut.moving[0].get_visible()


def test_few_samples_are_joined_with_the_floor_and_very_many_have_a_density(make_run: MakeRun) -> None:
    few = panel_of(make_run(units=(2, 3, 1), data=datasets.parabola(20)))
    assert np.isnan(few.drops.get_xdata()).sum() == 40 and len(few.shadows.get_xdata()) == 40
    many = panel_of(make_run("many.h5", units=(2, 3, 1), data=datasets.parabola(2600)))
    assert many.samples.flat.density in many.moving and len(many.shadows.get_xdata()) == 0


@pytest.mark.parametrize("size", [(240, 240), (480, 480), (1440, 720), (480, 800)])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_numbers_and_names_are_within_the_axes_and_on_nothing_else(
    make_run: MakeRun, size: tuple[int, int], activation: str
) -> None:
    composition = Replay(make_run(units=(2, 3, 1), activation=activation, seed=4)).view("space", size=size)
    panel: Any = composition.panels[0]
    for epoch in (0, 1.3, 4):
        composition.plot(epoch)
        box, axes = panel.of.box, panel.axes
        boxes = []
        for words, upright in ((box._numbers, False), (box._flat_names, False), (box._up_name, True)):
            for word in words.words:
                x, y = axes.transData.transform(word[:2])
                half = np.array([words.width(word.text), words.size / 72 * composition.figure.dpi * 0.8]) / 2
                half = half[::-1] if upright else half
                boxes.append((np.array([x, y]) - half, np.array([x, y]) + half))
        low, high = np.array(axes.bbox.extents).reshape(2, 2)
        assert len(boxes) >= 6
        for place, (start, stop) in enumerate(boxes):
            assert (start >= low - 1).all() and (stop <= high + 1).all(), (epoch, place)
            for other_start, other_stop in boxes[:place]:
                assert not ((start < other_stop) & (other_start < stop)).all(), (epoch, place)


def test_numbers_tell_where_things_are(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 1), seed=4)
    panel, frame = panel_of(path), Space(Replay(path).evaluation).at(2)
    words = {word.text for word in panel.box._numbers.words}
    assert {"−0.5", "0.5"} <= words or {"−1", "1"} <= words or {"−1.0", "1.0"} <= words
    corner = np.array([-1.0, -1, 1])  # where the vertical axis ends
    top = next(word for word in panel.box._numbers.words if word.text.startswith("1"))
    at = frame.eye.sees(frame.box.of(corner))[0]
    assert np.hypot(*(at - np.array(top[:2]))) < 0.5


def test_a_tour_shows_its_rays_scale_and_the_name_of_its_plane(make_run: MakeRun) -> None:
    path = make_run(units=(2, 6, 1))
    panel = panel_of(path, epoch=0)
    assert isinstance(panel, TourPanel) and panel.name.get_text() == "principal components"
    panel.show(4)
    assert panel.name.get_text() == "as the output layer reads it"
    frame = panel.view.at(4)
    middle = panel.rays._middle
    for line, unit in zip(panel.rays._lines, panel.view.units, strict=True):
        end = (np.array([line.get_xdata()[1], line.get_ydata()[1]]) - middle) / panel.rays._radius
        np.testing.assert_allclose(end, frame.plane[:, unit] / panel.view.longest, atol=1e-9)
    np.testing.assert_allclose(
        sorted(map(tuple, drawn(panel.samples.trained.dots))), sorted(map(tuple, frame.places)), atol=1e-9
    )


KINDS: dict[str, dict[str, Any]] = {
    "relu": {"units": (2, 3, 1), "activation": "relu"},
    "many classes": {"units": (2, 3, 12), "data": (cloud(60), np.arange(60) % 12)},
    "regression": {
        "units": (2, 3, 1), "output_activation": "linear", "loss": "mean_squared_error",
        "data": (cloud(30), cloud(30)[:, 0]),
    },
    "more inputs": {"units": (5, 3, 1), "data": (cloud(30, 5), np.arange(30) % 2)},
    "one class": {"units": (2, 3, 1), "data": (cloud(30), np.zeros(30, int))},
    "constant": {"units": (2, 3, 1), "data": (np.zeros((20, 2), np.float32), np.arange(20) % 2)},
    "one snapshot": {"units": (2, 3, 1), "n_snapshots": 1},
    "one sample": {"units": (2, 3, 1), "data": (cloud(1), np.array([1]))},
    "wide": {"units": (2, 60, 3, 1), "layer": "hidden_1"},
    "wide, one sample": {"units": (2, 8, 1), "data": (cloud(1), np.array([1]))},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.filterwarnings("error")
def test_every_kind_of_run_is_drawn(make_run: MakeRun, kind: str) -> None:
    facts = dict(KINDS[kind])
    layer = facts.pop("layer", None)
    replay = Replay(make_run(**facts))
    image = replay.view("space", layer=layer, size=(240, 240)).image(epoch=0)
    assert image[:4] == b"\x89PNG"


@pytest.mark.parametrize("units", [(1, 2, 3), "tour"])
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_drawn_twice_it_has_the_same_bytes_whatever_was_drawn_before(
    make_run: MakeRun, tmp_path: Path, units: Any, kind: str
) -> None:
    path = make_run(units=(2, 4, 1))

    def last(*before: float) -> bytes:
        composition = Replay(path, style=DARK).view("space", units=units, size=(300, 300))
        for epoch in before:
            composition.plot(epoch)
        return composition.save(tmp_path / f"last.{kind}", epoch=4).read_bytes()

    assert last() == last(0, 2.5) == last()


def test_a_transparent_picture_fades_by_opacity(make_run: MakeRun) -> None:
    from replay.drawing.style import theme

    replay = Replay(make_run(units=(2, 3, 1)), style=theme("light", transparent=True))
    composition = replay.view("space")
    composition.plot(2)
    panel: Any = composition.panels[0]
    far, near = panel.of.samples.dots[0][0], panel.of.samples.dots[SLOTS // 2 - 1][0]
    assert to_rgba(far.get_color())[3] < to_rgba(near.get_color())[3] <= 1
    assert to_rgba(far.get_color())[:3] == to_rgba(near.get_color())[:3]


def test_a_film_shows_the_turn_frame_by_frame(make_run: MakeRun) -> None:
    composition = Replay(make_run(units=(2, 3, 1))).view("space", size=(200, 200))
    frames = [frame.tobytes() for frame in composition.animate(pace="uniform").frames()]
    assert len(frames) == 5 == len(set(frames))


def test_three_units_and_tours_are_panels_of_one_view(make_run: MakeRun) -> None:
    path = make_run(units=(2, 5, 1))
    assert isinstance(panel_of(path), TourPanel)
    assert isinstance(panel_of(path, units=(3, 1, 5)), ThreeUnitsPanel)
    assert list(panel_of(path, units=(3, 1, 5)).box._called) == ["tanh unit 3", "tanh unit 1", "tanh unit 5"]
