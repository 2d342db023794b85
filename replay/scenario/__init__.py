"""Scenarios: experiments with their data, network and hyper-parameters; data sets, CSV and NPZ readers."""
