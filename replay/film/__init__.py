"""A figure that moves: the clock, the frames and the file they become."""
