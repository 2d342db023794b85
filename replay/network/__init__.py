"""A network as data and mathematics: layers, activations, losses, gradients, in NumPy and Keras."""
