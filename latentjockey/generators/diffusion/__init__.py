"""Plays diffusion models: folders in the layout of diffusers. Engine process, one thread; see docs/diffusion.md."""
