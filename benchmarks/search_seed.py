"""Searches for a seed with which every activation solves a scenario early.

    python benchmarks/search_seed.py spiral --seeds 20

It prints the epoch from which on all samples are right, one row per seed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from replay import Replay, run
from replay.scenario.built_in import load_scenario


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scenario")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--epochs", type=int)
    arguments = parser.parse_args()
    scenario = load_scenario(arguments.scenario).with_changes(epochs=arguments.epochs)
    print(f"{'seed':>5} " + " ".join(f"{name:>9}" for name in scenario.activations))
    for seed in range(arguments.seeds):
        with tempfile.TemporaryDirectory() as folder:
            recordings = run(scenario.with_changes(seed=seed), Path(folder))
            solved = [_solved_at(Replay(recording.path)) for recording in recordings]
        print(
            f"{seed:>5} " + " ".join(f"{'-' if epoch is None else f'{epoch:g}':>9}" for epoch in solved),
            flush=True,
        )


def _solved_at(replay: Replay) -> float | None:
    return next((milestone.epoch for milestone in replay.milestones() if milestone.kind == "solved"), None)


if __name__ == "__main__":
    main()
