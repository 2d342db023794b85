"""A recorded run in the words of the project: moments between snapshots, positions, history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import Recording, RunDescription, RunWriter, dense
from replay.errors import RunFileError, ViewError
from replay.runs import recording

Array = np.ndarray


def stored(path: Path) -> list[Array]:
    """Every weight at all snapshots, in double precision, read with h5py alone."""
    names = ["hidden/kernel", "hidden/bias", "output/kernel", "output/bias"]
    with h5py.File(path, "r") as file:
        return [file[f"weights/{name}"][:].astype(np.float64) for name in names]


def write(path: Path, epochs: Any, weights: Any) -> Path:
    """A run of one weight of one dense layer, with the given values."""
    description = RunDescription(layers=(dense("output", 1, 1),))
    with RunWriter(path, description, np.zeros((2, 1)), np.array([0, 1])) as writer:
        for epoch, value in zip(epochs, weights, strict=True):
            writer.snapshot(epoch, [np.full((1, 1), value), np.zeros(1)])
    return path


# Weights


@pytest.mark.parametrize("position", range(5))
def test_weights_at_a_snapshot_are_those_that_were_recorded(make_run: Any, position: int) -> None:
    path = make_run(epochs=np.array([0, 1, 2.5, 4, 10]))
    epoch = [0, 1, 2.5, 4, 10][position]
    for weights, recorded in zip(Recording(path).weights_at(epoch), stored(path), strict=True):
        assert weights.shape == (1, *recorded.shape[1:])
        np.testing.assert_array_equal(weights[0], recorded[position])


@pytest.mark.parametrize(
    ("epoch", "before", "share"), [(0.25, 0, 0.25), (1.5, 1, 1 / 3), (2.6, 2, 1 / 15), (9.999, 3, 0.99983333)]
)
def test_between_two_snapshots_weights_are_interpolated_linearly(
    make_run: Any, epoch: float, before: int, share: float
) -> None:
    path = make_run(epochs=np.array([0, 1, 2.5, 4, 10]))
    for weights, recorded in zip(Recording(path).weights_at(epoch), stored(path), strict=True):
        expected = (1 - share) * recorded[before] + share * recorded[before + 1]
        np.testing.assert_allclose(weights[0], expected, rtol=1e-5, atol=1e-6)
        assert weights.dtype == np.float32


@pytest.mark.parametrize("epoch", [-1, -0.001, 4.001, 100, np.nan])
def test_there_are_no_weights_outside_the_recorded_epochs(make_run: Any, epoch: float) -> None:
    with pytest.raises(ViewError, match=r"run\.h5 has no epoch.* 5 from epoch 0 to 4"):
        Recording(make_run()).weights_at(epoch)


def test_a_run_that_begins_later_has_no_earlier_epochs(make_run: Any) -> None:
    recording = Recording(make_run(epochs=np.array([3, 4, 5])))
    with pytest.raises(ViewError, match="from epoch 3 to 5"):
        recording.weights_at(2)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("positions", [[0, 1, 2, 3, 4], [1, 2, 4], [3], [4, 0, 1], []])
def test_blocks_hold_the_snapshots_asked_for_in_their_order(
    make_run: Any, positions: list[int], size: int
) -> None:
    path = make_run()
    blocks = list(Recording(path).blocks(positions, size))
    places = [place for start, stop, _ in blocks for place in range(start, stop)]
    assert places == list(range(len(positions)))
    assert all(stop - start <= size for start, stop, _ in blocks)
    for start, stop, weights in blocks:
        for read, recorded in zip(weights, stored(path), strict=True):
            np.testing.assert_array_equal(read, recorded[positions[start:stop]])


@pytest.mark.parametrize("window", [0, 1, 9, 20, 10**9], ids=lambda n: f"{n} values")
def test_weights_are_the_same_however_many_are_read_at_once(
    make_run: Any, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At any moment in any order: forth, back, again, and between snapshots at the edge of what was read."""
    monkeypatch.setattr(recording, "WINDOW_VALUES", window)  # a snapshot has 9
    path = make_run(n_snapshots=7)
    shared, recorded = Recording(path), stored(path)
    rng = np.random.default_rng(5)
    jumps = [*rng.uniform(0, 6, 40), *rng.integers(0, 7, 40)]
    for epoch in [*range(7), 6, 5.5, 5, 4.5, 4.5, 0, 0.5, 6, *rng.permutation(jumps)]:
        before, share = min(int(epoch), 5), epoch - min(int(epoch), 5)
        for weights, all_of_it in zip(shared.weights_at(epoch), recorded, strict=True):
            expected = (1 - share) * all_of_it[before] + share * all_of_it[before + 1]
            np.testing.assert_allclose(weights[0], expected, rtol=1e-5, atol=1e-6)
            if epoch == int(epoch):
                np.testing.assert_array_equal(weights[0], all_of_it[int(epoch)])


def test_neighbours_are_read_along_and_not_beyond_the_window(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "WINDOW_VALUES", 3 * 9)
    shared = Recording(make_run(n_snapshots=8))
    reads: list[tuple[int, int]] = []
    read = shared._file.weights
    monkeypatch.setattr(shared._file, "weights", lambda *span: reads.append(span) or read(*span))
    for epoch in range(8):
        shared.weights_at(epoch)
    assert reads == [(0, 3), (3, 6), (6, 8)]


def test_what_was_read_is_not_what_a_user_can_change(make_run: Any) -> None:
    shared = Recording(make_run())
    kept = [weights.copy() for weights in shared.weights_at(2)]
    for epoch in (2, 2.5):
        for weights in shared.weights_at(epoch):
            weights += 1
    for weights, before in zip(shared.weights_at(2), kept, strict=True):
        np.testing.assert_array_equal(weights, before)


def test_a_file_that_grows_shows_what_was_there_when_it_was_opened_and_later_all(tmp_path: Path) -> None:
    """Read while the writer still has it open."""
    path = tmp_path / "run.h5"
    description = RunDescription(layers=(dense("output", 1, 1),))
    with RunWriter(path, description, np.zeros((2, 1)), np.array([0, 1])) as writer:

        def record(*epochs: int) -> None:
            for epoch in epochs:
                writer.snapshot(epoch, [np.full((1, 1), 10.0 * epoch), np.zeros(1)], {"loss": epoch})

        def kernel(shared: Recording, epoch: float) -> float:
            return float(shared.weights_at(epoch)[0].item())

        record(0, 1, 2)
        early = Recording(path)
        assert (kernel(early, 2), early.complete) == (20, False)
        record(3, 4)
        assert [kernel(early, epoch) for epoch in (0, 0.5, 1.5, 2)] == [0, 5, 15, 20]
        with pytest.raises(ViewError, match="3 from epoch 0 to 2"):
            early.weights_at(3)
        late = Recording(path)
        assert list(late.epochs) == [0, 1, 2, 3, 4]
        assert [kernel(late, epoch) for epoch in (4, 3.5, 2.5, 0)] == [40, 35, 25, 0]
        np.testing.assert_array_equal(late.history["loss"], [0, 1, 2, 3, 4])
        record(5)
        assert kernel(late, 4) == 40
    assert [kernel(Recording(path), epoch) for epoch in (5, 4.5)] == [50, 45]
    assert Recording(path).complete
    assert list(early.epochs) == [0, 1, 2]


# Positions


def test_positions_of_all_snapshots_are_all_positions(make_run: Any) -> None:
    assert Recording(make_run()).positions(None) == [0, 1, 2, 3, 4]


def test_positions_are_found_by_epoch_in_the_order_asked_for(make_run: Any) -> None:
    recording = Recording(make_run(epochs=np.array([0, 0.5, 2, 7, 7.25])))
    assert recording.positions([7, 0, 0.5, 7.25, 7]) == [3, 0, 1, 4, 3]
    assert recording.positions([0.1 + 0.4, 2]) == [1, 2]
    assert recording.positions([]) == []


@pytest.mark.parametrize("epoch", [-1, 0.4, 3, 7.2, 8, np.nan, np.inf])
def test_an_epoch_without_a_snapshot_has_no_position(make_run: Any, epoch: float) -> None:
    recording = Recording(make_run(epochs=np.array([0, 0.5, 2, 7, 7.25])))
    with pytest.raises(ViewError, match=r"run\.h5 has no snapshot of epoch .*5 from epoch 0 to 7\.25"):
        recording.positions([0, epoch])


def test_rounding_does_not_hide_a_snapshot_nor_show_its_neighbour(tmp_path: Path) -> None:
    epochs = 1000 + np.arange(6) / 125  # every batch of 125, after many epochs
    recording = Recording(write(tmp_path / "run.h5", epochs, range(6)))
    for position, epoch in enumerate(epochs):
        for near in (epoch, epoch - 1e-9, epoch + 1e-9):
            assert recording.positions([near]) == [position]


def test_late_epochs_between_two_snapshots_have_no_position(tmp_path: Path) -> None:
    recording = Recording(write(tmp_path / "run.h5", [0, 200_000, 200_002], range(3)))
    with pytest.raises(ViewError, match="no snapshot of epoch"):
        recording.positions([200_001])


# What else is known of a run


def test_history_is_what_was_logged(make_run: Any) -> None:
    recording = Recording(make_run())
    np.testing.assert_array_equal(recording.history_epochs, [1, 2, 3, 4])
    np.testing.assert_array_equal(recording.history["loss"], [1 / 2, 1 / 3, 1 / 4, 1 / 5])
    np.testing.assert_array_equal(recording.history["accuracy"], [0.2, 0.4, 0.6, 0.8])


def test_a_run_that_logged_nothing_has_an_empty_history(make_run: Any) -> None:
    recording = Recording(make_run(logs=False))
    assert recording.history == {}
    assert len(recording.history_epochs) == 0


def test_samples_are_those_that_were_written(make_run: Any) -> None:
    inputs, targets = np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0])
    recording = Recording(make_run(data=(inputs, targets)))
    np.testing.assert_array_equal(recording.inputs, inputs)
    np.testing.assert_array_equal(recording.targets, targets)
    assert recording.validation_data is None
    np.testing.assert_array_equal(recording.task.class_labels, targets)


@pytest.mark.parametrize("complete", [True, False])
def test_a_run_says_whether_it_came_to_its_end(make_run: Any, complete: bool) -> None:
    assert Recording(make_run(complete=complete)).complete is complete


def test_a_run_is_called_by_its_scenario_and_its_name_or_else_by_its_file(make_run: Any) -> None:
    assert Recording(make_run(scenario="parabola", run="tanh")).title == "parabola · tanh"
    assert Recording(make_run(run="tanh")).title == "tanh"
    assert Recording(make_run("my run.h5")).title == "my run"


def test_a_layer_is_found_by_its_name(make_run: Any) -> None:
    layer = Recording(make_run(units=(2, 7, 1), activation="relu")).layer("hidden")
    assert (layer.name, layer.units, layer.activation) == ("hidden", 7, "relu")


def test_an_unknown_layer_is_refused_with_the_nearest_names(make_run: Any) -> None:
    with pytest.raises(ViewError, match="unknown layer 'hiden': did you mean hidden"):
        Recording(make_run()).layer("hiden")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"nowhere\.h5 does not exist"):
        Recording(tmp_path / "nowhere.h5")


# Divergence


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("position", [0, 3, 63, 64, 129])
def test_the_epoch_of_divergence_is_that_of_the_first_snapshot_that_is_not_finite(
    tmp_path: Path, position: int, bad: float
) -> None:
    values = np.arange(130.0)
    values[position] = bad
    values[position + 1 :] = np.nan
    recording = Recording(write(tmp_path / "run.h5", np.arange(130) / 2, values))
    assert recording.diverged_at == position / 2


def test_finite_weights_have_no_epoch_of_divergence(tmp_path: Path) -> None:
    assert Recording(write(tmp_path / "run.h5", range(130), np.full(130, 3e38))).diverged_at is None


def test_a_loss_that_is_nan_alone_is_no_divergence_of_the_weights(tmp_path: Path) -> None:
    description = RunDescription(layers=(dense("output", 1, 1),))
    with RunWriter(tmp_path / "run.h5", description, np.zeros((2, 1)), np.array([0, 1])) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [np.ones((1, 1)), np.zeros(1)], {"loss": np.nan})
    assert Recording(tmp_path / "run.h5").diverged_at is None
