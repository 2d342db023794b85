"""DeepReplay's published examples run with other imports, and what they make can be seen.

Each is written as its users have it: statement by statement, with fewer samples and epochs. Only what today's
Keras refuses is different: `lr` is called `learning_rate`, and `normal` is called `RandomNormal`.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import keras
import matplotlib.pyplot as plt
import numpy as np
import pytest
from keras.initializers import GlorotNormal, HeNormal, HeUniform, RandomNormal
from keras.layers import Activation, Dense
from keras.models import Sequential
from keras.optimizers import SGD
from matplotlib import animation
from matplotlib.figure import Figure
from PIL import Image
from sklearn.datasets import make_circles, make_moons
from sklearn.preprocessing import StandardScaler

from replay.deepreplay.callbacks import ReplayData
from replay.deepreplay.datasets import ball, parabola
from replay.deepreplay.plot import compose_animations, compose_plots
from replay.deepreplay.replay import Replay

EPOCHS = 4
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Do not pass an `input_shape`:UserWarning"),  # the examples do
    pytest.mark.filterwarnings("error:.*[Ll]ayout"),
]


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)


def five_axes() -> tuple[Any, ...]:
    """The figure of most examples: a large plane, two histograms, curves and losses."""
    plt.figure(figsize=(12, 6))
    return (
        plt.subplot2grid((2, 4), (0, 0), colspan=2, rowspan=2),
        plt.subplot2grid((2, 4), (0, 2)),
        plt.subplot2grid((2, 4), (1, 2)),
        plt.subplot2grid((2, 4), (0, 3)),
        plt.subplot2grid((2, 4), (1, 3)),
    )


def check(picture: str, film: str, size: tuple[int, int], n_frames: int = EPOCHS + 1) -> None:
    """The picture has this size, and each frame of the film differs from the one before."""
    with Image.open(picture) as image:
        assert image.size == size
    with av.open(film) as container:
        frames = [frame.to_ndarray(format="rgb24").astype(int) for frame in container.decode(video=0)]
    assert len(frames) == n_frames
    assert all(np.abs(b - a).mean() > 0.01 for a, b in pairwise(frames))


def titles(figure: Figure) -> list[str]:
    return [figure.get_suptitle(), *(ax.get_title(loc="left") for ax in figure.axes)]


def test_part_1_activation_functions() -> None:
    group_name = "part1_activation_functions"
    X, y = parabola.load_data(n_points=200)
    sgd = SGD(learning_rate=0.05)
    glorot_initializer = GlorotNormal(seed=42)
    normal_initializer = RandomNormal(seed=42)
    replaydata = ReplayData(X, y, filename="hyperparms_in_action.h5", group_name=group_name)

    model = Sequential()
    model.add(
        Dense(
            input_dim=2,
            units=2,
            kernel_initializer=glorot_initializer,
            activation="sigmoid",
            name="hidden",
        )
    )
    model.add(Dense(units=1, kernel_initializer=normal_initializer, activation="sigmoid", name="output"))
    model.compile(loss="binary_crossentropy", optimizer=sgd, metrics=["acc"])
    model.fit(X, y, epochs=EPOCHS, batch_size=16, callbacks=[replaydata], verbose=0)

    replay = Replay(replay_filename="hyperparms_in_action.h5", group_name=group_name)
    ax_fs, ax_ph_neg, ax_ph_pos, ax_lm, ax_lh = five_axes()
    fs = replay.build_feature_space(ax_fs, layer_name="hidden")
    ph = replay.build_probability_histogram(ax_ph_neg, ax_ph_pos)
    lh = replay.build_loss_histogram(ax_lh)
    lm = replay.build_loss_and_metric(ax_lm, "acc")

    sample_figure = compose_plots([fs, ph, lm, lh], 80)  # the end, of a shorter training
    assert titles(sample_figure)[:4] == [
        *(f"epoch {EPOCHS}", "Feature space of layer “hidden”", "Negatives", "Positives"),
    ]
    sample_figure.savefig("part1.png", dpi=120, format="png")
    sample_anim = compose_animations([fs, ph, lm, lh])
    sample_anim.save(filename="part1.mp4", dpi=120, fps=5)
    check("part1.png", "part1.mp4", (1440, 720))
    assert sample_anim.to_html5_video().startswith("<video")

    np.testing.assert_allclose(replay.predict_proba()[-1], model.predict(X, verbose=0), rtol=1e-4)
    np.testing.assert_allclose(replay.training_loss, model.history.history["loss"], rtol=1e-5)
    np.testing.assert_allclose(replay.get_training_metric("acc"), model.history.history["acc"], rtol=1e-5)


def test_comparison_of_activation_functions() -> None:
    X, y = parabola.load_data(n_points=100)
    for activation in ["sigmoid", "tanh", "relu"]:
        replaydata = ReplayData(X, y, filename="comparison_activation_functions.h5", group_name=activation)
        model = Sequential()
        model.add(
            Dense(
                input_dim=2,
                units=2,
                kernel_initializer=GlorotNormal(seed=42),
                activation=activation,
                name="hidden",
            )
        )
        model.add(
            Dense(units=1, kernel_initializer=RandomNormal(seed=42), activation="sigmoid", name="output")
        )
        model.compile(loss="binary_crossentropy", optimizer=SGD(learning_rate=0.05), metrics=["acc"])
        model.fit(X, y, epochs=EPOCHS, batch_size=16, callbacks=[replaydata], verbose=0)

    _, axs = plt.subplots(1, 3, figsize=(12, 4))
    replays = []
    for activation in ["sigmoid", "tanh", "relu"]:
        replays.append(Replay(replay_filename="comparison_activation_functions.h5", group_name=activation))
    spaces = []
    for ax, replay, activation in zip(axs, replays, ["sigmoid", "tanh", "relu"], strict=True):
        space = replay.build_feature_space(ax, layer_name="hidden")
        space.set_title(activation)
        spaces.append(space)
    sample_figure = compose_plots(spaces, 2, title="Comparison")
    sample_figure.savefig("comparison.png", dpi=120, format="png")
    sample_anim = compose_animations(spaces)
    sample_anim.save(filename="comparison.mp4", dpi=120, fps=5)
    check("comparison.png", "comparison.mp4", (1440, 480))
    assert titles(sample_figure)[1:] == [
        *("sigmoid", "tanh", "relu"),
    ]
    assert [replay.run.recording.layer("hidden").activation for replay in replays] == [
        *("sigmoid", "tanh", "relu"),
    ]


def test_moons_dataset() -> None:
    X, y = make_moons(n_samples=300, random_state=27, noise=0.03)
    replaydata = ReplayData(X, y, filename="moons_dataset.h5", group_name="moons")
    glorot_initializer = GlorotNormal(seed=42)
    model = Sequential()
    model.add(Dense(input_dim=2, units=4, kernel_initializer=glorot_initializer, activation="tanh"))
    model.add(Dense(units=2, kernel_initializer=glorot_initializer, activation="tanh", name="hidden"))
    model.add(Dense(units=1, kernel_initializer=RandomNormal(seed=42), activation="sigmoid", name="output"))
    model.compile(loss="binary_crossentropy", optimizer=SGD(learning_rate=0.01), metrics=["acc"])
    model.fit(X, y, epochs=EPOCHS, batch_size=16, callbacks=[replaydata], verbose=0)

    replay = Replay(replay_filename="moons_dataset.h5", group_name="moons")
    ax_fs, ax_ph_neg, ax_ph_pos, ax_lm, ax_lh = five_axes()
    fs = replay.build_feature_space(
        ax_fs,
        layer_name="hidden",
        xlim=(-1, 2),
        ylim=(-0.5, 1),
        display_grid=False,
        scale_fixed=False,
    )
    ph = replay.build_probability_histogram(ax_ph_neg, ax_ph_pos)
    lh = replay.build_loss_histogram(ax_lh)
    lm = replay.build_loss_and_metric(ax_lm, "acc")
    sample_figure = compose_plots([fs, ph, lm, lh], EPOCHS)
    sample_figure.savefig("moons.png", dpi=120, format="png")
    sample_anim = compose_animations([fs, ph, lm, lh])
    sample_anim.save(filename="moons.mp4", dpi=120, fps=5)
    check("moons.png", "moons.mp4", (1440, 720))

    writer = animation.writers["pillow"](fps=5, metadata={"artist": "Hyper-parameters in Action!"})
    fs.animate().save("space.gif", dpi=60, writer=writer)
    with Image.open("space.gif") as film:
        assert film.n_frames == EPOCHS + 1 and film.info["duration"] == 200


def test_circles_dataset() -> None:
    X, y = make_circles(n_samples=300, random_state=27, noise=0.03)
    he_initializer, normal_initializer = HeNormal(seed=42), RandomNormal(seed=42)
    replaydata = ReplayData(X, y, filename="circles_dataset.h5", group_name="circles")
    model = Sequential()
    model.add(Dense(input_dim=2, units=5, kernel_initializer=he_initializer))
    model.add(Activation("relu"))
    model.add(Dense(units=3, kernel_initializer=he_initializer))
    model.add(Activation("relu"))
    model.add(Dense(units=2, kernel_initializer=normal_initializer, activation="linear", name="hidden"))
    model.add(Dense(units=1, kernel_initializer=normal_initializer, activation="sigmoid", name="output"))
    model.compile(loss="binary_crossentropy", optimizer=SGD(learning_rate=0.01), metrics=["acc"])
    model.fit(X, y, epochs=EPOCHS, batch_size=16, callbacks=[replaydata], verbose=0)

    replay = Replay(replay_filename="circles_dataset.h5", group_name="circles")
    ax_fs, ax_ph_neg, ax_ph_pos, ax_lm, ax_lh = five_axes()
    fs = replay.build_feature_space(ax_fs, layer_name="hidden", display_grid=False, scale_fixed=False)
    ph = replay.build_probability_histogram(ax_ph_neg, ax_ph_pos)
    lh = replay.build_loss_histogram(ax_lh)
    lm = replay.build_loss_and_metric(ax_lm, "acc")
    sample_figure = compose_plots([fs, ph, lm, lh], 280)
    sample_figure.savefig("circles.png", dpi=120, format="png")
    sample_anim = compose_animations([fs, ph, lm, lh])
    sample_anim.save(filename="circles.mp4", dpi=120, fps=5)
    check("circles.png", "circles.mp4", (1440, 720))


def test_uci_spambase_dataset(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    columns = np.column_stack([rng.exponential(size=(300, 57)), rng.integers(0, 2, 300)])
    np.savetxt("spambase.data", columns, delimiter=",")  # the file of the repository, with fewer rows

    df = pd.read_csv("spambase.data", header=None)
    X, y = df.iloc[:, :57].values, df.iloc[:, 57].values
    X = StandardScaler().fit_transform(X)
    he_initializer, normal_initializer = HeNormal(seed=42), RandomNormal(seed=42)
    replaydata = ReplayData(X, y, filename="spambase_dataset.h5", group_name="spam")
    model = Sequential()
    model.add(Dense(input_dim=57, units=10, kernel_initializer=he_initializer, activation="tanh"))
    model.add(Dense(units=2, kernel_initializer=normal_initializer, activation="linear", name="hidden"))
    model.add(Dense(units=1, kernel_initializer=normal_initializer, activation="sigmoid", name="output"))
    model.compile(loss="binary_crossentropy", optimizer="adam", metrics=["acc"])
    model.fit(X, y, epochs=EPOCHS, batch_size=16, callbacks=[replaydata], verbose=0)

    replay = Replay(replay_filename="spambase_dataset.h5", group_name="spam")
    ax_fs, ax_ph_neg, ax_ph_pos, ax_lm, ax_lh = five_axes()
    fs = replay.build_feature_space(ax_fs, layer_name="hidden", display_grid=False, scale_fixed=False)
    ph = replay.build_probability_histogram(ax_ph_neg, ax_ph_pos)
    lh = replay.build_loss_histogram(ax_lh)
    lm = replay.build_loss_and_metric(ax_lm, "acc")
    sample_figure = compose_plots([fs, ph, lm, lh], 80)
    sample_figure.savefig("spambase.png", dpi=120, format="png")
    sample_anim = compose_animations([fs, ph, lm, lh])
    sample_anim.save(filename="spambase.mp4", dpi=120, fps=5)
    check("spambase.png", "spambase.mp4", (1440, 720))


def build_model(n_layers: int, input_dim: int, units: int, activation: str, initializer: Any) -> Any:
    model = Sequential()
    model.add(
        Dense(
            units=units,
            input_dim=input_dim,
            activation=activation,
            kernel_initializer=initializer,
            name="h1",
        )
    )
    for i in range(2, n_layers + 1):
        model.add(Dense(units=units, activation=activation, kernel_initializer=initializer, name=f"h{i}"))
    model.add(Dense(units=1, activation="sigmoid", kernel_initializer=initializer, name="o"))
    model.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["acc"])
    return model


def test_part_2_weight_initializers() -> None:
    X, y = ball.load_data(n_dims=10)
    filename, group_name = "part2_weight_initializers.h5", "relu_he_uniform"
    title = "Activation: ReLU - Initializer: He Uniform"
    model = build_model(
        n_layers=5, input_dim=10, units=100, activation="relu", initializer=HeUniform(seed=13)
    )
    ReplayData(X, y, filename=filename, group_name=group_name, model=model)
    replay = Replay(replay_filename=filename, group_name=group_name)

    plt.figure(figsize=(12, 6))
    ax_zvalues = plt.subplot2grid((2, 2), (0, 0))
    ax_weights = plt.subplot2grid((2, 2), (0, 1))
    ax_activations = plt.subplot2grid((2, 2), (1, 0))
    ax_gradients = plt.subplot2grid((2, 2), (1, 1))
    wv = replay.build_weights(ax_weights)
    gv = replay.build_gradients(ax_gradients)
    zv = replay.build_outputs(ax_zvalues, before_activation=True, exclude_outputs=True, include_inputs=False)
    av = replay.build_outputs(ax_activations, exclude_outputs=True, include_inputs=False)
    fig = compose_plots([zv, wv, av, gv], epoch=0, title=title)
    fig.savefig("part2.png", format="png", dpi=120)
    with Image.open("part2.png") as image:
        assert image.size == (1440, 720)
    assert fig.get_suptitle() == f"{title} · epoch 0"
    kernels = [layer.get_weights()[0] for layer in model.layers]
    np.testing.assert_allclose(replay.weights_std[0], [kernel.std() for kernel in kernels], rtol=1e-5)
    assert (replay.gradients_std[0][:-1] / replay.weights_std[0][:-1]).shape == (5,)
