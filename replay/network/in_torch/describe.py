"""Describe a module of PyTorch as plain data: layers, weights, loss, optimizer.

A module that is made of known layers is described as NumPy replays it. Any other is recorded whole: each part
that holds weights is a layer, and PyTorch itself replays it.
"""

from __future__ import annotations

import importlib.metadata
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch.nn.parameter import is_lazy

from replay.errors import DataError
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.network.in_numpy import forward
from replay.network.in_torch import layers, losses
from replay.network.in_torch.trace import NotCovered, TracedLayer, evaluating, name_of, traced
from replay.network.in_torch.values import as_array, as_input, dtype_of, parameter_like
from replay.types import Array

logger = logging.getLogger(__name__)
PACKAGES = ("boundary-replay", "torch", "numpy", "h5py")
TRIED = 64  # samples on which NumPy's answers are compared with PyTorch's
TOLERANCE = 1e-4  # relative to the largest answer; both compute in float32
Reader = Callable[[], torch.Tensor]


@dataclass(frozen=True)
class Described:
    """What a run file says of a module, and how to read its weights, in the order of the description."""

    description: RunDescription
    readers: Sequence[Reader]

    def weights(self, description: RunDescription) -> list[Array]:
        """The weights now, those that `description`, made of this one, marks as recorded."""
        kept = [layer.recorded for layer in description.layers for _ in layer.weights]
        return [as_array(read()) for read, is_kept in zip(self.readers, kept, strict=True) if is_kept]


def described(
    model: Any, samples: tuple[Any, Any], loss: Any, optimizer: Any, facts: Mapping[str, Any], path: Any
) -> Described:
    """Describe a module. Where it is recorded whole, a line of the log says why.

    Args:
        model: The module, built.
        samples: The recorded samples and targets.
        loss: As for `losses.described`.
        optimizer: One of PyTorch's, or None.
        facts: Other fields of the description (scenario, seed, …).
        path: The run file, for messages.

    Raises:
        DataError: The module has no weights, or does not take the samples.
    """
    check_built(model, path)
    inputs, targets = samples
    try:
        found, readers = _of_layers(model, inputs)
    except NotCovered as reason:
        logger.warning(
            "%s: the model is recorded whole, as %s: replay it with Replay(path, model=model)", path, reason
        )
        found, readers = _whole(model, inputs, path)
    output = found.output
    described_loss = losses.described(loss, targets, output.activation if output else None)
    description = replace(
        found,
        loss=described_loss,
        optimizer=_optimizer(optimizer),
        packages={name: importlib.metadata.version(name) for name in PACKAGES},
        **facts,
    )
    return Described(description, readers)


def is_unbuilt(model: Any) -> bool:
    """Whether it has lazy parts, whose weights come with the first samples."""
    return any(is_lazy(tensor) for tensor in [*model.parameters(), *model.buffers()])


def is_empty(model: Any) -> bool:
    """Whether it has weights on the meta device, which have no values."""
    return any(tensor.is_meta for tensor in [*model.parameters(), *model.buffers()])


def check_built(model: Any, path: Any) -> None:
    """Raise DataError for a module whose weights have no values, or that has none."""
    if is_unbuilt(model):
        raise DataError(f"{path}: the model has lazy parts that are not built: call it once on some samples")
    if is_empty(model):
        raise DataError(f"{path}: the model's weights are on the meta device, so they have no values")
    if not [*model.parameters(), *model.buffers()]:
        raise DataError(f"{path}: the model has no weights to record")


def unwrapped(model: Any) -> Any:
    """The module itself, of one that was compiled or spread over devices."""
    if type(model).__name__ == "OptimizedModule" and hasattr(model, "_orig_mod"):
        return model._orig_mod
    if isinstance(model, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel):
        return model.module
    return model


# A module of known layers


def _of_layers(model: Any, inputs: Any) -> tuple[RunDescription, list[Reader]]:
    """The module as NumPy replays it. Raises NotCovered."""
    if isinstance(inputs, dict):
        raise NotCovered("it takes several inputs")
    _check_tied(model)
    tried = inputs[:TRIED]
    found = traced(model, as_input(tried, parameter_like(model)))
    described = _joined(found, inputs.shape[1:])
    chain = all(layer.inputs is None for layer in described)
    description = RunDescription(tuple(described), chain=chain, output_layer=described[-1].name)
    readers = [_reader(layer, weight) for layer in found for weight in layer.layer.weights]
    if {id(tensor) for tensor in model.parameters()} - _held(found):
        raise NotCovered("it holds parameters that its layers do not use")
    if not forward.covers(description):
        raise NotCovered("it has layers or types that NumPy does not compute")
    _check_answers(model, description, readers, tried)
    return description, readers


def _joined(found: Sequence[TracedLayer], shape: tuple[int, ...]) -> list[LayerDescription]:
    """The layers of a chain; or those of a graph, each with what it takes, behind a layer of the samples."""
    described = [_layer(layer) for layer in found]
    if all(layer.inputs == (found[place - 1].name if place else None,) for place, layer in enumerate(found)):
        return described
    samples = LayerDescription(
        _another_name("inputs", found), "InputLayer", units=shape[-1] if shape else None, shape=shape
    )
    return [
        samples,
        *(
            replace(one, inputs=tuple(name or samples.name for name in layer.inputs))
            for one, layer in zip(described, found, strict=True)
        ),
    ]


def _another_name(name: str, found: Sequence[TracedLayer]) -> str:
    """The name, with underscores where a layer has it."""
    return _another_name(f"{name}_", found) if any(layer.name == name for layer in found) else name


def _held(found: Sequence[TracedLayer]) -> set[int]:
    return {id(getattr(layer.module, weight.of)) for layer in found for weight in layer.layer.weights}


def _check_tied(model: Any) -> None:
    named = [id(tensor) for _, tensor in model.named_parameters(remove_duplicate=False)]
    if len(set(named)) < len(named):
        raise NotCovered("layers share weights")


def _layer(traced: TracedLayer) -> LayerDescription:
    config = dict(traced.layer.config)
    weights = []
    for weight in traced.layer.weights:
        tensor = layers.read(traced.module, weight)
        weights.append(WeightDescription(weight.name, tuple(tensor.shape), "float32"))
        if tensor.dtype not in (torch.float32, torch.float64):
            config["dtype"] = str(tensor.dtype).removeprefix("torch.")
    activation, arguments = traced.activation or (None, {})
    if arguments:
        config["activation_arguments"] = dict(arguments)
    if activation is None and traced.layer.class_name == "Dense":
        activation = "linear"
    if traced.layer.class_name == "PReLU":
        activation = "prelu"
    return LayerDescription(
        name=traced.name,
        class_name=traced.layer.class_name,
        units=traced.shape[-1] if traced.shape else None,
        activation=activation,
        config=config,
        weights=tuple(weights),
        shape=traced.shape,
        trainable=_learns(traced),
    )


def _learns(traced: TracedLayer) -> bool:
    held = [getattr(traced.module, weight.of) for weight in traced.layer.weights]
    learn = {tensor.requires_grad for tensor in held if isinstance(tensor, torch.nn.Parameter)}
    if len(learn) > 1:
        raise NotCovered(f"of {traced.name} a part is frozen")
    return learn != {False}


def _reader(traced: TracedLayer, weight: layers.Weight) -> Reader:
    def read() -> torch.Tensor:
        tensor = layers.read(traced.module, weight).detach()
        return tensor.float() if tensor.dtype == torch.float64 else tensor

    return read


def _check_answers(model: Any, description: RunDescription, readers: Sequence[Reader], inputs: Array) -> None:
    """Raise NotCovered where NumPy does not give what PyTorch does: a network is what it answers."""
    weights = [as_array(read())[None] for read in readers]
    with evaluating(model), torch.no_grad():
        expected = as_array(model(as_input(inputs, parameter_like(model))))
    found = forward.Network(description.layers).evaluate(inputs, weights)[0].reshape(expected.shape)
    off = np.abs(found - expected)
    if not (off <= TOLERANCE * max(1.0, float(np.abs(expected).max(initial=0)))).all():
        raise NotCovered(f"NumPy's answers differ from PyTorch's by {off.max():.1g}")


# A module as a whole


def _whole(model: Any, inputs: Any, path: Any) -> tuple[RunDescription, list[Reader]]:
    """Each part that holds weights itself is a layer; the last one gives the output."""
    found: list[LayerDescription] = []
    readers: list[Reader] = []
    for name, module in model.named_modules():
        weights = layers.own_weights(module)
        if weights:
            found.append(_part(name_of(name, module), module, weights))
            readers += [_own(module, weight) for weight in weights]
    answer = _answer(model, inputs, path)
    output = LayerDescription(
        "(output)",
        "(output)",
        units=answer.shape[-1] if answer.ndim > 1 else 1,
        shape=tuple(answer.shape[1:]) or (1,),
    )
    return RunDescription((*found, output), chain=False, output_layer="(output)"), readers


def _part(name: str, module: Any, weights: Sequence[layers.Weight]) -> LayerDescription:
    kind = type(module)
    tensors = [layers.read(module, weight) for weight in weights]
    learn = [parameter.requires_grad for parameter in module.parameters(recurse=False)]
    return LayerDescription(
        name=name,
        class_name=f"{kind.__module__}.{kind.__qualname__}",
        weights=tuple(
            WeightDescription(weight.name, tuple(tensor.shape), dtype_of(tensor))
            for weight, tensor in zip(weights, tensors, strict=True)
        ),
        trainable=not learn or any(learn),
    )


def _own(module: Any, weight: layers.Weight) -> Reader:
    return lambda: layers.read(module, weight).detach()


def _answer(model: Any, inputs: Any, path: Any) -> torch.Tensor:
    """The outputs for a few samples. Raises DataError where it gives none."""
    like = parameter_like(model)
    given = list(inputs.values()) if isinstance(inputs, dict) else [inputs]
    try:
        with evaluating(model), torch.no_grad():
            answer = model(*[as_input(part[:2], like) for part in given])
    except Exception as error:
        said = (str(error) or type(error).__name__).splitlines()[0]
        raise DataError(f"{path}: the model does not take X: {said}") from error
    if not isinstance(answer, torch.Tensor):
        raise DataError(f"{path}: the model gives {type(answer).__name__}, where one tensor is needed")
    return answer


# The training


def _optimizer(optimizer: Any) -> dict[str, Any] | None:
    """Class and arguments of an optimizer of PyTorch."""
    if optimizer is None:
        return None
    given = {
        name: value
        for name, value in optimizer.defaults.items()
        if value is None or isinstance(value, bool | int | float | str)
    }
    if "lr" in given:
        given["learning_rate"] = given.pop("lr")
    return {"class": type(optimizer).__name__, **given}
