"""Chains of layers evaluated in NumPy, many snapshots at once."""
