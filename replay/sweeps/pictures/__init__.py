"""The figures of a sweep, a file for each kind; `sweeps/figures.py` lists them."""
