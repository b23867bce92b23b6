"""Image generators, one module per family. They know nothing of decks, Qt, files or time."""
