"""Data sets of pictures: read from folders and packed files, prepared, and told apart by whose they are."""
