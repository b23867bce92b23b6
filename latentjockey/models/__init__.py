"""What is known of a model without running it: its shape, its controls and where it comes from. No torch."""
