"""The ground everything stands on: the clock, diagnostics, folders and the platform. Standard library only."""
