"""StyleGAN3: pictures made of waves in a plane that can be moved, and kept free of aliasing from layer to layer."""
