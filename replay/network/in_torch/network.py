"""Evaluate a recorded module of PyTorch, which its user passes again: outputs, layers, gradients."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from replay.errors import RunFileError, ViewError, first_line, unknown
from replay.network import losses
from replay.network.description import RunDescription
from replay.network.in_torch.describe import check_built, unwrapped
from replay.network.in_torch.layers import Weight, own_weights, read
from replay.network.in_torch.trace import name_of
from replay.network.in_torch.values import as_array, as_input, parameter_like
from replay.types import Array

BATCH = 1024  # samples at once
Part = Callable[[torch.Tensor], torch.Tensor]


class TorchNetwork:
    """The recorded module, evaluated with the weights of snapshots. The one that was passed stays as it is.

    Raises RunFileError if `model` is not the module that was recorded.
    """

    def __init__(self, description: RunDescription, model: Any, path: Path) -> None:
        self._path, self._description = path, description
        if not isinstance(model, torch.nn.Module):
            raise RunFileError(
                f"{path}: pass a module of PyTorch, which recorded it, not {type(model).__name__}"
            )
        self._model = copy.deepcopy(unwrapped(model)).eval()
        check_built(self._model, path)
        self._layers = {name_of(name, module): module for name, module in self._model.named_modules()}
        self._weights = [self._weight(path) for path, _ in description.weight_paths]
        self._like = parameter_like(self._model)

    def _weight(self, path: str) -> tuple[torch.Tensor, Weight]:
        """The module's tensor that was recorded as the weight at "layer/weight"."""
        layer, _, name = path.partition("/")
        module = self._layers.get(layer)
        own = [] if module is None else own_weights(module)
        found = next((weight for weight in own if weight.name == name), None)
        recorded = dict(self._description.weight_paths)[path]
        if found is None or tuple(read(module, found).shape) != recorded.shape:
            raise RunFileError(
                f"{self._path}: the model given is not the one that was recorded: it has no {path} of shape "
                f"{recorded.shape}"
            )
        return getattr(module, found.of), found

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
        output = self._description.output
        whole = layer is None or (output is not None and layer == output.name)
        part: Part = (
            self._model if whole else _Watched(self._model, self._module(str(layer)), before_activation)
        )
        with torch.no_grad():
            return np.stack([self._answers(part, inputs) for _ in self._each(weights)])

    def _answers(self, part: Part, inputs: Array) -> Array:
        batches = [
            as_array(self._called(part, inputs[start : start + BATCH]))
            for start in range(0, max(len(inputs), 1), BATCH)
        ]
        return np.concatenate(batches).astype(np.float32, copy=False)

    def _called(self, part: Part, inputs: Array) -> torch.Tensor:
        """What a part gives, with an axis for units."""
        try:
            answer = part(as_input(inputs, self._like))
        except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError) as error:
            raise ViewError(
                f"{self._path}: the model does not take these samples: {first_line(error)}"
            ) from error
        if not isinstance(answer, torch.Tensor):
            raise ViewError(
                f"{self._path}: what it gives is {type(answer).__name__}, where a tensor is needed"
            )
        return answer[:, None] if answer.ndim == 1 else answer

    def gradients(
        self, inputs: Array, targets: Array, weights: Sequence[Array], loss: Mapping[str, Any] | None
    ) -> list[Array]:
        """The gradient of the mean loss with respect to every weight: (n_snapshots, …) each."""
        whole = losses.divisor(loss, targets)
        found = [self._gradients(inputs, targets, loss, whole) for _ in self._each(weights)]
        return [np.stack(arrays) for arrays in zip(*found, strict=True)]

    def _gradients(
        self, inputs: Array, targets: Array, loss: Mapping[str, Any] | None, whole: float
    ) -> list[Array]:
        """Those with the weights that the module has now; zeros for what training does not change."""
        learning = [*{id(tensor): tensor for tensor, _ in self._weights if tensor.requires_grad}.values()]
        totals = {id(tensor): torch.zeros_like(tensor) for tensor in learning}
        for start in range(0, len(inputs), BATCH):
            batch = slice(start, start + BATCH)
            outputs = self._called(self._model, inputs[batch])
            of_outputs = as_array(outputs)[None].astype(np.float32, copy=False)
            along = losses.derivatives(loss, targets[batch], of_outputs, None)[0]
            slopes = torch.from_numpy(along / along.dtype.type(whole)).to(outputs)
            parts = torch.autograd.grad((outputs * slopes).sum(), learning, allow_unused=True)
            for tensor, part in zip(learning, parts, strict=True):
                if part is not None:
                    totals[id(tensor)] += part
        return [
            as_array(weight.recorded(totals.get(id(tensor), torch.zeros_like(tensor))))
            for tensor, weight in self._weights
        ]

    def _each(self, weights: Sequence[Array]) -> Iterator[None]:
        """Set the module to each snapshot in turn. Raises ViewError where weights were not recorded."""
        for layer in self._description.layers:
            if layer.weights and not layer.recorded:
                raise ViewError(
                    f"the weights of layer {layer.name!r} were not recorded, and this view needs them: train "
                    "again and record that layer"
                )
        for snapshot in range(len(weights[0]) if weights else 1):
            with torch.no_grad():
                for (tensor, weight), array in zip(self._weights, weights, strict=True):
                    tensor.copy_(weight.of_pytorch(torch.from_numpy(np.array(array[snapshot]))))
            yield

    def _module(self, layer: str) -> Any:
        if layer not in self._layers:
            raise ViewError(unknown("layer", layer, [*self._layers]))
        return self._layers[layer]


class _Watched:
    """A module, called for what one of its parts gives or, `before` that, takes."""

    def __init__(self, model: Any, part: Any, before: bool) -> None:
        self._model, self._part = model, part
        # What bends values takes z and gives a; any other part gives z.
        self._takes = before and type(part).__module__ == "torch.nn.modules.activation"

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        seen: list[Any] = []
        hook = self._part.register_forward_hook(
            lambda module, taken, given: seen.append(taken[0] if self._takes else given)
        )
        try:
            self._model(inputs)
        finally:
            hook.remove()
        if len(seen) != 1:
            raise ViewError("this part of the model is used more than once, or not at all: show another")
        answer: torch.Tensor = seen[0]
        return answer
