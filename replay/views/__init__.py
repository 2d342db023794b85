"""What each picture shows at an epoch, as arrays without a figure."""
