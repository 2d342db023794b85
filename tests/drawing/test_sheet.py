"""A contact sheet: moments of a training on one page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from replay import Replay
from replay import sheet as public_sheet
from replay.drawing.composition import save_still
from replay.drawing.registry.table import TABLE as VIEWS
from replay.drawing.sheet import MAX_CELLS, parse_sheet, sheet, spread
from replay.drawing.sizes import SIZES, Size
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from tests.helpers.pictures import faults
from tests.helpers.regressions import OF_NUMBERS, of_numbers
from tests.helpers.suited import n_classes_of, suited


def made(
    replay: Replay, columns: int, rows: int, view: str = "dashboard", moments: Any = None, **more: Any
) -> Figure:
    chosen = replay.epochs.tolist() if moments is None else moments
    return sheet(replay.evaluation, view, LIGHT, chosen, columns, rows, **more)


def titles(figure: Figure) -> list[str]:
    """The titles of the cells, without axes that only carry a second scale."""
    return [axes.get_title("left") for axes in figure.axes if axes.get_title("left")]


def test_cells_are_filled_row_by_row_with_moments_spread_evenly(make_run: Any) -> None:
    figure = made(Replay(make_run(n_snapshots=21)), 3, 2)
    assert titles(figure) == [f"epoch {epoch}" for epoch in (0, 4, 8, 12, 16, 20)]
    places = [axes.get_position() for axes in figure.axes]
    assert [round(places[k].y0, 6) for k in range(3)] == [round(places[0].y0, 6)] * 3
    assert places[0].x0 < places[1].x0 < places[2].x0 and places[3].y1 < places[0].y0
    assert places[3].x0 == pytest.approx(places[0].x0)


def test_each_cell_shows_its_own_moment(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=9))
    figure = made(replay, 2, 2)
    for axes, epoch in zip(figure.axes, (0, 3, 5, 8), strict=True):
        dots = [line for line in axes.lines if line.get_marker() in ("o", "^") and line.get_zorder() == 2]
        drawn = np.concatenate([np.column_stack(line.get_data()) for line in dots])
        labels = replay.recording.targets
        hidden = replay.activations("hidden", epochs=[epoch])[0]
        np.testing.assert_allclose(
            drawn, np.concatenate([hidden[labels == 0], hidden[labels == 1]]), atol=1e-6
        )
        assert axes.get_title("left") == f"epoch {epoch}"


def test_moments_between_snapshots_show_the_nearest_snapshot(make_run: Any) -> None:
    replay = Replay(make_run(epochs=np.array([0, 1, 2, 5, 10])))
    assert titles(made(replay, 2, 2, moments=[0.2, 3, 6.5, 9.9])) == [
        f"epoch {epoch}" for epoch in (0, 2, 5, 10)
    ]
    assert titles(made(replay, 3, 1, moments=[0.1, 0.2, 0.3])) == ["epoch 0"]


def test_cells_for_which_there_is_no_moment_stay_empty(make_run: Any) -> None:
    figure = made(Replay(make_run(n_snapshots=3)), 4, 3)
    assert titles(figure) == ["epoch 0", "epoch 1", "epoch 2"]
    assert len(figure.axes) == 3


@pytest.mark.parametrize(
    ("n_moments", "n", "places"),
    [
        (11, 3, [0, 5, 10]),
        (10, 4, [0, 3, 6, 9]),
        (5, 1, [4]),
        (3, 8, [0, 1, 2]),
        (1, 6, [0]),
        (2, 2, [0, 1]),
    ],
)
def test_moments_are_spread_with_the_first_and_the_last_among_them(
    n_moments: int, n: int, places: list[int]
) -> None:
    moments = [10.0 * k for k in range(n_moments)]
    assert spread(moments, n) == [10.0 * place for place in places]


@pytest.mark.slow
@pytest.mark.parametrize("view", [view for view in VIEWS if view != "stages"])
@pytest.mark.parametrize(
    ("columns", "rows"), [*(pytest.param(*grid, marks=pytest.mark.slow) for grid in ((3, 2), (1, 1))), (1, 3)]
)
def test_every_view_makes_a_sheet_whose_words_have_room(
    make_run: Any, view: str, columns: int, rows: int
) -> None:
    if view in OF_NUMBERS:
        run = make_run(n_snapshots=7, **of_numbers(n_inputs=5))
    else:
        given = suited(view, (3,) if view == "space" else (2,), 3)
        inputs = np.random.default_rng(0).normal(size=(90, given["units"][0])).astype(np.float32)
        run = make_run(data=(inputs, np.arange(90) % n_classes_of(given)), n_snapshots=7, **given)
    figure = made(Replay(run), columns, rows, view)
    two = (
        "normalisation",
        "neuron",
        "step",
        "threshold",
        "sparsity",
        "linear-collapse",
        "before-after",
        "mistakes",
        "clipping",
    )
    panels = dict.fromkeys((*two, "fit"), 2) | {"probabilities": 3, "softmax": 3}
    assert len(titles(figure)) == columns * rows * panels.get(view, 1)
    assert faults(figure, LIGHT) == []


def test_a_view_of_very_many_panels_makes_no_sheet(make_run: Any) -> None:
    with pytest.raises(ViewError, match="no room for 7 panels"):
        made(Replay(make_run()), 3, 2, "stages")


@pytest.mark.slow
@pytest.mark.parametrize("size", [SIZES["square"], SIZES["story"], Size(900, 300)])
@pytest.mark.parametrize("view", ["dashboard", "probabilities", "curves"])
def test_a_sheet_of_any_size_has_room_for_its_words(make_run: Any, view: str, size: Size) -> None:
    figure = made(Replay(make_run(n_snapshots=9)), 3, 2, view, size=size)
    assert faults(figure, LIGHT) == []
    assert [int(side) for side in figure.bbox.size] == list(size)


def test_a_sheet_names_its_run_and_classes_but_no_epoch_of_its_own(make_run: Any) -> None:
    figure = made(Replay(make_run(scenario="moons", run="tanh")), 2, 1)
    shown = [text.get_text() for text in figure.findobj(match=lambda part: hasattr(part, "get_text"))]  # type: ignore[attr-defined]
    assert "moons · tanh" in shown and "misclassified" in shown
    visible = [text for text in (*figure.texts, *figure.artists) if text.get_visible()]
    assert not [text for text in visible if text.get_text() == "epoch"]  # type: ignore[attr-defined]


def test_only_cells_at_the_edges_of_a_sheet_of_planes_have_numbers(make_run: Any) -> None:
    figure = made(Replay(make_run(n_snapshots=6)), 3, 2)
    for number, axes in enumerate(figure.axes):
        left = axes.yaxis.get_tick_params()["labelleft"]
        below = axes.xaxis.get_tick_params()["labelbottom"]
        assert (left, below) == (number % 3 == 0, number >= 3)


def test_a_sheet_with_empty_cells_below_has_numbers_under_every_column(make_run: Any) -> None:
    figure = made(Replay(make_run(n_snapshots=4)), 3, 2)
    numbered = [axes.xaxis.get_tick_params()["labelbottom"] for axes in figure.axes]
    assert numbered == [False, True, True, True]


def test_a_sheet_is_saved_as_png_and_svg(make_run: Any, tmp_path: Path) -> None:
    replay = Replay(make_run())
    figure = sheet(replay.evaluation, "dashboard", DARK, replay.epochs.tolist(), 2, 1, size=Size(600, 360))
    save_still(figure, tmp_path / "sheet.png", DARK)
    save_still(figure, tmp_path / "sheet.svg", DARK)
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.size == (600, 360)
        corner = picture.convert("RGB").getpixel((0, 0))
    assert "#{:02x}{:02x}{:02x}".format(*corner) == DARK.background  # type: ignore[misc]
    text = (tmp_path / "sheet.svg").read_text()
    assert len(re.findall("<image ", text)) == 2
    assert text.rstrip().endswith("</svg>")


def test_a_layer_can_be_chosen(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 2, 2, 1)))
    first = made(replay, 1, 1, "feature-space", layer="hidden_1")
    drawn = np.column_stack(first.axes[0].lines[2].get_data())
    assert len(drawn) and titles(first) == ["epoch 4"]
    with pytest.raises(ViewError, match="not for losses"):
        made(replay, 1, 1, "losses", layer="hidden_1")


def test_a_run_without_a_plane_has_no_sheet_of_its_dashboard(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    replay = Replay(make_run(units=(5, 1, 1), data=(inputs, np.arange(40) % 2)))
    with pytest.raises(ViewError, match="no large panel: choose another view"):
        made(replay, 2, 2)


def test_a_cell_has_no_room_for_ten_histograms(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 2, 10), data=(inputs, np.arange(40) % 10)))
    with pytest.raises(ViewError, match="no room for 10 panels in each cell"):
        made(replay, 2, 2, "probabilities")


@pytest.mark.parametrize(
    ("text", "cells"), [("3x4", (3, 4)), ("1x1", (1, 1)), (" 12×12 ", (12, 12)), ("144X1", (144, 1))]
)
def test_a_sheet_is_given_as_columns_and_rows(text: str, cells: tuple[int, int]) -> None:
    assert parse_sheet(text) == cells


@pytest.mark.parametrize(
    "text", ["", "3", "3x", "x4", "0x3", "3x0", "-1x3", "13x12", "999x999", "1x1000", "3x4x5"]
)
def test_what_is_no_sheet_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ViewError, match=f"COLUMNSxROWS, such as 3x4, with 1 to {MAX_CELLS}") as raised:
        parse_sheet(text)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("columns", "rows"), [(0, 2), (2, -1), (13, 12)])
def test_a_sheet_without_cells_or_with_too_many_is_refused(make_run: Any, columns: int, rows: int) -> None:
    with pytest.raises(ViewError, match=f"with 1 to 144 cells, not {columns}x{rows}"):
        public_sheet(make_run(), columns=columns, rows=rows)
