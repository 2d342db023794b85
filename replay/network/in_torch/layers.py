"""PyTorch's modules as layers that NumPy replays: class, arguments, and where their weights are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.utils import parametrize

Shape = tuple[int, ...]  # with the axis of the samples


@dataclass(frozen=True)
class Weight:
    """One weight of a layer: its name there, and that of the module's parameter or buffer.

    `axes` are those of PyTorch's tensor in the order of the recorded array, None where they are the same:
    PyTorch keeps the kernel of a linear layer as (units, inputs).
    """

    name: str
    of: str
    axes: tuple[int, ...] | None = None

    def recorded(self, tensor: torch.Tensor) -> torch.Tensor:
        """The tensor with its axes as they are recorded."""
        return tensor if self.axes is None else tensor.permute(self.axes)

    def of_pytorch(self, tensor: torch.Tensor) -> torch.Tensor:
        """A recorded tensor with its axes as PyTorch has them."""
        if self.axes is None:
            return tensor
        return tensor.permute([self.axes.index(axis) for axis in range(len(self.axes))])


@dataclass(frozen=True)
class Layer:
    """A module as a layer of the table of `network/in_numpy/layers.py`."""

    class_name: str
    config: Mapping[str, Any] = field(default_factory=dict)
    weights: tuple[Weight, ...] = ()


# The axes of kernels as Keras orders them: those of space, inputs, units.
KERNELS: Mapping[type[Any], tuple[int, ...]] = {
    nn.Linear: (1, 0),
    nn.Conv1d: (2, 1, 0),
    nn.Conv2d: (2, 3, 1, 0),
    nn.Conv3d: (2, 3, 4, 1, 0),
    nn.ConvTranspose1d: (2, 1, 0),
    nn.ConvTranspose2d: (2, 3, 1, 0),
    nn.ConvTranspose3d: (2, 3, 4, 1, 0),
}


def _linear(module: Any, shape: Shape) -> Layer:
    bias = () if module.bias is None else (Weight("bias", "bias"),)
    return Layer("Dense", {}, (Weight("kernel", "weight", KERNELS[nn.Linear]), *bias))


def _batch_norm(module: Any, shape: Shape) -> Layer | None:
    if not module.track_running_stats or module.running_mean is None:
        return None  # it normalises by the batch, in evaluation too
    scales = (Weight("gamma", "weight"), Weight("beta", "bias")) if module.affine else ()
    running = (Weight("moving_mean", "running_mean"), Weight("moving_variance", "running_var"))
    axis = 1 if len(shape) > 2 else -1
    return Layer("BatchNormalization", {"axis": axis, "epsilon": module.eps}, (*scales, *running))


def _layer_norm(module: Any, shape: Shape) -> Layer:
    scales = (Weight("gamma", "weight"), Weight("beta", "bias"))
    present = tuple(scale for scale in scales if getattr(module, scale.of) is not None)
    axes = list(range(-len(module.normalized_shape), 0))
    return Layer("LayerNormalization", {"axis": axes, "epsilon": module.eps}, present)


def _embedding(module: Any, shape: Shape) -> Layer | None:
    plain = module.padding_idx is None and module.max_norm is None and not module.scale_grad_by_freq
    return Layer("Embedding", {}, (Weight("embeddings", "weight"),)) if plain else None


def _prelu(module: Any, shape: Shape) -> Layer | None:
    if module.num_parameters > 1 and len(shape) > 2:
        return None  # its slopes are those of the second axis
    return Layer("PReLU", {}, (Weight("alpha", "weight"),))


def _flatten(module: Any, shape: Shape) -> Layer | None:
    whole = module.start_dim == 1 and module.end_dim in (-1, len(shape) - 1)
    return Layer("Flatten") if whole else None


def _passes_on(class_name: str) -> Callable[[Any, Shape], Layer]:
    return lambda module, shape: Layer(class_name)


# By the class itself: one that inherits from it may compute anything.
OF_MODULES: Mapping[type[Any], Callable[[Any, Shape], Layer | None]] = {
    nn.Linear: _linear,
    nn.BatchNorm1d: _batch_norm,
    nn.BatchNorm2d: _batch_norm,
    nn.BatchNorm3d: _batch_norm,
    nn.LayerNorm: _layer_norm,
    nn.Embedding: _embedding,
    nn.PReLU: _prelu,
    nn.Flatten: _flatten,
    nn.Identity: _passes_on("Identity"),
    nn.Dropout: _passes_on("Dropout"),
    nn.Dropout1d: _passes_on("Dropout"),
    nn.Dropout2d: _passes_on("Dropout"),
    nn.AlphaDropout: _passes_on("AlphaDropout"),
    nn.FeatureAlphaDropout: _passes_on("AlphaDropout"),
}


def of_module(module: Any, shape: Shape) -> Layer | None:
    """The layer that a module is for inputs of this shape; None where NumPy has none."""
    make = OF_MODULES.get(type(module))
    return None if make is None else make(module, shape)


def is_changed(module: Any) -> bool:
    """Whether a module computes more than its class says: hooks, parametrizations, a forward of its own."""
    return bool(
        module._forward_hooks
        or module._forward_pre_hooks
        or parametrize.is_parametrized(module)
        or "forward" in vars(module)
    )


def read(module: Any, weight: Weight) -> torch.Tensor:
    """The tensor of a weight as it is now, with its axes as they are recorded."""
    return weight.recorded(getattr(module, weight.of))


def own_weights(module: Any) -> list[Weight]:
    """The tensors that a module holds itself, not in its parts. Kernels have Keras's name and axes."""
    held = [
        name for name, _ in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]
    ]
    kernel = KERNELS.get(type(module))
    return [
        Weight("kernel", name, kernel)
        if kernel and name == "weight"
        else Weight(name.replace("/", "_"), name)
        for name in held
    ]
