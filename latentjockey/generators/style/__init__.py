"""A style-based generator: mapping, synthesis, its file and its player."""
