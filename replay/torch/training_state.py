"""What a training in PyTorch needs to go on: model, optimizer, scheduler, random states, as bytes."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from replay.errors import DataError, RunFileError, first_line
from replay.torch.packed_state import packed, unpacked
from replay.types import Array

HEADER = 8  # bytes that say how many follow
ROOM = 16_384  # bytes more than the state has at first
SLOTS_A_PARAMETER = 3  # which an optimizer may add with its first step; Adam has two


@dataclass(frozen=True)
class TrainingState:
    """The parts of a training: the model, its optimizer, a scheduler or None, and what else has a state.

    `others` have `state_dict` and `load_state_dict`, as a GradScaler, or are generators of random numbers.
    """

    model: Any
    optimizer: Any
    scheduler: Any = None
    others: Sequence[Any] = ()

    def capacity(self) -> int:
        """How many bytes the state may take, those that an optimizer adds with its first step included."""
        size = len(self._content())
        if not self.optimizer.state:
            size += SLOTS_A_PARAMETER * sum(
                parameter.numel() * max(parameter.element_size(), 4)
                for group in self.optimizer.param_groups
                for parameter in group["params"]
            )
        return HEADER + size + size // 8 + ROOM

    def saved(self, capacity: int) -> Array | None:
        """The state as (capacity,) of uint8; None if it has outgrown that."""
        content = self._content()
        if HEADER + len(content) > capacity:
            return None
        saved = np.zeros(capacity, np.uint8)
        saved[:HEADER] = np.frombuffer(len(content).to_bytes(HEADER, "little"), np.uint8)
        saved[HEADER : HEADER + len(content)] = np.frombuffer(content, np.uint8)
        return saved

    def restore(self, saved: Array, path: Any) -> None:
        """Set every part to the state in a file. Raises RunFileError where it does not fit."""
        size = int.from_bytes(saved[:HEADER].tobytes(), "little")
        try:
            self._restore(unpacked(saved[HEADER : HEADER + size].tobytes()))
        except Exception as error:
            raise RunFileError(
                f"{path}: its training cannot be resumed with these model and optimizer: {first_line(error)}"
            ) from error

    def _content(self) -> bytes:
        state = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": None if self.scheduler is None else self.scheduler.state_dict(),
            "others": [_state_of(other) for other in self.others],
            "random": _random(),
        }
        return packed(state)

    def _restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        if self.scheduler is not None:
            self.scheduler.load_state_dict(state["scheduler"])
        for other, own in zip(self.others, state["others"], strict=True):
            _set_state(other, own)
        _set_random(state["random"])


def check_others(others: Iterable[Any]) -> None:
    """Raise DataError for something whose state cannot be saved."""
    for other in others:
        if not isinstance(other, torch.Generator) and not hasattr(other, "load_state_dict"):
            raise DataError(
                f"also: a {type(other).__name__} has no state to save: give generators of random numbers, or "
                "what has state_dict and load_state_dict"
            )


def _state_of(other: Any) -> Any:
    return other.get_state() if isinstance(other, torch.Generator) else other.state_dict()


def _set_state(other: Any, state: Any) -> None:
    if isinstance(other, torch.Generator):
        other.set_state(state)
    else:
        other.load_state_dict(state)


def _random() -> dict[str, Any]:
    """The states of the random numbers of PyTorch, NumPy and Python."""
    _, keys, place, has_normal, normal = np.random.get_state(legacy=True)  # noqa: NPY002 - the user's
    version, numbers, held = random.getstate()
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_initialized() else []
    return {
        "torch": torch.get_rng_state(),
        "cuda": cuda,
        "numpy": [_tensor(keys), int(place), int(has_normal), float(normal)],
        "python": [version, _tensor(numbers), held],
    }


def _tensor(numbers: Any) -> torch.Tensor:
    return torch.from_numpy(np.array(numbers, np.int64))


def _set_random(state: dict[str, Any]) -> None:
    torch.set_rng_state(state["torch"])
    if state["cuda"] and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(state["cuda"])
    keys, place, has_normal, normal = state["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), place, has_normal, normal))  # noqa: NPY002
    version, numbers, held = state["python"]
    random.setstate((version, tuple(numbers.tolist()), held))
