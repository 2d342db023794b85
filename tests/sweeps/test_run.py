"""Sweeps: each run is what `run` would train, nothing finished is lost, and nothing is mixed."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Recording, Replay, Scenario, datasets, run
from replay.drawing.style import LIGHT
from replay.errors import ClusterError, RunFileError, ScenarioError, ViewError
from replay.scenario.hyperparameters import parse_axes, parse_axis
from replay.sweeps import workers
from replay.sweeps.figures import FIGURES, sweep_figure, sweep_figures
from replay.sweeps.folder import SweepStore
from replay.sweeps.result import SweepRun
from replay.sweeps.run import sweep
from replay.sweeps.table import SweepTable
from replay.sweeps.workers import Chunk, chunked
from replay.training.experiment import build_model

pytestmark = pytest.mark.usefixtures("without_xla")


def data() -> Any:
    return datasets.moons(30)


def scenario(**changes: Any) -> Scenario:
    small: dict[str, Any] = {
        "name": "small",
        "data": data,
        "activations": ("tanh",),
        "hidden_units": (4, 2),
        "optimizer": "adam",
        "learning_rate": 0.05,
        "epochs": 4,
        "batch_size": 8,
    }
    return Scenario(**{**small, **changes})


# What XLA compiles soonest, in processes that cannot go without it: they must agree to the last bit. Six
# whole batches: for a shorter one, the step would be compiled once more.
QUICKLY: dict[str, Any] = {"hidden_units": (2,), "optimizer": "sgd", "batch_size": 10}


def outcomes(table: SweepTable) -> list[tuple[Any, ...]]:
    """Everything but how long it took."""
    return [
        (
            *(value for name, value in row.items() if name != "seconds"),
            run.losses.tolist(),
            [weights.tolist() for weights in run.weights],
        )
        for row, run in zip(table.rows(), table.runs, strict=True)
    ]


# Results


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adam", "momentum", "adagrad", "rmsprop"])
def test_each_run_is_the_one_that_run_trains(tmp_path: Path, optimizer: str) -> None:
    chosen = scenario(optimizer=optimizer)
    table = sweep(chosen, 3, tmp_path / "sweep", keep=False)
    for seed, swept in enumerate(table.runs):
        recording = run(chosen.with_changes(seed=seed), tmp_path / f"run-{seed}")[0]
        for own, recorded in zip(swept.weights, recording.weights_at(4), strict=True):
            np.testing.assert_array_equal(own, recorded[0])
        np.testing.assert_array_equal(swept.losses, recording.history["loss"].astype(np.float32))


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_run_files_are_those_that_run_writes(tmp_path: Path) -> None:
    chosen = scenario(validation_data=data)
    sweep(chosen, [5], tmp_path / "sweep")
    kept = Recording(tmp_path / "sweep" / "runs" / "tanh-5.h5")
    other = run(chosen.with_changes(seed=5), tmp_path / "run")[0]
    assert kept.complete
    assert (kept.description.run, kept.description.seed) == ("tanh-5", 5)
    for epoch in range(5):
        for a, b in zip(kept.weights_at(epoch), other.weights_at(epoch), strict=True):
            np.testing.assert_array_equal(a, b)
    assert kept.history.keys() == other.history.keys()


@pytest.mark.slow
def test_run_files_are_recorded_as_the_scenario_says(tmp_path: Path) -> None:
    chosen = scenario(epochs=2, recording={"every_n_batches": 2, "samples": 10, "dtype": "float16"})
    sweep(chosen, [5], tmp_path / "sweep")
    kept = Recording(tmp_path / "sweep" / "runs" / "tanh-5.h5")
    other = run(chosen.with_changes(seed=5), tmp_path / "run")[0]
    np.testing.assert_array_equal(kept.epochs, other.epochs)
    assert (kept.epochs % 1 > 0).any()
    for epoch in other.epochs:
        for a, b in zip(kept.weights_at(epoch), other.weights_at(epoch), strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(kept.inputs, other.inputs)
    assert len(kept.inputs) == 10


@pytest.mark.slow
def test_solved_at_is_the_milestone(tmp_path: Path) -> None:
    chosen = scenario(epochs=25, data=lambda: datasets.xor(20), hidden_units=(6,))
    table = sweep(chosen, 4, tmp_path)
    told = [
        [event.epoch for event in Replay(path).milestones() if event.kind == "solved"]
        for path in sorted((tmp_path / "runs").glob("*.h5"))
    ]
    found = [epochs[0] if epochs else None for epochs in told]
    assert [swept.solved_at for swept in table.runs] == found
    assert any(found)
    assert [swept.solved for swept in table.runs] == [at is not None for at in found]
    assert [swept.accuracy == 1 for swept in table.runs] == [at is not None for at in found]


@pytest.mark.slow
def test_the_table_has_a_row_for_each_run_with_its_axes(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    axes = {"batch_size": (8, 30), "hidden_units": (3, (4, 2))}
    table = sweep(scenario(epochs=1), [2, 0], tmp_path, axes=axes, keep=False)
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["name"], row["seed"]) for row in rows] == [
        (f"batch{batch}-units{units}", seed)
        for batch in (8, 30)
        for units in ("3", "4x2")
        for seed in ("0", "2")
    ]
    assert {(row["activation"], row["error"]) for row in rows} == {("tanh", "")}
    assert table.columns == list(rows[0]) == parquet.read_table(tmp_path / "table.parquet").column_names
    assert not list(tmp_path.glob("runs/*"))
    assert outcomes(SweepTable.open(tmp_path)) == outcomes(table)


@pytest.mark.slow
def test_a_regression_is_solved_where_it_fits(tmp_path: Path) -> None:
    numbers = {"loss": "mse", "output_activation": "linear", "metrics": ()}
    inputs, targets = data()[0], data()[0][:, :1]
    chosen = scenario(data=lambda: (inputs, targets), **numbers, epochs=60)
    swept = sweep(chosen, 1, tmp_path, keep=True).runs[0]
    answers = Replay(tmp_path / "runs" / "tanh-0.h5").activations("output")
    r2 = [float(keras.metrics.R2Score()(targets, each)) for each in answers]
    assert (swept.accuracy, swept.error) == (None, "")
    assert swept.r2 == pytest.approx(r2[-1], abs=1e-5)
    below = [epoch for epoch, each in enumerate(r2) if each < 0.9]
    assert swept.solved and swept.solved_at == below[-1] + 1
    assert sweep_figures(SweepTable.open(tmp_path)) == ["solved", "epochs", "losses"]


@pytest.mark.slow
def test_a_regression_of_constant_targets_is_neither_solved_nor_not(tmp_path: Path) -> None:
    chosen = scenario(data=lambda: (data()[0], np.full((60, 1), 0.3)), loss="mse", metrics=())
    table = sweep(chosen, 1, tmp_path, keep=False)
    swept = table.runs[0]
    assert (swept.solved, swept.solved_at, swept.r2, swept.error) == (None, None, None, "")
    assert swept.loss is not None and sweep_figures(table) == ["losses"]


@pytest.mark.slow
@pytest.mark.parametrize("keep", [True, False])
@pytest.mark.parametrize("changes", [{}, {"dropout": 0.5}, {"loss": "mse"}], ids=["plain", "dropout", "mse"])
def test_the_held_out_loss_is_what_keras_evaluates_with_the_final_weights(
    tmp_path: Path, keep: bool, changes: dict[str, Any]
) -> None:
    inputs, targets = datasets.moons(17, seed=5)
    chosen = scenario(validation_data=lambda: (inputs, targets), **changes)
    swept = sweep(chosen, [3], tmp_path, keep=keep).runs[0]
    model = build_model(chosen, "tanh", inputs.shape[1:])
    model.set_weights(swept.weights)
    expected = model.evaluate(inputs, targets, verbose=0, return_dict=True)["loss"]
    assert swept.held_out_loss == pytest.approx(expected, rel=1e-5)
    assert SweepTable.open(tmp_path).runs[0].held_out_loss == swept.held_out_loss
    if keep:
        logged = Recording(tmp_path / "runs" / "tanh-3.h5").history["val_loss"]
        assert swept.held_out_loss == pytest.approx(logged[-1], rel=1e-5)


@pytest.mark.slow
def test_the_held_out_loss_is_that_of_the_weights_that_patience_restores(tmp_path: Path) -> None:
    chosen = scenario(validation_data=data, patience=1, learning_rate=2.0, epochs=20)
    swept = sweep(chosen, 1, tmp_path).runs[0]
    logged = Recording(tmp_path / "runs" / "tanh-0.h5").history["val_loss"]
    assert np.argmin(logged) < len(logged) - 1 < 19
    assert swept.held_out_loss == pytest.approx(logged.min(), rel=1e-5)


@pytest.mark.slow
def test_without_validation_no_loss_is_held_out(tmp_path: Path) -> None:
    table = sweep(scenario(), 1, tmp_path, keep=False)
    assert table.runs[0].held_out_loss is None
    with (tmp_path / "table.csv").open() as file:
        assert [row["held_out_loss"] for row in csv.DictReader(file)] == [""]


def test_a_folder_of_before_held_out_losses_is_read(tmp_path: Path) -> None:
    """Runs as versions before wrote them: without that fact."""
    store = SweepStore(tmp_path)
    settings = {"scenario": "small", "combinations": {"tanh": {"activation": "tanh"}}, "epochs": 2}
    store.begin(settings, overwrite=False)
    facts = {"name": "tanh", "seed": 4, "solved": True, "solved_at": 1.0, "loss": 0.5, "accuracy": 1.0}
    older = json.dumps({**facts, "seconds": 0.1, "error": "", "layers": []})
    np.savez(tmp_path / "finished" / "tanh-4.npz", facts=np.array(older), losses=np.ones(2, np.float32))
    table = SweepTable.open(tmp_path)
    (row,) = table.rows()
    assert row == {
        **facts,
        "activation": "tanh",
        "r2": None,
        "held_out_loss": None,
        "seconds": 0.1,
        "error": "",
    }
    assert "widths" not in sweep_figures(table)
    table.write()
    with (tmp_path / "table.csv").open() as file:
        assert next(csv.DictReader(file))["held_out_loss"] == ""


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_two_jobs_give_the_table_of_one(tmp_path: Path) -> None:
    chosen = scenario(activations=("tanh", "relu"), **QUICKLY)
    one = sweep(chosen, 5, tmp_path / "one", keep=False)
    two = sweep(chosen, 5, tmp_path / "two", jobs=2)
    assert outcomes(one) == outcomes(two)
    assert len(list((tmp_path / "two" / "runs").glob("*.h5"))) == 10


# What fails, and what ends early


def failing(activation: str) -> Any:
    """A model of one's own that some seeds cannot build, which the global generator tells apart."""
    if np.random.random() < 0.5:  # noqa: NPY002
        raise ValueError("no such luck")
    layers = [keras.Input((2,)), keras.layers.Dense(2, activation), keras.layers.Dense(1, "sigmoid")]
    model = keras.Sequential(layers)
    model.compile("adam", "binary_crossentropy")
    return model


@pytest.mark.slow
def test_a_run_that_fails_costs_itself_alone_and_is_tried_again(tmp_path: Path) -> None:
    chosen = scenario(build_model=failing, epochs=1)
    table = sweep(chosen, 6, tmp_path, keep=False)
    failed = [swept.seed for swept in table.runs if swept.error]
    assert 0 < len(failed) < 6
    assert "no such luck" in table.runs[failed[0]].error
    trained: list[tuple[int, int]] = []
    sweep(chosen, 6, tmp_path, keep=False, on_run=lambda *event: trained.append(event))
    assert trained[0] == (6 - len(failed), 6)


@pytest.mark.slow
def test_what_is_finished_is_not_trained_again_and_seeds_can_be_added(tmp_path: Path) -> None:
    first = sweep(scenario(), 2, tmp_path, keep=False)
    events: list[tuple[int, int]] = []
    second = sweep(scenario(), 3, tmp_path, keep=False, on_run=lambda *event: events.append(event))
    assert events[0] == (2, 3)
    assert events[-1] == (3, 3)
    assert [swept.seconds for swept in second.runs[:2]] == [swept.seconds for swept in first.runs]


@pytest.mark.slow
def test_other_settings_are_refused_and_not_mixed_in(tmp_path: Path) -> None:
    sweep(scenario(), 1, tmp_path, keep=False)
    before = (tmp_path / "table.csv").read_bytes()
    for changes in ({"epochs": 2}, {"data": lambda: datasets.moons(31)}, {"activations": ("relu",)}):
        with pytest.raises(RunFileError, match="holds a sweep with other settings"):
            sweep(scenario(**changes), 1, tmp_path, keep=False)
    assert (tmp_path / "table.csv").read_bytes() == before
    assert len(sweep(scenario(epochs=2), 1, tmp_path, keep=False, overwrite=True).runs[0].losses) == 2


@pytest.mark.slow
def test_a_sweep_goes_on_under_another_title(tmp_path: Path) -> None:
    first = sweep(scenario(), 1, tmp_path, keep=False)
    again = sweep(scenario(title="Two parabolas"), 1, tmp_path, keep=False)
    assert (first.title, again.title) == (first.scenario, "Two parabolas")
    assert again.runs[0].seconds == first.runs[0].seconds  # it was not trained again
    texts = [text.get_text() for text in sweep_figure(again, "losses", LIGHT).texts]
    assert any(text.startswith("Two parabolas · ") for text in texts)


@pytest.mark.slow
def test_a_damaged_run_is_named(tmp_path: Path) -> None:
    sweep(scenario(epochs=1), 1, tmp_path, keep=False)
    (tmp_path / "finished" / "tanh-0.npz").write_bytes(b"PK nothing")
    with pytest.raises(RunFileError, match=r"tanh-0\.npz is damaged"):
        SweepTable.open(tmp_path)


def test_a_folder_without_a_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="holds no sweep"):
        SweepTable.open(tmp_path)


KILLED = """
import sys
sys.path.insert(0, {root!r})
from tests.sweeps.test_run import QUICKLY, scenario
from replay.sweeps.run import sweep
sweep(scenario(epochs=30, **QUICKLY), 20, {out!r}, jobs={jobs})
"""


def finished(out: Path) -> set[Path]:
    return set((out / "finished").glob("[!.]*.npz"))


def start(out: Path, jobs: int = 1) -> subprocess.Popen[bytes]:
    code = KILLED.format(root=str(Path(__file__).parents[2]), out=str(out), jobs=jobs)
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    while len(finished(out)) < 5 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    return process


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_killing_the_process_loses_no_finished_run(tmp_path: Path) -> None:
    process = start(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {path: path.stat().st_mtime_ns for path in finished(tmp_path)}
    assert 5 <= len(kept) < 20
    events: list[tuple[int, int]] = []
    table = sweep(scenario(epochs=30, **QUICKLY), 20, tmp_path, on_run=lambda *event: events.append(event))
    assert events[0] == (len(kept), 20)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    whole = sweep(scenario(epochs=30, **QUICKLY), 20, tmp_path / "whole")  # with the network compiled above
    assert outcomes(table) == outcomes(whole)
    assert all(Recording(path).complete for path in (tmp_path / "runs").glob("*.h5"))


def deadly(folder: Path) -> Any:
    """Builds models of one's own, which ends the process: with seed 3 always, with seed 2 the first time."""

    def build(activation: str) -> Any:
        seed = int(np.random.get_state()[1][0])  # noqa: NPY002
        mark, mark_of_the_other = folder / str(seed), folder / str(5 - seed)
        is_first = not mark.exists()
        mark.touch()
        end = time.monotonic() + 60
        while seed in (2, 3) and not mark_of_the_other.exists() and time.monotonic() < end:
            time.sleep(0.01)  # both die in the same workers: each death costs the start of new ones
        if seed == 3 or (seed == 2 and is_first):
            os.kill(os.getpid(), signal.SIGKILL)
        layers = [keras.Input((2,)), keras.layers.Dense(2, activation), keras.layers.Dense(1, "sigmoid")]
        model = keras.Sequential(layers)
        model.compile("adam", "binary_crossentropy")
        return model

    return build


@pytest.mark.slow
def test_a_worker_that_dies_costs_the_run_that_kills_it_alone(tmp_path: Path) -> None:
    """A run whose worker was killed by something else, and does not die again, is trained again."""
    (marks := tmp_path / "marks").mkdir()
    out = tmp_path / "out"
    table = sweep(scenario(build_model=deadly(marks), epochs=1), 4, out, jobs=2)
    assert {path.name for path in marks.iterdir()} == {"0", "1", "2", "3"}
    assert [swept.seed for swept in table.runs if swept.error] == [3]
    assert "died" in table.runs[3].error
    assert len(table.runs) == 4
    trained = {f"tanh-{seed}" for seed in range(3)}
    assert {path.stem for path in finished(out)} == {*trained, "tanh-3"}
    assert {path.stem for path in out.glob("runs/*")} == trained
    assert all(Recording(out / "runs" / f"{name}.h5").complete for name in trained)


# A cluster


@pytest.mark.slow
def test_a_cluster_that_does_not_answer_is_an_error_within_ten_seconds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    assert workers.CONNECT_SECONDS < 10
    monkeypatch.setattr(workers, "CONNECT_SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(ClusterError, match=r"tcp://127\.0\.0\.1:9 does not answer"):
        sweep(scenario(), 1, tmp_path / "out", dask="tcp://127.0.0.1:9")
    assert time.monotonic() - began < 10
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_a_cluster_gives_the_same_table_also_where_a_worker_is_killed(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    chosen = scenario(epochs=20, **QUICKLY)
    one = sweep(chosen, 20, tmp_path / "one", keep=False)
    killed: list[int] = []
    with distributed.LocalCluster(2, threads_per_worker=1, dashboard_address=None) as cluster:
        lost = next(iter(cluster.workers.values()))
        lost.auto_restart = False  # as where its machine is gone

        def kill(done: int, total: int) -> None:
            if done >= 5 and not killed:
                killed.append(lost.pid)
                os.kill(killed[0], signal.SIGKILL)

        two = sweep(chosen, 20, tmp_path / "two", dask=cluster.scheduler_address, on_run=kill)
    assert killed
    assert outcomes(one) == outcomes(two)
    assert all(Recording(path).complete for path in (tmp_path / "two" / "runs").glob("*.h5"))


# What is refused


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seeds": 0}, "at least one seed"),
        ({"seeds": [1, 1]}, "'seed' has a value twice"),
        ({"seeds": [-1]}, "seed must be a whole number of 0 or more"),
        ({"axes": {"seed": (1, 2)}}, "varies the seeds already"),
        ({"axes": {"speed": (1,)}}, "unknown axis 'speed'"),
        ({"jobs": 0}, "jobs must be 1 or more"),
        ({"axes": {"activation": ("tahn",)}}, "unknown activation 'tahn'"),
    ],
)
def test_what_is_no_sweep_is_refused_and_leaves_nothing(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScenarioError, match=message):
        sweep(scenario(), **{"seeds": 1, "out": tmp_path / "out", **changes})
    assert not (tmp_path / "out").exists()


def test_a_name_that_keras_does_not_know_ends_the_sweep(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="unknown kernel initializer 'nothing'"):
        sweep(scenario(kernel_initializer="nothing"), 3, tmp_path, keep=False)


# Parts


@pytest.mark.parametrize(
    ("text", "axis"),
    [
        ("optimizer=sgd,adam", ("optimizer", ("sgd", "adam"))),
        ("batch-size=16, 64", ("batch_size", (16, 64))),
        ("learning_rate=0.1,1e-3,1", ("learning_rate", (0.1, 0.001, 1.0))),
        ("hidden_units=8,8x2", ("hidden_units", (8, (8, 2)))),
        ("kernel_initializer=normal_0.01,he_normal", ("kernel_initializer", ("normal_0.01", "he_normal"))),
        ("activation=relu", ("activation", ("relu",))),
    ],
)
def test_axes_are_read_from_text(text: str, axis: Any) -> None:
    assert parse_axis(text) == axis


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("optimizer", "must be NAME=V1,V2"),
        ("optimizer=", "must be NAME=V1,V2"),
        ("optimiser=sgd", "did you mean optimizer.*there are: activation, optimizer"),
        ("optimizer=adum", "did you mean.*adam.*there are: sgd, momentum"),
        ("batch_size=2.5", "whole number of 1 or more, not 2.5"),
        ("learning_rate=fast", "number above 0, not 'fast'"),
        ("hidden_units=4x0", "whole number of 1 or more, not 0"),
        ("depth=2,2", "has a value twice"),
    ],
)
def test_what_is_no_axis_is_refused(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        parse_axis(text)


def test_an_axis_is_named_once() -> None:
    with pytest.raises(ScenarioError, match="'depth' is named twice"):
        parse_axes(["depth=1", "depth=2"])


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_chunks_hold_each_run_once_and_become_smaller(workers: int) -> None:
    runs = {"tanh": range(50), "relu": range(3), "none": []}

    def chunk(name: str, seeds: tuple[int, ...]) -> Chunk:
        return Chunk(Path(), {}, name, scenario(), seeds, False)

    chunks = chunked(runs, workers, chunk)
    assert [(c.name, seed) for c in chunks for seed in c.seeds] == [
        *(("tanh", seed) for seed in range(50)),
        *(("relu", seed) for seed in range(3)),
    ]
    assert len(chunks[-1].seeds) == 1
    assert len(chunks[0].seeds) == -(-53 // (2 * workers))


@pytest.mark.slow
def test_every_figure_is_drawn_from_the_folder(tmp_path: Path) -> None:
    sweep(scenario(activations=("tanh", "relu")), 3, tmp_path, keep=False)
    SweepStore(tmp_path).add(SweepRun(name="relu", seed=7, error="it failed"))
    table = SweepTable.open(tmp_path)
    drawn_of = [name for name in FIGURES if name not in ("tuned", "widths", "fits")]  # which need others
    assert sweep_figures(table) == drawn_of
    for name in drawn_of:
        for size in (None, (600, 900)):
            drawn = sweep_figure(table, name, LIGHT, size)
            drawn.canvas.draw()
            if size is not None:
                assert tuple(drawn.canvas.get_width_height()) == size  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "data", "figures"),
    [
        (
            "mse",
            lambda: (datasets.moons(30)[0], datasets.moons(30)[0][:, :1]),
            ["solved", "epochs", "losses"],
        ),
        ("binary_crossentropy", data, ["solved", "epochs", "losses"]),
    ],
)
def test_boundaries_need_probabilities(tmp_path: Path, loss: str, data: Any, figures: list[str]) -> None:
    chosen = scenario(data=data, output_activation="linear", loss=loss, metrics=(), epochs=2)
    table = sweep(chosen, 1, tmp_path, keep=False)
    assert sweep_figures(table) == figures
    with pytest.raises(ViewError, match="probabilities"):
        sweep_figure(table, "boundaries", LIGHT)


@pytest.mark.parametrize("losses", [(0.45, 0.3), (0.7, 0.1), (1.5, 1.4), (1, 1e-5), (0, 0)])
def test_losses_have_two_ticks_at_least(tmp_path: Path, losses: tuple[float, float]) -> None:
    runs = [SweepRun(name="tanh", seed=0, losses=np.array(losses))]
    settings = {"scenario": "small", "combinations": {"tanh": {"activation": "tanh"}}, "epochs": 2}
    axes = sweep_figure(SweepTable(tmp_path, settings, runs), "losses", LIGHT).axes[0]
    low, high = axes.get_ylim()
    ticks = [tick for tick in axes.get_yticks() if low <= tick <= high]
    assert len(ticks) >= 2
    assert all(label.get_text() for label in axes.get_yticklabels())


@pytest.mark.slow
@pytest.mark.parametrize("size", [None, (600, 600), (400, 100)])
def test_names_of_rows_stay_apart(tmp_path: Path, size: tuple[int, int] | None) -> None:
    names = [f"tanh-momentum-batch16-glorot_uniform-units4x4-lr0.{number:02}" for number in range(36)]
    runs = [SweepRun(name=name, seed=0, solved=False, accuracy=0.5, losses=np.ones(2)) for name in names]
    settings = {"scenario": "small", "combinations": {name: {} for name in names}, "epochs": 2}
    page = sweep_figure(SweepTable(tmp_path, settings, runs), "solved", LIGHT, size)
    page.canvas.draw()
    labels = page.axes[0].get_yticklabels()
    boxes = [label.get_window_extent() for label in labels]
    assert len({label.get_text() for label in labels}) == 36
    assert all(upper.y0 >= lower.y1 - 1 for upper, lower in pairwise(boxes))
    assert all(box.x0 >= 0 and box.width <= 0.35 * page.bbox.width for box in boxes)


@pytest.mark.slow
def test_the_rate_of_an_optimizer_is_what_is_trained_and_told(tmp_path: Path) -> None:
    tables = []
    for rate in (0.02, 0.5):
        scenario = Scenario(
            name="rates", data=lambda: datasets.xor(10), activations=("tanh",), optimizer="adam", epochs=2,
            learning_rates={"adam": rate},
        )  # fmt: skip
        tables.append(sweep(scenario, 1, tmp_path / str(rate), keep=False))
        assert next(iter(tables[-1].rows()))["learning_rate"] == rate
        if rate == 0.5:
            with pytest.raises(RunFileError, match="other settings"):
                sweep(scenario, 1, tmp_path / "0.02", keep=False)
    assert tables[0].runs[0].loss != tables[1].runs[0].loss


@pytest.mark.slow
def test_overwriting_goes_on_with_the_same_settings_and_removes_everything_of_others(tmp_path: Path) -> None:
    plane = Scenario(name="mine", data=lambda: datasets.xor(10), activations=("tanh",), epochs=2)
    sweep(plane, 1, tmp_path, keep=False)
    (tmp_path / "solved.png").write_bytes(b"of the older sweep")
    finished = next((tmp_path / "finished").iterdir())
    written = finished.stat().st_mtime_ns
    sweep(plane, 1, tmp_path, keep=False, overwrite=True)
    assert finished.stat().st_mtime_ns == written
    inputs, targets = datasets.xor(10)
    deep = plane.with_changes(data=lambda: (np.repeat(inputs, 2, axis=1), targets))
    sweep(deep, 1, tmp_path, keep=False, overwrite=True)
    assert finished.stat().st_mtime_ns != written
    assert not (tmp_path / "data.npz").exists()
    assert not (tmp_path / "solved.png").exists()
