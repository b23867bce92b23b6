"""Checkpoints of other programs, read as data: nothing in a file is ever run or imported."""
