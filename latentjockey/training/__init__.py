"""Training a generator of one's own, ``latentjockey train``: a process of its own."""
