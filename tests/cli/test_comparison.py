"""The file of a comparison has the name of the view that was asked for."""

from __future__ import annotations

from typing import Any

import pytest

from replay import load_scenario
from replay.cli.comparison import compared_by, stem
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("asked", "name"),
    [(None, "compare"), ("dashboard", "compare"), ("why", "compare"), ("calibration", "compare-calibration")],
)
def test_the_name_is_that_of_the_view(asked: str | None, name: str) -> None:
    assert stem(asked) == name


def test_runs_are_compared_by_what_was_asked_for_or_what_the_scenario_says() -> None:
    valley = load_scenario("valley")
    assert compared_by(valley, None) == "trajectory"
    assert compared_by(valley.with_changes(views=("losses", "curves")), ["losses", "curves"]) == "losses"
    assert compared_by(valley.with_changes(views=("morph",)), ["morph"]) is None


def test_compare_replaces_no_comparison_by_another_view(command: Command, make_run: Any) -> None:
    runs = [make_run(f"{name}.h5", run=name) for name in ("tanh", "relu")]
    folder = runs[0].parent
    plain = command("compare", *runs, "--epoch", 1)
    by_losses = command("compare", *runs, "--epoch", 1, "--view", "losses")
    assert plain.out.strip() == str(folder / "compare.png")
    assert by_losses.out.strip() == str(folder / "compare-losses.png")
    assert (folder / "compare.png").read_bytes() != (folder / "compare-losses.png").read_bytes()
