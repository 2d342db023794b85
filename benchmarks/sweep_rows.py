"""Benchmarks of comparisons and sweeps."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from measuring import Row, command, recorded, timed

ACTIVATIONS = ("sigmoid", "tanh", "relu")


def compare() -> Row:
    """`replay compare` of three runs, from the start of the process to the finished MP4."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [str(recorded(activation)) for activation in ACTIVATIONS]
        seconds = timed(lambda: command(["compare", *runs, "-o", f"{folder}/compare.mp4"]))
    return Row("replay compare of three runs to MP4", f"{seconds:.1f} s", "10 s", seconds < 10)


def sweep() -> Row:
    """180 runs of 150 epochs in one process, against Keras's fit, extrapolated from three runs."""
    from replay.scenario.built_in import load_scenario
    from replay.sweeps.run import sweep
    from replay.training.experiment import build_model

    scenario = load_scenario("parabola")
    x, y = scenario.data()
    models = [build_model(scenario, activation, (2,)) for activation in ACTIVATIONS]
    of_fit = sum(timed(partial(model.fit, x, y, batch_size=16, epochs=150, verbose=0)) for model in models)
    with tempfile.TemporaryDirectory() as folder:
        seconds = timed(lambda: sweep(scenario, 60, Path(folder) / "sweep", keep=False))
    ratio = of_fit * 60 / seconds
    return Row(
        "sweep of parabola, 180 runs, one process, against fit",
        f"{seconds:.0f} s, {ratio:.0f} times faster",
        "60 s, 50 times",
        seconds < 60 and ratio >= 50,
    )


def sweep_jobs() -> Row:
    """`replay sweep` of 600 runs with two processes against one."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["sweep", "parabola", "--seeds", "200", "--no-keep"]
        seconds = [
            timed(partial(command, [*arguments, "--out", f"{folder}/{jobs}", "--jobs", str(jobs)]))
            for jobs in (1, 2)
        ]
    ratio = seconds[0] / seconds[1]
    return Row(
        "sweep of 600 runs, two jobs against one", f"{ratio:.2f} times faster", "1.6 times", ratio >= 1.6
    )
