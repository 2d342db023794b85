"""One view drawn on one pair of axes each. A panel draws arrays that it was given and computes nothing."""
