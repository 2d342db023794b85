"""The layers that NumPy replays, one file each: forward, backward and shape."""
