"""Artists: the building blocks of panels, such as scatter, region shading, bars, images and text."""
