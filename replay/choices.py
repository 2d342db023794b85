"""Names and numbers that the command line's help tells, without loading what they stand for."""

from __future__ import annotations

THEMES = ("light", "dark")
UNIFORM, LOG, ADAPTIVE = "uniform", "log", "adaptive"
PACES = (UNIFORM, LOG, ADAPTIVE)
FPS = 20.0
MAX_RUNS = 8  # that one comparison shows
# Of the recorder, what a scenario may say of how its runs are recorded.
RECORDING = ("samples", "layers", "dtype", "compress", "every_n_epochs", "every_n_batches", "max_bytes")
