"""Shared by the benchmarks: the table row, timing, peak memory, and recorded runs."""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import psutil


class Row(NamedTuple):
    """One row of the table."""

    what: str
    measured: str
    required: str
    holds: bool


def timed(function: Callable[[], Any]) -> float:
    """The seconds of one call."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def command(arguments: list[str]) -> None:
    """Run the command line in its own process."""
    subprocess.run([sys.executable, "-m", "replay", *arguments], check=True, capture_output=True)


def peak_memory(arguments: list[str]) -> float:
    """The peak memory of the command line in megabytes, see `peak_of`."""
    return peak_of(["-m", "replay", *arguments])


def peak_of(arguments: list[str]) -> float:
    """The peak memory of Python and its children together, in megabytes.

    Shared pages count once (PSS) if the system reports it.
    """
    process = psutil.Popen([sys.executable, *arguments], stdout=subprocess.DEVNULL)
    peak = 0.0
    ended = threading.Event()
    threading.Thread(target=lambda: (process.wait(), ended.set()), daemon=True).start()
    while not ended.wait(0.02):
        peak = max(peak, sum(_held(each) for each in (process, *_children(process))) / 1e6)
    assert process.returncode == 0, arguments
    return peak


def _children(process: Any) -> list[Any]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def _held(process: Any) -> int:
    try:
        memory = process.memory_full_info()
        return getattr(memory, "pss", 0) or memory.rss
    except (psutil.NoSuchProcess, psutil.AccessDenied):  # it has just ended
        return 0


def parabola() -> tuple[Any, tuple[Any, Any], Path]:
    """The scenario, its data and an empty folder."""
    from replay.scenario.built_in import load_scenario

    scenario = load_scenario("parabola")
    return scenario, scenario.data(), Path(tempfile.mkdtemp())


@functools.cache
def recorded(activation: str = "tanh", epochs: int = 150, n_samples: int | None = None) -> Path:
    """A recorded run of the parabola, made once; `n_samples` per class instead of the scenario's number."""
    from dataclasses import replace

    from replay import datasets, run

    scenario, _, folder = parabola()
    changed = scenario.with_changes(activations=(activation,), epochs=epochs)
    if n_samples is not None:
        # One batch of all samples: the training does not matter here, only the picture.
        changed = replace(changed, data=lambda: datasets.parabola(n_samples), batch_size=2 * n_samples)
    return run(changed, folder)[0].path
