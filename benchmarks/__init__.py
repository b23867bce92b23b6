"""What the instrument takes, measured: ``python -m benchmarks`` prints a table. Nothing here asserts a time."""
