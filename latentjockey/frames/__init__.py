"""Pictures on their way from the engine to eyes, files and cables. Numpy, no Qt, no torch."""
