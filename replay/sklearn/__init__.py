"""Trains an estimator of scikit-learn's epoch by epoch, and records it."""

from __future__ import annotations

from replay.sklearn.training import fit as fit

__all__ = ["fit"]
