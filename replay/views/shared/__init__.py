"""Shared by several views: plane geometry, class regions, histogram bins, projections, images."""
