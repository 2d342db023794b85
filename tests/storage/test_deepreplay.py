"""Files that DeepReplay wrote: replayed as they were recorded, imported whole, and refused by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import Recording, Replay, RunWriter, dense, storage
from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.storage import opening
from replay.storage.deepreplay import DeepReplayFile, deepreplay_groups, guessed_loss, import_run
from replay.storage.reader import RunFile

Array = np.ndarray
Layer = tuple[str, tuple[tuple[int, ...], ...]]  # activation function and shapes of the weights
N_EPOCHS = 6
RNG = np.random.default_rng(3)
INPUTS = RNG.normal(size=(10, 2))
TARGETS = (INPUTS[:, :1] > 0).astype(int)
HIDDEN, OUTPUT = ("tanh", ((2, 2), (2,))), ("sigmoid", ((2, 1), (1,)))
NONE = ("", ())


def write(
    path: Path,
    layers: Sequence[Layer] = (HIDDEN, OUTPUT),
    group: str = "part1",
    inputs: Array = INPUTS,
    targets: Array = TARGETS,
    metrics: Sequence[str] = ("acc",),
    written: int = N_EPOCHS,
    text: bool = False,
) -> Path:
    """Write a training of N_EPOCHS epochs, of which `written` took place, as DeepReplay does."""
    rng = np.random.default_rng(0)
    with h5py.File(path, "a") as file:
        recorded = file.create_group(group)
        recorded.attrs["samples"] = len(inputs)
        recorded.attrs["batch_size"] = 4
        recorded.attrs["n_batches"] = np.ceil(len(inputs) / 4)
        recorded.attrs["n_epochs"] = N_EPOCHS
        recorded.attrs["n_layers"] = len(layers)
        names = [activation for activation, _ in layers]
        recorded.attrs["activation_functions"] = names if text else [np.bytes_(name) for name in names]
        recorded.create_dataset("inputs", data=inputs)
        recorded.create_dataset("targets", data=targets)
        for name in ("loss", *metrics):
            recorded.create_dataset(name, shape=(N_EPOCHS,), dtype="f")
            recorded[name][:written] = rng.uniform(0.1, 1, written)
        for number, (_, shapes) in enumerate(layers):
            layer = recorded.create_group(f"layer{number}")
            for position, shape in enumerate(shapes):
                weights = layer.create_dataset(f"weights{position}", shape=(N_EPOCHS + 1, *shape), dtype="f")
                weights[: written + 1] = rng.normal(size=(written + 1, *shape))
    return path


def write_with(path: Path, changes: Mapping[str, Any], **facts: Any) -> Path:
    """Write a training and put other values in its place: by key or ".attribute", None to take it away."""
    write(path, **facts)
    with h5py.File(path, "a") as file:
        recorded = file["part1"]
        for name, value in changes.items():
            place, key = (recorded.attrs, name[1:]) if name.startswith(".") else (recorded, name)
            del place[key]
            if value is not None:
                place[key] = value
    return path


def stored(path: Path, key: str, group: str = "part1") -> Array:
    with h5py.File(path, "r") as file:
        return file[f"{group}/{key}"][()]


FUNCTIONS = {
    "": lambda z: z,
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "tanh": np.tanh,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "selu": lambda z: 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * (np.exp(z) - 1)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "exponential": np.exp,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=-1, keepdims=True),
}


def forward(path: Path, layers: Sequence[Layer], epoch: int, n_layers: int | None = None) -> Array:
    """The network's answers, computed from the file alone."""
    x = stored(path, "inputs").astype(np.float64)
    x = x.reshape(len(x), -1)
    for number, (activation, shapes) in enumerate(layers[:n_layers]):
        if shapes:
            x = x @ stored(path, f"layer{number}/weights0")[epoch]
        if len(shapes) == 2:
            x = x + stored(path, f"layer{number}/weights1")[epoch]
        x = FUNCTIONS[activation](x)
    return x


# Replaying


@pytest.mark.parametrize(
    "layers",
    [
        (HIDDEN, OUTPUT),
        (("relu", ((2, 5), (5,))), ("softsign", ((5, 3), (3,))), ("linear", ((3, 2), (2,))), OUTPUT),
        (("selu", ((2, 2),)), NONE, ("sigmoid", ((2, 1),))),
        (NONE, ("linear", ((2, 4), (4,))), ("softplus", ()), NONE, ("elu", ((4, 1), (1,))), ("sigmoid", ())),
        (("exponential", ((2, 2), (2,))), OUTPUT),
    ],
    ids=["2-2-1", "deeper", "dropout, no bias", "activations of their own", "exponential"],
)
def test_dense_networks_answer_as_recorded(tmp_path: Path, layers: Sequence[Layer]) -> None:
    path = write(tmp_path / "old.h5", layers)
    replay = Replay(path, group="part1")
    np.testing.assert_array_equal(replay.epochs, range(N_EPOCHS + 1))
    assert replay.evaluation.in_numpy
    probabilities = replay.probabilities()
    for epoch in range(N_EPOCHS + 1):
        np.testing.assert_allclose(probabilities[epoch], forward(path, layers, epoch)[:, 0], 1e-5, 1e-9)
    for number in range(len(layers)):
        expected = forward(path, layers, 3, number + 1)
        np.testing.assert_allclose(
            replay.activations(f"layer{number}", epochs=[3])[0], expected, rtol=1e-5, atol=1e-6
        )


def test_keras_gives_the_same_answers(tmp_path: Path) -> None:
    import keras

    path = write(tmp_path / "old.h5")
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(2, activation="tanh"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    keys = [f"layer{layer}/weights{position}" for layer in range(2) for position in range(2)]
    probabilities = Replay(path).probabilities()
    for epoch in (0, N_EPOCHS):
        model.set_weights([stored(path, key)[epoch] for key in keys])
        np.testing.assert_allclose(probabilities[epoch], model.predict(INPUTS, verbose=0)[:, 0], rtol=1e-5)


def test_a_group_says_what_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5")
    recording = Recording(path)
    assert recording.title == "part1"
    assert recording.path == path
    assert recording.complete
    assert recording.format_version == "DeepReplay"
    assert recording.validation_data is None
    assert recording.description == RunDescription(
        layers=(dense("layer0", 2, 2, "tanh"), dense("layer1", 2, 1, "sigmoid")),
        loss={"name": "binary_crossentropy"},
        run="part1",
        batch_size=4,
    )
    np.testing.assert_array_equal(recording.inputs, INPUTS)
    np.testing.assert_array_equal(recording.targets, TARGETS)


def test_flattened_inputs_are_flattened(tmp_path: Path) -> None:
    inputs = np.arange(60.0).reshape(10, 3, 2) / 60
    layers = (NONE, NONE, ("tanh", ((6, 2), (2,))), OUTPUT)
    path = write(tmp_path / "old.h5", layers, inputs=inputs)
    replay = Replay(path)
    assert [layer.class_name for layer in replay.recording.description.layers[:2]] == ["Identity", "Flatten"]
    np.testing.assert_allclose(replay.probabilities()[2], forward(path, layers, 2)[:, 0], rtol=1e-5)


def test_single_numbers_are_one_input(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", (("tanh", ((1, 2), (2,))), OUTPUT), inputs=INPUTS[:, 0])
    replay = Replay(path)
    assert replay.recording.inputs.shape == (10, 1)
    assert replay.probabilities().shape == (N_EPOCHS + 1, 10)


@pytest.mark.parametrize("text", [False, True])
def test_names_of_python_2_and_3_are_read(tmp_path: Path, text: bool) -> None:
    path = write(tmp_path / "old.h5", (("linear", ((2, 2), (2,))), NONE, OUTPUT), text=text)
    layers = Recording(path).description.layers
    assert [layer.activation for layer in layers] == ["linear", None, "sigmoid"]


def test_pictures_are_drawn(tmp_path: Path) -> None:
    composition = Replay(write(tmp_path / "old.h5")).dashboard()
    assert len(composition.epochs) == N_EPOCHS + 1


# Classes and losses

THREE = (("relu", ((2, 4), (4,))), ("softmax", ((4, 3), (3,))))
LABELS = np.arange(10) % 3


@pytest.mark.parametrize(
    ("targets", "loss"),
    [
        (LABELS, "sparse_categorical_crossentropy"),
        (LABELS[:, None], "sparse_categorical_crossentropy"),
        (np.eye(3)[LABELS], "categorical_crossentropy"),
        (np.eye(3)[LABELS].reshape(-1, 1), "categorical_crossentropy"),  # as DeepReplay came to store them
    ],
)
def test_softmax_networks(tmp_path: Path, targets: Array, loss: str) -> None:
    path = write(tmp_path / "old.h5", THREE, targets=targets)
    replay = Replay(path)
    assert replay.recording.description.loss == {"name": loss}
    np.testing.assert_array_equal(replay.recording.task.class_labels, LABELS)
    expected = forward(path, THREE, 4)
    np.testing.assert_allclose(replay.probabilities()[4], expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        replay.losses()[4], -np.log(expected[np.arange(10), LABELS]), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize(
    ("activation", "units", "targets", "loss"),
    [
        ("sigmoid", 1, [0, 1, 1], "binary_crossentropy"),
        ("sigmoid", 2, [[0, 1], [1, 1]], "binary_crossentropy"),
        ("sigmoid", 1, [0.0, 0.5], "mean_squared_error"),
        ("tanh", 1, [0, 1], "mean_squared_error"),
        ("linear", 1, [0.3, 7], "mean_squared_error"),
        ("softmax", 3, [0, 3], "mean_squared_error"),
        ("softmax", 3, [[0.2, 0.3, 0.5]], "categorical_crossentropy"),
        ("softmax", 2, [[0.2, 0.3, 0.5]], "mean_squared_error"),
    ],
)
def test_the_loss_is_guessed(activation: str, units: int, targets: Any, loss: str) -> None:
    output = dense("output", 2, units, activation)
    assert guessed_loss(output, np.array(targets)) == {"name": loss}
    assert guessed_loss(None, np.array(targets)) is None


# History


def test_the_history_has_the_projects_names(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", metrics=("lr", "acc", "accuracy"))
    with h5py.File(path, "a") as file:
        file["part1/accuracy"][:] = np.nan  # Keras 2 logged it as acc
    recording = Recording(path)
    np.testing.assert_array_equal(recording.history_epochs, range(1, N_EPOCHS + 1))
    assert list(recording.history) == ["loss", "acc", "learning_rate"]
    for name, key in (("loss", "loss"), ("acc", "acc"), ("learning_rate", "lr")):
        np.testing.assert_array_equal(recording.history[name], stored(path, key))
        assert recording.history[name].dtype == np.float64


# Interrupted trainings


@pytest.mark.parametrize("rows", [1, 2, 100])
@pytest.mark.parametrize("written", [0, 1, 4, N_EPOCHS - 1, N_EPOCHS])
def test_what_was_never_trained_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int, rows: int
) -> None:
    monkeypatch.setattr(storage.deepreplay, "BLOCK_VALUES", rows * 9)  # the network has 9 weights
    path = write(tmp_path / "old.h5", written=written)
    recording = Recording(path)
    np.testing.assert_array_equal(recording.epochs, range(written + 1))
    assert recording.complete == (written == N_EPOCHS)
    np.testing.assert_array_equal(recording.history_epochs, range(1, written + 1))
    np.testing.assert_array_equal(recording.history["loss"], stored(path, "loss")[:written])
    for weights in Replay(path).recording._file.weights(0, 100):
        assert len(weights) == written + 1
    if written:
        assert Replay(path).probabilities().shape == (written + 1, 10)


def zero(path: Path, rows: Mapping[str, Any], value: float = 0) -> Path:
    with h5py.File(path, "a") as file:
        for key, where in rows.items():
            file[f"part1/{key}"][where] = value
    return path


WEIGHTS = [f"layer{layer}/weights{position}" for layer in range(2) for position in range(2)]


@pytest.mark.parametrize(
    "zeros",
    [
        {"layer0/weights1": slice(0, 1), "layer1/weights1": slice(0, 1)},  # biases before training
        dict.fromkeys(WEIGHTS, slice(0, 1)),  # everything before training
        {"layer0/weights0": slice(3, None)},  # a kernel that died
        dict.fromkeys(WEIGHTS, slice(3, 4)) | {"loss": slice(2, 3)},  # in the middle
        dict.fromkeys(WEIGHTS, slice(3, None)),  # all weights, but a loss
        {"loss": slice(3, None)},  # a perfect loss
    ],
)
def test_zeros_that_are_no_end_stay(tmp_path: Path, zeros: Mapping[str, Any]) -> None:
    recording = Recording(zero(write(tmp_path / "old.h5"), zeros))
    assert recording.n_snapshots == N_EPOCHS + 1
    assert recording.complete


@pytest.mark.parametrize(("key", "value"), [("layer0/weights1", -1.0), ("layer1/weights0", np.nan)])
def test_one_weight_makes_a_snapshot(tmp_path: Path, key: str, value: float) -> None:
    path = zero(write(tmp_path / "old.h5", written=3), {key: (5, 0)}, value)
    assert Recording(path).epochs[-1] == 5


def test_a_loss_that_is_nan_makes_a_snapshot(tmp_path: Path) -> None:
    path = zero(write(tmp_path / "old.h5", written=3), {"loss": 4}, np.nan)
    assert Recording(path).epochs[-1] == 5


def test_a_training_that_diverged_is_no_end(tmp_path: Path) -> None:
    path = zero(write(tmp_path / "old.h5"), dict.fromkeys(WEIGHTS, slice(4, None)), np.nan)
    recording = Recording(path)
    assert recording.complete
    assert recording.diverged_at == 4


# Groups


def test_groups_are_found_and_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", group="part1")
    assert Recording(path).title == "part1"
    write(path, THREE, group="nested/part2", targets=LABELS)
    assert deepreplay_groups(path) == ["nested/part2", "part1"]
    assert Recording(path, "/nested/part2").title == "nested/part2"
    assert Recording(path, group="part1").description.layers[-1].units == 1
    with pytest.raises(RunFileError, match=r"old\.h5 holds several.*--group.*nested/part2, part1"):
        Recording(path)
    with pytest.raises(RunFileError, match=r"old\.h5: unknown group 'part3'.*part1"):
        Recording(path, "part3")


def test_run_files_are_still_run_files(make_run: Any) -> None:
    path = make_run()
    assert isinstance(opening.open_run(path), RunFile)
    with pytest.raises(RunFileError, match=r"run\.h5 holds no training that DeepReplay recorded"):
        Recording(path, "part1")


def test_a_run_file_is_read_while_this_process_writes_it(tmp_path: Path) -> None:
    description = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),))
    with RunWriter(tmp_path / "run.h5", description, INPUTS, TARGETS) as writer:
        writer.snapshot(0, [np.ones((2, 1)), np.ones(1)])
        assert Recording(tmp_path / "run.h5").n_snapshots == 1
        writer.snapshot(1, [np.ones((2, 1)), np.ones(1)])


def test_files_of_other_kinds_have_the_errors_of_run_files(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "model.h5", "w") as file:
        file.create_group("model_weights").attrs["layer_names"] = ["dense"]
    (tmp_path / "text.h5").write_text("text " * 20)
    (tmp_path / "empty.h5").touch()
    (tmp_path / "folder").mkdir()
    for name, words in {
        "model.h5": "an HDF5 file, but not a run file",
        "text.h5": "not an HDF5 file",
        "empty.h5": "is empty",
        "absent.h5": "does not exist",
        "folder": "is a folder",
    }.items():
        with pytest.raises(RunFileError, match=words):
            Recording(tmp_path / name)
    with pytest.raises(RunFileError, match="no training that DeepReplay recorded"):
        Recording(tmp_path / "model.h5", "model_weights")


# Malformed groups


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({".n_epochs": None}, "the attribute n_epochs is missing"),
        ({".n_epochs": "many"}, "n_epochs must be a whole number, not many"),
        ({".n_epochs": -1}, "n_epochs must be a whole number, not -1"),
        ({".n_epochs": 7}, r"loss has shape \(6,\), but 7 rows|weights0 has shape \(7, 2, 2\), but 8 rows"),
        ({".n_layers": None}, "the attribute n_layers is missing"),
        ({".n_layers": 3}, "activation_functions holds 2 names for 3 layers"),
        ({".activation_functions": None}, "the attribute activation_functions is missing"),
        ({".activation_functions": [b"tanh"]}, "activation_functions holds 1 names for 2 layers"),
        ({".batch_size": 2.5}, "batch_size must be a whole number"),
        ({"inputs": None}, "the dataset inputs is missing"),
        ({"targets": None}, "the dataset targets is missing"),
        ({"targets": TARGETS[:7]}, r"inputs of shape \(10, 2\) and targets of shape \(7, 1\)"),
        ({"inputs": np.full((10, 2), np.nan)}, "inputs hold NaN or infinity in 10 of 10 samples"),
        ({"inputs": np.full((10, 2), b"a")}, "inputs must be numbers"),
        ({"inputs": np.zeros((0, 2)), "targets": np.zeros(0)}, "there are no samples"),
        ({"loss": None}, "the dataset loss is missing"),
        ({"loss": np.ones(4)}, r"loss has shape \(4,\), but 6 rows"),
        ({"acc": np.ones(5)}, r"acc has shape \(5,\), but 6 rows"),
        ({"layer1": None}, "the layer layer1 is missing"),
        ({"layer0/weights0": None}, "the dataset layer0/weights0 is missing"),
        ({"layer0/weights1": np.ones((6, 2))}, r"layer0/weights1 has shape \(6, 2\), but 7 rows"),
        (
            {"layer0/weights1": np.ones((7, 3))},
            r"layer0 cannot be rebuilt.*its weights, \(2, 2\) and \(3,\), are not",
        ),
        (
            {"layer1/weights0": np.ones((7, 5, 1))},
            r"layer1 cannot be .* shape \(5, 1\).*its input has.*\(2,\)",
        ),
        ({"layer1/weights0": np.full((7, 2, 1), b"a")}, "layer1/weights0 must be numbers"),
        (
            {".activation_functions": [b"tanh", b""]},
            "layer1 cannot be .* weights, but no activation function",
        ),
        ({".activation_functions": [b"<lambda>", b"tanh"]}, "layer0 cannot be .*'<lambda>' is not known"),
        ({".activation_functions": [b"tanh", b"hard_sigmoid"]}, r"layer1 cannot be .*0\.2·z \+ 0\.5"),
    ],
)
def test_errors_name_file_group_and_key(tmp_path: Path, changes: Mapping[str, Any], words: str) -> None:
    path = write_with(tmp_path / "old.h5", changes)
    for read in (Recording, Replay, import_run):
        with pytest.raises(RunFileError, match=rf"^{path}, group 'part1': .*({words})"):
            read(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_network_without_weights_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", [NONE, ("tanh", ())])
    with pytest.raises(RunFileError, match="group 'part1': no layer has weights"):
        Recording(path)


@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_a_file_that_was_cut_short_is_damaged(tmp_path: Path, share: float) -> None:
    path = write(tmp_path / "old.h5", inputs=np.ones((2000, 2)), targets=np.ones(2000))
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    for group in (None, "part1"):
        with pytest.raises(RunFileError, match=r"old\.h5 is damaged: .*truncated"):
            Recording(path, group)


def test_another_file_in_its_place_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5")
    recording = Recording(path)
    write(tmp_path / "other.h5", written=2).replace(path)
    with pytest.raises(RunFileError, match=r"old\.h5 was replaced by another file"):
        recording.weights_at(1)


# Networks that need the model

CONVOLUTION = (
    ("relu", ((2, 2, 1, 3), (3,))),
    NONE,
    ("tanh", ((12, 2), (2,))),
    OUTPUT,
)
IMAGES = np.random.default_rng(5).normal(size=(10, 3, 3, 1)).astype(np.float32)


def convolution(units: int = 2, compiled: bool = False) -> Any:
    import keras

    model = keras.Sequential(
        [
            keras.Input((3, 3, 1)),
            keras.layers.Conv2D(3, 2, activation="relu", name="filters"),
            keras.layers.Flatten(name="flat"),
            keras.layers.Dense(units, activation="tanh", name="hidden"),
            keras.layers.Dense(1, activation="sigmoid", name="output"),
        ]
    )
    if compiled:
        model.compile(loss="mean_absolute_error")
    return model


def test_a_convolution_says_that_it_needs_the_model(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", CONVOLUTION, inputs=IMAGES)
    saved = tmp_path / "part1_model.h5"
    words = rf"'part1': layer0 cannot be rebuilt .*\(2, 2, 1, 3\) and \(3,\).* in {saved}, .*model=model"
    for read in (Recording, Replay, import_run):
        with pytest.raises(RunFileError, match=words):
            read(path)


@pytest.mark.parametrize(
    "layers",
    [
        [("", ((2, 2),)), OUTPUT],  # Embedding
        [("tanh", ((2, 2), (2, 2))), OUTPUT],  # a recurrent layer without bias
        [("tanh", ((2, 2), (2, 2), (2,))), OUTPUT],
        [("tanh", ((2,),)), OUTPUT],
        [("tanh", ((2, 2, 2),)), OUTPUT],  # a convolution without bias
        [HIDDEN, ("", ((2,), (2,), (2,), (2,))), OUTPUT],  # BatchNormalization
        [("tanh", ((2, 4), (4,))), NONE, OUTPUT],  # something that pools
    ],
)
def test_layers_that_are_not_dense_are_refused(tmp_path: Path, layers: Sequence[Layer]) -> None:
    with pytest.raises(RunFileError, match="cannot be rebuilt from the group alone"):
        Recording(write(tmp_path / "old.h5", layers))


def test_more_dimensions_without_a_layer_that_flattens_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", inputs=np.ones((10, 1, 2)))
    with pytest.raises(RunFileError, match=r"layer0 cannot be .* its input has shape \(1, 2\)"):
        Recording(path)


def test_the_model_given_answers_with_the_recorded_weights(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", CONVOLUTION, inputs=IMAGES)
    model, reference = convolution(), convolution()
    before = model.get_weights()
    replay = Replay(path, model=model, group="part1")
    keys = [f"layer{layer}/weights{position}" for layer in (0, 2, 3) for position in (0, 1)]
    for epoch in (0, 3):
        reference.set_weights([stored(path, key)[epoch] for key in keys])
        expected = reference.predict(IMAGES, verbose=0)[:, 0]
        np.testing.assert_allclose(replay.probabilities(epochs=[epoch])[0], expected, rtol=1e-5)
    assert replay.activations("hidden").shape == (N_EPOCHS + 1, 10, 2)
    assert replay.recording.title == "part1"
    assert replay.recording.description.loss == {"name": "binary_crossentropy"}
    assert replay.recording.description.packages == {}
    for array, kept in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(array, kept)


def test_a_compiled_model_tells_the_loss(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", CONVOLUTION, inputs=IMAGES)
    description = Replay(path, model=convolution(compiled=True)).recording.description
    assert description.loss == {"name": "mean_absolute_error"}


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (CONVOLUTION[:3], r"after the last weights has shape None, in the model \(2, 1\)"),
        (CONVOLUTION[1:], r"layer1/weights0 has shape \(12, 2\), in the model \(2, 2, 1, 3\)"),
        ((*CONVOLUTION, OUTPUT), r"layer4/weights0 has shape \(2, 1\), in the model None"),
    ],
)
def test_another_model_is_refused(tmp_path: Path, layers: Sequence[Layer], words: str) -> None:
    path = write(tmp_path / "old.h5", layers, inputs=IMAGES)
    with pytest.raises(RunFileError, match=rf"'part1': the model given is not the one .* {words}"):
        Replay(path, model=convolution())


def test_a_model_tells_what_layers_without_weights_do(tmp_path: Path) -> None:
    import keras

    layers = (("linear", ((2, 2), (2,))), NONE, OUTPUT)
    path = write(tmp_path / "old.h5", layers)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(2),
            keras.layers.LeakyReLU(negative_slope=0.3),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    z = forward(path, layers, 2, 1)
    a = np.where(z > 0, z, 0.3 * z)
    weights = [stored(path, f"layer2/weights{position}")[2] for position in range(2)]
    expected = FUNCTIONS["sigmoid"](a @ weights[0] + weights[1])[:, 0]
    np.testing.assert_allclose(Replay(path, model=model).probabilities()[2], expected, rtol=1e-5)


def test_todays_hard_sigmoid_does_not_stand_in_for_the_old_one(tmp_path: Path) -> None:
    import keras

    def old_hard_sigmoid(z: Any) -> Any:
        return keras.ops.clip(0.2 * z + 0.5, 0, 1)

    path = write(tmp_path / "old.h5", [HIDDEN, ("hard_sigmoid", ((2, 1), (1,)))])

    def model(activation: Any) -> Any:
        return keras.Sequential(
            [
                keras.Input((2,)),
                keras.layers.Dense(2, activation="tanh"),
                keras.layers.Dense(1, activation=activation),
            ]
        )

    with pytest.raises(
        RunFileError, match=r"layer1 cannot be replayed by this model: Keras 2's hard_sigmoid"
    ):
        Replay(path, model=model("hard_sigmoid"))
    hidden = forward(path, [HIDDEN], 1)
    weights = [stored(path, f"layer1/weights{position}")[1] for position in range(2)]
    expected = np.clip(0.2 * (hidden @ weights[0] + weights[1]) + 0.5, 0, 1)
    replay = Replay(path, model=model(old_hard_sigmoid))
    answers = replay.evaluation.activations(epochs=[1])
    np.testing.assert_allclose(answers[0], expected, rtol=1e-5)


# Importing


@pytest.mark.slow
@pytest.mark.parametrize("written", [N_EPOCHS, 3, 0])
@pytest.mark.parametrize("block_values", [1, 30, 1_000_000])
def test_the_imported_run_is_the_recorded_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int, block_values: int
) -> None:
    monkeypatch.setattr(storage.deepreplay, "BLOCK_VALUES", block_values)
    path = write(tmp_path / "old.h5", THREE, targets=np.eye(3)[LABELS].reshape(-1, 1), written=written)
    if written:
        zero(path, {"acc": 1}, np.nan)
    before = path.read_bytes()
    out = import_run(path, "part1")
    assert out == tmp_path / "old-part1.h5"
    imported, direct = RunFile(out), DeepReplayFile(path)
    assert imported.description == direct.description
    assert imported.complete == direct.complete == (written == N_EPOCHS)
    for ours, theirs in (
        (imported.epochs, direct.epochs),
        (imported.inputs, direct.inputs),
        (imported.targets, direct.targets),
        (imported.history()[0], direct.history()[0]),
        *zip(imported.weights(0, 100), direct.weights(0, 100), strict=True),
    ):
        np.testing.assert_array_equal(ours, theirs)
        assert ours.dtype == theirs.dtype
    if written:
        assert list(imported.history()[1]) == list(direct.history()[1])
        for name, values in direct.history()[1].items():
            np.testing.assert_array_equal(imported.history()[1][name], values)
    np.testing.assert_array_equal(Replay(out).probabilities(), Replay(path).probabilities())
    np.testing.assert_array_equal(Replay(out).losses(), Replay(path).losses())
    assert path.read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [out, path]


def test_the_import_goes_where_it_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", group="a/b")
    assert import_run(path) == tmp_path / "old-a-b.h5"
    assert import_run(path, out=tmp_path / "new" / "run.h5") == tmp_path / "new" / "run.h5"
    assert Recording(tmp_path / "new" / "run.h5").title == "a/b"


def test_what_exists_is_replaced_only_where_asked(tmp_path: Path) -> None:
    path, out = write(tmp_path / "old.h5"), tmp_path / "run.h5"
    out.write_text("precious")
    with pytest.raises(RunFileError, match=r"run\.h5 exists"):
        import_run(path, out=out)
    assert out.read_text() == "precious"
    assert import_run(path, out=out, overwrite=True) == out
    assert Recording(out).complete
    before = path.read_bytes()
    with pytest.raises(RunFileError, match=r"old\.h5 is the file to import from"):
        import_run(path, out=path, overwrite=True)
    assert path.read_bytes() == before


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_an_import_that_fails_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = write(tmp_path / "old.h5")
    snapshot = RunWriter.snapshot

    def failing(writer: RunWriter, epoch: float, *arguments: Any) -> None:
        if epoch == 3:
            raise error
        snapshot(writer, epoch, *arguments)

    monkeypatch.setattr(RunWriter, "snapshot", failing)
    words = r"cannot write .*old-part1\.h5: No space|^$"
    with pytest.raises((RunFileError, KeyboardInterrupt), match=words):
        import_run(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_appears_during_an_import_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = write(tmp_path / "old.h5"), tmp_path / "run.h5"
    finish = RunWriter.finish

    def finishing(writer: RunWriter) -> None:
        out.write_text("precious")
        finish(writer)

    monkeypatch.setattr(RunWriter, "finish", finishing)
    with pytest.raises(RunFileError, match=r"run\.h5 exists"):
        import_run(path, out=out)
    assert out.read_text() == "precious"
    assert sorted(tmp_path.iterdir()) == [path, out]
