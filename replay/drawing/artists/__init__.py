"""The parts that panels are drawn from: scatter, shading, bars, images, texts."""
