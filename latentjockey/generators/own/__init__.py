"""Generators that their players wrote. What such a module imports: ``from latentjockey.generators.own import
OwnGenerator``."""

from latentjockey.generators.own.base import OwnGenerator

__all__ = ["OwnGenerator"]
