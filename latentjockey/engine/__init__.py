"""The engine process: it makes pictures and owns nothing that cannot be rebuilt from the next snapshot."""
