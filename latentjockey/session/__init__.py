"""The show as it goes on: the conductor, what its moves do, the journal."""
