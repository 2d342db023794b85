"""The panels of a neuron draw what its views hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.drawing.panels.truth_table import stacked
from replay.drawing.style import LIGHT
from replay.network.data_description import DataDescription
from replay.views.neuron import neuron
from replay.views.truth_table import TruthTable
from tests.conftest import MakeRun
from tests.helpers.pictures import faults

NAMES = DataDescription("", ("stays home", "goes"), ("good weather", "friend comes", "cinema near"))


def panels(replay: Replay, **options: Any) -> Any:
    composition = replay.view("neuron", **options)
    return composition, composition.panels


def moving_run(path: Path, kernels: Any, biases: Any, inputs: Any) -> Replay:
    """One sigmoid with these weights at the epochs 0, 1, …"""
    n = np.shape(kernels)[1]
    description = RunDescription((dense("output", n, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    with RunWriter(path, description, np.asarray(inputs, "f4"), np.arange(len(inputs)) % 2) as writer:
        for epoch, (kernel, bias) in enumerate(zip(kernels, biases, strict=True)):
            writer.snapshot(epoch, [np.array(kernel, "f4")[:, None], np.array([bias], "f4")])
    return Replay(path)


SQUARE = [(-1, -1), (1, 1), (-1, 1), (1, -1)] * 3


def test_the_arrow_stands_at_right_angles_on_the_line_and_is_as_long_as_w(tmp_path: Path) -> None:
    kernels = [(1.0, 1.0), (-0.5, 0.5), (2.0, 0.0), (0.0, -1.0)]
    replay = moving_run(tmp_path / "run.h5", kernels, (0.2, -0.1, 0.5, 0.3), SQUARE)
    composition, (plane, *_) = panels(replay)
    lengths = []
    for epoch, kernel in enumerate(kernels):
        composition.plot(epoch)
        geometry = plane.geometry
        to_pixels = plane.axes.transData.transform
        start, tip = to_pixels(np.array(geometry.arrow._posA_posB))
        ends = to_pixels(np.column_stack(geometry.line.get_data()))
        along, arrow = ends[1] - ends[0], tip - start
        assert arrow @ along == pytest.approx(0, abs=1e-6 * np.hypot(*along) * np.hypot(*arrow))
        np.testing.assert_allclose(arrow / np.hypot(*arrow), kernel / np.hypot(*kernel), atol=1e-6)
        away = (start - ends[0]) - ((start - ends[0]) @ along) / (along @ along) * along
        assert np.hypot(*away) < 1e-6
        lengths.append(np.hypot(*arrow))
        assert f"{np.hypot(*kernel):.2f}" in geometry.length_told.get_text()
        x, y = geometry.distance.get_data()
        bias = replay.recording.weights_at(epoch)[1][0, 0]
        assert np.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(abs(bias) / np.hypot(*kernel), abs=1e-6)
    norms = np.hypot(*np.transpose(kernels))
    np.testing.assert_allclose(lengths / norms, lengths[0] / norms[0], rtol=1e-6)


def test_without_a_common_scale_there_is_an_arrow_and_no_distance(tmp_path: Path) -> None:
    inputs = np.array(SQUARE) * (1, 1000)
    replay = moving_run(tmp_path / "run.h5", [(1.0, 0.001)], [0.2], inputs)
    composition, (plane, *_) = panels(replay)
    composition.plot(0)
    geometry = plane.geometry
    assert geometry.arrow.get_visible() and not geometry.distance.get_visible()
    to_pixels = plane.axes.transData.transform
    (start, tip), ends = geometry.arrow._posA_posB, np.column_stack(geometry.line.get_data())
    arrow, along = np.diff(to_pixels([start, tip]), axis=0)[0], np.diff(to_pixels(ends), axis=0)[0]
    assert arrow @ along == pytest.approx(0, abs=1e-6 * np.hypot(*along) * np.hypot(*arrow))
    assert (np.array(tip) - start) @ (1, 0.001) > 0  # towards higher z


def test_a_line_beyond_the_plane_and_weights_of_0_have_no_arrow(tmp_path: Path) -> None:
    replay = moving_run(tmp_path / "run.h5", [(1.0, 1.0), (0.0, 0.0)], [50.0, 1.0], SQUARE)
    composition, (plane, *_) = panels(replay)
    for epoch in (0, 1):
        composition.plot(epoch)
        assert not plane.geometry.arrow.get_visible()
        assert faults(composition.figure, composition.style) == []


def test_the_threshold_moves_and_the_corners_count(tmp_path: Path) -> None:
    replay = moving_run(tmp_path / "run.h5", [(1.0, 0.0)] * 3, (0.5, -0.5, 3.0), SQUARE)
    composition, (_, threshold, _) = panels(replay)
    for epoch, bias in enumerate((0.5, -0.5, 3.0)):
        composition.plot(epoch)
        assert list(threshold.line.get_xdata()) == pytest.approx([-bias] * 2)
        sides = threshold.view.at(epoch).sides
        below_left, above_left = sides.below[1], sides.below[0]
        texts = [corner.get_text() for corner in threshold.corners]
        expected = [above_left, below_left, sides.above[0], sides.above[1]]
        words = ["wrong", "right", "right", "wrong"]
        assert texts == [f"{count} {word}" for count, word in zip(expected, words, strict=True)]
        assert f"{abs(bias):.2f}" in threshold.threshold.get_text()
        bars = [half.wrong for half in threshold.bars]
        assert [bar.get_visible() for bar in bars] == [bool(above_left), bool(sides.above[1])]


def test_samples_are_dots_on_the_curve(make_run: MakeRun) -> None:
    replay = Replay(make_run(seed=1))
    composition, (*_, activation) = panels(replay)
    composition.plot(2)
    frame = activation.view.at(2)
    for dots, members in zip(activation.dots, activation.view.unit.groups(), strict=True):
        np.testing.assert_allclose(dots.get_xdata(), frame.z[members])
        np.testing.assert_allclose(dots.get_ydata(), np.tanh(frame.z[members]), atol=1e-6)
    for bars, counts in zip(activation.bars, frame.counts, strict=True):
        heights = bars.get_data().values - activation._base
        np.testing.assert_allclose(heights / heights.max(), counts / counts.max(), atol=1e-6)


def test_bars_of_a_truth_table_stand_on_one_another() -> None:
    verts, colours = stacked(np.array([[2.0, -1.0, 0.0, 0.5], [np.nan, -1.0, -2.0, 0.0]]), list("abcd"))
    spans = [(piece[0, 0], piece[1, 0], round(float(piece[:, 1].mean()))) for piece in verts]
    assert spans == [(0, 2, 0), (0, -1, 0), (2, 2.5, 0), (0, -1, 1), (-1, -3, 1)]
    assert colours == ["a", "b", "d", "b", "c"]


def test_a_truth_table_tells_weights_sums_and_decisions(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(3, 1), data=datasets.cinema(5), described=NAMES))
    composition, (table, *_) = panels(replay)
    composition.plot(3)
    frame = table.view.at(3)
    words = [word.text for word in table.words.words]
    assert words[:3] == [f"× {weight:.2f}".replace("-", "−") for weight in frame.weights]
    assert [float(word.replace("−", "-").strip("\u2007\u2009")) for word in words[3:11]] == pytest.approx(
        frame.z.tolist(), abs=0.0051
    )
    assert words[11:] == ["goes" if fires else "stays home" for fires in frame.fires]
    marks = [word.text for word in table.bold.words]
    assert marks[0].endswith(f"{frame.threshold:.2f}".replace("-", "−"))
    assert marks[1:] == ["✓" if right else "✗" for right in frame.right]
    np.testing.assert_allclose(table.sums.get_xdata(), frame.sums)
    labels = [text.get_text().replace("\n", " ") for text in table.axes.texts]
    assert [label for label in labels if label][-3:] == ["good weather", "friend comes", "cinema near"]
    assert [to_rgba(word.colour) for word in table.words.words[:3]] == [
        to_rgba(LIGHT.unit_colour(number)) for number in range(3)
    ]


def test_inputs_that_have_no_room_are_in_the_row_of_the_others(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(40, 30)).astype(np.float32)
    replay = Replay(make_run(units=(30, 2, 1), data=(inputs, np.arange(40) % 2)))
    for size, fewest in (((1440, 720), 8), ((480, 480), 1)):
        composition, (table, *_) = panels(replay, size=size, units=2)
        composition.plot(1)
        assert fewest <= table.n <= 8 and f"+{30 - table.n} others" in table.labels
        frame = table.view.at(1)
        pieces = [path.vertices for path in table.bars.get_paths()]
        ends = [(piece[0, 0], piece[1, 0]) for piece in pieces]
        shown = frame.products[:, : table.n].T.ravel()
        np.testing.assert_allclose([stop for _, stop in ends[: 2 * table.n]], shown)
        others = np.array([stop for _, stop in ends[2 * table.n : 2 * table.n + 2]])
        np.testing.assert_allclose(others + frame.products[:, : table.n].sum(axis=1), frame.sums)
        assert faults(composition.figure, composition.style) == []


KINDS: dict[str, dict[str, Any]] = {
    "plane": {},
    "answers": {"units": (3, 1), "data": datasets.cinema(3), "described": NAMES},
    "held out": {"held_out": datasets.parabola(9)},
}


@pytest.mark.parametrize("size", [None, (480, 240), (480, 480), (1080, 1920)])
@pytest.mark.parametrize("kind", KINDS)
def test_no_words_overlap_or_leave_the_picture(make_run: MakeRun, kind: str, size: Any) -> None:
    composition, _ = panels(Replay(make_run(**KINDS[kind])), size=size)
    for epoch in (0, 4):
        assert faults(composition.plot(epoch), composition.style) == []


def test_a_diverged_run_shows_its_last_finite_moment(tmp_path: Path) -> None:
    kernels, biases = [(1.0, 0.5), (2.0, 1.0), (np.nan, 0.0)], [0.1, 0.2, 0.3]
    composition, every = panels(moving_run(tmp_path / "run.h5", kernels, biases, SQUARE))
    composition.plot(2)
    plane, threshold, activation = every
    assert "2.24" in plane.geometry.length_told.get_text()
    assert list(threshold.line.get_xdata()) == pytest.approx([-0.2] * 2)
    assert activation.formula.words.get_text().endswith("+ 0.20")
    assert faults(composition.figure, composition.style) == []


@pytest.mark.parametrize(("n", "size"), [(3, None), (3, (480, 270)), (12, None), (12, (480, 480))])
def test_the_notice_of_a_diverged_run_has_room_in_tables(tmp_path: Path, n: int, size: Any) -> None:
    inputs = datasets.cinema(3)[0] if n == 3 else np.random.default_rng(0).normal(size=(20, n))
    replay = moving_run(tmp_path / "run.h5", [(0.5,) * n, (np.nan,) * n], [0.1, 0.2], inputs)
    composition, (table, *_) = panels(replay, size=size)
    composition.plot(1)
    assert "not finite" in [text.get_text() for text in table.axes.texts][-1]
    assert faults(composition.figure, composition.style) == []


def test_nothing_is_made_or_moved_but_what_moves(make_run: MakeRun) -> None:
    """The limits of all panels are the same at all epochs."""
    composition, every = panels(Replay(make_run()))
    seen = set()
    for epoch in (0, 2, 4):
        composition.plot(epoch)
        seen.add(
            str(
                [
                    (panel.axes.get_xlim(), panel.axes.get_ylim(), len(panel.axes.get_children()))
                    for panel in every
                ]
            )
        )
    assert len(seen) == 1


def test_a_dashboard_of_a_single_neuron_has_its_parts(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(3, 1), data=datasets.cinema(3)))
    kinds = [type(panel).__name__ for panel in replay.dashboard().panels]
    assert kinds[:3] == ["TruthTablePanel", "NeuronThresholdPanel", "NeuronActivationPanel"]
    assert isinstance(neuron(replay.evaluation)[0], TruthTable)
    other = Replay(make_run("other.h5", units=(3, 2, 1), data=datasets.cinema(3)))
    assert "TruthTablePanel" not in [type(panel).__name__ for panel in other.dashboard().panels]
