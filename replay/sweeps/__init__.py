"""Sweeps: train a scenario with many seeds and hyper-parameters, with joblib or dask; tables and figures."""
