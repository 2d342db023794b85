"""What differs between Keras's backends: gradients, errors, and how much a model computes."""
