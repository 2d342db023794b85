"""What a single weight is called: a bias, the weight of an input, or the way from unit to unit."""

from __future__ import annotations

from replay.language.message import Message
from replay.runs.evaluation import Evaluation

SMALL = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def weight_name(evaluation: Evaluation, array: int, place: int) -> Message | str:
    """What one weight is called, by the array among the recorded ones that has it, and its place in it."""
    description = evaluation.recording.description
    path, weight = description.weight_paths[array]
    name = path.rpartition("/")[0]
    layers = [layer for layer in description.layers if layer.weights]
    is_neuron = description.chain and len(layers) == 1 and layers[0].units == 1
    kind = weight.name.rpartition("/")[-1]
    if kind == "bias" and len(weight.shape) == 1:
        if is_neuron:
            return Message("bias")
        return Message("bias {unit} of “{layer}”", {"unit": place + 1, "layer": name})
    if kind != "kernel" or len(weight.shape) != 2:
        return f"{path} {place + 1}"
    source, unit = divmod(place, weight.shape[1])
    if is_neuron:
        return Message("weight of {name}", {"name": input_name(evaluation, source, weight.shape[0])})
    values = {"source": source + 1, "unit": unit + 1, "layer": name}
    return Message("weight {source} → {unit} of “{layer}”", values)


def input_name(evaluation: Evaluation, source: int, n: int) -> str:
    """What one of `n` inputs, counted from 0, is called: as the data have it, else x, or x₁, x₂."""
    names = evaluation.names.inputs
    if len(names) == n and names[source]:
        return names[source]
    return "x" if n == 1 else f"x{source + 1}".translate(SMALL)
