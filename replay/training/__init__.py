"""Build, train, record and resume networks with Keras."""
