"""The control bay: every value a hand can move, under one address. Numpy and standard library, no I/O."""
