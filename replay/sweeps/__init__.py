"""Many seeds of one scenario: train them all, tabulate them, tell luck from skill."""
