"""Pictures that come in, read in a process of their own, which may hang or crash without harm."""
