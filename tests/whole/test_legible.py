"""Nothing written is cut or overlaps: read back from every view, at five sizes, three moments, two themes.

Fifteen runs are awkward: see `tests.helpers.awkward`. Each of them has each view here, at a size, a moment
and a theme that go round. To look at all combinations takes minutes:

    REPLAY_LEGIBLE=all python -m pytest tests/whole/test_legible.py
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from replay import Replay
from replay.drawing.picture import picture
from replay.drawing.registry.table import TABLE
from replay.drawing.sizes import Size
from replay.drawing.style import DARK, LIGHT, Style
from replay.network.data_description import DataDescription
from replay.runs.evaluation import Evaluation
from tests.conftest import MakeRun
from tests.helpers import suited
from tests.helpers.awkward import LONG, N_SNAPSHOTS, RUNS, awkward_run
from tests.helpers.pictures import faults
from tests.helpers.regressions import OF_NUMBERS, of_numbers
from tests.helpers.suited import OF_IMAGES

ALL = os.environ.get("REPLAY_LEGIBLE") == "all"
SIZES = (Size(480, 270), Size(720, 405), Size(1280, 720), Size(540, 540), Size(1080, 1920))
MOMENTS = (0, N_SNAPSHOTS // 2, N_SNAPSHOTS - 1)
THEMES = (LIGHT, DARK)
OF_RELU = (*suited.OF_RELU, "space")  # and of three units
OF_OUTPUTS = (*suited.OF_TWO_CLASSES, *suited.OF_SEVERAL_CLASSES, *suited.OF_A_STEP)
VIEWS = [name for name in TABLE if name not in (*OF_IMAGES, *OF_RELU, *OF_OUTPUTS, *OF_NUMBERS)]


def combinations(turn: int) -> Iterator[tuple[Size, int, Style]]:
    """The sizes, moments and themes to look at: all, or one that `turn` chooses."""
    every = list(product(SIZES, MOMENTS, THEMES))
    yield from every if ALL else [every[(7 * turn) % len(every)]]


def wrong(evaluation: Evaluation, views: Sequence[str], turn: int) -> list[str]:
    found = []
    for number, view in enumerate(views):
        for size, moment, style in combinations(number + turn):
            drawn = picture(evaluation, view, style, size=size)
            what = f"{view} at {size.width}x{size.height}, epoch {moment}"
            found += [f"{what}: {fault}" for fault in faults(drawn.plot(moment), style)]
    return found


@pytest.mark.slow
@pytest.mark.parametrize("run", RUNS)
def test_nothing_that_is_written_is_cut_or_overlaps(run: str, tmp_path: Path) -> None:
    evaluation = Replay(awkward_run(run, tmp_path)).evaluation
    assert wrong(evaluation, VIEWS, len(VIEWS) * list(RUNS).index(run)) == []


@pytest.mark.slow
def test_views_of_images_neither(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).uniform(size=(120, 16)).astype(np.float32)
    run = make_run(
        units=(16, 2, 4), data=(inputs, np.arange(120) % 4), n_snapshots=N_SNAPSHOTS, scenario=LONG, run=LONG
    )
    assert [fault for turn in range(4) for fault in wrong(Replay(run).evaluation, OF_IMAGES, turn)] == []


@pytest.mark.slow
@pytest.mark.parametrize("n_inputs", [1, 2, 5])
def test_views_of_numbers_neither(n_inputs: int, make_run: MakeRun) -> None:
    run = make_run(**of_numbers(n_inputs), n_snapshots=N_SNAPSHOTS, scenario=LONG, run=LONG)
    assert [fault for turn in range(2) for fault in wrong(Replay(run).evaluation, OF_NUMBERS, turn)] == []


@pytest.mark.slow
def test_views_of_three_relu_units_neither(make_run: MakeRun) -> None:
    data = np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32), np.arange(120) % 4
    run = make_run(
        units=(2, 3, 4), activation="relu", data=data, n_snapshots=N_SNAPSHOTS, scenario=LONG, run=LONG
    )
    assert [fault for turn in range(4) for fault in wrong(Replay(run).evaluation, OF_RELU, turn)] == []


@pytest.mark.slow
@pytest.mark.parametrize("view", OF_OUTPUTS)
def test_views_of_an_output_neither(make_run: MakeRun, view: str) -> None:
    given = suited.suited(view, (4,), 4)
    inputs = np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32)
    data = inputs, np.arange(120) % suited.n_classes_of(given)
    described = DataDescription(classes=(LONG, f"{LONG} 2", "c", "d")[: suited.n_classes_of(given)])
    run = make_run(data=data, n_snapshots=N_SNAPSHOTS, scenario=LONG, run=LONG, described=described, **given)
    assert [fault for turn in range(6) for fault in wrong(Replay(run).evaluation, [view], turn)] == []
