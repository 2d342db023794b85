"""The fit of a regression on the page: its numbers are NumPy's, at snapshots and between them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import Replay
from replay.player.payload import network_data
from replay.runs.regression import r2_at
from replay.views.fit import fit
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun, maker_of_runs

pytestmark = pytest.mark.slow

CLOSE = 1e-4
LINE = np.linspace(-2, 2, 30).reshape(-1, 1)
PLANE = np.random.default_rng(0).normal(size=(40, 2))
FIT = "boundaryReplay.runs[0].fit"


def regression(make: MakeRun, inputs: np.ndarray, targets: np.ndarray, hidden: int = 4, **more: Any) -> Path:
    units = (inputs.shape[1], hidden, targets.reshape(len(targets), -1).shape[1])
    more = {"output_activation": "linear", "loss": "mean_squared_error", "run": "mine", **more}
    return make(units=units, data=(inputs, targets), **more)


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A run with one input and held-out samples beyond the others, and its page."""
    folder = tmp_path_factory.mktemp("curve")
    beyond = np.linspace(-3, 3, 7).reshape(-1, 1)
    run = regression(
        maker_of_runs(folder),
        LINE,
        np.sin(LINE[:, 0]),
        held_out=(beyond, np.sin(beyond[:, 0])),
        activation="relu",
    )
    return run, save_page(run, folder / "page.html", view="fit")


@pytest.fixture(scope="module")
def surface(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("surface")
    run = regression(maker_of_runs(folder), PLANE, (PLANE**2).sum(axis=1))
    return run, save_page(run, folder / "page.html", view="fit")


def told(opened: Opened, number: int = 0) -> str:
    opened.settle()
    return opened.page.locator(".told").nth(number).inner_text()


def number_after(word: str, text: str) -> float:
    return float(text.split(f"{word} ")[1].split(",")[0].replace("−", "-").replace("+", ""))


@pytest.mark.parametrize("epoch", [0, 1.5, 4])
def test_a_curve_and_what_units_add_are_numpys(
    epoch: float, curve: tuple[Path, Path], open_page: Open
) -> None:
    run, page = curve
    opened = open_page(page, f"#epoch={epoch}")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "fit"
    line, adding = (view.at(epoch) for view in fit(Replay(run).evaluation))
    np.testing.assert_allclose(opened.floats(f"{FIT}.curve({epoch}).x"), line.x, atol=CLOSE)
    np.testing.assert_allclose(opened.floats(f"{FIT}.curve({epoch}).answers"), line.answers[:, 0], atol=CLOSE)
    hinges = opened.page.evaluate(f"{FIT}.curve({epoch}).hinges.map(({{ x }}) => x)")
    np.testing.assert_allclose(hinges, line.hinges[np.isfinite(line.hinges)], atol=CLOSE)
    parts = opened.floats(f"{FIT}.terms({epoch}).parts.flatMap((part) => [...part])")
    np.testing.assert_allclose(parts, adding.parts.ravel(), atol=CLOSE)
    np.testing.assert_allclose(opened.floats(f"{FIT}.terms({epoch}).total"), adding.total, atol=CLOSE)
    r2 = opened.page.evaluate(f"{FIT}.r2({epoch})")
    assert r2 == pytest.approx(r2_at(Replay(run).evaluation, epoch), abs=CLOSE)


def test_pointing_tells_the_numbers_of_a_sample_and_of_a_unit(
    curve: tuple[Path, Path], open_page: Open
) -> None:
    run, page = curve
    opened = open_page(page, "#epoch=2")
    found = opened.page.evaluate(
        """(sample) => { const panel = boundaryReplay.panels()[0]; const { left, top } = panel.margins;
             const box = panel.canvas.getBoundingClientRect();
             const { points } = panel.dots.sets[0];
             const at = panel.dots.pixels(points, sample);
             return [box.left + left + at[0], box.top + top + at[1]]; }""",
        12,
    )
    opened.page.mouse.move(*found)
    words = told(opened)
    true = float(np.sin(LINE[12, 0]))
    predicted = float(Replay(run).activations("output", epochs=[2])[0, 12, 0])
    assert number_after("x", words) == pytest.approx(LINE[12, 0], rel=0.006)
    assert number_after("true", words) == pytest.approx(true, rel=0.006)
    assert number_after("predicted", words) == pytest.approx(predicted, rel=0.006)
    assert number_after("residual", words) == pytest.approx(true - predicted, rel=0.006)
    assert opened.page.evaluate("boundaryReplay.stage.hover.sample") == 12
    adding = fit(Replay(run).evaluation)[1].at(2)
    at = np.abs(adding.x - LINE[12, 0]).argmin()
    assert number_after("sum", told(opened, 1)) == pytest.approx(adding.total[at], abs=0.05)


def test_keys_go_along_the_input_and_from_unit_to_unit(curve: tuple[Path, Path], open_page: Open) -> None:
    run, page = curve
    opened = open_page(page, "#epoch=2")
    opened.page.locator(".contributions canvas").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("ArrowUp")
    words = told(opened, 1)
    view = fit(Replay(run).evaluation)[1]
    adding = view.at(2)
    x = float(opened.page.evaluate("boundaryReplay.stage.input"))
    part = np.interp(x, adding.x, adding.parts[0])
    assert number_after(f"unit {view.units[0] + 1} adds", words) == pytest.approx(part, abs=0.02)
    assert (
        float(opened.page.evaluate("boundaryReplay.stage.epoch")) == 2
    )  # the keys are not those of the page
    opened.page.keyboard.press("Tab")
    assert opened.page.evaluate("boundaryReplay.stage.input") is None


def test_a_rectangle_takes_the_samples_in_it(curve: tuple[Path, Path], open_page: Open) -> None:
    opened = open_page(curve[1], "#epoch=2")
    box = opened.page.locator(".fitted-curve canvas").bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + 60, box["y"] + 8)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] - 40, steps=3)
    opened.page.mouse.up()
    members = opened.page.evaluate("[...boundaryReplay.stage.group.members]")
    assert 0 < sum(members) < 30 and members[0] and not members[-1]


@pytest.mark.parametrize("epoch", [0, 1.5])
def test_a_surface_and_residuals_are_numpys(
    epoch: float, surface: tuple[Path, Path], open_page: Open
) -> None:
    run, page = surface
    opened = open_page(page, f"#epoch={epoch}")
    expect(opened.page.locator(".plane")).to_have_count(2)
    expected = Replay(run).evaluation.at(epoch)
    places = np.random.default_rng(1).normal(size=(20, 2)).astype(np.float32)
    found = opened.floats(f"{FIT}.answers({epoch}, Float32Array.from(argument))", places.ravel().tolist())
    np.testing.assert_allclose(found, expected.evaluate(places)[:, 0], atol=CLOSE, rtol=CLOSE)
    residuals = opened.floats(f"{{length: 40}}, (_, i) => {FIT}.ofSample({epoch}, i, 0).residual")
    np.testing.assert_allclose(
        residuals, fit(Replay(run).evaluation)[1].at(epoch).residuals, atol=CLOSE, rtol=CLOSE
    )
    opened.page.locator(".plane canvas").first.focus()
    opened.page.keyboard.press("ArrowRight")
    assert "predicted" in told(opened)


def test_of_more_inputs_it_shows_predictions_against_true_numbers(
    make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(30, 3)), rng.normal(size=(30, 2))
    run = regression(make_run, inputs, targets)
    opened = open_page(save_page(run, tmp_path / "page.html"), "#epoch=2&view=fit")
    expect(opened.page.locator(".predictions .title")).to_have_text(["Predicted against true", "Residuals"])
    predicted = Replay(run).activations("output", epochs=[2])[0]
    points = opened.floats("boundaryReplay.panels()[0].dots.sets[0].points").reshape(30, 2, 2)
    np.testing.assert_allclose(points, np.stack([targets, predicted], axis=-1), atol=CLOSE, rtol=CLOSE)
    points = opened.floats("boundaryReplay.panels()[1].dots.sets[0].points").reshape(30, 2, 2)
    expected = np.stack([predicted, targets - predicted], axis=-1)
    np.testing.assert_allclose(points, expected, atol=CLOSE, rtol=CLOSE)
    opened.page.locator(".predictions canvas").first.focus()
    opened.page.keyboard.press("ArrowUp")
    assert opened.page.evaluate("boundaryReplay.panels()[0].cross") is not None


def test_a_run_that_is_carried_as_answers_has_its_predictions(
    make_run: MakeRun, tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_data, "MAX_MULTIPLICATIONS", 0)
    targets, held_out = (PLANE**2).sum(axis=1), (PLANE[:9] + 0.1, PLANE[:9, 0])
    run = regression(make_run, PLANE, targets, held_out=held_out)
    opened = open_page(save_page(run, tmp_path / "page.html"), "#epoch=2&view=fit&sample=7")
    assert not opened.page.evaluate("boundaryReplay.runs[0].asks")
    expect(opened.page.locator(".predictions")).to_have_count(2)
    evaluation = Replay(run).evaluation
    assert evaluation.held_out is not None
    for place, one in enumerate((evaluation, evaluation.held_out)):
        points = opened.floats(f"boundaryReplay.panels()[0].dots.sets[{place}].points").reshape(-1, 2)
        expected = np.column_stack([one.recording.targets, one.at(2).outputs[:, 0]])
        np.testing.assert_allclose(points, expected, atol=CLOSE, rtol=CLOSE)
    r2 = opened.page.evaluate(f"{FIT}.r2(2)")
    assert r2 == pytest.approx(r2_at(evaluation, 2), abs=CLOSE)
    cells = opened.page.locator(".readout tbody td").all_inner_texts()
    assert float(cells[1].replace("−", "-")) == pytest.approx(targets[7], rel=0.006)


def test_without_a_unit_the_curve_is_another(curve: tuple[Path, Path], open_page: Open) -> None:
    opened = open_page(curve[1], "#epoch=2")
    whole = opened.floats(f"{FIT}.curve(2).answers")
    part = opened.floats(f"{FIT}.terms(2).parts[1]")
    opened.page.evaluate("boundaryReplay.runs[0].diagram.toggle(1, 1)")
    assert np.abs(opened.floats(f"{FIT}.curve(2).answers") - whole).max() > 0.01
    assert np.abs(part).max() > 0.01 and not opened.floats(f"{FIT}.terms(2).parts[1]").any()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_it_fits_and_can_be_read(
    width: int, scheme: str, curve: tuple[Path, Path], surface: tuple[Path, Path], open_page: Open
) -> None:
    look: dict[str, Any] = {"viewport": {"width": width, "height": 720}, "color_scheme": scheme}
    for _, page in (curve, surface):
        opened = open_page(page, "#epoch=3", **look)
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
        for title in opened.page.locator(".panel .title").all():
            assert title.evaluate("(it) => it.scrollWidth <= it.clientWidth + 1")  # it is not cut
        assert Axe().run(opened.page).response["violations"] == []


def test_a_classifier_has_none(single: Path, open_page: Open) -> None:
    opened = open_page(single, "#view=fit")
    assert opened.page.evaluate("boundaryReplay.stage.view") == "dashboard"
    assert "fit" not in opened.page.evaluate(
        "[...document.querySelector('.choices select').options].map(({ value }) => value)"
    )
