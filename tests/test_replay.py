"""The façade: what a recorded training gives back, against Keras itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, run
from replay.scenario_files import built_in, load


@pytest.mark.slow
@pytest.mark.parametrize("name", built_in())
def test_every_scenario_replays_what_keras_predicts_and_evaluates(name: str, tmp_path: Path) -> None:
    """Every snapshot of every activation, on the weights put back into the model."""
    from replay.experiment import build_model

    scenario = load(name).with_changes(epochs=6)
    for recording in run(scenario, tmp_path):
        replay = Replay(recording.path)
        inputs, targets = recording.inputs, recording.targets
        model = build_model(scenario, recording.description.run, inputs.shape[1:])
        probabilities, losses = replay.probabilities(), replay.losses().mean(axis=1)
        assert len(probabilities) == len(losses) == 7
        accuracy = replay.evaluation.correct().mean(axis=1)
        for position, epoch in enumerate(replay.epochs):
            model.set_weights([array[0] for array in recording.weights_at(epoch)])
            expected = np.asarray(model(inputs)).reshape(probabilities[position].shape)
            np.testing.assert_allclose(probabilities[position], expected, rtol=0, atol=1e-5)
            kept = model.evaluate(inputs, targets, batch_size=len(inputs), verbose=0, return_dict=True)
            assert losses[position] == pytest.approx(kept["loss"], abs=1e-5)
            assert accuracy[position] == pytest.approx(kept["accuracy"], abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", built_in())
def test_every_scenario_is_solved_by_all_its_activations_with_its_seed(name: str, tmp_path: Path) -> None:
    for recording in run(load(name), tmp_path):
        kinds = [milestone.kind for milestone in Replay(recording.path).milestones()]
        assert "solved" in kinds, f"{name} with {recording.description.run}"


def test_arrays_have_the_shapes_that_the_docs_give(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=5))
    assert replay.epochs.shape == (5,)
    assert replay.history["loss"].shape == (4,)
    assert replay.probabilities().shape == replay.losses().shape == (5, 60)
    assert replay.probabilities(inputs=np.zeros((7, 2)), epochs=[0, 3]).shape == (2, 7)
    assert replay.activations("hidden").shape == (5, 60, 2)
    z = replay.activations("hidden", before_activation=True)
    np.testing.assert_allclose(np.tanh(z), replay.activations("hidden"), rtol=1e-6)


def test_the_same_process_can_look_at_a_run_and_record_on(make_run: Any) -> None:
    """Reading holds no file open, so a notebook can train further on what it shows."""
    from replay import RunWriter

    path = make_run(n_snapshots=3)
    replay = Replay(path)
    replay.probabilities()
    writer = RunWriter.reopen(path)
    writer.snapshot(3, [weights[0] + 1 for weights in replay.recording.weights_at(2)])
    writer.finish()
    writer.close()
    assert list(Replay(path).epochs) == [0, 1, 2, 3]
    assert list(replay.epochs) == [0, 1, 2]
    assert replay.probabilities().shape == (3, 60)


def test_a_run_that_was_replaced_is_not_mixed_with_its_successor(make_run: Any) -> None:
    from replay import ReplayError

    replay = Replay(make_run(n_snapshots=3, seed=0))
    make_run(n_snapshots=6, seed=1)
    with pytest.raises(ReplayError, match="replaced"):
        replay.probabilities()


def test_it_says_what_it_is(make_run: Any) -> None:
    assert "demo · tanh, 4 snapshots" in repr(Replay(make_run(n_snapshots=4, scenario="demo", run="tanh")))


def test_one_epoch_may_be_given_as_a_number(make_run: Any) -> None:
    replay = Replay(make_run())
    np.testing.assert_array_equal(replay.probabilities(epochs=3), replay.probabilities()[3:4])


def test_inputs_of_another_shape_are_refused(make_run: Any) -> None:
    from replay import ReplayError

    for inputs in (np.zeros((4, 3)), np.zeros(2)):
        with pytest.raises(ReplayError, match=r"shape \(n, 2\)"):
            Replay(make_run()).probabilities(inputs)


def test_a_run_stays_found_when_the_process_changes_its_folder(
    make_run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("run.h5")
    monkeypatch.chdir(tmp_path)
    replay = Replay("run.h5")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert replay.probabilities().shape == (5, 60)
