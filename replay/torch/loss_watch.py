"""The mean of a loss over an epoch, measured as the training calls its module."""

from __future__ import annotations

from typing import Any

import torch

HELD = 10_000  # values, before they are added up


class LossWatch:
    """Watches the module that computes a loss. Its values count while gradients are computed.

    They stay on their device until the epoch ends, so that a training on a GPU is not made to wait.
    """

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._sum, self._count = 0.0, 0
        self._of_epoch: float | None = None

    @classmethod
    def of(cls, loss: Any, model: Any) -> LossWatch:
        """A watch of a loss, which sees nothing where that is no module, or a part of the model."""
        watch = cls()
        if isinstance(loss, torch.nn.Module) and all(loss is not part for part in model.modules()):
            loss.register_forward_hook(_Hook(watch))
        return watch

    def see(self, value: Any) -> None:
        """Take a value that the loss gave."""
        self._values.append(value.detach())
        if len(self._values) == HELD:
            self._add_up()

    def _add_up(self) -> None:
        values = self._values
        if not all(value.ndim == 0 for value in values):  # with reduction "none" there are more
            values = [value.reshape(()) for value in values if value.numel() == 1]
        if values:
            self._sum += float(torch.stack(values).sum(dtype=torch.float64))
            self._count += len(values)
        self._values.clear()

    def cut(self) -> None:
        """The epoch's steps are done: what comes now belongs to the next."""
        self._of_epoch = self.mean()

    def mean(self) -> float | None:
        """The mean over the epoch, None if nothing was seen; the next epoch begins."""
        if self._of_epoch is not None:
            found, self._of_epoch = self._of_epoch, None
            return found
        self._add_up()
        mean = self._sum / self._count if self._count else None
        self._sum, self._count = 0.0, 0
        return mean


class _Hook:
    """The hook itself: copies of a loss, and pickled ones, have no watch."""

    def __init__(self, watch: LossWatch | None = None) -> None:
        self._watch = watch

    def __call__(self, module: Any, inputs: Any, output: Any) -> None:
        if self._watch is not None and getattr(output, "requires_grad", False):
            self._watch.see(output)

    def __reduce__(self) -> Any:
        return _Hook, ()
