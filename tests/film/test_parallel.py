"""Several processes draw what one does, and nothing of them stays behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

import numpy as np
import pytest

from replay import Replay
from replay.drawing.composition import Composition
from replay.drawing.sizes import Size
from replay.errors import OutputError, ViewError
from replay.film.parallel import MAX_JOBS, shared_frames


@pytest.fixture
def composition(make_run: Any) -> Composition:
    return Replay(make_run(n_snapshots=7)).view("dashboard", size=Size(300, 150))


@pytest.mark.slow
def test_two_processes_draw_the_frames_of_one_in_order(composition: Composition) -> None:
    animation = composition.animate(tween=1, pace="uniform")
    alone = [frame.copy() for frame in animation.frames()]
    shared = [frame.copy() for frame in animation.frames(jobs=2)]
    np.testing.assert_array_equal(shared, alone)
    assert len({frame.tobytes() for frame in alone}) == len(alone) == 13


@pytest.mark.slow
def test_the_frames_come_from_other_processes(composition: Composition) -> None:
    """Each process gives the figure's first text its own number, and the frames differ by it."""
    drawn_here: list[float] = []
    show = composition.clock.show
    composition.clock.show = lambda epoch, decimals=None: (  # type: ignore[method-assign]
        drawn_here.append(epoch),
        show(epoch, decimals),
    )[1]
    assert len(list(shared_frames(composition, [0, 1, 2], jobs=2))) == 3
    assert drawn_here == []


def test_an_error_in_a_process_reaches_the_caller(composition: Composition) -> None:
    frames = shared_frames(composition, [0, 1, 99, 2], jobs=2)
    assert next(frames).shape == next(frames).shape == (150, 300, 4)
    with pytest.raises(ViewError, match="no epoch 99"):
        next(frames)
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_a_process_that_dies_is_told_of_and_does_not_hang(composition: Composition) -> None:
    composition.clock.show = lambda epoch, decimals=None: os._exit(3)  # type: ignore[method-assign]
    with pytest.raises(OutputError, match="use fewer jobs"):
        list(shared_frames(composition, [0, 1, 2], jobs=2))
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_no_process_stays_behind_when_the_consumer_stops_early(composition: Composition) -> None:
    frames = shared_frames(composition, [0, 1, 2, 3, 4, 5], jobs=3)
    next(frames)
    assert len(multiprocessing.active_children()) == 3
    frames.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


@pytest.mark.slow
def test_ctrl_c_is_left_to_the_process_that_asked(composition: Composition) -> None:
    """A terminal sends it to all of them: those that draw go on until they are told to end."""
    moments = list(np.linspace(0, 6, 40))
    frames = shared_frames(composition, moments, jobs=2)
    next(frames)
    for process in multiprocessing.active_children():
        os.kill(process.pid or 0, signal.SIGINT)
    assert len(list(frames)) == 39


def test_what_follows_the_drawing_gets_every_moment(composition: Composition) -> None:
    seen: list[float] = []
    track = lambda moments: (seen.append(moment) or moment for moment in moments)  # noqa: E731
    assert len(list(shared_frames(composition, [0, 1, 2.5], track=track, jobs=2))) == 3
    assert seen == [0, 1, 2.5]


@pytest.mark.slow
def test_there_are_never_more_processes_than_frames(composition: Composition) -> None:
    frames = shared_frames(composition, [0, 1], jobs=8)
    next(frames)
    assert len(multiprocessing.active_children()) == 2
    assert len(list(frames)) == 1
    assert len(list(shared_frames(composition, [3], jobs=8))) == 1


@pytest.mark.parametrize("jobs", [0, -1, MAX_JOBS + 1])
def test_absurd_numbers_of_processes_are_refused(composition: Composition, jobs: int) -> None:
    with pytest.raises(OutputError, match=f"jobs must lie between 1 and {MAX_JOBS}, not {jobs}"):
        next(shared_frames(composition, [0, 1], jobs=jobs))
