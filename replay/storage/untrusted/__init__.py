"""Safe reading of untrusted HDF5 files: links, sizes, filters, decompression, strings."""
