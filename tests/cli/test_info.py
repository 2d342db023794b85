"""What is in a run file: plain data for programs, a few lines for readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.cli.info import as_text, info, summary
from replay.cli.watch import progress

KEYS = {
    *("format_version", "scenario", "run", "seed", "complete", "n_snapshots", "epochs", "layers", "history"),
    *("n_samples", "n_samples_given", "n_inputs", "n_classes", "milestones", "packages"),
}


def facts_of(path: Path) -> dict[str, Any]:
    """The summary, through JSON without NaN and back."""
    return json.loads(json.dumps(summary(Replay(path)), allow_nan=False))


def solved_run(path: Path) -> Path:
    """A network that says x > 0: from epoch 2 on rightly, before that the other way round."""
    inputs = np.array([[-2.0], [-1.0], [1.0], [2.0]])
    description = RunDescription(
        layers=(dense("output", 1, 1, "sigmoid"),), loss={"name": "binary_crossentropy"}
    )
    with RunWriter(path, description, inputs, np.array([0, 0, 1, 1])) as writer:
        for epoch, slope in enumerate([-1.0, -0.5, 0.5, 1.0]):
            writer.snapshot(
                epoch, [np.array([[slope]]), np.zeros(1)], {"loss": 1.0 - slope} if epoch else None
            )
    return path


def test_everything_that_is_known_of_a_run_is_there(make_run: Any) -> None:
    facts = facts_of(
        make_run(
            units=(2, 3, 1),
            activation="relu",
            scenario="parabola",
            run="tanh",
            seed=4,
            batch_size=16,
            optimizer={"class": "SGD", "learning_rate": 0.05},
            packages={"keras": "3.8.0", "numpy": "2.0.0"},
        )
    )
    assert facts.keys() >= KEYS
    assert facts["format_version"] == "1.4"
    assert (facts["scenario"], facts["run"], facts["batch_size"]) == ("parabola", "tanh", 16)
    assert (facts["complete"], facts["n_snapshots"], facts["epochs"]) == (True, 5, [0, 1, 2, 3, 4])
    assert facts["layers"] == [
        {
            "name": "hidden",
            "class": "Dense",
            "units": 3,
            "activation": "relu",
            "activation_arguments": {},
            "recorded": True,
        },
        {
            "name": "output",
            "class": "Dense",
            "units": 1,
            "activation": "sigmoid",
            "activation_arguments": {},
            "recorded": True,
        },
    ]
    assert facts["history"] == {"loss": [1 / 2, 1 / 3, 1 / 4, 1 / 5], "accuracy": [0.2, 0.4, 0.6, 0.8]}
    assert (facts["n_samples"], facts["n_inputs"], facts["n_classes"]) == (60, 2, 2)
    assert facts["packages"] == {"keras": "3.8.0", "numpy": "2.0.0"}


@pytest.mark.parametrize(("alpha", "told"), [(1.0, "1 unit, elu\n"), (0.2, "1 unit, elu (alpha 0.2)\n")])
def test_an_activation_is_told_with_its_unusual_parameters(tmp_path: Path, alpha: float, told: str) -> None:
    description = RunDescription(layers=(dense("output", 1, 1, "elu", alpha=alpha),))
    with RunWriter(tmp_path / "run.h5", description, np.zeros((2, 1)), np.zeros(2)) as writer:
        writer.snapshot(0, [np.zeros((1, 1)), np.zeros(1)])
    facts = facts_of(tmp_path / "run.h5")
    assert facts["layers"][0]["activation_arguments"] == {"alpha": alpha}
    assert told in as_text(facts)


def test_the_seed_is_there(tmp_path: Path) -> None:
    description = RunDescription(layers=(dense("output", 1, 1),), seed=0)
    with RunWriter(tmp_path / "run.h5", description, np.zeros((2, 1)), np.zeros(2)) as writer:
        writer.snapshot(0, [np.zeros((1, 1)), np.zeros(1)])
    assert facts_of(tmp_path / "run.h5")["seed"] == 0


def test_what_is_not_known_is_none(make_run: Any) -> None:
    facts = facts_of(make_run())
    assert facts["seed"] is None
    assert facts["batch_size"] is None
    assert facts["optimizer"] is None


def test_milestones_come_with_their_epoch_kind_and_text(tmp_path: Path) -> None:
    milestones = facts_of(solved_run(tmp_path / "run.h5"))["milestones"]
    assert all(milestone.keys() == {"epoch", "kind", "text", "until"} for milestone in milestones)
    assert [(milestone["epoch"], milestone["kind"]) for milestone in milestones] == [
        (2.0, "negatives_right"),
        (2.0, "positives_right"),
        (2.0, "solved"),
        (2.0, "steepest_fall"),
    ]
    assert milestones[2]["text"] == "every sample is right"
    assert {milestone["until"] for milestone in milestones} == {None}


def eventful_run(path: Path, losses: list[float]) -> Path:
    """Ten epochs with this loss, a unit that is dead from epoch 4 on, and one that is always saturated."""
    layers = (dense("first", 1, 1, "relu"), dense("second", 1, 1, "tanh"), dense("output", 1, 1, "sigmoid"))
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    with RunWriter(path, description, np.array([[1.0], [2.0]]), np.array([0, 1])) as writer:
        for epoch in range(10):
            first, second, output = (-1.0 if epoch >= 4 else 1.0), 0.0, 0.0
            biases = (0.0, 5.0, 0.0)
            weights = [
                np.full(shape, value)
                for slope, bias in zip((first, second, output), biases, strict=True)
                for shape, value in (((1, 1), slope), ((1,), bias))
            ]
            writer.snapshot(epoch, weights, {"loss": losses[epoch]})
    return path


def test_milestones_of_every_kind_are_finite_numbers_and_words(tmp_path: Path) -> None:
    losses = [9.0, 5.0, 5.0, 5.0, 5.0, 5.0, 1.0, 0.5, np.inf, np.nan]
    facts = facts_of(eventful_run(tmp_path / "run.h5", losses))
    found = {milestone["kind"]: milestone for milestone in facts["milestones"]}
    assert {kind: (found[kind]["epoch"], found[kind]["until"]) for kind in found} == {
        "one_class": (0.0, None),  # a probability of one half counts as class 0
        "saturated_unit": (0.0, None),
        "steepest_fall": (1.0, None),
        "plateau": (1.0, 5.0),
        "dead_unit": (4.0, None),
        "collapsed": (4.0, None),
        "diverged": (8.0, None),
    }
    text = as_text(facts)
    for line in (
        "epoch 0: unit 1 of “second” squashes most samples",
        "epoch 1 to 5: the loss stays near 5",
        "epoch 4: unit 1 of “first” is dead",
        "epoch 8: the loss diverges",
    ):
        assert line in text


def test_one_of_something_is_no_plural(tmp_path: Path) -> None:
    text = as_text(facts_of(solved_run(tmp_path / "run.h5")))
    assert "4 with 1 input, 2 classes" in text
    assert "output: Dense 1 unit, sigmoid" in text


def test_values_that_are_not_finite_are_none(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    description = RunDescription(
        layers=(dense("output", 1, 1, "sigmoid"),), loss={"name": "binary_crossentropy"}
    )
    with RunWriter(path, description, np.array([[-1.0], [1.0]]), np.array([0, 1])) as writer:
        writer.snapshot(0, [np.ones((1, 1)), np.zeros(1)])
        writer.snapshot(1, [np.full((1, 1), np.nan), np.zeros(1)], {"loss": np.inf})
        writer.snapshot(2, [np.full((1, 1), np.nan), np.zeros(1)], {"loss": np.nan, "accuracy": 0.5})
    facts = facts_of(path)
    assert facts["history"] == {"loss": [None, None], "accuracy": [None, 0.5]}
    assert [(milestone["epoch"], milestone["kind"]) for milestone in facts["milestones"]] == [
        (1.0, "diverged")
    ]
    assert "loss never finite" in as_text(facts)


def test_a_run_of_several_classes_says_how_many(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(9, 2, 3))
    facts = facts_of(make_run(units=(2, 4, 3), data=(inputs[:, :, 0], np.arange(9) % 3)))
    assert (facts["n_classes"], facts["n_samples"], facts["n_inputs"]) == (3, 9, 2)
    assert "3 classes" in as_text(facts)


def test_a_regression_has_no_classes(make_run: Any) -> None:
    data = (np.random.default_rng(0).normal(size=(9, 2)), np.linspace(-2, 2, 9))
    facts = facts_of(make_run(data=data, output_activation="linear", loss="mean_squared_error"))
    assert facts["n_classes"] == 0
    assert [milestone["kind"] for milestone in facts["milestones"]] == [  # none of classes
        *("unit_line_enters", "unit_line_enters", "steepest_fall"),
    ]
    assert "regression" in as_text(facts)


def test_inputs_of_several_axes_are_counted_by_value(tmp_path: Path) -> None:
    description = RunDescription(layers=(dense("output", 6, 1, "sigmoid"),), chain=False)
    with RunWriter(tmp_path / "run.h5", description, np.zeros((4, 2, 3)), np.array([0, 1, 0, 1])) as writer:
        writer.snapshot(0, [np.zeros((6, 1)), np.zeros(1)])
    assert facts_of(tmp_path / "run.h5")["n_inputs"] == 6


def test_milestones_of_a_network_that_only_keras_evaluates_are_left_out(make_run: Any) -> None:
    facts = facts_of(make_run(chain=False))
    assert facts["milestones"] is None
    assert not any(line.startswith("milestones") for line in as_text(facts).splitlines())


def test_a_run_that_was_cut_short_says_so(make_run: Any) -> None:
    cut, whole = (facts_of(make_run(complete=complete, run="tanh")) for complete in (False, True))
    assert (cut["complete"], whole["complete"]) == (False, True)
    assert "incomplete" in as_text(cut)
    assert "incomplete" not in as_text(whole)


def test_the_text_tells_readers_the_same(tmp_path: Path, make_run: Any) -> None:
    path = make_run(
        units=(2, 3, 1), scenario="parabola", run="tanh", batch_size=8, optimizer={"class": "SGD"},
        packages={"keras": "3.8.0"}, epochs=np.array([0, 0.5, 1]), n_snapshots=4,
    )  # fmt: skip
    lines = as_text(facts_of(path)).splitlines()
    text = "\n".join(lines)
    for part in (
        "parabola · tanh",
        "3, epoch 0 to 1",
        "60 with 2 inputs, 2 classes",
        "SGD, binary_crossentropy, batch 8",
        "hidden: Dense 3 units, tanh",
        "loss 0.5 → 0.3333",
        "keras 3.8.0",
    ):
        assert part in text
    solved = as_text(facts_of(solved_run(tmp_path / "solved.h5")))
    assert "epoch 2: every sample is right" in solved


@pytest.mark.parametrize("epochs", [np.array([0]), np.array([7, 7.5])])
def test_a_run_of_few_snapshots_is_told_too(make_run: Any, epochs: Any) -> None:
    facts = facts_of(make_run(epochs=epochs, logs=False))
    assert facts["epochs"] == epochs.tolist()
    assert facts["history"] == {}
    assert as_text(facts)


# Several runs


def test_a_folder_is_told_run_by_run(
    make_run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run("tanh.h5")
    make_run("relu_0.1.h5", complete=False, n_snapshots=3)
    info(tmp_path)
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == f"{tmp_path} has 2 runs; --group NAME shows one"
    assert lines == [
        "  relu_0.1  3 snapshots, epoch 0 to 2  (incomplete)",
        "  tanh      5 snapshots, epoch 0 to 4",
    ]
    info(tmp_path, as_json=True)
    facts = json.loads(capsys.readouterr().out)
    assert [one["group"] for one in facts["groups"]] == ["relu_0.1", "tanh"]
    assert facts["groups"][0]["epochs"] == [0, 1, 2] and not facts["groups"][0]["complete"]


def test_a_group_is_told_like_a_run(
    make_run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_run("tanh.h5", run="tanh")
    make_run("relu.h5", run="relu")
    info(tmp_path, group="tanh")
    of_group = capsys.readouterr().out
    info(path)
    assert of_group == capsys.readouterr().out
    assert of_group.startswith("run         tanh")


def test_a_file_that_cannot_be_read_does_not_hide_the_others(
    make_run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_run("good.h5")
    (tmp_path / "junk.h5").write_text("junk")
    info(tmp_path)
    head, good, junk = capsys.readouterr().out.splitlines()
    assert head.endswith("has 1 run; --group NAME shows one")
    assert good == "  good  5 snapshots, epoch 0 to 4"
    assert junk.endswith("junk.h5 is not an HDF5 file, so it is not a run file")
    info(tmp_path, as_json=True)
    groups = json.loads(capsys.readouterr().out)["groups"]
    assert [sorted(one)[:2] for one in groups] == [["complete", "epochs"], ["error", "group"]]


def test_held_out_samples_are_counted(make_run: Any) -> None:
    alone, both = (
        facts_of(make_run(f"{number}.h5", held_out=held_out))
        for number, held_out in enumerate((None, (np.zeros((7, 2), np.float32), np.zeros(7))))
    )
    assert (alone["n_held_out"], both["n_held_out"]) == (0, 7)
    assert "held out" not in as_text(alone)
    assert "7 samples" in next(line for line in as_text(both).splitlines() if "held out" in line)


@pytest.mark.parametrize(("of", "told"), [(2, "loss 2 → 0.5, 0.75 at epoch 2"), (None, "loss 2 → 0.5")])
def test_what_was_logged_of_restored_weights_is_told(tmp_path: Path, of: float | None, told: str) -> None:
    path, weights = solved_run(tmp_path / "run.h5"), [np.ones((1, 1)), np.zeros(1)]
    description = RunDescription((dense("output", 1, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "held.h5", description, *Replay(path).recording.samples) as writer:
        for epoch, loss in enumerate([None, 2.0, 0.75, 0.5]):
            writer.snapshot(epoch, weights, None if loss is None else {"loss": loss})
        writer.hold(3.5, weights, of)
    lines = as_text(summary(Replay(tmp_path / "held.h5"))).splitlines()
    assert f"history     {told}" in lines
    watched = progress(Replay(tmp_path / "held.h5").recording)
    assert watched == ("epoch 3.5  loss 0.75" if of else "epoch 3.5")
