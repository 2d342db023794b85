"""A run drawn on figures: styles, layouts, the table of views, dashboards, comparisons and sheets."""
