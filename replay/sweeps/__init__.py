"""Sweeps: many seeds and hyper-parameters, with joblib or dask; table, figures, verdicts with intervals."""
