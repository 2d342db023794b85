"""Films: timeline with its paces, frames of a figure, and encoding to GIF, MP4, WebM or WebP."""
