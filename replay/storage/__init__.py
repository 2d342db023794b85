"""Run files, and the one place that touches HDF5. docs/format.md is the contract."""
