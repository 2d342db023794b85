"""A network as data and mathematics: layers, activations, losses."""
