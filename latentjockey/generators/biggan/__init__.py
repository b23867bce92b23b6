"""BigGAN-deep generators: every block hears the place and the weighted classes."""
