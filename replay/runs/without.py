"""Units taken away: the weights that read them are zero at each snapshot, so nothing of them goes on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.network.activations import CATALOGUE
from replay.network.description import LayerDescription
from replay.network.losses import is_known
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.runs.task import REGRESSION
from replay.types import Array, TakenAway

READ = ("Dense", "Conv1D", "Conv2D", "Conv3D")  # the last axis but one of their kernel is that of the units
LISTED = 4  # units; of more, the title tells how many
# Each value of their output comes from a single unit, and units keep their order along the last axis.
APART = frozenset({
    *("InputLayer", "Identity", "Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
    *("ActivityRegularization", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "BatchNormalization"),
    *("Rescaling", "Normalization", "Flatten", "Reshape"),
    *(
        f"{name}{n}D"
        for name in (
            *("SpatialDropout", "MaxPooling", "AveragePooling", "GlobalMaxPooling"),
            *("GlobalAveragePooling", "ZeroPadding", "Cropping", "UpSampling"),
        )
        for n in (1, 2, 3)
    ),
})  # fmt: skip


def without(evaluation: Evaluation, units: TakenAway) -> Evaluation:
    """The same run without these units, which are counted from 1, as in {"hidden": 2} or {"hidden": [2, 5]}.

    A unit counts as 0 for the next layer that has a kernel (Dense, or a convolution, of which channels are
    the units): its outgoing weights are zero at each snapshot. What lies between them, such as batch
    normalisation, goes with the unit. The history is that of the network that is left: the loss, and the
    accuracy, of the recorded samples at each snapshot. Raises ViewError for units that cannot be taken away.
    """
    recording = evaluation.recording
    taken = {layer: _numbers(layer, numbers) for layer, numbers in units.items()}
    silent: dict[int, Array] = {}
    for layer, numbers in taken.items():
        place, mask = _reading(recording, recording.layer(layer), numbers)
        silent[place] = silent.get(place, False) | mask
    reduced = recording.reduced(silent, _words(taken), lambda: (recording.epochs, _history(found)))
    found = evaluation.of(reduced)
    return found


def parse_without(text: str) -> tuple[str, tuple[int, ...]]:
    """Parse a layer and units of it, such as "hidden:2" or "hidden:2,5". Raises ViewError."""
    layer, _, numbers = text.rpartition(":")
    units = [part.strip() for part in numbers.split(",")]
    if not layer or not all(unit.isascii() and unit.isdecimal() and len(unit) < 7 for unit in units):
        raise ViewError(
            f"units are taken away by layer and number, such as hidden:2 or hidden:2,5, not {text!r}"
        )
    return layer, tuple(map(int, units))


def joined(every: Sequence[tuple[str, tuple[int, ...]]]) -> TakenAway:
    """What several texts take away, by layer."""
    found: dict[str, tuple[int, ...]] = {}
    for layer, units in every:
        found[layer] = (*found.get(layer, ()), *units)
    return found


def can_be_without(recording: Recording, layer: LayerDescription) -> bool:
    """Whether units of a layer can be taken away."""
    try:
        return bool(_n_units(layer) and _reader(recording, layer))
    except ViewError:
        return False


# Which weights read a unit


def _numbers(layer: str, units: int | Sequence[int]) -> list[int]:
    chosen = [units] if isinstance(units, int | np.integer) else list(units)
    if not chosen or not all(isinstance(unit, int | np.integer) for unit in chosen):
        raise ViewError(
            f"units of layer {layer!r} are taken away by their numbers, such as 2 or [2, 5], not {units!r}"
        )
    return sorted({int(unit) for unit in chosen})


def _reading(recording: Recording, layer: LayerDescription, units: Sequence[int]) -> tuple[int, Array]:
    """Which weights read these units: their place among the recorded, and a mask of their shape."""
    n_units = _n_units(layer)
    for unit in units:
        if not 1 <= unit <= n_units:
            raise ViewError(f"layer {layer.name!r} has no unit {unit}: its units are 1 to {n_units}")
    reader = _reader(recording, layer)
    path = f"{reader.name}/kernel"
    paths = [path for path, _ in recording.description.weight_paths]
    if path not in paths:
        raise ViewError(
            f"the weights of layer {reader.name!r}, which reads {layer.name!r}, were not recorded: train "
            "again and record that layer"
        )
    place = paths.index(path)
    shape = recording.description.weight_paths[place][1].shape
    if len(shape) < 2 or shape[-2] % n_units:
        raise _refusal(layer, f"{reader.name!r} does not read them one by one")
    rows = np.tile(np.isin(np.arange(1, n_units + 1), units), shape[-2] // n_units)  # after Flatten, repeated
    return place, np.broadcast_to(rows[:, None], shape)


def _n_units(layer: LayerDescription) -> int:
    last = layer.units if not layer.shape else layer.shape[-1]
    if not last:
        raise _refusal(layer, "the run file does not say how many it has")
    return last


def _reader(recording: Recording, layer: LayerDescription) -> LayerDescription:
    """The next layer with a kernel. Raises ViewError where what is between mixes units, or there is none."""
    if not recording.description.chain:
        raise _refusal(
            layer, "its network branches, or is Keras's alone: only a chain of layers tells what reads them"
        )
    for following in _after(recording, layer):
        if following.class_name in READ:
            return following
        if following.class_name not in APART or _mixes(following):
            raise _refusal(
                layer,
                f"{following.name!r} ({following.class_name}) mixes or joins them before weights read them",
            )
    raise _refusal(layer, "they are the network's answer, and no weights read them")


def _after(recording: Recording, layer: LayerDescription) -> Iterator[LayerDescription]:
    layers = list(recording.description.layers)
    yield from layers[[each.name for each in layers].index(layer.name) + 1 :]


def _mixes(layer: LayerDescription) -> bool:
    """Whether the layer's activation, such as softmax, takes several units together."""
    if layer.activation is None or layer.class_name == "PReLU":
        return False
    return layer.activation not in CATALOGUE or CATALOGUE[layer.activation].derivative is None


def _refusal(layer: LayerDescription, why: str) -> ViewError:
    return ViewError(f"units of layer {layer.name!r} cannot be taken away: {why}")


# What is told


def _words(taken: Mapping[str, list[int]]) -> list[Message]:
    return [_of_layer(layer, units) for layer, units in taken.items()]


def _of_layer(layer: str, units: list[int]) -> Message:
    if len(units) > LISTED:
        return Message("without {n} units of “{layer}”", {"n": len(units), "layer": layer})
    numbers = ", ".join(map(str, units))
    if len(units) == 1:
        return Message("without unit {unit} of “{layer}”", {"unit": numbers, "layer": layer})
    return Message("without units {units} of “{layer}”", {"units": numbers, "layer": layer})


def _history(evaluation: Evaluation) -> dict[str, Array]:
    """Loss and accuracy of the recorded samples, and of those held out, at each snapshot."""
    held_out = {} if evaluation.held_out is None else _measured(evaluation.held_out)
    return _measured(evaluation) | {f"val_{name}": values for name, values in held_out.items()}


def _measured(evaluation: Evaluation) -> dict[str, Array]:
    found: dict[str, list[Array]] = {}
    if not evaluation.all_recorded:
        return {}
    for _, _, answers in evaluation.blocks():
        if is_known(evaluation.recording.description.loss):
            losses: Any = evaluation.losses_of(answers).mean(axis=1, dtype=np.float64)
            found.setdefault("loss", []).append(losses)
        if evaluation.task.kind != REGRESSION:
            right = evaluation.task.correct(evaluation.task.probabilities(answers.outputs))
            found.setdefault("accuracy", []).append(right.mean(axis=1))
    return {name: np.concatenate(parts) for name, parts in found.items()}
