"""Experiments: what to train, on which data, with which hyper-parameters."""
