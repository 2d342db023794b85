"""Networks of PyTorch: describe them, and evaluate those that NumPy does not cover."""
