"""Views: compute what each picture shows at an epoch, as arrays without a figure."""
