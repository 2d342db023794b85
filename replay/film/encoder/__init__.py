"""Frames to a file: GIF, MP4, WebM, WebP."""
