"""A recorded run read back: weights, outputs, losses, gradients, milestones, tables."""
