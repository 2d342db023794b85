"""Networks in NumPy, many snapshots at once: the table of layers, forward and backward pass."""
