"""What several views need: geometry of the plane, regions, bins, projections, images."""
