"""Tuned rates are chosen on half of the seeds and told on the others; figures say what was held fixed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from replay.drawing.identity import looks
from replay.drawing.style import LIGHT
from replay.errors import ViewError
from replay.sweeps.figures import sweep_figure, sweep_figures
from replay.sweeps.held_fixed import held_fixed, shared_rate
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.sweeps.tuning import tuned
from replay.sweeps.verdict import wilson
from tests.helpers.pictures import faults

Solves = Callable[[str, float, int], bool]
SETTINGS = {
    "scenario": "moons",
    "epochs": 20,
    "batch_size": 16,
    "hidden_units": [8, 2],
    "kernel_initializer": "he_normal",
}


def table(solves: Solves, rates: dict[str, tuple[float, ...]], seeds: int, **settings: object) -> SweepTable:
    """A sweep of optimizers, each with its rates, whose runs are solved as `solves` says."""
    combinations, runs = {}, []
    for optimizer, of_one in rates.items():
        for rate in of_one:
            name = f"tanh-{optimizer}-lr{rate}"
            combinations[name] = {"activation": "tanh", "optimizer": optimizer, "learning_rate": rate}
            for seed in range(seeds):
                solved = solves(optimizer, rate, seed)
                runs.append(
                    SweepRun(
                        name=name, seed=seed, solved=solved, solved_at=5.0 if solved else None,
                        loss=1.0 - rate, accuracy=1.0, losses=np.geomspace(1, 0.01, 20).astype(np.float32),
                    )
                )  # fmt: skip
    return SweepTable(Path("nowhere"), {**SETTINGS, "combinations": combinations, **settings}, runs)


def by_rate(optimizer: str, rate: float, seed: int) -> bool:
    """SGD needs 0.1 and Adam 0.01, and then seeds from 3 on."""
    return rate == {"sgd": 0.1, "adam": 0.01}[optimizer] and seed >= 3


def test_each_optimizer_has_its_own_best_rate_told_by_the_other_seeds() -> None:
    rates = (0.01, 0.1)
    sgd, adam = tuned(table(by_rate, {"sgd": rates, "adam": rates}, 10))
    assert [(one.name, one.rate, one.n_rates, one.n_choosing) for one in (sgd, adam)] == [
        ("tanh-sgd", 0.1, 2, 5),
        ("tanh-adam", 0.01, 2, 5),
    ]
    for one in (sgd, adam):
        assert one.held_out
        assert (one.verdict.n_solved, one.verdict.n_runs) == (4, 5)  # seeds 3, 5, 7, 9 of 1, 3, 5, 7, 9
        assert one.verdict.interval == wilson(4, 5)
    assert "(the best of 2 learning rates, on other seeds than chose it)" in str(sgd)


def test_the_seeds_that_choose_do_not_tell() -> None:
    """A rate that only suits the choosing seeds is chosen, and then told to solve nothing."""
    lucky = table(lambda optimizer, rate, seed: rate == 0.3 and seed % 2 == 0, {"sgd": (0.1, 0.3)}, 8)
    (one,) = tuned(lucky)
    assert (one.rate, one.verdict.n_solved, one.verdict.n_runs) == (0.3, 0, 4)


def test_of_equal_rates_the_one_with_the_lowest_mean_loss_is_best() -> None:
    (one,) = tuned(table(lambda *_: True, {"sgd": (0.01, 0.1, 0.05)}, 4))
    assert one.rate == 0.1  # whose losses are the lowest


def test_one_seed_chooses_and_tells_and_says_so() -> None:
    (one,) = tuned(table(lambda *_: True, {"sgd": (0.01, 0.1)}, 1))
    assert not one.held_out and "on the one seed that chose it" in str(one)


def test_without_several_rates_nothing_is_tuned() -> None:
    own = table(by_rate, {"sgd": (0.1,), "adam": (0.01,)}, 4)
    assert tuned(own) == [] and "tuned" not in sweep_figures(own)
    with pytest.raises(ViewError, match="tuning needs both axes, optimizer and learning_rate"):
        sweep_figure(own, "tuned")


def test_one_rate_for_several_optimizers_is_told_and_rates_of_their_own_are_not() -> None:
    alike = table(by_rate, {"sgd": (0.1,), "adam": (0.1,)}, 4)
    assert shared_rate(alike) == 0.1
    assert held_fixed(alike) == (
        "Held fixed: learning rate 0.1, batches of 16, 20 epochs, hidden units 8x2, weights from he_normal"
    )
    own = table(by_rate, {"sgd": (0.1,), "adam": (0.01,)}, 4)
    assert shared_rate(own) is None and "learning rate" not in held_fixed(own)
    assert shared_rate(table(by_rate, {"sgd": (0.1,)}, 4)) is None
    unknown = table(by_rate, {"sgd": (0.1,)}, 4, build_model="def build_model(): ...")
    assert held_fixed(unknown) == "Held fixed: sgd, learning rate 0.1, batches of 16, 20 epochs"


@pytest.mark.parametrize("size", [(480, 270), (1920, 1080)])
@pytest.mark.parametrize("name", ["solved", "tuned", "epochs", "losses"])
def test_notes_stand_below_the_figures_and_lie_on_nothing(name: str, size: tuple[int, int]) -> None:
    rates = (0.01, 0.1) if name == "tuned" else (0.1,)
    figure = sweep_figure(table(by_rate, {"sgd": rates, "adam": rates}, 6), name, LIGHT, size)
    texts = [text.get_text() for text in figure.texts]
    assert any(text.startswith("Held fixed: ") for text in texts)
    assert any(text.startswith("All optimizers had one learning rate, 0.1") for text in texts) == (
        name != "tuned"
    )
    noted = [fault for fault in faults(figure, LIGHT) if "Held" in fault or "All opt" in fault]
    assert noted == []


def test_rows_have_the_colours_of_their_optimizers() -> None:
    rates = (0.01, 0.1)
    axes = sweep_figure(table(by_rate, {"sgd": rates, "adam": rates}, 6), "tuned").axes[0]
    expected = [look.colour for look in looks([{"optimizer": "sgd"}, {"optimizer": "adam"}], LIGHT)]
    assert [line.get_color() for line in axes.lines[::2]] == expected
