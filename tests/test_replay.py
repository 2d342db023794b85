"""The façade: what a recorded training gives back, against Keras itself."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from replay import Recording, Replay, Timeline, theme
from replay.errors import ReplayError
from replay.scenario.built_in import built_in, load_scenario
from tests.helpers import training

# These have the data and networks of others: to compile each of them in XLA would test nothing more.
LIKE_OTHERS = ("batch-size", "optimizers")
NOISY = ("overfit",)  # samples that no network should all get right
# Of regressions nothing is right or wrong.
REGRESSIONS = [
    name
    for name in built_in()
    if load_scenario(name).loss == "mean_squared_error" and load_scenario(name).output_activation != "step"
]
# Some show failures, and of thousands of digits some stay wrong.
UNSOLVED = (
    *("initializers", "vanishing", "exploding", "dying-relu", "linear-deep", "perceptron", "selu", "softmax"),
    *("calibration", "digits", "mnist-dense", "mnist-deep", "mnist-cnn", "mnist-latent"),
)
Recordings = Callable[[str], list[Recording]]


@pytest.fixture(scope="module")
def trained(
    images: tuple[tuple[np.ndarray, np.ndarray], ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recordings]:
    """The runs of a built-in scenario, trained once: to their end where they are to be solved."""
    # These and the samples below make whole batches: for a shorter one, another graph would be traced.
    (inputs, targets), (others, labels) = images
    few = (inputs[:256], targets[:256]), (others[:128], labels[:128])
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:

        @cache
        def of(name: str) -> list[Recording]:
            changes: dict[str, Any] = {}
            if name in UNSOLVED:
                changes = {"epochs": 6, "samples": 160}
            if name in (*REGRESSIONS, "calibration"):  # not every epoch of theirs has a snapshot
                changes = {"epochs": 6, "recording": {}}
            if name == "double-descent":
                changes |= {"vary": {"hidden_units": (1, 200)}}
            if name.startswith("mnist"):
                recording = {**load_scenario(name).recording, "samples": 60}
                changes |= {"epochs": 2, "recording": recording}
            # XLA would take longer to compile a few steps than they take.
            folder, in_xla = (
                tmp_path_factory.mktemp(name),
                name not in (*UNSOLVED, *LIKE_OTHERS, *REGRESSIONS),
            )
            paths = process.submit(training.train, name, folder, few, in_xla, **changes).result()
            return [Recording(path) for path in paths]

        yield of


@pytest.fixture
def forgotten() -> Iterator[None]:
    """What Keras keeps of the models of a test does not outlive it."""
    import keras

    yield
    keras.backend.clear_session()


@pytest.mark.slow
@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("name", built_in())
def test_every_scenario_replays_what_keras_predicts_and_evaluates(name: str, trained: Recordings) -> None:
    """The first snapshots, the last, and some between, of every activation, put back into the model.

    Keras evaluates step by step: to compile its evaluation takes longer than so few of them.
    """
    from replay.training.experiment import build_model

    single = dict(load_scenario(name).variants)
    for recording in trained(name):
        replay = Replay(recording.path)
        inputs, targets = recording.inputs, recording.targets
        variant = single[recording.description.run]
        model = build_model(variant, variant.activations[0], inputs.shape[1:])
        model.run_eagerly = True
        whole = [epoch for epoch in replay.epochs if epoch == int(epoch)]  # some are recorded within epochs
        trained_at = [epoch for epoch in whole if epoch not in recording.ending.held]
        assert trained_at == list(range(int(replay.epochs[-1]) + 1))
        last = len(replay.epochs) - 1
        chosen = sorted({*range(min(3, last)), *np.linspace(0, last, 7).astype(int).tolist()})
        epochs = [replay.epochs[position] for position in chosen]
        measured = {"loss": replay.losses().mean(axis=1)}
        if name in REGRESSIONS:
            answers = replay.evaluation.activations(epochs=epochs)
        else:
            answers = replay.probabilities(epochs=epochs)
            measured["accuracy"] = replay.evaluation.correct().mean(axis=1)
        assert {len(values) for values in measured.values()} == {last + 1}
        assert len(answers) == len(chosen) >= min(7, last + 1)
        for number, position in enumerate(chosen):
            model.set_weights([array[0] for array in recording.weights_at(replay.epochs[position])])
            expected = np.asarray(model(inputs)).reshape(answers[number].shape)
            np.testing.assert_allclose(answers[number], expected, rtol=0, atol=1e-5)
            model.reset_metrics()
            kept = model.test_on_batch(inputs, targets, return_dict=True)
            found = {measure: values[position] for measure, values in measured.items()}
            if np.isfinite(expected).all():
                assert found == pytest.approx(kept, abs=1e-5)
            else:  # a sample that is answered with NaN is never right; Keras counts it as class 0
                assert np.isnan([found["loss"], kept["loss"]]).all() and found["accuracy"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*built_in()} - {*UNSOLVED, *NOISY, *REGRESSIONS}))
def test_every_scenario_is_solved_by_all_its_runs_with_its_seed(name: str, trained: Recordings) -> None:
    for recording in trained(name):
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


@pytest.mark.slow
def test_a_style_is_that_of_every_picture(make_run: Any) -> None:
    from matplotlib.colors import to_hex

    for style in (theme("dark"), replace(theme("light"), background="#ffeedd")):
        replay = Replay(make_run(), style=style)
        for composition in (replay.dashboard(), replay.view("curves")):
            assert to_hex(composition.figure.get_facecolor()) == style.background
            assert composition.style is style
    replay.style = theme("dark")
    assert to_hex(replay.view("losses").figure.get_facecolor()) == theme("dark").background


@pytest.mark.parametrize("name", ["dashboard", "feature-space", "curves"])
def test_a_size_is_in_pixels(make_run: Any, name: str) -> None:
    figure = Replay(make_run()).view(name, size=(900, 640)).figure
    assert tuple(int(side) for side in figure.bbox.size) == (900, 640)


def test_animations_take_what_a_timeline_takes(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=9)).view("curves", size=(200, 120))

    def moments(*stretch: float, pace: str = "uniform", **options: Any) -> list[float]:
        return list(composition.animate(*stretch, pace=pace, **options).timeline.moments)

    assert moments() == list(range(9))
    assert moments(2, 4) == moments(epoch_start=2, epoch_end=4) == [2, 3, 4]
    assert moments(6, -1) == [6, 7, 8]
    assert moments(every=4) == [0, 4, 8]
    assert moments(7, tween=3) == [7, 7.25, 7.5, 7.75, 8]
    assert moments(duration=1, fps=3) == [0, 4, 8]
    adaptive = moments(pace="adaptive", duration=2)
    assert (adaptive[0], adaptive[-1], len(adaptive)) == (0, 8, 40)
    usual = composition.animate().timeline
    assert usual.moments == composition.animate(pace="adaptive", duration=3).timeline.moments  # eight steps
    assert usual.decimals == 0
    timeline = composition.animate(duration=1, fps=10, hold=2).timeline
    assert (timeline.fps, timeline.hold, timeline.duration) == (10, 2, 3)
    with pytest.raises(ReplayError, match="no epoch 9"):
        composition.animate(epoch_end=9)


def test_axes_of_ones_own_can_be_animated_at_any_pace(make_run: Any, tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    axes = plt.figure(figsize=(2, 2), dpi=60).add_subplot()
    space = Replay(make_run(n_snapshots=7)).build_feature_space(axes, epoch_start=1, epoch_end=5)
    animation = space.animate(pace="adaptive", duration=0.5)
    assert len(animation.timeline.moments) == 10
    assert (animation.timeline.moments[0], animation.timeline.moments[-1]) == (1, 5)
    with Image.open(animation.save(tmp_path / "x.gif")) as film:
        assert (film.n_frames, film.size) == (10, (120, 120))


def test_any_moments_make_an_animation(make_run: Any, tmp_path: Path) -> None:
    from replay.film.animation import Animation

    composition = Replay(make_run()).view("curves", size=(200, 120))
    film = Animation(composition, Timeline((0.0, 0.5, 3.0, 3.0), fps=10, hold=0))
    with av.open(str(film.save(tmp_path / "x.mp4"))) as container:
        assert container.streams.video[0].frames == 4
