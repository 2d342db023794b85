"""Names and numbers that the command line's help tells, without loading what they stand for."""

VIEWS = {
    "dashboard": "feature space, probabilities, curves and losses together",
    "feature-space": "what a 2-unit layer makes of samples, grid and classes",
    "decision-boundary": "the classes over 2-D inputs",
    "probabilities": "histograms of the probabilities, by class",
    "losses": "histogram of the samples' losses",
    "curves": "loss and metric over the epochs",
}

THEMES = ("light", "dark")
UNIFORM, LOG, ADAPTIVE = "uniform", "log", "adaptive"
PACES = (UNIFORM, LOG, ADAPTIVE)
FPS = 20.0
MOST_RUNS = 8  # that one comparison shows
