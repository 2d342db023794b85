"""Names and defaults for the command line's help (themes, paces, tasks), without heavy imports."""

from __future__ import annotations

THEMES = ("light", "dark")
UNIFORM, LOG, ADAPTIVE = "uniform", "log", "adaptive"
PACES = (ADAPTIVE, UNIFORM, LOG)  # the default first
FPS = 20.0
MAX_RUNS = 8  # in one comparison
# Options of the recorder that a scenario may set.
RECORDING = ("samples", "layers", "dtype", "compress", "every_n_epochs", "every_n_batches", "max_bytes")
# What the targets of a data file are, how its inputs are scaled, and what becomes of rows with missing cells.
CLASSES, REGRESSION = TASKS = ("classes", "regression")
STANDARD, MINMAX, UNSCALED = SCALES = ("standard", "minmax", "none")
REFUSE, DROP = MISSING = ("refuse", "drop")
