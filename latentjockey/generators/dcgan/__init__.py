"""DCGAN-like generators: a latent, a row of convolutions, a picture."""
