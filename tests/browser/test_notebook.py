"""A real notebook: its kernel runs the cells, and a browser opens what they put out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from playwright.sync_api import expect

from tests.browser.conftest import Open

SETUP = """
import os
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
import keras, logging
import matplotlib.pyplot as plt
from replay import Recorder, Replay, datasets
keras.utils.set_random_seed(1)
logging.disable(logging.INFO)
X, y = datasets.parabola(50)
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "tanh", name="hidden"),
                          keras.layers.Dense(1, "sigmoid")])
model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
"""
CELLS = (
    SETUP,
    'model.fit(X, y, epochs=5, verbose=0, callbacks=[Recorder("run.h5", X, y, live=True)]);',
    'replay = Replay("run.h5")\nreplay',
    "replay.show()",
    "replay.dashboard(size=(640, 320))",
    "replay.dashboard(size=(640, 320)).animate()",
    "panel = replay.build_feature_space(plt.figure().gca())\nplt.close()\npanel",
)


def run_notebook(cells: tuple[str, ...], folder: Path) -> list[list[Any]]:
    """The outputs of each cell."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [[output for output in cell.outputs if "data" in output] for cell in notebook.cells]


@pytest.mark.slow
def test_a_notebook_shows_replays_panels_animations_and_the_training(tmp_path: Path, open_page: Open) -> None:
    _, live, shown, asked, still, film, panel = run_notebook(CELLS, tmp_path)
    pages = {}
    for name, outputs in (("live", live), ("shown", shown), ("asked", asked)):
        (output,) = outputs  # one each: the page of the training was replaced, not repeated
        pages[name] = output["data"]["text/html"]
        path = tmp_path / f"{name}.html"
        path.write_text(f"<!doctype html><meta charset=utf-8>{pages[name]}", encoding="utf-8")
        frame = open_page(path, waits=False).page.frame_locator("iframe")
        expect(frame.locator(".panel")).to_have_count(7)
        if name == "live":  # where the training has come to
            expect(frame.locator(".epoch")).to_have_text("epoch 5")
    assert still[0]["data"]["image/png"].startswith("iVBORw0KGgo")
    assert panel[0]["data"]["image/png"].startswith("iVBORw0KGgo")
    assert (
        "<video" in film[0]["data"]["text/html"] and "data:video/mp4;base64," in film[0]["data"]["text/html"]
    )
    assert {path.suffix for path in tmp_path.iterdir()} == {".h5", ".html"}  # nothing is left beside them
