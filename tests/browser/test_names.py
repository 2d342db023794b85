"""The page calls classes and inputs by their names, in each of its views and in what it tells of samples."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from replay import datasets
from replay.network.data_description import DataDescription
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun
from tests.helpers.awkward import awkward_run

pytestmark = pytest.mark.slow
NUMBERED = re.compile(
    r"\bclass(es)? [0-9]|\bnegatives?\b|\bpositives?\b|\binput [0-9]|true [0-9]|of [0-9]:", re.I
)
BINARY = DataDescription("tumour", ("benign", "malignant"), ("radius (mm)", "texture"), title="tumours")
SEVERAL = DataDescription(
    "kind", ("ash", "beech", "cedar", "date", "elm"), ("height", "girth"), title="trees"
)
# Everything that a reader may read or hear of the page.
TOLD = """[
  document.body.innerText,
  ...Array.from(document.querySelectorAll("svg text"), (element) => element.textContent),
  ...Array.from(document.querySelectorAll("[aria-label]"), (element) => element.ariaLabel),
].join("\\n")"""
SHOW = "(view) => { boundaryReplay.stage.view = view; boundaryReplay.stage.changed(); }"
VIEWS = "Array.from(document.querySelector('select').options, (option) => option.value)"


def told(opened: Opened) -> str:
    opened.settle()
    return str(opened.page.evaluate(TOLD))


@pytest.fixture(params=["binary", "several"])
def named(request: pytest.FixtureRequest, make_run: MakeRun, tmp_path: Path) -> tuple[Path, DataDescription]:
    if request.param == "binary":
        run, described = make_run(described=BINARY, scenario="moons"), BINARY
    else:
        rng = np.random.default_rng(0)
        data = rng.normal(size=(100, 2)), np.arange(100) % 5
        run, described = make_run(units=(2, 2, 5), data=data, described=SEVERAL), SEVERAL
    return save_page(run, tmp_path / "run.html"), described


def test_names_are_in_every_view_and_no_number_stands_for_one(
    named: tuple[Path, DataDescription], open_page: Open
) -> None:
    path, described = named
    opened = open_page(path, "#epoch=2")
    views = opened.page.evaluate(VIEWS)
    assert len(views) > 8
    for view in views:
        opened.page.evaluate(SHOW, view)
        said = told(opened)
        assert not NUMBERED.findall(said), view
        assert all(name in said for name in described.classes), view
    opened.page.evaluate(SHOW, "decision-boundary")
    assert all(name in told(opened) for name in described.inputs)


def test_what_is_told_of_samples_has_names(named: tuple[Path, DataDescription], open_page: Open) -> None:
    path, described = named
    opened = open_page(path, "#epoch=2&view=decision-boundary")
    opened.page.locator(".plane canvas").first.click(position={"x": 120, "y": 120})
    opened.page.evaluate("boundaryReplay.stage.probe({ set: 0, sample: 3, input: null })")
    said = told(opened)
    assert not NUMBERED.findall(said)
    assert any(f"true class {name}" in said for name in described.classes)
    assert described.inputs[0] in said


@pytest.mark.parametrize("width", [320, 1280])
def test_awkward_names_stay_text_within_the_page(width: int, tmp_path: Path, open_page: Open) -> None:
    path = save_page(awkward_run("class-names", tmp_path), tmp_path / "awkward.html")
    opened = open_page(path, "#epoch=2", viewport={"width": width, "height": 720})
    said = told(opened)
    assert "<b>" in said and opened.page.locator("b").count() == 0
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_names_there_are_numbers(make_run: MakeRun, tmp_path: Path, open_page: Open) -> None:
    path = save_page(make_run(data=datasets.moons(20)), tmp_path / "run.html")
    said = told(open_page(path, "#epoch=2"))
    assert "Negatives" in said and "P(class 1)" in said and "class 0" in said
