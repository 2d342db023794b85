"""Encode frames to a GIF, MP4, WebM or WebP file with ffmpeg."""
