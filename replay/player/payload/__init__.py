"""The page data: runs as JSON and packed arrays, thinned to a size limit."""
