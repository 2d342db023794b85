"""Panels: each draws one view's arrays on matplotlib axes."""
