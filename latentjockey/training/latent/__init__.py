"""Training a latent diffusion: an autoencoder, then a transformer that takes noise out of its latents in few steps."""
