"""The process that finds directions for a model that brings none. torch; beside the show, and never within it."""
