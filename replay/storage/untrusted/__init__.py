"""Safe reading of untrusted HDF5: the guard checks links, sizes and filters; decompression; strings."""
