"""Evaluate a recorded module of PyTorch, which its user passes again: outputs, layers, gradients."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.func import functional_call

from replay.errors import RunFileError, ViewError, first_line, unknown
from replay.network import losses
from replay.network.description import RunDescription
from replay.network.in_torch.describe import check_built, unwrapped
from replay.network.in_torch.trace import name_of
from replay.network.in_torch.values import as_array, as_input, parameter_like
from replay.types import Array

BATCH = 1024  # samples at once
Weights = Mapping[str, torch.Tensor]  # by the name that the module has for each


class TorchNetwork:
    """The recorded module, evaluated with the weights of snapshots. The one that was passed stays as it is.

    Raises RunFileError if `model` is not the module that was recorded.
    """

    def __init__(self, description: RunDescription, model: Any, path: Path) -> None:
        self._path, self._description = path, description
        self._model = copy.deepcopy(unwrapped(model)).eval()
        check_built(self._model, path)
        self._layers = {name_of(name, module): (name, module) for name, module in self._model.named_modules()}
        self._tensors = [self._tensor(path) for path, _ in description.weight_paths]
        named = [*self._model.named_parameters(remove_duplicate=False), *self._model.named_buffers()]
        first: dict[int, str] = {}
        for name, tensor in named:
            first.setdefault(id(tensor), name)
        own = dict(named)
        # Of tied weights, the first name stands for all.
        self._tensors = [first[id(own[name])] for name in self._tensors]
        self._own = {name: own[name] for name in self._tensors}
        self._like = parameter_like(self._model)
        self._recorded = all(layer.recorded for layer in description.layers if layer.weights)

    def _tensor(self, path: str) -> str:
        """The module's name of the recorded weight at "layer/weight"."""
        layer, _, weight = path.partition("/")
        name, module = self._layers.get(layer, ("", None))
        own = {} if module is None else {**module._parameters, **module._buffers}
        key = next((key for key in own if key.replace("/", "_") == weight), None)
        recorded = dict(self._description.weight_paths)[path]
        if key is None or tuple(own[key].shape) != recorded.shape:
            raise RunFileError(
                f"{self._path}: the model given is not the one that was recorded: it has no {path} of shape "
                f"{recorded.shape}"
            )
        return f"{name}.{key}" if name else key

    def evaluate(
        self,
        inputs: Array,
        weights: Sequence[Array],
        layer: str | None = None,
        before_activation: bool = False,
        start_after: str | None = None,
    ) -> Array:
        """Activations of `layer`, by default the output: (n_snapshots, n_samples, …)."""
        if start_after is not None:
            raise ViewError(f"{self._path}: a model that was recorded whole cannot start after a layer")
        self._check_recorded()
        output = self._description.output
        whole = layer is None or (output is not None and layer == output.name)
        module = None if whole else self._module(str(layer))
        run = self._model if module is None else _Watched(self._model, module, before_activation)
        with torch.no_grad():
            answers = [self._answers(run, inputs, one) for one in self._each(weights)]
        return np.stack(answers)

    def _answers(
        self, run: Callable[[Any, Weights, Any], Any] | Any, inputs: Array, weights: Weights
    ) -> Array:
        batches = [
            as_array(self._called(run, inputs[start : start + BATCH], weights))
            for start in range(0, max(len(inputs), 1), BATCH)
        ]
        found = np.concatenate(batches).astype(np.float32, copy=False)
        return found[:, None] if found.ndim == 1 else found

    def _called(self, run: Any, inputs: Array, weights: Weights) -> torch.Tensor:
        given = as_input(inputs, self._like)
        try:
            answer = (
                run(given, weights) if isinstance(run, _Watched) else functional_call(run, weights, (given,))
            )
        except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError) as error:
            raise ViewError(
                f"{self._path}: the model does not take these samples: {first_line(error)}"
            ) from error
        if not isinstance(answer, torch.Tensor):
            raise ViewError(
                f"{self._path}: the model gives {type(answer).__name__}, where a tensor is needed"
            )
        return answer

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """The gradient of the mean loss with respect to every weight: (n_snapshots, …) each."""
        self._check_recorded()
        whole = losses.divisor(loss, targets)
        found = [self._gradients(inputs, targets, one, loss, whole) for one in self._each(weights)]
        return [np.stack(arrays) for arrays in zip(*found, strict=True)]

    def _gradients(
        self, inputs: Array, targets: Array, weights: Weights, loss: Mapping[str, Any] | None, whole: float
    ) -> list[Array]:
        parameters = dict(self._model.named_parameters())
        learning = {
            name: tensor.clone().requires_grad_()
            for name, tensor in weights.items()
            if name in parameters and parameters[name].requires_grad
        }
        totals = {name: torch.zeros_like(tensor) for name, tensor in learning.items()}
        for start in range(0, len(inputs), BATCH):
            batch = slice(start, start + BATCH)
            outputs = self._called(self._model, inputs[batch], {**weights, **learning})
            shaped = outputs[:, None] if outputs.ndim == 1 else outputs
            along = losses.derivatives(loss, targets[batch], as_array(shaped)[None].astype(np.float32), None)[
                0
            ]
            slopes = torch.from_numpy(along / along.dtype.type(whole)).to(shaped)
            parts = torch.autograd.grad((shaped * slopes).sum(), list(learning.values()), allow_unused=True)
            for name, part in zip(learning, parts, strict=True):
                if part is not None:
                    totals[name] += part
        return [
            as_array(totals[name]) if name in totals else np.zeros(tuple(weights[name].shape), np.float32)
            for name in self._tensors
        ]

    def _each(self, weights: Sequence[Array]) -> Iterator[Weights]:
        """The weights of each snapshot, by the names of the module."""
        for snapshot in range(len(weights[0]) if weights else 1):
            yield {
                name: torch.from_numpy(np.array(array[snapshot])).to(self._own[name])
                for name, array in zip(self._tensors, weights, strict=True)
            }

    def _module(self, layer: str) -> Any:
        if layer not in self._layers:
            raise ViewError(unknown("layer", layer, [*self._layers]))
        return self._layers[layer][1]

    def _check_recorded(self) -> None:
        if not self._recorded:
            missing = [one.name for one in self._description.layers if one.weights and not one.recorded]
            raise ViewError(
                f"the weights of layer {missing[0]!r} were not recorded, and this view needs them: train "
                "again and record that layer"
            )


class _Watched:
    """A module, called for what one of its parts gives or, `before` that, takes."""

    def __init__(self, model: Any, part: Any, before: bool) -> None:
        self._model, self._part = model, part
        # What bends values takes z and gives a; any other part gives z.
        self._takes = before and type(part).__module__ == "torch.nn.modules.activation"

    def __call__(self, inputs: torch.Tensor, weights: Weights) -> Any:
        seen: list[Any] = []
        hook = self._part.register_forward_hook(
            lambda module, taken, given: seen.append(taken[0] if self._takes else given)
        )
        try:
            functional_call(self._model, weights, (inputs,))
        finally:
            hook.remove()
        if len(seen) != 1:
            raise ViewError("this part of the model is used more than once, or not at all: show another")
        return seen[0]
