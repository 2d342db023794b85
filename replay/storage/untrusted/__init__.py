"""Reading HDF5 that a stranger may have written."""
