"""The mean of a loss over an epoch, measured as the training calls its module."""

from __future__ import annotations

from typing import Any

import torch

HELD = 10_000  # values, before they are added up


class LossWatch:
    """Watches the module that computes a loss. Its values count while gradients are computed.

    Those on a GPU stay there until the epoch ends, so that the training is not made to wait.
    """

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0
        self._held: list[Any] = []  # values on another device
        self._of_epoch: float | None = None
        self._hook: Any = None

    @classmethod
    def of(cls, loss: Any, model: Any) -> LossWatch:
        """A watch of a loss, which sees nothing where that is no module, or a part of the model."""
        watch = cls()
        if isinstance(loss, torch.nn.Module) and all(loss is not part for part in model.modules()):
            watch._hook = loss.register_forward_hook(_Hook(watch))
        return watch

    def see(self, value: Any) -> None:
        """Take a value that the loss gave."""
        if value.ndim and value.numel() != 1:
            return  # with reduction "none" there are more
        if value.is_cpu:
            self._sum += value.item()
            self._count += 1
            return
        self._held.append(value.detach().reshape(()))
        if len(self._held) == HELD:
            self._add_up()

    def _add_up(self) -> None:
        if self._held:
            self._sum += float(torch.stack(self._held).sum(dtype=torch.float64))
            self._count += len(self._held)
            self._held.clear()

    def stop(self) -> None:
        """See nothing more: the training tells its loss itself."""
        if self._hook is not None:
            self._hook.remove()
            self._hook = None

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
