"""A recorded run read back: its weights, what the network answers, and the moments worth telling."""
