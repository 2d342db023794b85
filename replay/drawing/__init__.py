"""Draws runs with matplotlib: themes, layouts, header, panels, view table, dashboard, comparison, sheet."""
