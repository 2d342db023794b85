"""Describes and evaluates networks of JAX: functions of a pytree, and modules of Flax NNX."""
