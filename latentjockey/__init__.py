"""latentjockey: an instrument for playing the latent space of an image generator."""

__version__ = "0.1.0"
