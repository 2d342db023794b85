"""The layers in motion as pictures: strip, film, sheet, their words and their clock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from replay import Replay, datasets, describe, theme
from replay.drawing.at_one_epoch import MarkClock
from replay.drawing.composition import Composition
from replay.drawing.panels.morph import MorphPanel, StagePanel
from replay.drawing.sheet import sheet
from replay.drawing.sizes import SIZES, Size
from replay.drawing.stages import StationsPanel, divided, finer
from replay.drawing.style import DARK, LIGHT
from replay.errors import OutputError, ViewError
from replay.film.frames import drawn_frames
from tests.helpers.pictures import faults, redrawn

SMALL = Size(480, 300)


@pytest.fixture
def morph(make_run: Any) -> Composition:
    return Replay(make_run()).view("morph", size=SMALL)


def test_a_still_is_the_strip_of_all_stages(morph: Composition, make_run: Any) -> None:
    assert [type(panel) for panel in morph.panels] == [StagePanel] * 7
    titles = [axes.get_title("left") for axes in morph.plot(2).axes]
    assert titles[:4] == ["input", "stretched", "turned", "shifted"]
    assert morph.epochs.tolist() == [0, 1, 2, 3, 4]
    assert Replay(make_run()).view("stages").journey is None


def test_a_film_goes_through_the_steps_at_one_epoch(morph: Composition) -> None:
    for epoch, words in ((None, "4"), (1, "1"), (2.5, "2.5")):
        film = morph.animate(epoch=epoch, duration=3, fps=10)
        moments = np.array(film.timeline.moments)
        assert (len(moments), moments[0], moments[-1]) == (30, 0, 7)
        shown: Any = film.composition
        shown.show(3.5)
        assert isinstance(shown.clock, MarkClock)
        assert shown.clock.moving[0].get_text() == words  # the epoch stands still


@pytest.mark.slow
def test_it_is_saved_as_a_film_of_one_epoch(morph: Composition, tmp_path: Path) -> None:
    films = [morph.save(tmp_path / f"{n}.mp4", epoch=n, fps=5, dpi=30) for n in (1, 3)]
    assert films[0].read_bytes() != films[1].read_bytes()


def test_the_header_tells_the_step_on_its_way_and_while_it_rests(morph: Composition) -> None:
    shown: Any = morph.animate().composition
    told = {}
    for mark in (0, 0.5, 1, 1.2, 7):
        shown.show(mark)
        *_, told[mark] = [artist.get_text() for artist in shown.clock.moving if isinstance(artist, Text)]
    assert told[0] == "the input plane"
    assert told[0.5] == told[1] and told[1].startswith("“hidden”: stretched")
    assert told[1.2].startswith("“hidden”: turned by")
    assert told[7] == "“output”: sigmoid"


@pytest.mark.parametrize(
    "options",
    [{"epoch_start": 1}, {"epoch_end": 3}, {"every": 2}, {"tween": 1}, {"pace": "log"}],
)
def test_what_is_for_films_of_the_training_is_refused(morph: Composition, options: Any) -> None:
    with pytest.raises(ViewError, match="stays at one epoch"):
        morph.animate(**options)


def test_other_films_take_no_epoch(make_run: Any, tmp_path: Path) -> None:
    with pytest.raises(ViewError, match="one epoch is a still"):
        Replay(make_run()).view("stages").animate(epoch=2)
    with pytest.raises(OutputError, match="one epoch is a still"):
        Replay(make_run()).view("stages").save(tmp_path / "x.mp4", epoch=2)


def test_an_epoch_outside_of_the_run_is_refused(morph: Composition) -> None:
    with pytest.raises(ViewError, match="there is no epoch 9: choose one from 0 to 4"):
        morph.animate(epoch=9)


def test_the_same_mark_drawn_twice_gives_the_same_bytes(make_run: Any) -> None:
    for units in ((2, 2, 1), (2, 3, 1), (2, 7, 2, 1)):
        path, frames = make_run(units=units), []
        for _ in range(2):
            film = Replay(path).view("morph", size=SMALL).animate()
            (frame,) = drawn_frames(film.composition, [film.timeline.moments[-1]])
            frames.append(frame.tobytes())
        assert frames[0] == frames[1]


@pytest.mark.parametrize("units", [(2, 2, 1), (2, 3, 2, 1)])
def test_a_frame_equals_the_figure_drawn_whole(make_run: Any, units: tuple[int, ...]) -> None:
    replay = Replay(make_run(units=units))
    shown: Any = replay.view("morph", size=SMALL).animate().composition
    marks = [0.3, 1.5, 4.4, shown.epochs[-1]]
    for mark, frame in zip(marks, drawn_frames(shown, marks), strict=True):
        kept = frame.copy()
        other: Any = replay.view("morph", size=SMALL).animate().composition
        whole = redrawn(other.plot(mark), other.style)
        assert (np.abs(kept.astype(int) - whole).max(axis=-1) > 2).sum() <= 8


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, DARK])
@pytest.mark.parametrize("size", [Size(480, 270), Size(540, 540), SIZES["story"], Size(1440, 720)])
def test_no_words_overlap_or_leave_the_picture(make_run: Any, size: Size, style: Any) -> None:
    for number, units in enumerate(((2, 2, 1), (2, 3, 3, 2, 1), (2, 8, 2, 4))):
        x = datasets.blobs(20) if units[-1] == 4 else None
        replay = Replay(make_run(f"{number}.h5", units=units, data=x), style=style)
        strip = replay.view("morph", size=size)
        film: Any = strip.animate().composition
        for mark in (0, 1.5, film.epochs[-1]):
            assert faults(film.plot(mark), style) == []
        for epoch in (0, 4):
            assert faults(strip.plot(epoch), style) == []


def test_stations_stand_beside_the_plane_where_there_is_room(make_run: Any) -> None:
    replay = Replay(make_run())
    for size, panels in ((Size(800, 500), [MorphPanel, StationsPanel]), (SIZES["story"], [MorphPanel])):
        film: Any = replay.view("morph", size=size).animate().composition
        assert [type(panel) for panel in film.panels] == panels


def test_a_network_that_diverged_says_which_epoch_is_shown(tmp_path: Path) -> None:
    from tests.views.test_morph import READS, written

    bad = [np.full((2, 2), np.nan), np.zeros(2), *READS]
    replay = written(tmp_path / "run.h5", [[np.eye(2), np.zeros(2), *READS], bad])
    film: Any = replay.view("morph", size=Size(900, 600)).animate().composition
    texts = [text.get_text() for text in film.plot(2).findobj() if hasattr(text, "get_text")]
    assert "not finite since epoch 1: this is epoch 0" in texts
    points = film.panels[0].view.frame(2).points
    assert np.isfinite(points).all()


# Sheets


def test_a_sheet_has_the_stages_of_one_epoch(make_run: Any) -> None:
    replay = Replay(make_run())
    figure = sheet(replay.evaluation, "morph", LIGHT, [2.0], 4, 2)
    assert [axes.get_title("left") for axes in figure.axes][:3] == ["input", "stretched", "turned"]
    assert len(figure.axes) == 7
    assert len(sheet(replay.evaluation, "morph", LIGHT, [2.0], 3, 1).axes) == 3
    assert "2" in [text.get_text() for text in figure.texts]


def test_a_sheet_of_stages_along_the_training_has_no_room(make_run: Any) -> None:
    with pytest.raises(ViewError, match="no room for 7 panels"):
        sheet(Replay(make_run()).evaluation, "stages", LIGHT, [0, 1], 2, 1)


# Words


def test_the_film_tells_each_step_when_it_begins(make_run: Any) -> None:
    film = Replay(make_run()).view("morph", size=SMALL).animate(epoch=3, duration=16)
    told = film.narration()
    assert [cue.text.split(":")[0] for cue in told[1:5]] == ["“hidden”"] * 4
    assert told[0].text.startswith("scenario") or "A network learns" in told[0].text
    assert told[-1].text.startswith("At epoch 3,")
    starts = [cue.start for cue in told]
    moments = np.array(film.timeline.moments)
    for number, start in enumerate(starts[1:-1]):
        frame = round(start * film.timeline.fps)
        assert moments[max(frame - 25, 0)] <= number + 0.1 and moments[frame] >= number
    assert film.description is not None and "Step by step: “hidden”: stretched" in film.description.text


def test_describe_tells_the_same(make_run: Any) -> None:
    path = make_run()
    film = Replay(path).view("morph", size=SMALL).animate(epoch=3)
    assert describe(path, view="morph", epoch=3) == film.description
    assert "layers in motion" in describe(path, view="morph").alt


def test_other_languages_are_spoken(make_run: Any) -> None:
    film = Replay(make_run(), style=theme("dark", language="es")).view("morph", size=SMALL).animate()
    assert film.description is not None and film.description.language == "es"


# Layout


@pytest.mark.parametrize(
    ("n", "width", "height", "expected"),
    [(7, 12, 5, (4, 2)), (7, 3, 12, (1, 7)), (1, 5, 5, (1, 1)), (16, 10, 6, (6, 3)), (3, 9, 3, (3, 1))],
)
def test_planes_are_as_large_as_possible(
    n: int, width: float, height: float, expected: tuple[int, int]
) -> None:
    columns, rows = divided(n, width, height)
    assert columns * rows >= n
    assert (columns, rows) == expected


def test_small_planes_have_finer_lines() -> None:
    assert finer(LIGHT, 100).marker == LIGHT.marker
    assert finer(LIGHT, 1.7).grid_width == pytest.approx(LIGHT.grid_width / 2)
    assert finer(LIGHT, 0.1).marker == pytest.approx(LIGHT.marker / 2)


def test_the_panel_of_a_stage_moves_along_the_training(make_run: Any) -> None:
    composition: Any = Replay(make_run()).view("stages", size=SMALL)
    panel = composition.panels[4]
    for epoch in (0, 4):
        panel.show(epoch)
        drawn = np.concatenate(
            [np.column_stack(dots.get_data()) for dots in panel.artists.samples.trained.dots]
        )
        labels = panel.view.evaluation.task.labels
        points = panel.view.evaluation.at(epoch).activations("hidden")
        expected = np.concatenate([points[labels == 0], points[labels == 1]])
        np.testing.assert_allclose(drawn, expected, atol=1e-6)


def test_a_figure_of_ones_own_has_a_panel_of_a_stage(make_run: Any) -> None:
    from replay.views.stages import stages

    view = stages(Replay(make_run()).evaluation)[1]
    with LIGHT.applied():
        panel = StagePanel(Figure().subplots(), view, LIGHT)
    panel.show(2)
    assert panel.axes.get_title("left") == "stretched"
