"""The recorder of trainings in JAX keeps what all recorders promise."""

from __future__ import annotations

import gc
import logging
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
import warnings
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, ReplayError
from replay.drawing.sizes import Size
from replay.errors import DataError, RunFileError, ScenarioError
from tests.helpers.backends import need

need("jax")
need("flax")
import jax
import jax.numpy as jnp
import optax
from flax import nnx

import replay.jax
from replay.network.in_jax.losses import described_loss

ROOT = Path(replay.__file__).parents[1]
X = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
LOSS = optax.sigmoid_binary_cross_entropy
Log = pytest.LogCaptureFixture


def params(scale: float = 1.0) -> Any:
    scale = float(scale)
    return {
        "hidden": {"kernel": jnp.full((2, 3), scale), "bias": jnp.arange(3) * scale},
        "output": {"kernel": jnp.full((3, 1), scale), "bias": jnp.zeros(1)},
    }


def apply(params: Any, x: Any) -> Any:
    x = jnp.tanh(x @ params["hidden"]["kernel"] + params["hidden"]["bias"])
    return x @ params["output"]["kernel"] + params["output"]["bias"]


def recorder(path: Path, **options: Any) -> replay.jax.Recorder:
    return replay.jax.Recorder(apply, params(), X, Y, path, **{"loss": LOSS, **options})


def recorded(path: Path, epochs: int = 3, **options: Any) -> Replay:
    with recorder(path, **options) as recording:
        for epoch in range(1, epochs + 1):
            recording.epoch_end(params(1 + epoch), loss=1 / epoch, accuracy=jnp.float32(0.5))
    return Replay(path)


# What is in the file


def test_snapshots_and_metrics_are_those_of_the_loop(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run.h5")
    assert run.epochs.tolist() == [0, 1, 2, 3] and run.recording.complete
    np.testing.assert_allclose(run.history["loss"], [1, 1 / 2, 1 / 3])
    np.testing.assert_array_equal(run.recording.weights_at(2)[0][0], np.full((2, 3), 3))
    assert run.recording.description.loss == {"name": "binary_crossentropy", "from_logits": True}
    assert run.probabilities().shape == (4, 20)


def test_a_module_is_read_itself(tmp_path: Path) -> None:
    module = nnx.Sequential(nnx.Linear(2, 1, rngs=nnx.Rngs(0)))
    with replay.jax.Recorder(module, X, Y, tmp_path / "run.h5", loss=LOSS) as recording:
        module.layers[0].kernel[...] = jnp.full((2, 1), 5.0)
        recording.epoch_end(loss=0.1)
    np.testing.assert_array_equal(Replay(tmp_path / "run.h5").recording.weights_at(1)[0][0], [[5], [5]])


def test_options_and_names_are_those_of_every_recorder(tmp_path: Path) -> None:
    run = recorded(
        tmp_path / "run.h5",
        epochs=5,
        every_n_epochs=2,
        dtype="float16",
        samples=10,
        validation_data=(jnp.asarray(X[:8]), jnp.asarray(Y[:8])),
        class_names=["red", "blue"],
        title="mine",
        scenario="parabola",
        seed=3,
        batch_size=4,
    )
    assert run.epochs.tolist() == [0, 2, 4, 5] and run.recording.n_samples == 10
    assert run.held_out is not None and run.held_out.losses().shape == (4, 8)
    described = run.recording.description
    assert described.data is not None and described.data.classes == ("red", "blue")
    assert (described.scenario, described.seed, described.batch_size) == ("parabola", 3, 4)
    assert run.recording.description.packages.keys() == {"boundary-replay", "jax", "numpy", "h5py"}


def test_arguments_may_be_given_by_name_and_data_as_jaxs_arrays(tmp_path: Path) -> None:
    given = {"params": params(), "X": jnp.asarray(X), "y": jnp.asarray(Y), "path": tmp_path / "run.h5"}
    with replay.jax.Recorder(apply, loss=LOSS, **given) as recording:
        recording.epoch_end(params())
    assert Replay(tmp_path / "run.h5").recording.n_samples == len(X)


def test_bfloat16_is_recorded_as_float32_holds_it(tmp_path: Path) -> None:
    half = jax.tree.map(lambda leaf: leaf.astype(jnp.bfloat16), params(1 / 3))
    with replay.jax.Recorder(apply, half, X, Y, tmp_path / "run.h5", loss=LOSS) as recording:
        recording.epoch_end(half)
    run = Replay(tmp_path / "run.h5", model=apply)
    kernel = run.recording.weights_at(1)[1][0]
    assert kernel.dtype == np.float32 and kernel[0, 0] == float(jnp.bfloat16(1 / 3))
    assert run.probabilities().shape == (2, 20)


def test_no_array_of_jaxs_is_kept_so_that_it_may_be_donated(tmp_path: Path) -> None:
    doubled = jax.jit(lambda tree: jax.tree.map(lambda leaf: 2 * leaf, tree), donate_argnums=0)
    mine = jax.tree.map(jnp.copy, params())
    with recorder(tmp_path / "run.h5") as recording:
        for _ in range(3):
            mine = doubled(mine)
            recording.epoch_end(mine)
    kernels = Replay(tmp_path / "run.h5").recording.weights_at
    assert [float(kernels(epoch)[0][0, 0, 0]) for epoch in range(4)] == [1, 2, 4, 8]


def test_no_array_is_kept_alive(tmp_path: Path) -> None:
    mine = params()
    watched = [weakref.ref(leaf) for leaf in jax.tree.leaves(mine)]
    with replay.jax.Recorder(apply, mine, X, Y, tmp_path / "run.h5", loss=LOSS, state=mine) as recording:
        mine = jax.tree.map(lambda leaf: leaf * 2, mine)
        recording.epoch_end(mine, state=mine)
        gc.collect()
        assert [leaf() for leaf in watched] == [None] * 4


@pytest.mark.slow
def test_several_processes_draw_a_film_after_a_training_without_a_warning(tmp_path: Path) -> None:
    animation = recorded(tmp_path / "run.h5").view("curves", size=Size(300, 150)).animate()
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # JAX warns where a process that has loaded it is forked
        assert len(list(animation.frames(jobs=2))) >= 4


# When it ends


def test_the_planned_epochs_complete_the_run_and_more_are_told_once(tmp_path: Path, caplog: Log) -> None:
    recording = recorder(tmp_path / "run.h5", epochs=2)
    for _ in range(4):
        recording.epoch_end(params())
    assert Replay(tmp_path / "run.h5").recording.complete
    late = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(late) == 1 and "ended with epoch 2" in late[0]
    recording.close()


def script(folder: Path, body: str) -> subprocess.Popen[str]:
    """A process that records to run.h5 in `folder`, and tells each epoch that has ended."""
    code = """
        import sys
        import jax.numpy as jnp, numpy as np
        import replay.jax
        X, y = np.ones((4, 2), "f4"), np.array([0, 1, 0, 1])
        def apply(params, x):
            return jnp.tanh(x @ params["w"])
        recorder = replay.jax.Recorder(apply, {"w": jnp.zeros((2, 1))}, X, y, "run.h5", loss="mse")
        def end(epoch):
            recorder.epoch_end({"w": jnp.full((2, 1), float(epoch))}, loss=epoch)
            print(epoch, flush=True)
    """
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code) + textwrap.dedent(body)],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"},
    )  # fmt: skip


LOADED = "print([name for name in ('tensorflow', 'keras', 'torch') if name in sys.modules])\n"


@pytest.mark.slow
def test_a_script_that_ends_completes_its_run_and_loads_no_keras(tmp_path: Path) -> None:
    process = script(tmp_path, f"end(1)\nimport replay\nreplay.Replay('run.h5').losses()\n{LOADED}")
    told, errors = process.communicate(timeout=120)
    assert told.splitlines() == ["1", "[]"], errors
    assert Replay(tmp_path / "run.h5").recording.complete


@pytest.mark.slow
def test_a_script_that_fails_leaves_its_run_incomplete(tmp_path: Path) -> None:
    _, errors = script(tmp_path, "end(1)\n1 / 0\n").communicate(timeout=120)
    assert "ZeroDivisionError" in errors
    run = Replay(tmp_path / "run.h5")
    assert not run.recording.complete and run.epochs.tolist() == [0, 1]


@pytest.mark.slow
def test_a_killed_training_loses_no_epoch_that_had_ended(tmp_path: Path) -> None:
    wait = random.Random(1)
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        process = script(folder, "for epoch in range(1, 100_000):\n    end(epoch)\n")
        assert process.stdout is not None
        last = int(process.stdout.readline())
        time.sleep(wait.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        last = int(([last, *process.stdout.read().split("\n")[:-1]])[-1])
        process.wait()
        run = Replay(folder / "run.h5")
        assert not run.recording.complete and len(run.epochs) > last
        for epoch in (1, last):
            assert (run.recording.weights_at(epoch)[0] == epoch).all()
            assert run.history["loss"][epoch - 1] == epoch


# What fails


def test_a_second_recorder_of_one_file_is_refused(tmp_path: Path) -> None:
    first = recorder(tmp_path / "run.h5")
    first.epoch_end(params())
    for _ in range(2):
        with pytest.raises(RunFileError, match=r"run\.h5 exists"):
            recorder(tmp_path / "run.h5")
        first.close()


FAULTS: dict[str, tuple[Any, str]] = {
    "another structure": (lambda: {"hidden": params()["hidden"]}, "their structure must stay"),
    "another shape": (
        lambda: {**params(), "output": {"kernel": jnp.ones((3, 2)), "bias": jnp.ones(1)}},
        "has shape (3, 2) now, where (3, 1) was recorded",
    ),
    "no params": (lambda: None, "pass epoch_end the params"),
    "words": (lambda: jax.tree.map(lambda leaf: "a", params()), "has shape () now"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_one_warning_and_the_training_goes_on(case: str, tmp_path: Path, caplog: Log) -> None:
    make, why = FAULTS[case]
    recording = recorder(tmp_path / "run.h5")
    recording.epoch_end(params(2))
    recording.epoch_end(make())
    recording.epoch_end(params(3))
    recording.close()
    (warning,) = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert "the recording stops: " in warning and "\n" not in warning
    assert recording.error is not None and why in recording.error
    run = Replay(tmp_path / "run.h5")
    assert run.epochs.tolist() == [0, 1] and not run.recording.complete


def test_a_deleted_array_is_such_a_fault(tmp_path: Path) -> None:
    recording, mine = recorder(tmp_path / "run.h5"), jax.tree.map(jnp.copy, params())
    mine["output"]["bias"].delete()
    recording.epoch_end(mine)
    assert recording.error is not None and "params['output']['bias'] was deleted" in recording.error


def test_on_error_raise_ends_the_training(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="their structure"):  # noqa: SIM117 - the recorder must be made
        with recorder(tmp_path / "run.h5", on_error="raise") as recording:
            recording.epoch_end({})


def test_a_diverged_run_is_recorded_like_any_other(tmp_path: Path) -> None:
    with recorder(tmp_path / "run.h5") as recording:
        recording.epoch_end(jax.tree.map(lambda leaf: leaf * jnp.nan, params()), loss=float("nan"))
    run = Replay(tmp_path / "run.h5")
    assert run.recording.complete and np.isnan(run.losses()[1]).all()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda p: replay.jax.Recorder(apply, params(), X, Y), DataError, "path is missing"),
        (lambda p: replay.jax.Recorder(apply, params(), X, Y, p, 3), DataError, "takes 5 arguments"),
        (lambda p: replay.jax.Recorder(apply, params(), X, Y[:5], p), DataError, r"\(20, 2\) and targets"),
        (lambda p: recorder(p, every_n_batches=2), ScenarioError, "every_n_batches cannot be set here"),
        (lambda p: recorder(p, every=2), ScenarioError, "unknown option"),
        (lambda p: recorder(p, loss="binary_crosentropy"), ScenarioError, "did you mean binary_crossentropy"),
        (lambda p: recorder(p, loss=3), ScenarioError, "loss must be"),
        (lambda p: recorder(p, state={"name": "adam"}), DataError, "is no array but of type str"),
        (lambda p: recorder(p, class_names=["one"]), DataError, "class"),
        (lambda p: recorder(p, layers=["hiden"]), ScenarioError, "hidden"),
    ],
)
def test_what_cannot_work_is_refused_at_once_in_one_line(
    call: Any, kind: type[ReplayError], message: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=message) as raised:
        call(tmp_path / "run.h5")
    assert "\n" not in str(raised.value)
    assert not (tmp_path / "run.h5").exists()


def test_layers_that_are_not_recorded_are_left_out(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run.h5", layers=["output"])
    assert [path for path, _ in run.recording.description.weight_paths] == ["output/kernel", "output/bias"]
    np.testing.assert_array_equal(run.recording.weights_at(1)[0][0], np.full((3, 1), 2))


# Networks that were recorded whole


def residual(params: Any, x: Any) -> Any:
    return apply(params, x) + x[:, :1]  # of which NumPy has no layer


def whole(path: Path) -> Path:
    with replay.jax.Recorder(residual, params(), X, Y, path, loss=LOSS) as recording:
        recording.epoch_end(params(2))
    return path


def test_a_network_that_was_recorded_whole_asks_for_its_function(tmp_path: Path) -> None:
    path = whole(tmp_path / "run.h5")
    with pytest.raises(
        RunFileError, match=r"pass the function or module itself, Replay\(path, model=apply\)"
    ):
        Replay(path).probabilities()
    run = Replay(path, model=residual)
    np.testing.assert_allclose(run.evaluation.activations()[1], residual(params(2), X), rtol=1e-6)
    with pytest.raises(ReplayError, match="the activations of layer 'hidden' are not reachable"):
        run.activations("hidden")
    with pytest.raises(ReplayError, match="unknown layer"):
        run.activations("hiden")


def test_its_dashboard_and_page_can_be_made(tmp_path: Path) -> None:
    run = Replay(whole(tmp_path / "run.h5"), model=residual)
    assert run.dashboard().save(tmp_path / "picture.png", epoch=1).stat().st_size > 10_000
    assert run.interactive().save(tmp_path / "page.html").stat().st_size > 100_000


@jax.tree_util.register_dataclass
@dataclass
class Layer:
    kernel: Any


def test_other_trees_than_dicts_and_lists_are_passed_with_the_function(tmp_path: Path) -> None:
    def function(params: Any, x: Any) -> Any:
        return jnp.sin(x @ params["layer"].kernel)

    mine = {"layer": Layer(jnp.ones((2, 1)))}
    with replay.jax.Recorder(function, mine, X, Y, tmp_path / "run.h5", loss="mse") as recording:
        recording.epoch_end({"layer": Layer(jnp.full((2, 1), 0.5))})
    with pytest.raises(RunFileError, match=r"pass them, too, Replay\(path, model=\(apply, params\)\)"):
        Replay(tmp_path / "run.h5", model=function).losses()
    outputs = Replay(tmp_path / "run.h5", model=(function, mine)).evaluation.activations()[1]
    np.testing.assert_allclose(outputs[:, 0], np.sin(X.sum(axis=1) / 2), rtol=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: (residual, {"hidden": params()["hidden"]}), r"it has no params\['output'\]"),
        (lambda: (residual, jax.tree.map(lambda leaf: leaf[:1], params())), "its arrays have other shapes"),
        (lambda: nnx.Linear(2, 1, rngs=nnx.Rngs(0)), r"it has no params\['hidden'\]"),
        (lambda: 3, "a network of JAX is a function"),
    ],
)
def test_another_model_than_the_recorded_one_is_refused(model: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=message):
        Replay(whole(tmp_path / "run.h5"), model=model()).probabilities()


def test_a_function_that_fails_is_said_in_one_line(tmp_path: Path) -> None:
    run = Replay(whole(tmp_path / "run.h5"), model=lambda params, x: x @ params["nothing"])
    with pytest.raises(ReplayError, match="the model given fails: KeyError: 'nothing'"):
        run.probabilities()


def test_what_depends_on_values_is_replayed_without_a_trace(tmp_path: Path) -> None:
    def decides(params: Any, x: Any) -> Any:
        return apply(params, x) if float(x[0, 0]) < 9 else x[:, :1]

    with replay.jax.Recorder(decides, params(), X, Y, tmp_path / "run.h5", loss=LOSS) as recording:
        recording.epoch_end(params(2))
    run = Replay(tmp_path / "run.h5", model=decides)
    np.testing.assert_allclose(run.evaluation.activations()[1], apply(params(2), X), rtol=1e-6)
    assert run.evaluation.gradients("output")["kernel"].shape == (2, 3, 1)


# Losses


def squared_error(predictions: Any, targets: Any) -> Any:
    return 3 * (predictions - targets) ** 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("mse", {"name": "mean_squared_error"}),
        ("binary_crossentropy", {"name": "binary_crossentropy", "from_outputs": True}),
        ({"name": "huber", "delta": 2.0}, {"name": "huber", "delta": 2.0}),
        (("huber", {"delta": 2.0}), {"name": "huber", "delta": 2.0}),
        (optax.l2_loss, {"name": "half_squared_error"}),
        (squared_error, {"name": f"{__name__}.squared_error"}),
        (optax.cosine_distance, {"name": "optax.losses._regression.cosine_distance"}),
    ],
)
def test_losses_are_told_by_their_name_or_by_the_object(given: Any, expected: Any) -> None:
    assert described_loss(given) == expected


def test_an_unknown_loss_is_kept_by_name_and_no_samples_loss_is_made_up(tmp_path: Path) -> None:
    run = recorded(tmp_path / "run.h5", loss=squared_error)
    with pytest.raises(ReplayError, match=r"squared_error' cannot be shown for each sample"):
        run.losses()
