"""Read and write run files; the only folder that touches HDF5. docs/format.md is the contract."""
