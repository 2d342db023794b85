"""Record trainings in JAX: plain functions of a pytree, and modules of Flax NNX."""

from __future__ import annotations

from replay.jax.recorder import Recorder as Recorder

__all__ = ["Recorder"]
