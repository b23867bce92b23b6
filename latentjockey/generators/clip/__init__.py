"""Clips: films that a deck plays."""
