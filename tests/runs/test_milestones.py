"""Milestones of networks whose answers are known, because their weights are written by hand.

Where samples are right or wrong, the networks have one unit, sigmoid(a·x + b) over a line: samples right
of −b / a are taken for positive. Where the loss counts, it is logged as the test wants it. Where units
count, a hidden layer has the pre-activations kernel·x + bias of the four samples.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import LayerDescription, Milestone, Replay, RunDescription, RunWriter, datasets, dense
from replay.runs import evaluation
from replay.runs.milestone import latest, leading
from replay.runs.milestones import milestones

Array = np.ndarray
NAN, INF = float("nan"), float("inf")
X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
Y = np.array([0, 0, 1, 1])
# By where it puts the boundary: which samples are right.
ALL_RIGHT = (1.0, 0.0)
NEGATIVES_RIGHT = (1.0, -1.5)  # the positive at 1 is missed
POSITIVES_RIGHT = (1.0, 1.5)  # the negative at −1 is missed
NONE_RIGHT = (-1.0, 0.0)


def told(path: Path, *endings: str) -> list[Milestone]:
    """The milestones of the run whose kind has one of these endings, all of them without."""
    found = milestones(Replay(path).evaluation)
    assert [milestone.epoch for milestone in found] == sorted(milestone.epoch for milestone in found)
    return [milestone for milestone in found if milestone.kind.endswith(endings or ("",))]


def record(
    path: Path,
    lines: list[tuple[float, float]],
    epochs: list[float] | None = None,
    targets: Array = Y,
    activation: str = "sigmoid",
    loss: str = "binary_crossentropy",
) -> list[tuple[float, str]]:
    """Write a snapshot for each slope and offset; return when samples are right and training diverged."""
    description = RunDescription((dense("output", 1, 1, activation),), loss={"name": loss})
    with RunWriter(path, description, X, targets) as writer:
        for epoch, (slope, offset) in zip(epochs or range(len(lines)), lines, strict=True):
            writer.snapshot(epoch, [np.array([[slope]]), np.array([offset])])
    found = told(path, "_right", "solved", "diverged")
    return sorted((milestone.epoch, milestone.kind) for milestone in found)


def test_each_class_is_right_from_when_all_its_samples_are(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, NEGATIVES_RIGHT, NEGATIVES_RIGHT, ALL_RIGHT])
    assert found == [(1, "negatives_right"), (3, "positives_right"), (3, "solved")]


def test_the_positives_may_be_first(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, POSITIVES_RIGHT, ALL_RIGHT, ALL_RIGHT])
    assert found == [(1, "positives_right"), (2, "negatives_right"), (2, "solved")]


def test_what_does_not_last_is_no_milestone(tmp_path: Path) -> None:
    lines = [ALL_RIGHT, ALL_RIGHT, NONE_RIGHT, ALL_RIGHT, NEGATIVES_RIGHT]
    assert record(tmp_path / "run.h5", lines) == [(3, "negatives_right")]


def test_a_relapse_moves_the_milestone_behind_it(tmp_path: Path) -> None:
    lines = [NONE_RIGHT, ALL_RIGHT, POSITIVES_RIGHT, ALL_RIGHT, ALL_RIGHT]
    found = record(tmp_path / "run.h5", lines)
    assert found == [(1, "positives_right"), (3, "negatives_right"), (3, "solved")]


def test_a_network_that_is_right_from_the_start_is_solved_at_its_first_epoch(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [ALL_RIGHT, ALL_RIGHT], epochs=[5.0, 8.0])
    assert found == [(5, "negatives_right"), (5, "positives_right"), (5, "solved")]


def test_milestones_lie_on_the_epochs_of_the_snapshots(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, NEGATIVES_RIGHT, ALL_RIGHT], epochs=[0, 0.25, 40])
    assert found == [(0.25, "negatives_right"), (40, "positives_right"), (40, "solved")]


def test_a_network_that_never_learns_has_none(tmp_path: Path) -> None:
    assert record(tmp_path / "run.h5", [NONE_RIGHT] * 3) == []


def test_a_class_without_samples_has_none(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, (1.0, 5.0)], targets=np.ones(4))
    assert found == [(1, "positives_right"), (1, "solved")]


def test_a_training_that_diverged_says_when_and_its_samples_are_wrong_from_then_on(tmp_path: Path) -> None:
    lines = [NONE_RIGHT, ALL_RIGHT, (NAN, 0.0), (NAN, NAN)]
    assert record(tmp_path / "run.h5", lines) == [(2, "diverged")]


def test_an_infinite_weight_has_diverged_too(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, (1.0, float("inf"))])
    assert (1, "diverged") in found


def test_a_regression_has_only_its_divergence(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "targets": X[:, 0] * 0.5,
        "activation": "linear",
        "loss": "mean_squared_error",
    }
    assert record(tmp_path / "fits.h5", [(0.5, 0.0)] * 2, **facts) == []
    assert record(tmp_path / "diverges.h5", [(0.5, 0.0), (NAN, 0.0)], **facts) == [(1, "diverged")]


def test_each_of_several_classes_has_its_milestone(tmp_path: Path) -> None:
    """One input for each sample, whose row of the kernel points to its class or to the next one."""
    description = RunDescription(
        (dense("output", 6, 3, "softmax"),), loss={"name": "sparse_categorical_crossentropy"}
    )
    targets = np.array([0, 0, 1, 1, 2, 2])
    mistakes = [1, 1, 1, 1, 1, 1], [1, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 0, 0, 0]
    with RunWriter(tmp_path / "run.h5", description, np.eye(6), targets) as writer:
        for epoch, mistaken in enumerate(mistakes):
            writer.snapshot(epoch, [np.eye(3)[(targets + mistaken) % 3], np.zeros(3)])
    found = [(milestone.epoch, milestone.kind) for milestone in told(tmp_path / "run.h5", "right", "solved")]
    assert found == [(1, "class_2_right"), (2, "class_0_right"), (3, "class_1_right"), (3, "solved")]


@pytest.mark.parametrize(
    ("lines", "sentences"),
    [
        (
            [ALL_RIGHT],
            {
                "negatives_right": "every negative is right",
                "positives_right": "every positive is right",
                "solved": "every sample is right",
            },
        ),
        ([NONE_RIGHT, (NAN, NAN)], {"diverged": "the weights are no longer finite"}),
    ],
)
def test_milestones_tell_readers_what_happened(
    lines: list[tuple[float, float]], sentences: dict[str, str], tmp_path: Path
) -> None:
    record(tmp_path / "run.h5", lines)
    found = Replay(tmp_path / "run.h5").milestones()
    assert {milestone.kind: milestone.text for milestone in found} == sentences


def test_classes_without_samples_and_classes_in_any_order_are_told_apart(tmp_path: Path) -> None:
    """Samples of classes 2, 0, 2 and 0 of four; the bias alone answers, with the same class for all."""
    description = RunDescription(
        (dense("output", 1, 4, "softmax"),), loss={"name": "sparse_categorical_crossentropy"}
    )
    with RunWriter(tmp_path / "run.h5", description, X, np.array([2, 0, 2, 0])) as writer:
        for epoch, answer in enumerate([3, 0, 2]):
            writer.snapshot(epoch, [np.zeros((1, 4)), np.eye(4)[answer]])
    assert [(m.epoch, m.text) for m in told(tmp_path / "run.h5", "_right", "class")] == [
        (0, "every sample gets the same answer")
    ]


# The loss


def log(
    path: Path,
    losses: Sequence[float],
    epochs: Sequence[float] | None = None,
    diverges_at: float = INF,
    targets: Array = X[:, 0],
) -> Path:
    """Write a regression whose weights stay, and these losses, from epoch 1 on; return the path."""
    description = RunDescription((dense("output", 1, 1),), loss={"name": "mean_squared_error"})
    with RunWriter(path, description, X, targets) as writer:
        for epoch, loss in zip(epochs or range(1, len(losses) + 1), losses, strict=True):
            weight = NAN if epoch >= diverges_at else 1.0
            writer.snapshot(epoch, [np.array([[weight]]), np.zeros(1)], {"loss": loss})
    return path


def plateaus(path: Path) -> list[tuple[float, float | None, str]]:
    return [(m.epoch, m.until, m.text) for m in told(path, "plateau")]


def line(start: float, end: float, n: int) -> list[float]:
    return list(np.linspace(start, end, n))


def test_plateaus_are_told_with_their_level_and_end(tmp_path: Path) -> None:
    losses = [0.6934] * 20 + line(0.67, 0.1, 60) + [0.05] * 20
    assert plateaus(log(tmp_path / "run.h5", losses)) == [
        (1, 20, "the loss stays near 0.693"),
        (81, 100, "the loss stays near 0.05"),
    ]


def test_a_plateau_may_waver_by_a_fiftieth_of_the_range_and_no_more(tmp_path: Path) -> None:
    wavering = [0.5, 0.519] * 10
    assert plateaus(log(tmp_path / "a.h5", [1.0, *wavering, 0.0])) == [(2, 21, "the loss stays near 0.51")]
    assert plateaus(log(tmp_path / "b.h5", [1.0, *([0.5, 0.521] * 10), 0.0])) == []


def test_a_plateau_lasts_a_tenth_of_the_run(tmp_path: Path) -> None:
    def run(n: int) -> list[float]:
        return [*line(1.0, 0.6, 40), *[0.5] * n, *line(0.4, 0.0, 60 - n)]

    assert plateaus(log(tmp_path / "short.h5", run(10))) == []
    assert [start for start, _, _ in plateaus(log(tmp_path / "long.h5", run(11)))] == [41]


def test_a_plateau_has_at_least_five_values(tmp_path: Path) -> None:
    assert plateaus(log(tmp_path / "four.h5", [1.0, 0.5, 0.5, 0.5, 0.5, 0.0])) == []
    assert [start for start, _, _ in plateaus(log(tmp_path / "five.h5", [1.0, *[0.5] * 5, 0.0]))] == [2]


def test_the_length_of_a_plateau_is_counted_in_epochs(tmp_path: Path) -> None:
    epochs = [1.0, 2.0, 2.1, 2.2, 2.3, 2.4, 20.0]
    assert plateaus(log(tmp_path / "run.h5", [1.0, *[0.5] * 5, 0.0], epochs)) == []


def test_plateaus_are_found_on_both_sides_of_the_longest(tmp_path: Path) -> None:
    losses = [1.0] * 10 + [0.8, 0.7] + [0.5] * 20 + [0.3, 0.2] + [0.0] * 10
    assert [start for start, _, _ in plateaus(log(tmp_path / "run.h5", losses))] == [1, 13, 35]


def test_two_levels_that_follow_at_once_are_two_plateaus(tmp_path: Path) -> None:
    losses = [1.0, 0.8] + [0.5] * 20 + [0.2] * 20
    assert [(start, until) for start, until, _ in plateaus(log(tmp_path / "run.h5", losses))] == [
        (3, 22),
        (23, 42),
    ]


@pytest.mark.parametrize(
    "losses",
    [
        line(1.0, 0.0, 100),
        [1.0, 0.5, *line(0.12, 0.0, 100)],  # after a jump, so slowly that each fifth of it hardly changes
        [*line(0.12, 0.0, 100), -1.0],
        list(1 / (1 + np.linspace(0, 9, 100))),
    ],
    ids=["at one pace", "after a jump", "before a jump", "slowing down"],
)
def test_a_steady_decline_is_no_chain_of_plateaus(losses: list[float], tmp_path: Path) -> None:
    assert plateaus(log(tmp_path / "run.h5", losses)) == []


def test_a_loss_that_falls_to_a_hundredth_is_no_plateau_however_small_it_is(tmp_path: Path) -> None:
    assert plateaus(log(tmp_path / "run.h5", list(np.exp(-np.linspace(0, 8, 100))))) == []
    low = [0.7, 0.4, 0.1, 0.02, *np.geomspace(0.009, 0.0001, 100)]
    assert plateaus(log(tmp_path / "low.h5", low)) == []


def test_a_decline_that_dies_away_to_a_level_ends_in_one_plateau(tmp_path: Path) -> None:
    found = plateaus(log(tmp_path / "run.h5", list(0.1 + np.exp(-np.linspace(0, 8, 100)))))
    assert len(found) == 1
    assert 55 < found[0][0] < 70 and found[0][1] == 100


def test_a_small_loss_may_waver_by_a_twentieth_of_itself(tmp_path: Path) -> None:
    fall = line(0.7, 0.02, 20)
    assert len(plateaus(log(tmp_path / "a.h5", [*fall, *([0.01, 0.0104] * 10)]))) == 1
    assert plateaus(log(tmp_path / "b.h5", [*fall, *([0.01, 0.0106] * 10)])) == []


def test_a_loss_that_hardly_ever_changes_is_one_plateau_though_its_range_is_small(tmp_path: Path) -> None:
    noisy = 0.693 + 0.005 * np.random.default_rng(0).uniform(-1, 1, 50)
    assert plateaus(log(tmp_path / "run.h5", noisy.tolist())) == [(1, 50, "the loss stays near 0.693")]
    assert [m.kind for m in told(tmp_path / "run.h5")] == ["plateau"]


def test_a_loss_that_never_changes_is_one_plateau_without_a_fall(tmp_path: Path) -> None:
    rounding = [0.6931 + 1e-7 * (-1) ** n for n in range(20)]
    for name, losses in (("a.h5", [0.6931] * 20), ("b.h5", rounding), ("c.h5", [0.0] * 20)):
        found = told(log(tmp_path / name, losses))
        assert [(m.kind, m.epoch, m.until) for m in found] == [("plateau", 1, 20)]
        assert found[0].text == f"the loss stays near {losses[0]:.3g}"


def test_the_steepest_fall_is_told_at_its_end(tmp_path: Path) -> None:
    found = told(log(tmp_path / "run.h5", [0.9, 0.8, 0.5234, 0.3111, 0.3, 0.25]), "steepest_fall")
    assert [(m.epoch, m.text) for m in found] == [(3, "the loss fell fastest, from 0.8 to 0.523")]
    assert found[0].until is None


def test_the_steepest_fall_is_the_one_with_most_an_epoch(tmp_path: Path) -> None:
    path = log(tmp_path / "run.h5", [1.0, 0.4, 0.2, 0.1], epochs=[0.0, 10.0, 12.0, 14.0])
    assert [m.epoch for m in told(path, "steepest_fall")] == [12]


def test_a_loss_without_a_steep_step_has_no_steepest_fall(tmp_path: Path) -> None:
    assert told(log(tmp_path / "slow.h5", line(1.0, 0.0, 22)), "steepest_fall") == []  # steps of 1/21
    assert told(log(tmp_path / "rises.h5", [0.1, 0.2, 0.3]), "steepest_fall") == []
    assert told(log(tmp_path / "same.h5", [1.004, 1.001]), "steepest_fall") == []  # 1 to 1
    assert told(log(tmp_path / "flat.h5", [0.714, 0.704, 0.703]), "steepest_fall") == []  # by 1.4 %
    assert len(told(log(tmp_path / "fast.h5", line(1.0, 0.0, 20)), "steepest_fall")) == 1


def test_large_losses_are_told_in_full(tmp_path: Path) -> None:
    found = told(log(tmp_path / "run.h5", [123456.0, 1234.0, 1000.0]), "steepest_fall")
    assert found[0].text == "the loss fell fastest, from 123000 to 1230"


def test_rows_without_a_loss_are_passed_over(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 1, 1),), loss={"name": "mean_squared_error"})
    with RunWriter(tmp_path / "run.h5", description, X, X[:, 0]) as writer:
        for epoch, loss in enumerate([0.9, None, 0.7, 0.1]):
            writer.snapshot(epoch, [np.ones((1, 1)), np.zeros(1)], {"loss": loss} if loss else {"mae": 1.0})
            writer.snapshot(epoch, None, {"val_loss": 2.0})
    assert [(m.epoch, m.kind) for m in told(tmp_path / "run.h5")] == [(3, "steepest_fall")]


def test_a_loss_that_was_not_logged_is_computed(tmp_path: Path) -> None:
    """(a·x − x)² with its mean over x = ±1, ±2, which is 2.5·(1 − a)²."""
    description = RunDescription((dense("output", 1, 1),), loss={"name": "mean_squared_error"})
    with RunWriter(tmp_path / "run.h5", description, X, X[:, 0]) as writer:
        for epoch, slope in enumerate([0.0] * 6 + [0.8] * 6):
            writer.snapshot(epoch, [np.array([[slope]]), np.zeros(1)])
    assert [(m.epoch, m.until, m.text) for m in told(tmp_path / "run.h5")] == [
        (0, 5, "the loss stays near 2.5"),
        (6, 11, "the loss stays near 0.1"),
        (6, None, "the loss fell fastest, from 2.5 to 0.1"),
    ]


@pytest.mark.parametrize(
    "loss",
    [None, {"name": "my_own"}, {"name": "mean_squared_error", "ignore_class": 0}],
    ids=["none", "unknown", "of some classes"],
)
def test_a_loss_that_is_neither_logged_nor_known_has_no_milestones(
    loss: dict[str, Any] | None, tmp_path: Path
) -> None:
    with RunWriter(
        tmp_path / "run.h5", RunDescription((dense("output", 1, 1),), loss=loss), X, X[:, 0]
    ) as writer:
        for epoch, slope in enumerate([0.0] * 6 + [0.8] * 6):
            writer.snapshot(epoch, [np.array([[slope]]), np.zeros(1)])
    assert told(tmp_path / "run.h5") == []


# Divergence


@pytest.mark.parametrize("value", [NAN, INF, 100.0])
def test_a_loss_that_is_lost_for_good_diverges(value: float, tmp_path: Path) -> None:
    found = told(log(tmp_path / "run.h5", [1.0, 0.5, 9.0, value, 11.0]), "diverged")
    assert [(m.epoch, m.text) for m in found] == [(4, "the loss diverges")]


@pytest.mark.parametrize(("last", "diverges"), [(0.6, False), (0.7, True)])
def test_a_loss_below_that_of_guessing_has_not_diverged(last: float, diverges: bool, tmp_path: Path) -> None:
    """As that of a forest, whose first tree knows all samples by heart; who guesses loses log 2."""
    layers, loss = (dense("output", 1, 1, "sigmoid"),), {"name": "binary_crossentropy"}
    targets = (X[:, 0] > 0).astype(int)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers, loss=loss), X, targets) as writer:
        for epoch, logged in enumerate([0.0001, 0.002, 0.004, last]):
            writer.snapshot(epoch, [np.ones((1, 1)), np.zeros(1)], {"loss": logged})
    assert bool(told(tmp_path / "run.h5", "diverged")) == diverges


@pytest.mark.parametrize(
    "losses",
    [[1.0, NAN, 0.5], [1.0, 100.0, INF, 10.0], [NAN, 1.0, 10.0], [-1.0, -0.5], [0.0, 1.0]],
    ids=["gap", "comes back", "ten times", "below zero", "from zero"],
)
def test_a_loss_that_comes_back_has_not_diverged(losses: list[float], tmp_path: Path) -> None:
    assert told(log(tmp_path / "run.h5", losses), "diverged") == []


def test_a_loss_that_never_was_finite_diverges_at_once(tmp_path: Path) -> None:
    found = told(log(tmp_path / "run.h5", [INF, NAN, NAN]))
    assert [(m.epoch, m.kind) for m in found] == [(1, "diverged")]


@pytest.mark.parametrize(
    ("weights_at", "expected"), [(3, ["weights"]), (4, ["weights"]), (5, ["loss", "weights"])]
)
def test_the_loss_of_weights_that_are_not_finite_is_no_news(
    weights_at: int, expected: list[str], tmp_path: Path
) -> None:
    path = log(tmp_path / "run.h5", [1.0, 0.9, 0.8, NAN, NAN, NAN], diverges_at=weights_at)
    assert [m.text.split()[1] for m in told(path, "diverged")] == expected


def test_nothing_begins_once_the_loss_diverged(tmp_path: Path) -> None:
    """What comes before is told as if the run had ended there; the loss of 90 counts for no range."""
    losses = [1.0, *[0.5] * 10, 0.2, *[90.0] * 10, 89.0, 20.0]
    found = told(log(tmp_path / "run.h5", losses))
    assert [(m.epoch, m.until, m.kind) for m in found] == [
        (2, 11, "plateau"),
        (2, None, "steepest_fall"),
        (13, None, "diverged"),
    ]


def test_samples_that_infinite_weights_put_right_are_no_milestone(tmp_path: Path) -> None:
    assert record(tmp_path / "run.h5", [NONE_RIGHT, (INF, 0.0)]) == [(1, "diverged")]


def test_a_plateau_that_ends_in_divergence_does_not_last_to_the_end(tmp_path: Path) -> None:
    found = plateaus(log(tmp_path / "run.h5", [1.0, 0.7, *[0.5] * 10, NAN, NAN]))
    assert found == [(3, 12, "the loss stays near 0.5")]


# Units


def record_units(
    path: Path,
    snapshots: Sequence[tuple[Sequence[float], Sequence[float]]],
    activation: str = "relu",
    layers: Sequence[LayerDescription] = (),
    **arguments: Any,
) -> list[tuple[float, str]]:
    """Write a layer of units with the kernel and bias of each snapshot, and what follows it.

    Return epochs and texts of its dead and saturated units.
    """
    units = len(snapshots[0][0])
    hidden = dense("hidden", 1, units, activation, **arguments)
    description = RunDescription((hidden, *layers, dense("output", units, 1)))
    with RunWriter(path, description, X, X[:, 0]) as writer:
        for epoch, (kernel, bias) in enumerate(snapshots):
            weights = [np.array([kernel]), np.array(bias), np.ones((units, 1)), np.zeros(1)]
            writer.snapshot(epoch, weights)
    return [(m.epoch, m.text) for m in told(path, "dead_unit", "saturated_unit")]


ALIVE, DEAD = (1.0, 0.0), (0.0, -1.0)


def unit(*moments: tuple[float, float]) -> list[tuple[list[float], list[float]]]:
    """Snapshots of one unit, from its kernel and bias at each."""
    return [([kernel], [bias]) for kernel, bias in moments]


def test_a_unit_is_dead_from_when_no_sample_wakes_it_any_more(tmp_path: Path) -> None:
    snapshots = [([1.0, 1.0], [0.0, 0.0]), ([1.0, 1.0], [0.0, -2.0]), ([1.0, 0.0], [0.0, 0.0])]
    assert record_units(tmp_path / "run.h5", snapshots) == [(1, "unit 2 of “hidden” is dead")]
    assert [m.kind for m in told(tmp_path / "run.h5", "unit")] == ["dead_unit"]


def test_a_unit_that_one_sample_wakes_is_alive(tmp_path: Path) -> None:
    assert record_units(tmp_path / "run.h5", unit((1.0, -1.999))) == []


def test_a_unit_that_revives_was_not_dead(tmp_path: Path) -> None:
    assert record_units(tmp_path / "a.h5", unit(DEAD, DEAD, ALIVE)) == []
    assert record_units(tmp_path / "b.h5", unit(DEAD, ALIVE, DEAD)) == [(2, "unit 1 of “hidden” is dead")]


@pytest.mark.parametrize(
    ("activation", "arguments", "dies"),
    [
        ("relu6", {}, True),
        ("relu", {"negative_slope": 0.0, "max_value": 1.0}, True),
        ("relu", {"threshold": 0.5}, True),
        ("relu", {"threshold": -0.5}, True),
        ("relu", {"threshold": -1.5}, False),
        ("relu", {"negative_slope": 0.1}, False),
        ("leaky_relu", {}, False),
        ("elu", {}, False),
        ("linear", {}, False),
    ],
)
def test_only_units_that_give_nothing_below_zero_can_die(
    activation: str, arguments: dict[str, float], dies: bool, tmp_path: Path
) -> None:
    found = record_units(tmp_path / "run.h5", unit(ALIVE, DEAD), activation, **arguments)
    assert found == ([(1, "unit 1 of “hidden” is dead")] if dies else [])


def test_units_below_their_threshold_are_dead(tmp_path: Path) -> None:
    found = record_units(tmp_path / "run.h5", unit(ALIVE, (0.0, 0.4)), threshold=0.5)
    assert found == [(1, "unit 1 of “hidden” is dead")]


@pytest.mark.parametrize("class_name", ["ReLU", "Activation"])
def test_units_die_in_an_activation_layer_too(class_name: str, tmp_path: Path) -> None:
    acting = LayerDescription("acting", class_name, units=1, activation="relu", shape=(1,))
    found = record_units(tmp_path / "run.h5", unit(ALIVE, DEAD), "linear", [acting])
    assert found == [(1, "unit 1 of “acting” is dead")]


@pytest.mark.parametrize("shape", [(2, 3), None])
def test_feature_maps_have_no_units(shape: tuple[int, ...] | None, tmp_path: Path) -> None:
    """A dense layer of 3 units, never awake, on samples of two rows."""
    mapping = LayerDescription(
        "map", "Dense", units=3, activation="relu", weights=dense("map", 1, 3).weights, shape=shape
    )
    description = RunDescription((mapping, LayerDescription("flat", "Flatten"), dense("output", 6, 1)))
    with RunWriter(tmp_path / "run.h5", description, np.ones((4, 2, 1)), X[:, 0]) as writer:
        weights = [np.zeros((1, 3)), -np.ones(3), np.ones((6, 1)), np.zeros(1)]
        writer.snapshot(0, weights)
    assert told(tmp_path / "run.h5", "unit") == []


@pytest.mark.parametrize(("activation", "bound"), [("sigmoid", 5.0), ("tanh", 3.0)])
def test_units_are_saturated_beyond_their_bound(activation: str, bound: float, tmp_path: Path) -> None:
    sentence = "unit 1 of “hidden” squashes most samples"
    for name, z, expected in (
        ("at", bound, []),
        ("up", bound + 0.01, [(1, sentence)]),
        ("down", -bound - 0.01, [(1, sentence)]),
    ):
        assert record_units(tmp_path / name, unit((1.0, 0.0), (0.0, z)), activation) == expected
    assert [m.kind for m in told(tmp_path / "up", "unit")] == ["saturated_unit"]
    assert record_units(tmp_path / "back", unit((0.0, 9.0), (1.0, 0.0)), activation) == []


def test_most_samples_are_more_than_half(tmp_path: Path) -> None:
    assert record_units(tmp_path / "two.h5", unit((3.0, 0.0)), "sigmoid") == []  # |z| = 6, 3, 3, 6
    assert len(record_units(tmp_path / "three.h5", unit((4.0, -2.0)), "sigmoid")) == 1  # 10, 6, 2, 6


@pytest.mark.parametrize("own_layer", [False, True])
def test_an_output_that_is_sure_of_its_answers_does_not_squash(own_layer: bool, tmp_path: Path) -> None:
    layers = [dense("output", 1, 1, "linear" if own_layer else "sigmoid")]
    if own_layer:
        layers += [
            LayerDescription("sure", "Activation", activation="sigmoid"),
            LayerDescription("flat", "Flatten"),
        ]
    description = RunDescription(tuple(layers), loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, X, Y) as writer:
        for epoch, slope in enumerate([-1.0, 9.0]):
            writer.snapshot(epoch, [np.array([[slope]]), np.zeros(1)])
    assert told(tmp_path / "run.h5", "unit") == []
    assert [m.epoch for m in told(tmp_path / "run.h5", "solved")] == [1]


def test_many_units_are_counted_at_a_quarter_at_half_and_at_the_last(tmp_path: Path) -> None:
    """Of 8 units one dies an epoch, from the second epoch on; the last two stay alive."""
    snapshots = [
        ([1.0] * 8, [-9.0 if unit < min(epoch, 6) else 0.0 for unit in range(8)]) for epoch in range(10)
    ]
    assert record_units(tmp_path / "run.h5", snapshots) == [
        (2, "2 of 8 units of “hidden” stay dead"),
        (4, "4 of 8 units of “hidden” stay dead"),
        (6, "6 of 8 units of “hidden” stay dead"),
    ]


def test_many_units_that_squash_are_counted(tmp_path: Path) -> None:
    snapshots = [([9.0 if unit < epoch else 0.1 for unit in range(5)], [0.0] * 5) for epoch in range(5)]
    assert record_units(tmp_path / "run.h5", snapshots, "tanh") == [
        (2, "2 of 5 units of “hidden” keep squashing most samples"),
        (3, "3 of 5 units of “hidden” keep squashing most samples"),
        (4, "4 of 5 units of “hidden” keep squashing most samples"),
    ]


def test_many_units_at_once_have_one_milestone(tmp_path: Path) -> None:
    def snapshots(n: int) -> list[tuple[list[float], list[float]]]:
        return [([1.0] * 64, [0.0] * 64), ([1.0] * 64, [-9.0] * n + [0.0] * (64 - n))]

    assert record_units(tmp_path / "many.h5", snapshots(17)) == [(1, "17 of 64 units of “hidden” stay dead")]
    assert record_units(tmp_path / "few.h5", snapshots(15)) == []  # less than a quarter is no news


def test_units_that_die_with_the_divergence_are_not_counted(tmp_path: Path) -> None:
    """Three of five are dead before; infinity kills the others."""
    snapshots = [([1.0] * 5, [-9.0] * 3 + [bias] * 2) for bias in (0.0, -INF)]
    assert [text for _, text in record_units(tmp_path / "run.h5", snapshots)] == [
        "3 of 5 units of “hidden” stay dead"
    ]


@pytest.mark.parametrize("bias", [NAN, -INF])
def test_units_of_a_diverged_network_are_not_counted_as_dead(bias: float, tmp_path: Path) -> None:
    assert record_units(tmp_path / "run.h5", unit(ALIVE, (1.0, bias), (1.0, bias))) == []


def test_a_unit_that_died_before_the_divergence_stays_dead(tmp_path: Path) -> None:
    found = record_units(tmp_path / "run.h5", unit(ALIVE, DEAD, (0.0, -INF)))
    assert found == [(1, "unit 1 of “hidden” is dead")]


@pytest.mark.filterwarnings("ignore")
def test_a_network_that_keras_evaluates_tells_of_the_units_that_it_can(tmp_path: Path) -> None:
    import keras
    from keras import layers as kl

    from replay.network.in_keras import describe

    inputs = keras.Input((2, 1))
    left = kl.Dense(2, activation="relu", name="left")(kl.Flatten()(inputs))
    right = kl.GRU(2, name="right")(inputs)  # has tanh, but no single z before it
    rows = kl.Flatten()(kl.ReLU(name="rows")(kl.Dense(3, name="map")(inputs)))
    merged = kl.Concatenate()([left, right, rows])
    model = keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="output")(merged))
    description = describe.describe(model)
    with RunWriter(tmp_path / "run.h5", description, np.ones((4, 2, 1)), Y) as writer:
        for epoch, bias in enumerate([0.0, -9.0]):
            weights = [np.zeros_like(array) for array in describe.weights(model)]
            paths = [path for path, _ in description.weight_paths]
            weights[paths.index("left/kernel")] += 1.0
            weights[paths.index("left/bias")] += [bias, 0.0]
            weights[paths.index("output/bias")] += 9.0
            writer.snapshot(epoch, weights)
    assert not Replay(tmp_path / "run.h5").evaluation.in_numpy
    assert [(m.epoch, m.text) for m in told(tmp_path / "run.h5", "unit")] == [
        (1, "unit 1 of “left” is dead"),
    ]


# Runs of any size


def test_one_snapshot_has_milestones_of_its_state_alone(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", [(9.0, 0.0)])
    assert [m.kind for m in told(tmp_path / "run.h5")] == [
        *("negatives_right", "positives_right", "solved"),
    ]


@pytest.mark.parametrize("values", [1, 500, 10**9])
def test_blocks_of_any_size_give_the_same_milestones(
    values: int, make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Networks of drifting weights, whose milestones are of many kinds between them."""
    kinds = set()
    networks: list[dict[str, Any]] = [
        {"activation": "relu", "seed": 3},
        {"activation": "tanh", "units": (2, 9, 1), "seed": 4},
        {"activation": "tanh", "units": (2, 3, 3), "data": (datasets.moons(30)[0], np.arange(60) % 3)},
    ]
    for facts in networks:
        path = make_run(n_snapshots=40, logs=False, **facts)
        whole = milestones(Replay(path).evaluation)
        kinds |= {milestone.kind for milestone in whole}
        monkeypatch.setattr(evaluation, "BLOCK_VALUES", values)
        assert milestones(Replay(path).evaluation) == whole
        monkeypatch.undo()
    assert kinds >= {"dead_unit", "saturated_unit", "one_class", "plateau", "steepest_fall", "diverged"}


@pytest.mark.slow
def test_memory_does_not_grow_with_the_snapshots(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 snapshots of 2,000 samples are 2 MB as booleans, 8 MB as numbers."""
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 10_000)
    data = np.random.default_rng(0).normal(size=(2000, 2)), np.arange(2000) % 2
    replay = Replay(make_run(activation="relu", n_snapshots=1000, data=data, logs=False))
    tracemalloc.start()
    replay.milestones()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.5e6


# The milestone to tell

SOLVED = Milestone(10, "solved", "every sample is right")
DIVERGED = Milestone(50, "diverged", "the loss diverges")
COLLAPSED = Milestone(30, "collapsed", "“hidden” is dead, so every sample gets the same answer")
RIGHT = Milestone(10, "class_3_right", "every sample of class 3 is right")
SEPARABLE = Milestone(12, "separable", "the classes are linearly separable in “hidden”")
SQUASHES = Milestone(5, "saturated_unit", "unit 1 of “hidden” squashes most samples")
PLATEAU = Milestone(2, "plateau", "the loss stays near 0.5", until=8)
LATER_PLATEAU = Milestone(20, "plateau", "the loss stays near 0.1", until=60)
FELL = Milestone(1, "steepest_fall", "the loss fell fastest, from 1 to 0.5")


def test_of_equal_news_the_one_that_began_last_is_told() -> None:
    run = [FELL, SQUASHES, RIGHT, SEPARABLE]
    told_at = [latest(run, epoch) for epoch in (0, 1, 4.9, 5, 9.9, 10, 12, 99)]
    assert told_at == [None, FELL, FELL, SQUASHES, SQUASHES, RIGHT, SEPARABLE, SEPARABLE]
    assert latest([], 3) is None
    assert latest(run[::-1], 7) == SQUASHES


def test_what_became_of_a_unit_does_not_cover_what_became_of_the_classes() -> None:
    later = Milestone(15, "dead_unit", "unit 2 of “hidden” is dead")
    assert [latest([RIGHT, later], epoch) for epoch in (10, 15)] == [RIGHT, RIGHT]
    assert latest([later], 15) == later


def test_a_plateau_is_told_until_it_ends() -> None:
    assert [latest([FELL, PLATEAU], epoch) for epoch in (8, 8.1)] == [PLATEAU, FELL]
    assert latest([PLATEAU], 9) is None
    assert latest([PLATEAU, SQUASHES], 6) == PLATEAU
    assert latest([RIGHT, LATER_PLATEAU], 30) == LATER_PLATEAU  # one class is not all


def test_solved_and_failures_stay() -> None:
    run = [PLATEAU, SOLVED, LATER_PLATEAU, DIVERGED]
    assert [latest(run, epoch) for epoch in (10, 30, 50, 90)] == [SOLVED, SOLVED, DIVERGED, DIVERGED]
    later = Milestone(35, "class_3_right", "every sample of class 3 is right")
    assert latest([COLLAPSED, later, LATER_PLATEAU], 40) == COLLAPSED
    assert latest([COLLAPSED, DIVERGED], 60) == DIVERGED


def test_weights_that_were_restored_are_told_until_the_training_goes_on() -> None:
    restored = Milestone(60.5, "weights_restored", "the weights of epoch 20 are restored")
    assert latest([SOLVED, DIVERGED, restored], 60.5) == restored
    for_a_while = Milestone(60.5, "weights_restored", "the weights of epoch 20 are restored", until=61)
    assert latest([SOLVED, for_a_while], 62) == SOLVED


def test_the_most_important_is_told_and_of_equals_the_most_telling() -> None:
    kinds = [
        *("weights_changed", "diverged", "collapsed", "one_class", "class_2_never_answered", "overfitting"),
        *("solved", "plateau", "positives_right", "separable", "steepest_fall", "dead_unit"),
        *("saturated_unit", "unit_line_enters", "twin_units"),
    ]
    at_once = [Milestone(3, kind, kind) for kind in kinds]
    for first in range(len(kinds)):
        for order in (1, -1):
            found = latest(at_once[first:][::order], 3)
            assert found is not None and found.kind == kinds[first]
    assert Milestone(3, "classes_never_answered", "").importance == at_once[4].importance


def test_captions_say_since_when_or_when() -> None:
    assert SOLVED.caption == "since epoch 10: every sample is right"
    assert PLATEAU.caption == "since epoch 2: the loss stays near 0.5"
    assert FELL.caption == "epoch 1: the loss fell fastest, from 1 to 0.5"
    assert Milestone(70.688, "solved", "every sample is right").caption.startswith("since epoch 70.69:")


def test_captions_fit_into_a_line(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", [NONE_RIGHT] * 9 + [(9.0, 0.0)] * 8)
    for milestone in told(tmp_path / "run.h5"):
        assert len(milestone.text) <= 60
        assert milestone.text[0].islower() and not milestone.text.endswith(".")


def test_the_leading_milestones_are_those_that_can_be_the_latest() -> None:
    covered = Milestone(SOLVED.epoch, "dead_unit", "a unit")
    uncovered = Milestone(PLATEAU.epoch, "dead_unit", "a unit")  # when the plateau ends
    run = [FELL, uncovered, PLATEAU, RIGHT, SOLVED, covered, LATER_PLATEAU, DIVERGED]
    assert leading(run) == [FELL, uncovered, PLATEAU, SOLVED, DIVERGED]
    for epoch in np.linspace(0, 120, 241):
        assert latest(leading(run), epoch) == latest(run, epoch)


def test_of_more_than_a_hundred_classes_only_all_together_are_told(make_run: Any) -> None:
    inputs = np.eye(101, dtype=np.float32)
    path = make_run(units=(101, 2, 101), data=(inputs, np.arange(101)), n_snapshots=2)
    assert not any(one.kind.startswith("class_") for one in Replay(path).milestones())
