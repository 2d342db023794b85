"""The arrays of each view at any moment, without a figure.

A view knows the run; `at(epoch)` gives what its picture shows then. What must not change while a picture
moves (limits, bins, grids) is a property of the view, taken from all snapshots.
"""
