"""What the rows share: the table's line, clocks, memory, and recorded runs."""

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
    """One line of the table."""

    what: str
    measured: str
    required: str
    holds: bool


def timed(function: Callable[[], Any]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def command(arguments: list[str]) -> None:
    """Run the command line in a process of its own."""
    subprocess.run([sys.executable, "-m", "replay", *arguments], check=True, capture_output=True)


def peak_memory(arguments: list[str]) -> float:
    """Megabytes that the command line holds at most, see `peak_of`."""
    return peak_of(["-m", "replay", *arguments])


def peak_of(arguments: list[str]) -> float:
    """Megabytes that Python and its children hold at most, all together, pages shared by several counted
    once (PSS) where the system tells.
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
    """A recorded run of the parabola, made once; `n_samples` of each class instead of the scenario's."""
    from dataclasses import replace

    from replay import datasets, run

    scenario, _, folder = parabola()
    changed = scenario.with_changes(activations=(activation,), epochs=epochs)
    if n_samples is not None:
        # Whole batches of all samples: what is measured is the picture.
        changed = replace(changed, data=lambda: datasets.parabola(n_samples), batch_size=2 * n_samples)
    return run(changed, folder)[0].path
