"""Draws runs with matplotlib: themes, layouts, panels, the table of views, dashboard, comparison, sheet."""
