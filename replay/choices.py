"""Names and defaults for the command line's help (themes, paces, tasks), without heavy imports."""

from __future__ import annotations

import re

THEMES = ("light", "dark")
UNIFORM, LOG, ADAPTIVE = "uniform", "log", "adaptive"
PACES = (ADAPTIVE, UNIFORM, LOG)  # the default first
FPS = 20.0
MAX_RUNS = 30  # in one comparison
MAX_ON_PAGE = 8  # runs on one page
# Options of the recorder that a scenario may set.
RECORDING = ("samples", "layers", "dtype", "compress", "every_n_epochs", "every_n_batches", "max_bytes")
# What the targets of a data file are, how its inputs are scaled, and what becomes of rows with missing cells.
CLASSES, REGRESSION = TASKS = ("classes", "regression")
STANDARD, MINMAX, UNSCALED = SCALES = ("standard", "minmax", "none")
REFUSE, DROP = MISSING = ("refuse", "drop")
# What a run may be trained with. Their order decides on colours, too: the most frequent ones come first.
# SGD with a momentum of 0.9, and Rosenblatt's rule; the other names are Keras's.
MOMENTUM, PERCEPTRON = "momentum", "perceptron"
OPTIMIZERS = (
    *("sgd", MOMENTUM, "adagrad", "rmsprop", "adam"),
    *("adadelta", "adafactor", "adamax", "adamw", "ftrl", "lamb", "lion", "nadam", PERCEPTRON),
)
INITIALIZERS = (
    *("glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform"),
    *("random_normal", "random_uniform", "truncated_normal", "orthogonal", "variance_scaling"),
    *("zeros", "ones"),
)
NORMAL = re.compile(r"normal_(\d+(\.\d+)?(e-\d+)?)")  # normal_0.01: normal with this standard deviation
# quantile_0.9, huber_2: a loss for numbers with its argument.
LOSS_WITH_NUMBER = re.compile(r"(quantile|huber)_(\d+(?:\.\d+)?(?:e-\d+)?)")
