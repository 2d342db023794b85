"""Names and numbers that the command line's help tells, without loading what they stand for."""

from __future__ import annotations

VIEWS = {
    "dashboard": "feature space, probabilities, curves and losses together",
    "feature-space": "what a layer makes of samples, grid and classes: its plane, or two of its directions",
    "decision-boundary": "the classes over 2-D inputs",
    "probabilities": "histograms of the probabilities, by class",
    "losses": "histogram of the samples' losses",
    "curves": "loss and metric over the epochs",
    "confusion-matrix": "which class is taken for which",
    "most-wrong": "the images with the highest losses",
    "kernels": "the weights of the first layer as images",
    "weights": "how the weights of each layer are distributed",
    "pre-activations": "the same of what enters each activation",
    "activations": "the same of what leaves it",
    "gradients": "the same of the gradients of the weights",
    "gradient-flow": "the size of each layer's gradient over the epochs",
    "unit-health": "the share of dead and of saturated units by layer",
    "normalisation": "mean and variance of the activations by layer",
}

THEMES = ("light", "dark")
UNIFORM, LOG, ADAPTIVE = "uniform", "log", "adaptive"
PACES = (UNIFORM, LOG, ADAPTIVE)
FPS = 20.0
MOST_RUNS = 8  # that one comparison shows
# Of the recorder, what a scenario may say of how its runs are recorded.
RECORDING = ("samples", "layers", "dtype", "compress", "every_n_epochs", "every_n_batches", "max_bytes")
