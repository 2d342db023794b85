"""Held-out samples on a page: their numbers are those of NumPy, and a switch leaves them out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from replay import Replay, datasets, interactive
from replay.player.payload import network_data
from replay.runs.task import BINARY
from tests.browser.conftest import Open, save_page
from tests.conftest import MakeRun

pytestmark = pytest.mark.slow
CLOSE = 1e-4
X, Y = datasets.moons(40, noise=0.3, seed=2)
RUN = "boundaryReplay.runs[0].heldOut"


@pytest.fixture
def path(make_run: MakeRun) -> Path:
    return make_run(held_out=(X, Y))


@pytest.mark.parametrize("carried_as", ["weights", "arrays"])
@pytest.mark.parametrize("units", [(2, 2, 1), (2, 5, 2, 3)])
def test_their_numbers_are_those_of_numpy(
    carried_as: str,
    units: tuple[int, ...],
    make_run: MakeRun,
    tmp_path: Path,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if carried_as == "arrays":
        monkeypatch.setattr(network_data, "MAX_MULTIPLICATIONS", 0)
    replay = Replay(make_run(units=units, held_out=(X, Y)))
    held_out = replay.held_out
    assert held_out is not None
    opened = open_page(save_page(replay.recording.path, tmp_path / "page.html"), "#epoch=0")
    assert opened.page.evaluate(f"{RUN}.asks") == (carried_as == "weights")
    p = held_out.probabilities()
    if held_out.recording.task.kind != BINARY:
        p = p[:, np.arange(len(X)), Y]
    space = replay.feature_space().reshape(-1, 2)
    expected = {
        "answers(epoch).probabilities": p,
        "answers(epoch).losses": held_out.losses(),
        "answers(epoch).correct": held_out.correct(),
        "points(epoch, boundaryReplay.runs[0].planes.at(-1))": held_out.feature_space(),
    }
    assert space.shape[1] == 2
    epochs = replay.epochs.tolist()
    for call, values in expected.items():
        found = opened.floats(f"argument.flatMap((epoch) => [...{RUN}.{call}])", epochs)
        np.testing.assert_allclose(found, values.ravel(), rtol=CLOSE, atol=3 * CLOSE, err_msg=call)


def test_a_switch_leaves_them_out_and_a_link_keeps_it(path: Path, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=3&view=decision-boundary")
    switch = opened.page.get_by_role("button", name="Show held-out samples")
    legend = opened.page.locator(".legend")
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(legend).to_contain_text("held out")
    with_them = opened.pixels()
    opened.page.keyboard.press("h")
    opened.settle()
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(legend).not_to_contain_text("held out")
    assert (opened.pixels() != with_them).any()
    opened.until("location.hash.includes('held-out=no')")
    again = open_page(tmp_path / "page.html", opened.page.evaluate("location.hash"))
    assert again.page.evaluate("boundaryReplay.stage.showsHeldOut") is False
    without = open_page(interactive(path, held_out=False).save(tmp_path / "without.html"), "#epoch=3")
    assert without.page.evaluate(f"{RUN}") is None
    expect(without.page.get_by_role("button", name="Show held-out samples")).to_be_hidden()


def test_one_of_them_can_be_followed_and_linked(path: Path, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=3&held-out-sample=7")
    row = opened.page.locator(".readout tbody tr")
    expect(row).to_contain_text("held-out sample 7")
    expect(row).to_contain_text(f"true class {Y[7]}")
    p = float(Replay(path).held_out.probabilities(epochs=[3])[0, 7])  # type: ignore[union-attr]
    told = [float(cell) for cell in row.locator("td").all_inner_texts()[1:2]]
    assert told == [pytest.approx(p, abs=0.006)]
    opened.until("location.hash.includes('held-out-sample=7')")


def test_histograms_say_what_is_right_of_either(path: Path, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=4&view=probabilities")
    replay = Replay(path)
    for label, panel in enumerate(opened.page.locator(".histogram").all()):
        shares = []
        for one in (replay, replay.held_out):
            assert one is not None
            shares.append(one.correct([4])[0][one.recording.task.class_labels == label].mean())
        text = panel.locator(".aside").inner_text()
        told = re.fullmatch(r"train ([\d.]+)% · held out ([\d.]+)%", text)
        assert told is not None, text
        assert [float(each) / 100 for each in told.groups()] == pytest.approx(shares, abs=0.006)


@pytest.mark.parametrize("link", ["#epoch=3", "#epoch=3&held-out=no", "#epoch=3&view=confusion-matrix"])
def test_the_accessibility_check_finds_nothing(
    link: str, path: Path, tmp_path: Path, open_page: Open
) -> None:
    opened = open_page(save_page(path, tmp_path / "page.html"), link, bypass_csp=True)
    found = Axe().run(opened.page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found] == []


def test_there_is_a_matrix_of_either(path: Path, tmp_path: Path, open_page: Open) -> None:
    opened = open_page(save_page(path, tmp_path / "page.html"), "#epoch=3&view=confusion-matrix")
    titles: Any = opened.page.locator(".confusion .title").all_inner_texts()
    assert titles == ["Confusion, training", "Confusion, held out"]
